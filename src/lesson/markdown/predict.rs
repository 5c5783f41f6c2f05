//! Predictions: a question, answers of which one or several are right, and a reply to whoever chose one.

use super::{Context, prose};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{Choice, Inline, Prediction, Prose, Span},
};

const HELP: &str = "an answer begins with `( )` or `(x)` where one is right, with `[ ]` or `[x]` where several are; \
                    a reply is an indented line that begins with `-`";

/// An answer before its text is read.
struct Answer {
    mark: Span,
    right: bool,
    several: bool,
    text: Span,
    replies: Vec<Span>,
}

pub(super) fn read(context: &mut Context, whole: &Span, content: Span) -> Prediction {
    let (question, answers) = outline(context, content);
    check(context, whole, &question, &answers);
    let several = answers.first().is_some_and(|answer| answer.several);
    let question = prose::part(context, question);
    let choices = answers.into_iter().map(|answer| choice(context, answer)).collect();
    Prediction { question, several, choices, span: whole.clone() }
}

/// Where the question and the answers stand.
fn outline(context: &mut Context, content: Span) -> (Span, Vec<Answer>) {
    let source = context.source;
    let mut question = content.start..content.start;
    let mut answers: Vec<Answer> = Vec::new();
    let mut at = content.start;
    for line in source.text[content].split_inclusive('\n') {
        let span = at..at + line.len();
        at = span.end;
        if let Some(answer) = answer(line, span.start) {
            answers.push(answer);
            continue;
        }
        let Some(answer) = answers.last_mut() else {
            question.end = span.end;
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        match line.trim() {
            "" => {}
            text if indent == 0 => {
                let loose = span.start..span.start + text.len();
                context
                    .complaints
                    .push(Diagnostic::at(loose, "this belongs to no answer").label("not indented").help(HELP));
            }
            text if text.starts_with("- ") => answer.replies.push(span.start + indent + 2..span.end),
            _ => answer.replies.last_mut().unwrap_or(&mut answer.text).end = span.end,
        }
    }
    (question, answers)
}

/// The answer that this line begins.
fn answer(line: &str, start: usize) -> Option<Answer> {
    const MARKS: [(&str, bool, bool); 6] = [
        ("( )", false, false),
        ("(x)", true, false),
        ("(X)", true, false),
        ("[ ]", false, true),
        ("[x]", true, true),
        ("[X]", true, true),
    ];
    let (mark, right, several) = MARKS.into_iter().find(|(mark, ..)| line.starts_with(mark))?;
    let text = start + mark.len()..start + line.len();
    Some(Answer { mark: start..start + mark.len(), right, several, text, replies: Vec::new() })
}

fn check(context: &mut Context, whole: &Span, question: &Span, answers: &[Answer]) {
    let mut complain = |span: &Span, message: &str, label: &str, help: &str| {
        context.complaints.push(Diagnostic::at(span.clone(), message).label(label).help(help));
    };
    if context.source.text[question.clone()].trim().is_empty() {
        complain(
            whole,
            "this prediction asks nothing",
            "the question is missing",
            "the question stands above the answers",
        );
    }
    if answers.len() < 2 {
        complain(whole, "a prediction needs at least two answers", "too few", HELP);
        return;
    }
    let Some(first) = answers.first() else { return };
    if let Some(other) = answers.iter().find(|answer| answer.several != first.several) {
        complain(&other.mark, "two kinds of answers in one prediction", "unlike the first", HELP);
        return;
    }
    let mut right = answers.iter().filter(|answer| answer.right);
    if right.next().is_none() {
        complain(whole, "no answer is right", "none is marked", "mark the right one with an x: `(x)`");
    }
    if let Some(second) = right.next().filter(|answer| !answer.several) {
        complain(&second.mark, "two answers are right", "the second", "where several are right, write `[ ]` and `[x]`");
    }
}

fn choice(context: &mut Context, answer: Answer) -> Choice {
    let text = answer_text(context, answer.text, &answer.mark);
    let reply = answer.replies.into_iter().flat_map(|reply| prose::part(context, reply)).collect();
    Choice { right: answer.right, text, reply }
}

fn answer_text(context: &mut Context, text: Span, mark: &Span) -> Vec<Inline> {
    let mut blocks = prose::part(context, text).into_iter();
    match (blocks.next(), blocks.next()) {
        (Some(Prose::Paragraph(text)), None) => text,
        (found, _) => {
            let message = if found.is_none() { "this answer says nothing" } else { "an answer is one paragraph" };
            context.complaints.push(Diagnostic::at(mark.clone(), message).label("of this answer"));
            Vec::new()
        }
    }
}
