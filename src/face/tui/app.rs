//! The app: which screen is seen, what lies over it, and where keys go. Messages in, effects out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    capture::{Capture, news::CaptureEffect},
    effect::Effect,
    keys::{Action, Context, KeyRow, Keymap, shown},
    map::Map,
    offer::{Offer, Press, key_line, of_a_line, of_arrows, offer_at},
    page::Page,
    settings::{Key, Settings},
    study::{Study, put_lines},
    theme::{Background, Depth, Theme},
};
use crate::{
    face::text::{Line, wrap::wrap},
    kernel::clock::Stamp,
};

/// Below this nothing sensible can be shown.
const SMALLEST: (u16, u16) = (60, 20);

/// What decides how everything looks.
#[derive(Clone, Debug, Default)]
pub struct Appearance {
    /// The theme that was asked for.
    pub theme: Option<String>,
    pub depth: Depth,
    pub background: Option<Background>,
    pub ascii: bool,
}

impl Appearance {
    #[must_use]
    pub fn theme(&self) -> Theme {
        Theme::choose(self.theme.as_deref(), self.depth, self.background, self.ascii)
    }
}

#[derive(Debug)]
pub struct App {
    screen: Screen,
    map: Map,
    page: Option<Page>,
    keys: Keymap,
    appearance: Appearance,
    theme: Theme,
    size: (u16, u16),
    /// The app shows one lesson, and there is no map to go back to.
    has_map: bool,
    /// How long a packet takes in slow motion, and how fast the past is played, by the settings.
    slow: Duration,
    speed: f64,
}

#[derive(Debug)]
enum Screen {
    Map,
    Study(Box<Study>),
    Capture(Box<Capture>),
}

impl App {
    #[must_use]
    pub fn new(map: Map, keys: Keymap, appearance: Appearance, settings: &Settings) -> Self {
        let theme = appearance.theme();
        Self {
            screen: Screen::Map,
            map,
            page: None,
            keys,
            appearance,
            theme,
            size: (80, 24),
            has_map: true,
            slow: settings.slow,
            speed: settings.speed,
        }
    }

    /// Begins with a lesson instead of the map, and ends with it.
    pub const fn without_map(&mut self) {
        self.has_map = false;
    }

    #[must_use]
    pub const fn map(&mut self) -> &mut Map {
        &mut self.map
    }

    /// The lesson on the screen.
    #[must_use]
    pub fn study(&mut self) -> Option<&mut Study> {
        match &mut self.screen {
            Screen::Study(study) => Some(study),
            Screen::Map | Screen::Capture(_) => None,
        }
    }

    /// The capture on the screen.
    #[must_use]
    pub fn capture(&mut self) -> Option<&mut Capture> {
        match &mut self.screen {
            Screen::Capture(capture) => Some(capture),
            Screen::Map | Screen::Study(_) => None,
        }
    }

    /// A capture comes on the screen.
    pub fn look_at(&mut self, mut capture: Capture) {
        capture.resize(above_the_keys(self.size));
        self.screen = Screen::Capture(Box::new(capture));
    }

    /// A lesson comes on the screen.
    pub fn enter(&mut self, mut study: Study) {
        let steps = self.keys.key_of(Action::Steps, Context::Lesson);
        study.greet(steps.map(|key| shown(key, self.theme.is_ascii())).as_deref());
        study.is_alone = !self.has_map;
        study.resize(self.size);
        study.set_pace(self.slow, self.speed);
        self.screen = Screen::Study(Box::new(study));
    }

    /// Back to the map.
    pub fn leave(&mut self) {
        if let Screen::Study(study) = std::mem::replace(&mut self.screen, Screen::Map) {
            self.map.choose_behind(&study.lesson.part, &study.lesson.name);
        }
    }

    pub fn show(&mut self, page: Page) {
        self.page = Some(page);
    }

    /// The terminal has said what is behind its text.
    pub fn set_background(&mut self, background: Background) {
        self.appearance.background = Some(background);
        self.theme = self.appearance.theme();
    }

    /// The terminal has this size from now on.
    pub fn resize(&mut self, size: (u16, u16)) -> Vec<Effect> {
        self.size = size;
        self.map.resize(size);
        match &mut self.screen {
            Screen::Map => {}
            Screen::Study(study) => study.resize(size),
            // More of a conversation may be in sight.
            Screen::Capture(capture) => return vec![Effect::Capture(capture.resize(above_the_keys(size)))],
        }
        Vec::new()
    }

    /// It has become this late.
    pub fn tick(&mut self, now: Stamp) {
        if let Some(study) = self.study() {
            study.tick(now);
        }
    }

    /// When the screen changes by itself.
    #[must_use]
    pub fn wakes(&self) -> Option<Stamp> {
        match &self.screen {
            Screen::Study(study) => study.wakes(),
            Screen::Map | Screen::Capture(_) => None,
        }
    }

    pub fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let of_everywhere = self.keys.action(key, &[Context::Everywhere]);
        match of_everywhere.filter(|action| is_of_the_program(*action)) {
            // As in a shell, it gives up the line.
            Some(Action::Quit) if self.is_typing() => self.typed(KeyCode::Esc.into()),
            Some(action) => of_the_program(action),
            // Nobody sees what it would do.
            None if self.is_too_small() => Vec::new(),
            None if self.page.is_some() => self.page_key(key),
            None if self.is_typing() => self.typed(key),
            None => self.command_key(key),
        }
    }

    const fn is_too_small(&self) -> bool {
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Whether letters are typed into a line now, and mean nothing else.
    fn is_typing(&self) -> bool {
        let has_line = match &self.screen {
            Screen::Map => self.map.is_typing(),
            Screen::Study(study) => study.is_typing(),
            Screen::Capture(capture) => capture.is_typing(),
        };
        has_line && self.page.is_none()
    }

    fn typed(&mut self, key: KeyEvent) -> Vec<Effect> {
        match &mut self.screen {
            Screen::Map => self.map.typed(key),
            Screen::Study(study) => study.typed(key),
            Screen::Capture(capture) => vec![Effect::Capture(capture.typed(key))],
        }
    }

    fn command_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let contexts = self.contexts();
        let means = |action| !matches!(&self.screen, Screen::Study(study) if !study.means(action));
        let Some(action) = self.keys.action_among(Key::of(key), &contexts, means) else { return Vec::new() };
        if let Screen::Study(study) = &mut self.screen {
            study.pressed(Key::of(key), action, &contexts, (&self.keys, self.theme.is_ascii()));
        }
        self.act(action)
    }

    fn contexts(&self) -> Vec<Context> {
        match &self.screen {
            Screen::Map => self.map.contexts(),
            Screen::Study(study) => study.contexts(),
            Screen::Capture(capture) => vec![capture.context(), Context::Everywhere],
        }
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        let effects = match (&mut self.screen, action) {
            (_, Action::Help) => {
                let answers = self.study().map_or(0, |study| study.choices());
                self.page = Some(Page::Keys { contexts: self.contexts(), answers, above: 0 });
                Vec::new()
            }
            (Screen::Map, Action::Leave) => vec![Effect::Quit],
            (Screen::Map, action) => self.map.act(action),
            (Screen::Study(study), Action::Leave) if !study.has_something_open() => vec![Effect::LeaveLesson],
            (Screen::Study(study), action) => study.act(action, &self.theme),
            (Screen::Capture(capture), action) => vec![Effect::Capture(capture.act(action))],
        };
        self.carry_out(effects)
    }

    /// What needs nobody outside is done here.
    fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let mut outside = Vec::new();
        for effect in effects {
            match effect {
                Effect::LeaveLesson => {
                    outside.push(Effect::LeaveLesson);
                    if self.has_map {
                        self.leave();
                    } else {
                        outside.push(Effect::Quit);
                    }
                }
                Effect::Capture(asked) if asked.contains(&CaptureEffect::Leave) => {
                    outside.push(if self.has_map { Effect::LeaveCapture } else { Effect::Quit });
                    self.screen = Screen::Map;
                }
                other => outside.push(other),
            }
        }
        outside
    }

    fn page_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let action = self.keys.action(key, &[Context::Page, Context::Everywhere]);
        action.map_or_else(Vec::new, |action| self.page_act(action))
    }

    fn page_act(&mut self, action: Action) -> Vec<Effect> {
        let (screen, ascii) = (Rect::new(0, 0, self.size.0, self.size.1), self.theme.is_ascii());
        let stays = self.page.as_mut().is_none_or(|page| page.act(action, screen, &self.keys, ascii));
        let is_tour = matches!(self.page, Some(Page::Tour { .. }));
        if !stays {
            self.page = None;
            if is_tour {
                return vec![Effect::TourSeen];
            }
        }
        Vec::new()
    }

    pub fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        if self.is_too_small() {
            return Vec::new();
        }
        if self.page.is_some() {
            return match self.clicked_key(mouse) {
                Some(Press::Act(action)) => self.page_act(action),
                _ => Vec::new(),
            };
        }
        match self.clicked_key(mouse) {
            Some(Press::Act(action)) => return self.act(action),
            Some(Press::Key(code)) => return self.key(code.into()),
            None => {}
        }
        let effects = match &mut self.screen {
            Screen::Map => self.map.mouse(mouse, &self.theme),
            Screen::Study(study) => study.mouse(mouse, &self.theme),
            Screen::Capture(capture) => vec![Effect::Capture(capture_mouse(capture, mouse))],
        };
        self.carry_out(effects)
    }

    /// What the bottom line offers.
    fn offers(&self) -> Vec<Offer> {
        let (keys, ascii) = (&self.keys, self.theme.is_ascii());
        if let Some(page) = &self.page {
            let screen = Rect::new(0, 0, self.size.0, self.size.1);
            return page.offers(screen, keys, ascii);
        }
        match &self.screen {
            Screen::Map => self.map.offers(keys, ascii),
            Screen::Study(study) => study.offers(keys, ascii),
            Screen::Capture(capture) if capture.is_typing() => of_a_line(capture.wants(), false, "give it up"),
            Screen::Capture(capture) => capture_offers(capture, keys, ascii),
        }
    }

    /// What a click in the bottom line asks for: the same as its key.
    fn clicked_key(&self, mouse: MouseEvent) -> Option<Press> {
        let is_on_keys = mouse.row + 1 == self.size.1 && mouse.kind == MouseEventKind::Down(MouseButton::Left);
        let offers = is_on_keys.then(|| self.offers())?;
        offer_at(&offers, self.size.0, mouse.column)
    }

    pub fn paste(&mut self, text: &str) {
        if self.is_too_small() {
            return;
        }
        match &mut self.screen {
            Screen::Map => self.map.paste(text),
            Screen::Study(study) => study.pasted(text),
            Screen::Capture(capture) => capture.pasted(text),
        }
    }

    pub fn draw(&self, buf: &mut Buffer) {
        let area = buf.area;
        buf.set_style(area, self.theme.base());
        if self.is_too_small() {
            return self.draw_too_small(buf);
        }
        match &self.screen {
            Screen::Map => self.map.draw(buf, &self.keys, &self.theme),
            Screen::Study(study) => study.draw(buf, &self.keys, &self.theme),
            Screen::Capture(capture) => {
                let line = Rect { y: area.bottom() - 1, height: 1, ..area };
                capture.draw(buf, &self.theme);
                key_line(buf, line, &self.offers(), &self.theme);
            }
        }
        if let Some(page) = &self.page {
            page.draw(buf, &self.keys, &self.theme);
        }
    }

    fn draw_too_small(&self, buf: &mut Buffer) {
        let (width, height) = self.size;
        let quit = self.keys.key_of(Action::Quit, Context::Everywhere);
        let quit = quit.map_or_else(String::new, |key| format!(" {} quits.", shown(key, self.theme.is_ascii())));
        let (columns, rows) = SMALLEST;
        let words = format!("wiretutor needs {columns} columns and {rows} rows; this is {width} and {height}.{quit}");
        let area = buf.area;
        put_lines(buf, area, &wrap(&Line::plain(&words), usize::from(area.width).max(1)), &self.theme);
    }
}

/// What the bottom line leaves.
const fn above_the_keys((width, height): (u16, u16)) -> Rect {
    Rect { x: 0, y: 0, width, height: height.saturating_sub(1) }
}

fn capture_mouse(capture: &mut Capture, mouse: MouseEvent) -> Vec<CaptureEffect> {
    match mouse.kind {
        MouseEventKind::ScrollUp => capture.wheel(mouse.column, mouse.row, -3),
        MouseEventKind::ScrollDown => capture.wheel(mouse.column, mouse.row, 3),
        MouseEventKind::Down(MouseButton::Left) => capture.click(mouse.column, mouse.row),
        _ => Vec::new(),
    }
}

/// What the bottom line offers where a capture is looked at.
fn capture_offers(capture: &Capture, keys: &Keymap, ascii: bool) -> Vec<Offer> {
    let context = capture.context();
    let leave = if context == Context::Course { "back" } else { "leave" };
    let means = |row: &KeyRow| match row.action {
        Action::NextNote => capture.has_notes(),
        Action::Choose => capture.list().has_rows(),
        Action::Numbers => capture.has_numbers(),
        _ => !row.short.is_empty(),
    };
    let here = keys.of(context).filter(|(row, _)| means(row));
    let everywhere = keys.of(Context::Everywhere).filter(|(row, _)| matches!(row.action, Action::Help | Action::Leave));
    let offer = |(row, keys): (&'static KeyRow, &[Key])| {
        let does = if row.action == Action::Leave { leave } else { row.short };
        let key = shown(*keys.first()?, ascii);
        Some(Offer { press: Press::Act(row.action), key, does: does.to_owned(), is_first: false })
    };
    let mut offers: Vec<Offer> = here.chain(everywhere).filter_map(offer).collect();
    if capture.list().has_rows() {
        let is_course = context == Context::Course;
        let arrows = of_arrows(if is_course { "packet" } else { "choose" }, ascii);
        // Behind what Enter does with it.
        offers.insert(usize::from(!is_course).min(offers.len()), arrows);
    }
    offers
}

/// Keys that mean the same whatever is on the screen.
const fn is_of_the_program(action: Action) -> bool {
    matches!(action, Action::Quit | Action::Suspend | Action::Redraw)
}

fn of_the_program(action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => vec![Effect::Quit],
        Action::Suspend => vec![Effect::Suspend],
        _ => vec![Effect::Redraw],
    }
}
