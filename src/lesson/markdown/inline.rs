//! What stands in a line of prose: text, emphasis, links, and the live values between `{{` and `}}`.

use pulldown_cmark::{Event, Tag};

use super::{Context, reader::Reader};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{Inline, LiveValue, Span},
    parser::{cursor::Cursor, expr},
};

impl<'a> Reader<'a, '_, '_> {
    /// The inlines of the element whose start was just read, and its end.
    pub(super) fn inlines_of_element(&mut self) -> Vec<Inline> {
        let inlines = self.inlines();
        self.next();
        inlines
    }

    /// Inlines up to the end of the element, to a block, or to the end of the part.
    pub(super) fn inlines(&mut self) -> Vec<Inline> {
        let mut line = Builder::default();
        while self.peek().is_some_and(is_inline) {
            let Some((event, span)) = self.next() else { break };
            if let Event::Text(text) = &event
                && line.text(self.context, text, &span)
            {
                continue;
            }
            line.flush(self.context);
            line.push(self.inline(event, span));
        }
        line.flush(self.context);
        line.done
    }

    fn inline(&mut self, event: Event<'a>, span: Span) -> Option<Inline> {
        Some(match event {
            Event::Text(text) => Inline::Text(text.into_string()),
            Event::Code(text) => Inline::Code(text.into_string()),
            Event::SoftBreak => Inline::Text(soft_break(&self.context.source.text, &span).to_owned()),
            Event::HardBreak => Inline::Break,
            Event::InlineHtml(_) | Event::Html(_) => {
                self.html(span);
                return None;
            }
            Event::Start(Tag::Emphasis) => Inline::Emphasis(self.inside(span, Self::inlines)),
            Event::Start(Tag::Strong) => Inline::Strong(self.inside(span, Self::inlines)),
            // An image cannot be shown here: its description leads to it.
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Inline::Link { to: dest_url.into_string(), text: self.inside(span, Self::inlines) }
            }
            Event::Start(_) => {
                self.skip_element();
                return None;
            }
            _ => return None,
        })
    }
}

fn is_inline(event: &Event) -> bool {
    match event {
        Event::End(_) | Event::Rule => false,
        Event::Start(tag) => !matches!(
            tag,
            Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::List(_)
                | Tag::BlockQuote(_)
                | Tag::CodeBlock(_)
                | Tag::Table(_)
                | Tag::HtmlBlock
        ),
        _ => true,
    }
}

/// A line break in the source is a space, but not between characters of a script that writes without spaces.
fn soft_break(file: &str, span: &Span) -> &'static str {
    let before = file[..span.start].trim_end().chars().next_back();
    let after = file[span.end..].trim_start_matches(|c: char| c.is_whitespace() || c == '>').chars().next();
    if before.is_some_and(is_unspaced) && after.is_some_and(is_unspaced) { "" } else { " " }
}

/// Chinese and Japanese, with their punctuation; not Korean, which is written with spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

/// Collects inlines. Text comes in pieces, and a value may lie across them: pieces that touch each other in the file
/// are joined before values are looked for.
#[derive(Default)]
struct Builder {
    done: Vec<Inline>,
    /// Text of the file that was not looked through yet.
    run: Option<Span>,
}

impl Builder {
    /// Takes the piece if it stands in the file as it is, without an escape or an entity.
    fn text(&mut self, context: &mut Context, text: &str, span: &Span) -> bool {
        if context.source.text.get(span.clone()) != Some(text) {
            return false;
        }
        match &mut self.run {
            Some(run) if run.end == span.start => run.end = span.end,
            _ => {
                self.flush(context);
                self.run = Some(span.clone());
            }
        }
        true
    }

    fn flush(&mut self, context: &mut Context) {
        if let Some(run) = self.run.take() {
            split_live(context, run, &mut |inline| push(&mut self.done, inline));
        }
    }

    fn push(&mut self, inline: Option<Inline>) {
        if let Some(inline) = inline {
            push(&mut self.done, inline);
        }
    }
}

/// Text behind text becomes one.
fn push(done: &mut Vec<Inline>, inline: Inline) {
    match (done.last_mut(), inline) {
        (_, Inline::Text(text)) if text.is_empty() => {}
        (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
        (_, inline) => done.push(inline),
    }
}

/// Parts text at its live values.
fn split_live(context: &mut Context, run: Span, push: &mut impl FnMut(Inline)) {
    let source = context.source;
    let file = source.text.as_str();
    let mut at = run.start;
    // `\{{` is written by whoever wants the braces themselves.
    let escaped = file[..at].ends_with('\\') && file[at..run.end].starts_with("{{");
    let mut from = if escaped { at + 2 } else { at };
    while let Some(open) = file[from..run.end].find("{{").map(|found| from + found) {
        let Some(close) = file[open + 2..run.end].find("}}").map(|found| open + 2 + found) else {
            let endless =
                Diagnostic::at(open..run.end, "`{{` without `}}`").label("a live value has to end on its line");
            context.complaints.push(endless.help("write `\\{{` for the braces themselves"));
            break;
        };
        push(Inline::Text(file[at..open].to_owned()));
        match live(context, open + 2..close) {
            Ok(value) => push(Inline::Live(value)),
            Err(complaint) => context.complaints.push(complaint),
        }
        at = close + 2;
        from = at;
    }
    push(Inline::Text(file[at..run.end].to_owned()));
}

fn live(context: &mut Context, inner: Span) -> Result<LiveValue, Diagnostic> {
    let file = context.source.text.as_str();
    let mut cursor = Cursor::new(file, inner.clone());
    if cursor.is_done() {
        return Err(Diagnostic::at(inner.start - 2..inner.end + 2, "an empty value").label("expected a name"));
    }
    let value = expr::expression(&mut cursor)?;
    if !cursor.is_done() {
        let rest = cursor.word();
        let wrong = Diagnostic::at(rest.span(), format!("`{}` is too much here", rest.text)).label("not understood");
        return Err(wrong.help("a live value is a name or a sum: `{{k + 1}}`, `{{synack.at - syn.at}}`"));
    }
    context.scope.note(&value.uses);
    Ok(LiveValue {
        expr: value.expr,
        text: file[inner.clone()].trim().to_owned(),
        span: inner.start - 2..inner.end + 2,
    })
}
