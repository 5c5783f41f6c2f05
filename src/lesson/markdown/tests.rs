//! Markdown that is right, as blocks. What is wrong is answered as `tests/lint/` shows.

use std::sync::Arc;

use crate::lesson::{
    diagnostic::render_all,
    model::{Block, Inline, Lesson, LiveValue, Prose, Source},
    script::Expr,
};

/// The lesson with this body, which has to be right.
fn lesson(body: &str) -> Lesson {
    let text = format!("+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n{body}");
    let source = Arc::new(Source { path: "lesson".into(), text });
    crate::lesson::parse(source.clone(), "lesson", "part")
        .unwrap_or_else(|wrong| panic!("{}", render_all(&wrong, &source)))
}

/// The blocks of its only step.
fn blocks(body: &str) -> Vec<Block> {
    lesson(&format!("## Step\n\n{body}")).steps.remove(0).blocks
}

fn prose(body: &str) -> Vec<Prose> {
    let only_prose = |block| match block {
        Block::Prose(prose) => prose,
        other => panic!("{other:?}"),
    };
    blocks(body).into_iter().map(only_prose).collect()
}

/// The inlines of its only paragraph.
fn paragraph(body: &str) -> Vec<Inline> {
    match prose(body).remove(0) {
        Prose::Paragraph(text) => text,
        other => panic!("{other:?}"),
    }
}

fn text(text: &str) -> Inline {
    Inline::Text(text.into())
}

#[test]
fn a_heading_begins_a_step_and_what_stands_before_is_the_opening() {
    let lesson = lesson("Before.\n\n## One `call`\n\nText.\n\n### Smaller\n\n## Two\n\n---\n");
    assert_eq!(lesson.opening.len(), 1);
    assert_eq!(lesson.steps[0].title, [text("One "), Inline::Code("call".into())]);
    assert!(matches!(&lesson.steps[0].blocks[1], Block::Prose(Prose::Heading(3, _))));
    assert!(matches!(&lesson.steps[1].blocks[0], Block::Prose(Prose::Rule)));
}

#[test]
fn a_live_value_is_read_wherever_text_stands() {
    let body = "```lab\nsyn: client > server SYN seq=?j\n```\n\nIt is **{{ j + 1 }}**.";
    let Block::Prose(Prose::Paragraph(line)) = blocks(body).remove(1) else { panic!() };
    let [Inline::Text(_), Inline::Strong(strong), Inline::Text(_)] = line.as_slice() else { panic!("{line:?}") };
    let [Inline::Live(LiveValue { expr, text, span })] = strong.as_slice() else { panic!("{strong:?}") };
    assert_eq!(*expr, Expr::Add(Box::new(Expr::Name("j".into())), Box::new(Expr::Int(1))));
    assert_eq!((text.as_str(), span.len()), ("j + 1", "{{ j + 1 }}".len()));
}

#[test]
fn braces_that_are_no_value_stay_text() {
    assert_eq!(paragraph(r"`{{j}}` and \{{j}} and { {"), [Inline::Code("{{j}}".into()), text(" and {{j}} and { {")]);
}

#[test]
fn a_name_with_underscores_is_one_name() {
    let body = "```lab\na_b_c: client > server SYN\n```\n\n*at* {{a_b_c.at}} *now*";
    let Block::Prose(Prose::Paragraph(line)) = blocks(body).remove(1) else { panic!() };
    assert!(matches!(&line[2], Inline::Live(live) if live.text == "a_b_c.at"), "{line:?}");
}

#[test]
fn a_line_break_is_a_space_but_not_in_chinese() {
    assert_eq!(paragraph("one\ntwo"), [text("one two")]);
    assert_eq!(paragraph("三次\n握手。\nTCP\n很好"), [text("三次握手。 TCP 很好")]);
    assert_eq!(paragraph("안녕\n하세요"), [text("안녕 하세요")]);
    assert_eq!(paragraph("one  \ntwo"), [text("one"), Inline::Break, text("two")]);
}

#[test]
fn links_images_and_entities_become_text_that_can_be_shown() {
    let link = |to: &str, words: &str| Inline::Link { to: to.into(), text: vec![text(words)] };
    assert_eq!(
        paragraph("[RFC](https://e.org) ![a picture](x.png) <https://e.org> &amp; &lt;b>"),
        [
            link("https://e.org", "RFC"),
            text(" "),
            link("x.png", "a picture"),
            text(" "),
            link("https://e.org", "https://e.org"),
            text(" & <b>"),
        ]
    );
}

#[test]
fn comments_are_not_shown() {
    let shown = vec![Prose::Paragraph(vec![text("Text here.")])];
    assert_eq!(prose("<!-- one\ntwo -->\n\nText <!-- three -->here."), shown);
}

#[test]
fn lists_keep_their_numbers_and_what_is_nested() {
    let [Prose::List { start: Some(3), items }] = &prose("3. three\n   - inner\n4. four\n\n   more")[..] else {
        panic!()
    };
    assert!(matches!(&items[0][..], [Prose::Paragraph(_), Prose::List { start: None, items }] if items.len() == 1));
    assert!(matches!(&items[1][..], [Prose::Paragraph(_), Prose::Paragraph(_)]));
}

#[test]
fn tables_have_a_head_and_rows() {
    let [Prose::Table { head, rows }] = &prose("| a | b |\n| - | - |\n| 1 | `2` |\n| 3 | 4 |")[..] else { panic!() };
    assert_eq!(head.len(), 2);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][1], [Inline::Code("2".into())]);
}

#[test]
fn other_fences_are_shown_with_their_language() {
    let [Prose::Code { language, text }] = &prose("```rust ignore\nfn main() {}\n```")[..] else { panic!() };
    assert_eq!((language.as_str(), text.as_str()), ("rust", "fn main() {}\n"));
}

#[test]
fn a_prediction_has_its_replies() {
    let body = "```predict\nWhat comes, and *why*?\n\n[x] a SYN\n    without data\n    - Because.\n      Of that.\n    - Really.\n[ ] data\n[x] a number\n```";
    let [Block::Predict(prediction)] = &blocks(body)[..] else { panic!() };
    assert!(prediction.several);
    assert_eq!(prediction.question.len(), 1);
    let right: Vec<bool> = prediction.choices.iter().map(|choice| choice.right).collect();
    assert_eq!(right, [true, false, true]);
    assert_eq!(prediction.choices[0].text, [text("a SYN without data")]);
    let replies: Vec<_> = ["Because. Of that.", "Really."].map(|reply| Prose::Paragraph(vec![text(reply)])).into();
    assert_eq!(prediction.choices[0].reply, replies);
}

#[test]
fn a_challenge_has_its_sections() {
    let body = "```challenge\nDo it.\n\nTwice: or more.\n\nhint: One.\nhint: Two,\n  and `more`.\nsetup:\n    server listen tcp 80\nanswer: client connect server:80\nexpect:\n    client > server SYN\n\n    server > client SYN+ACK\n```";
    let [Block::Challenge(challenge)] = &blocks(body)[..] else { panic!() };
    assert_eq!(challenge.goal.len(), 2);
    assert_eq!(challenge.hints.len(), 2);
    assert_eq!(
        challenge.hints[1][0],
        Prose::Paragraph(vec![text("Two, and "), Inline::Code("more".into()), text(".")])
    );
    assert_eq!((challenge.setup.len(), challenge.answer.len(), challenge.expect.len()), (1, 1, 2));
    assert_eq!(challenge.expect[1].number, 22);
}

#[test]
fn notes_belong_to_their_step_and_are_none_of_its_blocks() {
    let body =
        "## One\n\nText.\n\n```notes\nAsk *first*.\n\n- Then wait.\n```\n\nMore.\n\n```notes\nAgain.\n```\n\n## Two\n";
    let lesson = lesson(body);
    assert_eq!(lesson.steps[0].blocks.len(), 2, "{:?}", lesson.steps[0].blocks);
    let [Prose::Paragraph(_), Prose::List { .. }, Prose::Paragraph(again)] = &lesson.steps[0].notes[..] else {
        panic!()
    };
    assert_eq!(*again, [text("Again.")]);
    assert!(lesson.steps[1].notes.is_empty());
}

#[test]
fn a_live_value_in_notes_keeps_its_place_in_the_file() {
    let body = "## One\n\n```lab\nsyn: client > server SYN seq=?j\n```\n\n```notes\nIt was {{j}}.\n```\n";
    let lesson = lesson(body);
    let Prose::Paragraph(line) = &lesson.steps[0].notes[0] else { panic!() };
    let Inline::Live(live) = &line[1] else { panic!("{line:?}") };
    assert_eq!(&lesson.source.text[live.span.clone()], "{{j}}");
}
