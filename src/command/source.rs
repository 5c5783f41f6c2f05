//! Where the events of a face that waits for them come from: a lab at the kernel's own pace.

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use super::lab::{Lab, News};
use crate::{
    lab::script::{Conduct, Summary},
    lesson::model::Lesson,
    link::Watch,
    timeline::event::Event,
};

/// A lab that runs. Dropping it tells the lab to stop, and waits until it has cleared up.
pub(super) struct Live {
    told: Receiver<News>,
    lab: Option<Lab>,
}

/// No more events, and what it came to.
pub(super) struct Over(pub anyhow::Result<Summary>);

impl Live {
    pub(super) fn start(lesson: &Lesson, watch: Watch) -> anyhow::Result<Self> {
        let (tell, told) = mpsc::channel();
        let say = move |news| tell.send(news).is_ok();
        let lab = Lab::start(Arc::new(lesson.clone()), watch, Conduct::default(), say)?;
        Ok(Self { told, lab: Some(lab) })
    }

    /// The next event; `Ok(None)` if none came for a moment, `Err` when there will be no more.
    pub(super) fn next(&self, patience: Duration) -> Result<Option<Event>, Over> {
        match self.told.recv_timeout(patience) {
            Ok(News::Event(event)) => Ok(Some(event)),
            // Nobody conducts it.
            Ok(News::Waits(_) | News::Awaits(_)) | Err(RecvTimeoutError::Timeout) => Ok(None),
            Ok(News::Over(outcome)) => Err(Over(outcome)),
            Err(RecvTimeoutError::Disconnected) => {
                Err(Over(Err(anyhow::anyhow!("the lab failed; this is a fault of wiretutor"))))
            }
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // One that has panicked has said so already.
        let _ = self.lab.take().map(|lab| lab.leave().join());
    }
}
