//! The lessons that are part of the program. `build.rs` writes the table from the folder `lessons/`.

/// One file of `lessons/`.
#[derive(Debug)]
pub struct Embedded {
    /// From the repository's root: `lessons/2-tcp/handshake.md`.
    pub path: &'static str,
    pub text: &'static str,
    /// A run of it that was kept, `handshake.recording.ndjson` beside it.
    pub recording: Option<&'static str>,
}

include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

#[cfg(test)]
mod tests {
    use crate::lesson::{
        catalog::Catalog,
        model::{Block, Step, plain_text},
    };

    /// What a title may share with an answer without giving it away.
    const COMMON: &[&str] = &["a", "an", "the", "it", "its", "is", "in", "of", "to", "that", "client", "server"];

    fn words(text: &str) -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).filter(|word| !COMMON.contains(&word.as_str())).collect()
    }

    fn gives_away(step: &Step) -> Option<String> {
        let title = words(&plain_text(&step.title));
        let questions = step.blocks.iter().filter_map(|block| match block {
            Block::Predict(prediction) => Some(prediction),
            _ => None,
        });
        let right = questions.flat_map(|question| &question.choices).filter(|choice| choice.right);
        right.map(|choice| plain_text(&choice.text)).find(|text| words(text).iter().all(|word| title.contains(word)))
    }

    #[test]
    fn no_title_of_a_step_says_the_answer_to_a_question_of_it() {
        for entry in Catalog::embedded().entries() {
            for step in &entry.lesson().unwrap().steps {
                assert_eq!(gives_away(step), None, "{}: {}", entry.name, plain_text(&step.title));
            }
        }
    }
}
