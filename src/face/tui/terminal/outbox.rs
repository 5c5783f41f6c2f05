//! What is on its way to the app, thinned out: of many sizes and many places of the mouse the last is enough.
//!
//! The first goes at once; the next ones wait until a frame's time has passed, and only the newest goes then. All else
//! goes at once and in order. So a storm of them costs a bounded number of messages, and nothing is late.

use std::time::{Duration, Instant};

use crossterm::event::{MouseEvent, MouseEventKind};

use super::Input;

/// How long a frame stands: nobody sees more than about sixty a second.
const FRAME: Duration = Duration::from_millis(16);

#[derive(Debug, Default)]
pub(super) struct Outbox {
    mouse: Slot<MouseEvent>,
    size: Slot<(u16, u16)>,
}

#[derive(Debug)]
struct Slot<T> {
    waiting: Option<T>,
    sent: Option<Instant>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { waiting: None, sent: None }
    }
}

impl<T> Slot<T> {
    fn due(&self) -> Option<Instant> {
        self.waiting.as_ref().and(self.sent).map(|sent| sent + FRAME)
    }

    fn ripe(&mut self, now: Instant) -> Option<T> {
        let ripe = self.sent.is_none_or(|sent| sent + FRAME <= now);
        let out = if ripe { self.waiting.take() } else { None };
        if out.is_some() {
            self.sent = Some(now);
        }
        out
    }
}

impl Outbox {
    /// Takes what has happened and returns what goes to the app now.
    pub(super) fn put(&mut self, input: Input, now: Instant) -> Vec<Input> {
        match input {
            Input::Mouse(event) if is_motion(event.kind) => {
                // Another button is held, say: then where it was before is something else.
                let other = self
                    .mouse
                    .waiting
                    .is_some_and(|waiting| (waiting.kind, waiting.modifiers) != (event.kind, event.modifiers));
                let before = if other { self.mouse.waiting.take() } else { None };
                self.mouse.waiting = Some(event);
                before.map(Input::Mouse).into_iter().chain(self.ripe(now)).collect()
            }
            Input::Resize(width, height) => {
                self.size.waiting = Some((width, height));
                self.ripe(now)
            }
            other => {
                let mut all = self.rest();
                all.push(other);
                all
            }
        }
    }

    /// When the next one goes, if nothing else happens.
    pub(super) fn due(&self) -> Option<Instant> {
        [self.mouse.due(), self.size.due()].into_iter().flatten().min()
    }

    /// What has waited for long enough.
    pub(super) fn ripe(&mut self, now: Instant) -> Vec<Input> {
        let size = self.size.ripe(now).map(|(width, height)| Input::Resize(width, height));
        size.into_iter().chain(self.mouse.ripe(now).map(Input::Mouse)).collect()
    }

    fn rest(&mut self) -> Vec<Input> {
        let size = self.size.waiting.take().map(|(width, height)| Input::Resize(width, height));
        size.into_iter().chain(self.mouse.waiting.take().map(Input::Mouse)).collect()
    }
}

fn is_motion(kind: MouseEventKind) -> bool {
    matches!(kind, MouseEventKind::Moved | MouseEventKind::Drag(_))
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers, MouseButton};

    use super::*;

    fn mouse(kind: MouseEventKind, column: u16) -> Input {
        Input::Mouse(MouseEvent { kind, column, row: 0, modifiers: KeyModifiers::NONE })
    }

    fn moved(column: u16) -> Input {
        mouse(MouseEventKind::Moved, column)
    }

    fn key() -> Input {
        Input::Key(KeyCode::Enter.into())
    }

    #[test]
    fn of_a_storm_the_first_goes_at_once_and_the_last_goes_last() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        assert_eq!(outbox.put(moved(0), start), [moved(0)]);
        for column in 1..1000 {
            assert_eq!(outbox.put(moved(column), start), []);
            assert_eq!(outbox.put(Input::Resize(column, 1), start).len(), usize::from(column == 1));
        }
        let due = outbox.due().unwrap();
        assert!(outbox.ripe(start).is_empty());
        assert_eq!(outbox.ripe(due), [Input::Resize(999, 1), moved(999)]);
        assert_eq!(outbox.due(), None);
    }

    #[test]
    fn a_key_does_not_overtake_what_was_before_it() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        outbox.put(moved(0), start);
        outbox.put(moved(1), start);
        assert_eq!(outbox.put(key(), start), [moved(1), key()]);
        assert_eq!(outbox.put(key(), start), [key()]);
    }

    #[test]
    fn a_drag_does_not_swallow_the_place_where_it_began() {
        let drag = |column| mouse(MouseEventKind::Drag(MouseButton::Left), column);
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        outbox.put(moved(0), start);
        outbox.put(moved(1), start);
        assert_eq!(outbox.put(drag(2), start), [moved(1)]);
        assert_eq!(outbox.ripe(start + FRAME), [drag(2)]);
    }

    #[test]
    fn after_a_while_the_next_goes_at_once() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        assert_eq!(outbox.put(Input::Resize(1, 1), start).len(), 1);
        assert_eq!(outbox.put(Input::Resize(2, 2), start + FRAME).len(), 1);
    }
}
