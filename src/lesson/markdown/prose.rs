//! Paragraphs, lists, quotes, tables: Markdown that is shown.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};

use super::{Context, FENCES, info_span, reader::Reader, split_info};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{Inline, Prose, Span},
};

/// The Markdown in a part of the file, such as a reply or a hint.
pub(super) fn part(context: &mut Context, part: Span) -> Vec<Prose> {
    Reader::new(context, part).prose()
}

impl<'a> Reader<'a, '_, '_> {
    /// Blocks up to the end of the element or of the part.
    pub(super) fn prose(&mut self) -> Vec<Prose> {
        let mut blocks = Vec::new();
        while self.peek().is_some_and(|event| !matches!(event, Event::End(_))) {
            if starts_inline(self.peek()) {
                let text = self.inlines();
                blocks.extend((!text.is_empty()).then_some(Prose::Paragraph(text)));
            } else if let Some((event, span)) = self.next() {
                blocks.extend(self.prose_of(event, span));
            }
        }
        blocks
    }

    /// The block that begins with this event; nothing for a comment or for what is refused.
    pub(super) fn prose_of(&mut self, event: Event<'a>, span: Span) -> Option<Prose> {
        let Event::Start(tag) = event else {
            return matches!(event, Event::Rule).then_some(Prose::Rule);
        };
        Some(match tag {
            Tag::Paragraph => {
                let text = self.inlines_of_element();
                return (!text.is_empty()).then_some(Prose::Paragraph(text));
            }
            Tag::Heading { level, .. } => Prose::Heading(number(level), self.inlines_of_element()),
            Tag::BlockQuote(_) => Prose::Quote(self.inside(span, Self::prose)),
            Tag::List(start) => Prose::List { start, items: self.inside(span, Self::items) },
            Tag::CodeBlock(kind) => self.code_block(&kind, &span),
            Tag::Table(_) => {
                let (head, rows) = self.inside(span, Self::table);
                Prose::Table { head, rows }
            }
            Tag::HtmlBlock => {
                self.skip_element();
                self.html(span);
                return None;
            }
            _ => {
                self.skip_element();
                return None;
            }
        })
    }

    fn items(&mut self) -> Vec<Vec<Prose>> {
        let mut items = Vec::new();
        while matches!(self.peek(), Some(Event::Start(Tag::Item))) {
            if let Some((_, span)) = self.next() {
                items.push(self.inside(span, Self::prose));
            }
        }
        items
    }

    fn table(&mut self) -> (Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>) {
        let mut rows = Vec::new();
        while matches!(self.peek(), Some(Event::Start(Tag::TableHead | Tag::TableRow))) {
            if let Some((_, span)) = self.next() {
                rows.push(self.inside(span, Self::cells));
            }
        }
        let head = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        (head, rows)
    }

    fn cells(&mut self) -> Vec<Vec<Inline>> {
        let mut cells = Vec::new();
        while matches!(self.peek(), Some(Event::Start(Tag::TableCell))) {
            self.next();
            cells.push(self.inlines_of_element());
        }
        cells
    }

    fn code_block(&mut self, kind: &CodeBlockKind, span: &Span) -> Prose {
        let CodeBlockKind::Fenced(info) = kind else {
            return Prose::Code { language: String::new(), text: self.code() };
        };
        let language = split_info(info).0;
        if FENCES.contains(&language) {
            let place = info_span(self.context.source, span);
            let inner = Diagnostic::at(place, format!("a {language} block inside of something else"));
            self.complain(
                inner.label("would only be shown").help("put it at the left margin, outside of lists and quotes"),
            );
        }
        Prose::Code { language: language.to_owned(), text: self.code() }
    }

    /// HTML would be shown as it is written. Comments are for the author and go.
    pub(super) fn html(&mut self, span: Span) {
        let text = self.context.source.text[span.clone()].trim();
        if text.starts_with("<!--") && text.ends_with("-->") && text.matches("-->").count() == 1 {
            return;
        }
        let end = span.start + self.context.source.text[span.clone()].trim_end().len();
        let html = Diagnostic::at(span.start..end, "a terminal cannot show HTML").label("not Markdown");
        self.complain(html.help("write Markdown; or `\\<` for the sign itself, or backquotes around it"));
    }
}

fn starts_inline(event: Option<&Event>) -> bool {
    match event {
        Some(Event::Start(tag)) => {
            matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. })
        }
        Some(Event::Rule | Event::End(_)) | None => false,
        Some(_) => true,
    }
}

const fn number(level: HeadingLevel) -> u8 {
    level as u8
}
