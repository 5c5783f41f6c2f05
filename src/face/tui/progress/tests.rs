use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::lesson::{self, model::Source};

const TEXT: &str = "\
+++
title = \"T\"
summary = \"S\"
minutes = 1
+++

## One

```predict
What comes?
( ) A
(x) B
```

## Two

Words.

```challenge
Do it.

hint: Think.
answer:
    server listen tcp 80
expect:
    kernel server LISTEN
```

## Two

More.
";

fn lesson(text: &str) -> Lesson {
    let source = Source { path: "t.md".into(), text: text.into() };
    lesson::parse(Arc::new(source), "lesson", "1-part").unwrap()
}

/// Where the question and the challenge stand.
const QUESTION: (usize, usize) = (0, 0);
const TASK: (usize, usize) = (1, 1);

fn progress() -> Progress {
    let lesson = lesson(TEXT);
    let mut progress = Progress::default();
    progress.reached(&lesson, 0, 100);
    progress.answered(&lesson, QUESTION, &[0], false, 110);
    progress.reached(&lesson, 1, 120);
    progress.took_hints(&lesson, TASK, 1);
    progress.solved(&lesson, TASK, 130);
    progress
}

#[test]
fn what_was_done_is_known() {
    let (lesson, progress) = (lesson(TEXT), progress());
    assert_eq!(progress.furthest(&lesson), Some(1));
    assert!(!progress.has_reached(&lesson, 2), "it has the title of the one before, and is another");
    assert_eq!(progress.last_step(&lesson), Some(1));
    assert_eq!(progress.last_lesson(), Some("1-part/lesson"));
    assert_eq!(
        progress.answer(&lesson, QUESTION).map(|answer| (answer.chosen.clone(), answer.right)),
        Some((vec![0], false))
    );
    let attempt = *progress.challenge(&lesson, TASK).unwrap();
    assert_eq!(attempt, Attempt { solved: Some(130), skipped: None, hints: 1 });
    assert_eq!(progress.record_of("1-part", "lesson").map(Record::answers), Some((1, 0)));
}

#[test]
fn the_first_answer_is_kept() {
    let (lesson, mut progress) = (lesson(TEXT), progress());
    progress.answered(&lesson, QUESTION, &[1], true, 200);
    assert!(!progress.answer(&lesson, QUESTION).unwrap().right);
    progress.solved(&lesson, TASK, 999);
    assert_eq!(progress.challenge(&lesson, TASK).unwrap().solved, Some(130));
}

#[test]
fn what_is_no_task_is_not_kept() {
    let (lesson, mut progress) = (lesson(TEXT), Progress::default());
    progress.answered(&lesson, TASK, &[0], true, 1);
    progress.solved(&lesson, QUESTION, 1);
    progress.solved(&lesson, (9, 9), 1);
    progress.reached(&lesson, 9, 1);
    assert_eq!(progress, Progress::default());
}

#[test]
fn an_edited_lesson_keeps_what_still_fits() {
    let progress = progress();
    let edited = lesson(&TEXT.replace("(x) B", "(x) Bee").replace("Words.", "Other words."));
    assert!(progress.answer(&edited, QUESTION).is_none(), "that is another question");
    assert!(progress.challenge(&edited, TASK).is_some());
    assert_eq!(progress.furthest(&edited), Some(1));
    let moved = lesson(&TEXT.replace("## One", "## Zero\n\nNew.\n\n## One"));
    assert!(progress.answer(&moved, (1, 0)).is_some(), "the same question, a step further");
    assert_eq!((progress.furthest(&moved), progress.has_reached(&moved, 0)), (Some(2), false));
    let renamed = lesson(&TEXT.replace("## Two", "## Deux"));
    assert_eq!((progress.furthest(&renamed), progress.last_step(&renamed)), (Some(0), None));
}

#[test]
fn what_is_written_can_be_read() {
    let mut progress = progress();
    progress.tour_seen(7);
    progress.finished(&lesson(TEXT), 140);
    assert_eq!(Progress::read(progress.write().as_bytes()), Ok(progress));
}

#[test]
fn a_newer_format_is_told_from_a_damaged_one() {
    assert_eq!(Progress::read(b"{\"version\": 2, \"lessons\": 3}"), Err(Unreadable::Newer(2)));
    for text in ["", "{", "[]", "{\"version\": 1, \"lessons\": 3}", "\0\0\0"] {
        assert!(matches!(Progress::read(text.as_bytes()), Err(Unreadable::Damaged(_))), "{text:?}");
    }
    assert_eq!(Progress::read(b"{\"version\": 1}"), Ok(Progress::default()));
}

#[test]
fn finishes_do_not_grow_without_bounds() {
    let (lesson, mut progress) = (lesson(TEXT), Progress::default());
    (0..500).for_each(|now| progress.finished(&lesson, now));
    assert_eq!(progress.finishes(&lesson).collect::<Vec<_>>(), (400..500).collect::<Vec<_>>());
}

#[test]
fn a_mark_stays_what_it_is() {
    assert_eq!(Mark::of(""), Mark("cbf29ce484222325".into()), "FNV-1a's offset");
    assert_eq!(Mark::of("foobar"), Mark("85944171f73967e8".into()), "from its test vectors");
}

fn marks() -> impl Strategy<Value = Mark> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(Mark::of)
}

fn records() -> impl Strategy<Value = Record> {
    let answers = (0_u64..4, prop::collection::vec(0_usize..3, 0..2), any::<bool>())
        .prop_map(|(at, chosen, right)| Answer { at, chosen, right });
    let moments = || prop::option::of(0_u64..4);
    let attempts =
        (moments(), moments(), 0_u32..3).prop_map(|(solved, skipped, hints)| Attempt { solved, skipped, hints });
    let places = (0_u64..4, marks()).prop_map(|(at, step)| Place { at, step });
    (
        prop::collection::btree_set(marks(), 0..3),
        prop::collection::btree_map(marks(), answers, 0..3),
        prop::collection::btree_map(marks(), attempts, 0..3),
        prop::collection::btree_set(0_u64..300, 0..90),
        prop::option::of(places),
    )
        .prop_map(|(steps, predictions, challenges, finished, last)| Record {
            steps,
            predictions,
            challenges,
            finished,
            last,
        })
}

fn progresses() -> impl Strategy<Value = Progress> {
    let lessons = prop::collection::btree_map("[ab]", records(), 0..3);
    (prop::option::of(0_u64..4), lessons).prop_map(|(tour, lessons)| Progress { version: VERSION, tour, lessons })
}

fn merged(one: &Progress, other: &Progress) -> Progress {
    let mut whole = one.clone();
    whole.merge(other);
    whole
}

proptest! {
    #[test]
    fn merging_does_not_care_for_order_or_repetition(a in progresses(), b in progresses(), c in progresses()) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &a), a.clone());
        let whole = merged(&a, &b);
        prop_assert_eq!(merged(&whole, &a), whole.clone());
        prop_assert_eq!(Progress::read(whole.write().as_bytes()), Ok(whole));
    }

    #[test]
    fn merging_loses_nothing(a in progresses(), b in progresses()) {
        let whole = merged(&a, &b);
        for (key, record) in a.lessons.iter().chain(&b.lessons) {
            let kept = &whole.lessons[key];
            prop_assert!(record.steps.is_subset(&kept.steps));
            prop_assert!(record.predictions.keys().all(|mark| kept.predictions.contains_key(mark)));
            for (mark, attempt) in &record.challenges {
                let kept = &kept.challenges[mark];
                prop_assert!(attempt.solved.is_none() || kept.solved.is_some());
                prop_assert!(attempt.hints <= kept.hints);
            }
            prop_assert!(record.last <= kept.last);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        let _ = Progress::read(&bytes);
    }
}
