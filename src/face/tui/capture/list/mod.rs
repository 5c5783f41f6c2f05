//! The conversations of a capture: a line each, one of them chosen and told in words.
//!
//! The list can be used from the first news on. While the file is read nothing in it jumps: new conversations stand
//! behind the others, and what has changed is sorted anew when somebody asks for it, and when the file is read.

mod columns;
mod draw;
pub mod order;
pub mod query;
#[cfg(test)]
mod tests;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};

use self::{order::SortBy, query::Query};
use super::{
    super::input::{Edit, Input},
    news::{CaptureEffect, FileEnd, FileNews, Progress},
};
use crate::{
    conversation::{account::Account, filter::Filter},
    face::capture::row::write_socket,
    timeline::event::Proto,
};

/// What can be done with the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListAct {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    /// Look at the chosen conversation.
    Open,
    /// In the next order.
    Sort,
    /// Type which conversations are wanted.
    Filter,
    Leave,
}

#[derive(Debug)]
pub struct List {
    /// The file's, as it is shown.
    name: String,
    /// Of the file, where it has a size.
    size: Option<u64>,
    /// What the command line asks for.
    wanted: Filter,
    accounts: Vec<Account>,
    progress: Progress,
    end: Option<FileEnd>,
    /// The numbers of those that are shown, in their order.
    rows: Vec<u32>,
    is_shown: Vec<bool>,
    sort: SortBy,
    query: Query,
    /// What was typed, and why it can not be read, if so.
    text: String,
    wrong: Option<String>,
    typing: Option<Input>,
    /// The chosen row, and the first one in sight.
    at: usize,
    top: usize,
    /// Somebody has chosen: until then it is the first one, whichever comes.
    is_touched: bool,
    /// Cells of the longest socket of each side.
    widest: [usize; 2],
    /// The room that the list has.
    room: Rect,
}

impl List {
    /// Whether there is a conversation to choose.
    #[must_use]
    pub const fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    #[must_use]
    pub fn proto(&self, stream: u32) -> Option<Proto> {
        self.accounts.get(usize::try_from(stream).ok()?).map(|account| account.proto)
    }

    #[must_use]
    pub fn new(name: &str, size: Option<u64>, wanted: Filter) -> Self {
        Self {
            name: name.to_owned(),
            size,
            wanted,
            accounts: Vec::new(),
            progress: Progress::default(),
            end: None,
            rows: Vec::new(),
            is_shown: Vec::new(),
            sort: SortBy::default(),
            query: Query::default(),
            text: String::new(),
            wrong: None,
            typing: None,
            at: 0,
            top: 0,
            is_touched: false,
            widest: [0; 2],
            room: Rect::new(0, 0, 80, 23),
        }
    }

    #[must_use]
    pub fn account(&self, id: u32) -> Option<&Account> {
        self.accounts.get(id as usize)
    }

    /// Whether the file is read.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.end.is_some()
    }

    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// The chosen conversation.
    #[must_use]
    pub fn chosen(&self) -> Option<u32> {
        self.rows.get(self.at).copied()
    }

    /// The numbers of those that are shown, in their order.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    #[must_use]
    pub const fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// The list has this room from now on.
    pub fn resize(&mut self, room: Rect) {
        self.room = room;
        self.keep_in_sight();
    }

    /// What is chosen is in sight, and nothing is left free below the last row while there are more above.
    fn keep_in_sight(&mut self) {
        let height = usize::from(self.rows_area().height).max(1);
        let last_top = self.rows.len().saturating_sub(height);
        self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(height)).min(last_top);
    }

    pub fn hear(&mut self, news: FileNews) {
        self.take(news);
        self.keep_in_sight();
    }

    fn take(&mut self, news: FileNews) {
        self.progress = news.progress;
        let (mut changed, mut text) = (Vec::with_capacity(news.accounts.len()), String::new());
        for (id, account) in news.accounts {
            changed.push(id);
            if let Some(known) = self.accounts.get_mut(id as usize) {
                *known = account;
            } else {
                self.measure(&account, &mut text);
                self.accounts.push(account);
                self.is_shown.push(false);
            }
        }
        if let Some(end) = news.end {
            self.end = Some(end);
            self.arrange();
        } else {
            self.take_in(&changed);
        }
    }

    fn measure(&mut self, account: &Account, text: &mut String) {
        for (widest, party) in self.widest.iter_mut().zip(&account.parties) {
            text.clear();
            write_socket(text, party.socket);
            *widest = (*widest).max(text.len());
        }
    }

    /// Those of the changed ones that are shown from now on.
    fn take_in(&mut self, changed: &[u32]) {
        let new: Vec<u32> = {
            let fits = self.fitting();
            let mut text = String::new();
            changed.iter().copied().filter(|id| !self.is_shown[*id as usize] && fits(*id, &mut text)).collect()
        };
        for id in new {
            self.is_shown[id as usize] = true;
            let place = match self.sort {
                SortBy::Number => self.rows.partition_point(|row| *row < id),
                _ => self.rows.len(),
            };
            let has_chosen = self.is_touched && self.at < self.rows.len();
            self.rows.insert(place, id);
            self.at += usize::from(has_chosen && place <= self.at);
        }
    }

    /// Whether a conversation is to be shown.
    fn fitting(&self) -> impl Fn(u32, &mut String) -> bool {
        let began = self.progress.began;
        let (wanted, typed) = (self.wanted.from(began), self.query.filter().from(began));
        move |id, text| {
            let account = &self.accounts[id as usize];
            wanted.lets_account_through(id.into(), account) && self.query.fits(id.into(), account, &typed, text)
        }
    }

    /// All of them anew. The chosen one stays, if it is still there.
    fn arrange(&mut self) {
        let chosen = self.chosen().filter(|_| self.is_touched);
        let mut rows: Vec<u32> = {
            let (fits, mut text) = (self.fitting(), String::new());
            (0..).take(self.accounts.len()).filter(|id| fits(*id, &mut text)).collect()
        };
        self.sort.sort(&mut rows, &self.accounts);
        self.is_shown.fill(false);
        rows.iter().for_each(|id| self.is_shown[*id as usize] = true);
        self.rows = rows;
        let place = chosen.and_then(|chosen| self.rows.iter().position(|row| *row == chosen));
        self.at = place.unwrap_or(0);
    }

    /// Chooses this conversation, if it is shown.
    pub fn choose(&mut self, id: u32) {
        self.is_touched = true;
        self.at = self.rows.iter().position(|row| *row == id).unwrap_or(self.at);
        self.keep_in_sight();
    }

    pub fn act(&mut self, act: ListAct) -> Vec<CaptureEffect> {
        let effects = self.do_act(act);
        self.keep_in_sight();
        effects
    }

    fn do_act(&mut self, act: ListAct) -> Vec<CaptureEffect> {
        let (last, page) = (self.rows.len().saturating_sub(1), usize::from(self.rows_area().height).max(2) - 1);
        self.is_touched |= self.chosen().is_some() && act != ListAct::First;
        match act {
            ListAct::Up => self.at = self.at.saturating_sub(1),
            ListAct::Down => self.at = (self.at + 1).min(last),
            ListAct::PageUp => self.at = self.at.saturating_sub(page),
            ListAct::PageDown => self.at = (self.at + page).min(last),
            ListAct::First => (self.at, self.is_touched) = (0, false),
            ListAct::Last => self.at = last,
            ListAct::Sort => {
                self.sort = self.sort.next();
                self.arrange();
            }
            ListAct::Filter => {
                let mut typing = Input::default();
                typing.set(&self.text);
                self.typing = Some(typing);
            }
            ListAct::Open => return self.chosen().map(|stream| CaptureEffect::Open { stream }).into_iter().collect(),
            ListAct::Leave if !self.text.is_empty() => self.filter(""),
            ListAct::Leave => return vec![CaptureEffect::Leave],
        }
        Vec::new()
    }

    /// A key while the filter is typed. It counts at once, so that one sees what is left.
    pub fn typed(&mut self, key: KeyEvent) {
        let Some(typing) = &mut self.typing else { return };
        match key.code {
            KeyCode::Enter => self.typing = None,
            KeyCode::Esc => self.give_filter_up(),
            KeyCode::Up => drop(self.do_act(ListAct::Up)),
            KeyCode::Down => drop(self.do_act(ListAct::Down)),
            KeyCode::PageUp => drop(self.do_act(ListAct::PageUp)),
            KeyCode::PageDown => drop(self.do_act(ListAct::PageDown)),
            KeyCode::Backspace if typing.text().is_empty() => self.give_filter_up(),
            _ => {
                if Edit::of(key).is_some_and(|edit| typing.edit(edit)) {
                    self.filter_by_what_is_typed();
                }
            }
        }
        self.keep_in_sight();
    }

    pub fn pasted(&mut self, text: &str) {
        if let Some(typing) = &mut self.typing {
            typing.paste(text);
            self.filter_by_what_is_typed();
        }
    }

    fn give_filter_up(&mut self) {
        self.typing = None;
        self.filter("");
    }

    fn filter_by_what_is_typed(&mut self) {
        if let Some(text) = self.typing.as_ref().map(|typing| typing.text().to_owned()) {
            self.filter(&text);
        }
    }

    /// What can not be read, such as the beginning of a word, hides nothing.
    fn filter(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        (self.query, self.wrong) = match Query::parse(text) {
            Ok(query) => (query, None),
            Err(why) => (Query::default(), Some(why)),
        };
        self.arrange();
        self.keep_in_sight();
    }

    /// A click: it chooses; on what is chosen already, it opens.
    pub fn click(&mut self, column: u16, row: u16) -> Vec<CaptureEffect> {
        let area = self.rows_area();
        if !area.contains(Position::new(column, row)) {
            return Vec::new();
        }
        let place = self.top + usize::from(row - area.y);
        if place >= self.rows.len() {
            return Vec::new();
        }
        if place == self.at {
            return self.act(ListAct::Open);
        }
        (self.at, self.is_touched) = (place, true);
        Vec::new()
    }

    /// The wheel: so many rows down, or up.
    pub fn wheel(&mut self, rows: i32) {
        let by = rows.unsigned_abs() as usize;
        let last = self.rows.len().saturating_sub(1);
        self.is_touched |= self.chosen().is_some();
        self.at = if rows < 0 { self.at.saturating_sub(by) } else { (self.at + by).min(last) };
        self.keep_in_sight();
    }
}
