//! What only the teacher sees, in a second terminal: the step that is on the screen in front of the class with all of
//! its answers, and what comes next.
//!
//! Where the place of the presenting app comes from is left to the command; here it is a value.

mod place;
mod sheet;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect};

pub use self::place::{Place, Unreadable};
use self::sheet::{Sheet, sheet};
use super::{
    canvas::{self, Scrolled},
    keys::{Action, Context, Keymap, shown},
    offer::{Offer, Press, key_line},
    study::put_lines,
    theme::Theme,
};
use crate::{
    face::text::{Line, Look, Style, line::Ink, wrap::wrap},
    kernel::clock::Stamp,
    lesson::{
        model::{Lesson, Source},
        parse,
    },
};

/// Lines longer than this are hard to read.
const WIDEST: usize = 96;
const MINUTE: Duration = Duration::from_secs(60);

/// The notes, and how far they are scrolled.
#[derive(Debug)]
pub struct Notes {
    /// What to say while there is nothing to follow.
    waiting: String,
    now: Option<Shown>,
    /// Why what is presented can not be shown.
    trouble: Option<String>,
    /// The first line in sight; none follows the class.
    scrolled: Option<usize>,
    size: (u16, u16),
    clock: Stamp,
}

/// A lesson, and where it stands in front of the class.
#[derive(Debug)]
struct Shown {
    place: Place,
    lesson: Lesson,
}

impl Notes {
    /// Notes that wait, and say so in these words.
    #[must_use]
    pub const fn new(waiting: String) -> Self {
        Self { waiting, now: None, trouble: None, scrolled: None, size: (80, 24), clock: Stamp(0) }
    }

    /// The same as [`Self::show`], but where nothing has changed it stays scrolled.
    pub fn follow(&mut self, place: Result<Option<Place>, String>) {
        let is_news = match &place {
            Ok(place) => self.trouble.is_some() || place.as_ref() != self.now.as_ref().map(|shown| &shown.place),
            Err(why) => self.trouble.as_ref() != Some(why),
        };
        if is_news {
            self.show(place);
        }
    }

    /// Where the presenting app stands now; nowhere where none presents.
    pub fn show(&mut self, place: Result<Option<Place>, String>) {
        self.scrolled = None;
        let (place, trouble) = match place {
            Ok(place) => (place, None),
            Err(why) => (None, Some(why)),
        };
        self.trouble = trouble;
        let before = self.now.take();
        let Some(place) = place else { return };
        let same = before.filter(|shown| shown.place.text == place.text && shown.place.name == place.name);
        let lesson = same.map_or_else(|| read(&place), |shown| Some(shown.lesson));
        match lesson {
            Some(lesson) => self.now = Some(Shown { place, lesson }),
            None => self.trouble = Some("The app that presents is of another version of wiretutor.".to_owned()),
        }
    }

    pub const fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// It has become this late.
    pub const fn tick(&mut self, now: Stamp) {
        self.clock = now;
    }

    /// When the minutes that are shown change by themselves.
    #[must_use]
    pub fn wakes(&self) -> Option<Stamp> {
        let Shown { place, .. } = self.now.as_ref()?;
        [place.began, place.step_began].into_iter().map(|begin| self.next_minute_of(begin)).min()
    }

    fn next_minute_of(&self, begin: Stamp) -> Stamp {
        let past = self.clock.since(begin).as_secs() / MINUTE.as_secs();
        begin.plus(MINUTE * u32::try_from(past + 1).unwrap_or(u32::MAX))
    }

    /// Where keys mean what they mean.
    #[must_use]
    pub const fn contexts() -> [Context; 2] {
        [Context::Page, Context::Everywhere]
    }

    /// Scrolls. The next change in front of the class is followed again.
    pub fn act(&mut self, action: Action) {
        let sheet = self.sheet(&crate::face::text::Palette::plain(false));
        let height = usize::from(self.body(self.area()).height);
        let last = sheet.lines.len().saturating_sub(height);
        let first = self.first(&sheet, height);
        let page = height.saturating_sub(1).max(1);
        let at = match action {
            Action::Up => first.saturating_sub(1),
            Action::Down => first + 1,
            Action::PageUp => first.saturating_sub(page),
            Action::PageDown => first + page,
            _ => return,
        };
        self.scrolled = Some(at.min(last));
    }

    fn area(&self) -> Rect {
        Rect::new(0, 0, self.size.0, self.size.1)
    }

    /// What stands between the title and the line of keys.
    const fn body(&self, area: Rect) -> Rect {
        let height = area.height.saturating_sub(3);
        Rect { x: area.x.saturating_add(1), y: area.y.saturating_add(2), width: area.width.saturating_sub(2), height }
    }

    fn first(&self, sheet: &Sheet, height: usize) -> usize {
        let last = sheet.lines.len().saturating_sub(height);
        self.scrolled.unwrap_or_else(|| sheet.here.saturating_sub(height / 3)).min(last)
    }

    fn sheet(&self, palette: &crate::face::text::Palette) -> Sheet {
        let width = usize::from(self.body(self.area()).width).clamp(10, WIDEST);
        let look = Look { width, palette: *palette };
        match (&self.now, &self.trouble) {
            (Some(shown), _) => sheet(&shown.lesson, &shown.place, look),
            (None, trouble) => {
                let words = trouble.iter().map(|text| Line::styled(text, Style::WARNING));
                let words = words.chain(self.waiting.split('\n').map(Line::plain));
                Sheet { lines: words.flat_map(|line| wrap(&line, width)).collect(), here: 0 }
            }
        }
    }

    pub fn draw(&self, buf: &mut Buffer, keys: &Keymap, theme: &Theme) {
        let area = buf.area;
        buf.set_style(area, theme.base());
        let sheet = self.sheet(&theme.palette());
        let body = self.body(area);
        let height = usize::from(body.height);
        let first = self.first(&sheet, height);
        self.title(buf, Rect { height: area.height.min(1), ..area }, theme);
        put_lines(buf, body, sheet.lines.get(first..).unwrap_or_default(), theme);
        let bar = Rect { y: body.y.saturating_sub(1), height: body.height.saturating_add(2), ..area };
        canvas::scrollbar(buf, bar, Scrolled { total: sheet.lines.len(), above: first, seen: height }, theme);
        if area.height > 1 {
            key_line(buf, Rect { y: area.bottom() - 1, height: 1, ..area }, &offers(keys, theme.is_ascii()), theme);
        }
    }

    fn title(&self, buf: &mut Buffer, area: Rect, theme: &Theme) {
        let mut left = Line::styled(" Notes ", Style::of(Ink::Waits).bold());
        if let Some(Shown { place, lesson }) = &self.now {
            left.push(&format!(" {} ", lesson.title), Style::of(Ink::Heading).bold());
            let (whole, here) = (self.minutes_since(place.began), self.minutes_since(place.step_began));
            let count = lesson.steps.len();
            let step = format!("step {} of {count} ", place.step + 1);
            let long = format!("{step} since {whole}, here {here} ");
            let room = usize::from(area.width).saturating_sub(left.width());
            let fits = [long, step].into_iter().map(|text| Line::plain(&text)).find(|line| line.width() < room);
            if let Some(right) = fits {
                let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
                canvas::put(buf, area.right() - width, area.y, width, &right, theme);
            }
        }
        canvas::put_elided(buf, area.x, area.y, area.width, &left, theme);
    }

    fn minutes_since(&self, begin: Stamp) -> String {
        match self.clock.since(begin).as_secs() / MINUTE.as_secs() {
            minutes @ ..60 => format!("{minutes} min"),
            minutes => format!("{} h {} min", minutes / 60, minutes % 60),
        }
    }
}

/// The lesson as the presenting app has read it.
fn read(place: &Place) -> Option<Lesson> {
    let source = Source { path: place.path.clone(), text: place.text.clone() };
    parse(Arc::new(source), place.name.clone(), place.part.clone()).ok()
}

fn offers(keys: &Keymap, ascii: bool) -> Vec<Offer> {
    let key = |action, context| keys.key_of(action, context).map(|key| shown(key, ascii)).unwrap_or_default();
    let scroll = format!("{}{}", key(Action::Up, Context::Page), key(Action::Down, Context::Page));
    let offer =
        |action, key, does: &str| Offer { press: Press::Act(action), key, does: does.to_owned(), is_first: false };
    vec![
        offer(Action::Down, scroll, "scroll"),
        offer(Action::PageDown, key(Action::PageDown, Context::Page), "a page down"),
        offer(Action::Leave, key(Action::Leave, Context::Everywhere), "leave"),
    ]
}
