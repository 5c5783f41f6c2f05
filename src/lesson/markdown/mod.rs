//! Markdown to steps and blocks. The dialect is small: CommonMark with tables, without HTML, and fences that run.
//!
//! The Markdown itself is pulldown-cmark's work; here its events become our [`Block`]s, each value in the prose
//! keeps its place in the file, and what a terminal cannot show is refused.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag};

use super::{
    diagnostic::Diagnostic,
    front,
    lines::LineIndex,
    model::{Block, Inline, Lab, LinkKind, Prose, Source, Span, Step},
    parser::{self, scope::Scope},
    suggest,
};
use reader::Reader;

mod challenge;
mod inline;
mod predict;
mod prose;
mod reader;

/// The fences that do something; any other is shown.
pub(super) const FENCES: [&str; 4] = ["lab", "predict", "challenge", "notes"];

/// What the parts of a lesson share while it is read.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) source: &'a Source,
    pub(super) index: LineIndex,
    pub(super) scope: Scope,
    pub(super) complaints: Vec<Diagnostic>,
}

/// The lesson's body: what stands before the first step, and the steps.
pub(super) fn read(context: &mut Context, body: Span) -> (Vec<Block>, Vec<Step>) {
    let end = body.start..body.start;
    let mut reader = Reader::new(context, body);
    let mut document = Document::default();
    while let Some((event, span)) = reader.next() {
        document.block(&mut reader, event, span);
    }
    // An empty file has one fault, not two.
    let blank = reader.context.source.text[end.start..].trim().is_empty();
    if document.steps.is_empty() && (!blank || reader.context.complaints.is_empty()) {
        let stepless = Diagnostic::at(end, "the lesson has no step").label("expected a heading below the front matter");
        context.complaints.push(stepless.help("a step begins with a heading: `## Someone has to listen`"));
    }
    (document.opening, document.steps)
}

#[derive(Debug, Default)]
struct Document {
    opening: Vec<Block>,
    steps: Vec<Step>,
}

impl Document {
    /// Takes in the block that begins with this event.
    fn block<'a>(&mut self, reader: &mut Reader<'a, '_, '_>, event: Event<'a>, span: Span) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                reader.skip_element();
                let title =
                    Diagnostic::at(span, "the lesson's title stands in its front matter").label("a second title");
                reader.complain(title.help("a step begins with `##`"));
            }
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                let title = reader.inlines_of_element();
                self.step(reader, title, span);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => self.fence(reader, &info, span),
            event => self.prose(reader, event, span),
        }
    }

    fn step(&mut self, reader: &mut Reader, title: Vec<Inline>, span: Span) {
        if title.is_empty() {
            reader.complain(Diagnostic::at(span, "the step has no title").label("expected `## Title`"));
        }
        self.steps.push(Step { title, blocks: Vec::new(), notes: Vec::new() });
    }

    fn prose<'a>(&mut self, reader: &mut Reader<'a, '_, '_>, event: Event<'a>, span: Span) {
        if let Some(prose) = reader.prose_of(event, span) {
            self.push(Block::Prose(prose));
        }
    }

    fn push(&mut self, block: Block) {
        match self.steps.last_mut() {
            Some(step) => step.blocks.push(block),
            None => self.opening.push(block),
        }
    }

    fn fence(&mut self, reader: &mut Reader, info: &str, span: Span) {
        let (word, rest) = split_info(info);
        if !FENCES.contains(&word) {
            if let Some(meant) = suggest::nearest(word, FENCES) {
                let unknown =
                    Diagnostic::at(info_span(reader.context.source, &span), format!("unknown block `{word}`"));
                let help = format!("did you mean `{meant}`? any other word is the language of code that is only shown");
                reader.complain(unknown.label("nothing would be run").help(help));
            }
            let text = reader.code();
            self.push(Block::Prose(Prose::Code { language: word.to_owned(), text }));
            return;
        }
        let content = reader.code_span(&span);
        if self.steps.is_empty() {
            let early = Diagnostic::at(
                info_span(reader.context.source, &span),
                format!("a {word} block before the first step"),
            );
            reader
                .complain(early.label("belongs to a step").help("put a heading above it: `## Someone has to listen`"));
        }
        let whole = fence_line(reader.context.source, &span);
        if matches!(word, "predict" | "notes") && !rest.is_empty() {
            let span = info_span(reader.context.source, &span);
            reader.complain(Diagnostic::at(span, format!("a {word} block takes no `{rest}`")).label("too much"));
        }
        let block = match word {
            "lab" => Block::Lab(lab(reader.context, rest, &whole, content)),
            "predict" => Block::Predict(predict::read(reader.context, &whole, content)),
            "notes" => return self.notes(reader.context, &whole, content),
            _ => Block::Challenge(challenge::read(reader.context, rest, &whole, content)),
        };
        self.push(block);
    }

    /// Notes belong to the step and are none of its blocks: whoever tells or runs a lesson does not meet them.
    fn notes(&mut self, context: &mut Context, whole: &Span, content: Span) {
        let notes = prose::part(context, content.clone());
        if context.source.text[content].trim().is_empty() {
            context.complaints.push(Diagnostic::at(whole.clone(), "these notes say nothing").label("no line in it"));
        }
        if let Some(step) = self.steps.last_mut() {
            step.notes.extend(notes);
        }
    }
}

fn lab(context: &mut Context, link: &str, whole: &Span, content: Span) -> Lab {
    let link = fence_link(context, link, whole);
    context.scope.enter_lab(link);
    let before = context.complaints.len();
    let lines = script(context, content);
    if lines.is_empty() && context.complaints.len() == before {
        context.complaints.push(Diagnostic::at(whole.clone(), "this lab block does nothing").label("no line in it"));
    }
    Lab { link, lines, span: whole.clone() }
}

/// The lines of a lab script.
fn script(context: &mut Context, content: Span) -> Vec<super::script::Line> {
    parser::lines(&context.source.text, content, &context.index, &mut context.scope, &mut context.complaints)
}

/// The link that a fence names.
fn fence_link(context: &mut Context, name: &str, whole: &Span) -> Option<LinkKind> {
    if name.is_empty() {
        return None;
    }
    let at = context.source.text[whole.clone()].rfind(name).map_or(whole.start, |at| whole.start + at);
    let (link, complaint) = front::link(name, at..at + name.len());
    context.complaints.extend(complaint);
    Some(link)
}

/// `lab loopback` in two.
fn split_info(info: &str) -> (&str, &str) {
    let info = info.trim();
    info.split_once(char::is_whitespace).map_or((info, ""), |(word, rest)| (word, rest.trim()))
}

/// The line that opens the fence.
fn fence_line(source: &Source, block: &Span) -> Span {
    let line = source.text[block.clone()].lines().next().unwrap_or_default();
    block.start..block.start + line.trim_end().len()
}

/// What stands behind the backquotes.
fn info_span(source: &Source, block: &Span) -> Span {
    let line = fence_line(source, block);
    let marks = source.text[line.clone()].trim_end_matches(|c| c != '`' && c != '~').len();
    let info = source.text[line.start + marks..line.end].trim_start().len();
    line.end - info..line.end
}

#[cfg(test)]
mod tests;
