//! A capture file for the terminal app: threads read it, and the app is told what they find out.
//!
//! Two threads read and analyse the whole file once, as `open` does without the app ([`loader`]). Another one reads the
//! packets of the conversation that is looked at once more ([`reader`]). What they find lies in a [`mailbox`] until the app
//! takes it; nothing here ever waits for the app, and the app waits for nothing but an answer that is on its way, and
//! for that no longer than a key may take.

mod course;
mod loader;
mod mailbox;
mod reader;
mod shared;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    time::Duration,
};

use self::{
    loader::Loader,
    mailbox::Mailbox,
    reader::{Reader, Request},
    shared::Shared,
};
use crate::{
    command::{ending::Failure, open::outcome::Named},
    conversation::filter::Filter,
    face::{
        capture::Numbers,
        tui::capture::{
            Capture,
            news::{CaptureEffect, CaptureNews, CourseNews},
        },
    },
    pcap,
};

/// So long an answer is awaited, so that the picture behind a key has it already. Most take a tenth of it.
const SOON: Duration = Duration::from_millis(5);

/// What is asked for, as with `open` without the app.
#[derive(Clone, Debug, Default)]
pub struct CaptureWish {
    pub filter: Filter,
    pub numbers: Numbers,
    /// Waits for more at the end of a file.
    pub follow: bool,
}

/// An open file and its threads, which end when this is dropped.
#[derive(Debug)]
pub struct CaptureFile {
    mailbox: Arc<Mailbox>,
    requests: Sender<Request>,
    is_over: Arc<AtomicBool>,
}

impl CaptureFile {
    /// Opens it and begins to read. `wake` is called, from any thread, when there is something to [`Self::take`].
    ///
    /// # Errors
    /// Where the file can not be opened, or the system refuses a thread.
    pub fn open(
        path: &Path,
        wish: &CaptureWish,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<(Self, Capture), Failure> {
        let named = Named::new(path);
        let source = if path == Path::new("-") { pcap::open_stdin() } else { pcap::open_file(path) };
        let source = source.and_then(|source| if wish.follow { source.follow() } else { Ok(source) });
        let source = source.and_then(pcap::Source::keep).map_err(|error| named.cannot_open(&error))?;
        let again = source.again()?;
        let size = source.size();
        let capture = Capture::new(&named.shown, size, wish.filter.clone(), wish.numbers);
        let (mailbox, shared) = (Arc::new(Mailbox::new(wake)), Arc::new(Shared::default()));
        let is_over = Arc::new(AtomicBool::new(false));
        let (requests, asked) = mpsc::channel();
        let post = || (Arc::clone(&shared), Arc::clone(&mailbox));
        Reader::new(post(), again, wish.filter.clone(), asked).start()?;
        Loader::new(post(), named, Arc::clone(&is_over), requests.clone()).start(source)?;
        Ok((Self { mailbox, requests, is_over }, capture))
    }

    /// The oldest news; `wake` is called again if there are more. News of the chosen conversation come first.
    #[must_use]
    pub fn take(&self) -> Option<CaptureNews> {
        self.mailbox.take()
    }

    /// Does what the screens ask for. What can be answered soon is in [`Self::take`] when this comes back: an app that
    /// hears all there is before it draws shows no picture in between. To leave is left to the app.
    pub fn perform(&self, effect: CaptureEffect) {
        let (request, is_answer): (Request, fn(&CourseNews) -> bool) = match effect {
            CaptureEffect::Leave => return,
            CaptureEffect::Close => (Request::Close, |_| true),
            CaptureEffect::Open { stream } => (Request::Open(stream), |news| matches!(news, CourseNews::Grown { .. })),
            CaptureEffect::Fetch { from, count, .. } => {
                (Request::Fetch { from, count }, |news| matches!(news, CourseNews::Sheet(_)))
            }
            CaptureEffect::Find { number, .. } => {
                (Request::Find(number), |news| matches!(news, CourseNews::Found { .. }))
            }
        };
        let is_awaited = !matches!(request, Request::Close);
        // The thread ends with this value, so it is there to hear it.
        if self.requests.send(request).is_ok() && is_awaited {
            self.mailbox.await_course(SOON, is_answer);
        }
    }

    /// Whether the answer to what was asked for has come, after so long at most. For who has no loop of events.
    pub fn wait(&self, patience: Duration) -> bool {
        self.mailbox.await_any(patience)
    }
}

impl Drop for CaptureFile {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It may have ended by itself.
        let _ = self.requests.send(Request::Over);
    }
}
