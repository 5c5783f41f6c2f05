//! The settings as a commented file and as a page of the documents, out of the tables that the reader uses.

use std::fmt::Write;

use super::{
    keys::{self, Action},
    rows::ROWS,
};

/// Columns of a comment.
const WIDTH: usize = 96;

const OPENING: &str = "\
# Settings of wiretutor. Every line is what is so anyway: take the `#` away from one to change it.
";

const KEYS: &str = "\
# Keys: an action, and the key or the keys that do it instead of its own.
";

/// A file in which everything is commented out and stands at its default.
#[must_use]
pub fn file(actions: &[Action]) -> String {
    let mut file = OPENING.to_owned();
    for row in ROWS {
        file.push('\n');
        comment(&mut file, row.help);
        comment(&mut file, &format!("Can be: {}.", row.values));
        // Writing to a string cannot fail.
        let _ = writeln!(file, "# {} = {}", row.name, row.default);
    }
    let _ = write!(file, "\n{KEYS}");
    comment(&mut file, &format!("Named keys: {}; before any may stand ctrl-, alt- and shift-.", keys::names()));
    file.push_str("# [keys]\n");
    let mut context = "";
    for action in actions {
        if action.context != context {
            context = action.context;
            let _ = writeln!(file, "\n# {context}");
        }
        let _ = writeln!(file, "# {} = {}  # {}", action.name, list(action.keys), action.help);
    }
    file
}

fn list(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
    match quoted.as_slice() {
        [only] => only.clone(),
        keys => format!("[{}]", keys.join(", ")),
    }
}

fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(file, "{line}");
            "#".clone_into(&mut line);
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(file, "{line}");
}

const PAGE: &str = "\
# Settings

<!-- Written by `UPDATE=1 cargo test --test docs`, out of the tables that the program reads its settings with. -->

They stand in `$XDG_CONFIG_HOME/wiretutor/config.toml`, which is `~/.config/wiretutor/config.toml` unless that \
variable names another folder. There need not be such a file. What is wrong in it is drawn on its line when the \
program starts; the default stands for it, and all the rest is as it was written. A flag on the command line wins over \
the file.

| setting | can be | unless said | meaning |
| --- | --- | --- | --- |
";

const KEYS_PAGE: &str = "
## Keys

Under `[keys]` stands an action and its key, `quit = \"ctrl-q\"`, or a list of keys, `quit = [\"q\", \"f10\"]`. They \
take the place of the action's own keys; an empty list leaves it without any. On one screen a key does one thing.

";

/// The whole page.
#[must_use]
pub fn page(actions: &[Action]) -> String {
    let mut page = PAGE.to_owned();
    for row in ROWS {
        let _ = writeln!(page, "| `{}` | {} | `{}` | {} |", row.name, row.values, row.default, row.help);
    }
    let _ = write!(page, "{KEYS_PAGE}A key is a character, `f1` to `f24`, or one of ");
    let names: Vec<String> = super::Key::names().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(page, "{}.\nBefore it may stand `ctrl-`, `alt-` and `shift-`.", names.join(", "));
    if !actions.is_empty() {
        page.push_str("\n| action | where | key | what it does |\n| --- | --- | --- | --- |\n");
    }
    for action in actions {
        let keys: Vec<String> = action.keys.iter().map(|key| format!("`{key}`")).collect();
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", action.name, action.context, keys.join(", "), action.help);
    }
    let _ = write!(page, "\n## A file to begin with\n\n```toml\n{}```\n", file(actions));
    page
}
