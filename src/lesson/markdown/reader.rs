//! Markdown events over a part of the file, their places counted from the file's beginning.

use pulldown_cmark::{Event, OffsetIter, Options, Parser};

use super::Context;
use crate::lesson::{diagnostic::Diagnostic, model::Span};

/// Quotes in lists in quotes … beyond this nobody can follow.
const DEEPEST: usize = 12;

pub(super) struct Reader<'a, 'c, 'f> {
    pub(super) context: &'c mut Context<'f>,
    events: std::iter::Peekable<OffsetIter<'a>>,
    /// Where the part begins in the file.
    base: usize,
    depth: usize,
}

impl<'f: 'a, 'a, 'c> Reader<'a, 'c, 'f> {
    pub(super) fn new(context: &'c mut Context<'f>, part: Span) -> Self {
        let text = &context.source.text[part.clone()];
        let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter().peekable();
        Self { context, events, base: part.start, depth: 0 }
    }
}

impl<'a> Reader<'a, '_, '_> {
    pub(super) fn next(&mut self) -> Option<(Event<'a>, Span)> {
        let (event, span) = self.events.next()?;
        Some((event, span.start + self.base..span.end + self.base))
    }

    pub(super) fn peek(&mut self) -> Option<&Event<'a>> {
        self.events.peek().map(|(event, _)| event)
    }

    pub(super) fn complain(&mut self, complaint: Diagnostic) {
        self.context.complaints.push(complaint);
    }

    /// Goes on behind the element whose start was just read.
    pub(super) fn skip_element(&mut self) {
        let mut open = 1;
        while open > 0 {
            match self.next() {
                Some((Event::Start(_), _)) => open += 1,
                Some((Event::End(_), _)) => open -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Reads what is inside the element whose start was just read, and its end. Elements that are nested too deeply
    /// are refused, which also bounds the recursion here and wherever the lesson is walked through later.
    pub(super) fn inside<T: Default>(&mut self, span: Span, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST {
            self.skip_element();
            let deep = Diagnostic::at(span, "this is nested too deeply").label("not readable any more");
            self.complain(deep);
            return T::default();
        }
        self.depth += 1;
        let inner = read(self);
        self.depth -= 1;
        self.next();
        inner
    }

    /// The text of the code block whose start was just read.
    pub(super) fn code(&mut self) -> String {
        let mut text = String::new();
        while let Some((event, _)) = self.next() {
            match event {
                Event::Text(part) => text.push_str(&part),
                _ => break,
            }
        }
        text
    }

    /// Where the lines of the fenced block stand whose start was just read.
    pub(super) fn code_span(&mut self, block: &Span) -> Span {
        let mut content: Option<Span> = None;
        while let Some((Event::Text(_), span)) = self.next() {
            content = Some(content.map_or(span.start, |content| content.start)..span.end);
        }
        let lines: Vec<&str> = self.context.source.text[block.clone()].trim_end().lines().collect();
        let closes = |line: &str| line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        if lines.len() < 2 || !lines.last().is_some_and(|line| closes(line)) {
            let open = Diagnostic::at(super::fence_line(self.context.source, block), "this block has no end");
            self.complain(open.label("begins here").help("end it with a line of three backquotes"));
        }
        content.unwrap_or(block.end..block.end)
    }
}
