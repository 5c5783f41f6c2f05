use std::time::Duration;

use proptest::prelude::*;

use super::{super::theme::NAMES, *};

const ACTIONS: &[Action] = &[
    Action { name: "quit", context: "everywhere", keys: &["q"], help: "leave" },
    Action { name: "next", context: "lesson", keys: &["enter", "space"], help: "go on" },
    Action { name: "deliver", context: "lesson", keys: &["d"], help: "let a packet go" },
    Action { name: "open", context: "map", keys: &["enter"], help: "begin the lesson" },
];

fn read(text: &str) -> (Settings, Vec<String>) {
    Settings::read(text, "config.toml", ACTIONS)
}

fn key(name: &str) -> Key {
    Key::parse(name).unwrap()
}

#[track_caller]
fn complains(text: &str, wanted: &str) -> Settings {
    let (settings, complaints) = read(text);
    assert_eq!(complaints, [wanted], "\n{}", complaints.concat());
    settings
}

#[test]
fn without_a_word_everything_is_as_it_is() {
    assert_eq!(read(""), (Settings::default(), vec![]));
}

#[test]
fn everything_can_be_set() {
    let text = "\
theme = \"colour-blind\"
ascii = true
language = \"en\"
speed = 2
slow = 500
mouse = false
[keys]
quit = \"ctrl-q\"
next = [\"n\", \"right\"]
";
    let (settings, complaints) = read(text);
    assert_eq!(complaints, [""; 0]);
    assert_eq!((settings.theme, settings.ascii, settings.mouse), ("colour-blind", Some(true), false));
    assert_eq!((settings.speed, settings.slow), (2.0, Duration::from_millis(500)));
    assert_eq!(settings.keys_of("quit"), Some([key("ctrl-q")].as_slice()));
    assert_eq!(settings.keys_of("next"), Some([key("n"), key("right")].as_slice()));
    assert_eq!(settings.keys_of("deliver"), None);
}

#[test]
fn every_theme_can_be_set() {
    for name in NAMES {
        let (settings, complaints) = read(&format!("theme = \"{name}\""));
        assert!(complaints.is_empty() && settings.theme == *name, "{name}");
    }
}

#[test]
fn an_unknown_setting_is_drawn_on_its_line() {
    complains(
        "mouse = false\nthem = \"dark\"\n",
        "\
error: unknown setting `them`
 ┌─ config.toml:2:1
2│ them = \"dark\"
 │ ^^^^ known settings are theme, ascii, language, speed, slow, mouse, keys
 = help: did you mean `theme`?
",
    );
}

#[test]
fn a_wrong_value_leaves_the_default() {
    let settings = complains(
        "theme = \"color-blind\"\nspeed = 3.5",
        "\
error: unknown theme `color-blind`
 ┌─ config.toml:1:9
1│ theme = \"color-blind\"
 │         ^^^^^^^^^^^^^ expected auto, dark, light, high-contrast or colour-blind
 = help: did you mean `colour-blind`?
",
    );
    assert_eq!((settings.theme, settings.speed), ("auto", 3.5), "the rest is as it was written");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_lines() {
    let text = "slow = \"long\"\nspeed = 0\nascii = 1\nslwo = 1\ntheme = \"drak\"\nmouse = \"no\"\nlanguage = 3\n";
    let (settings, complaints) = read(text);
    assert_eq!(settings, Settings::default());
    let lines: Vec<String> = (1..=7).map(|line| format!("config.toml:{line}:")).collect();
    assert_eq!(complaints.len(), 7, "{}", complaints.concat());
    for (complaint, line) in complaints.iter().zip(lines) {
        assert!(complaint.contains(&line), "{complaint}");
    }
}

#[test]
fn bounds_are_kept() {
    for text in ["speed = 0.01", "speed = 1e9", "speed = nan", "speed = -1", "slow = 0", "slow = 60001", "slow = -3"] {
        let (settings, complaints) = read(text);
        assert_eq!((settings, complaints.len()), (Settings::default(), 1), "{text}");
    }
    let (_, complaints) = read("slow = 0");
    assert!(complaints[0].contains("slow motion needs a time within these limits"), "{complaints:?}");
    assert!(complaints[0].contains("expected milliseconds, from 1 to 60000"), "{complaints:?}");
}

#[test]
fn a_language_without_texts_is_known_and_refused() {
    let settings = complains(
        "language = \"zh-CN\"",
        "\
error: there are no texts in `zh-CN` yet
 ┌─ config.toml:1:12
1│ language = \"zh-CN\"
 │            ^^^^^^^ English is shown
 = help: write `language = \"en\"` until there are
",
    );
    assert_eq!(settings.language, "en");
}

#[test]
fn an_action_that_is_not_known_is_drawn() {
    complains(
        "[keys]\nquti = \"x\"\n",
        "\
error: unknown action `quti`
 ┌─ config.toml:2:1
2│ quti = \"x\"
 │ ^^^^ nothing that a key can do
 = help: did you mean `quit`?
",
    );
}

#[test]
fn a_key_that_is_none_is_drawn() {
    complains(
        "[keys]\nquit = [\"x\", \"ctrl+x\"]\n",
        "\
error: `ctrl+x` is no key
 ┌─ config.toml:2:14
2│ quit = [\"x\", \"ctrl+x\"]
 │              ^^^^^^^^ expected a key
 = help: did you mean `ctrl-x`?
",
    );
}

#[test]
fn two_actions_of_one_context_on_one_key_are_drawn() {
    let settings = complains(
        "[keys]\nnext = \"x\"\ndeliver = \"x\"\n",
        "\
error: `x` does something else already
 ┌─ config.toml:3:11
3│ deliver = \"x\"
 │           ^^^ `next` above has it
 = help: a key does one thing on one screen: choose another
",
    );
    assert_eq!(settings.keys_of("next"), Some([key("x")].as_slice()));
    assert_eq!(settings.keys_of("deliver"), Some([key("d")].as_slice()), "it keeps its own");
}

#[test]
fn an_action_keeps_its_own_keys_where_the_new_ones_are_wrong() {
    assert_eq!(read("[keys]\nquit = \"qq\"\n").0.keys_of("quit"), Some([key("q")].as_slice()));
    assert_eq!(read("[keys]\nquit = []\n").0.keys_of("quit"), Some([].as_slice()), "that is what was wanted");
    let (settings, _) = read("[keys]\nnext = \"d\"\ndeliver = \"d\"\n");
    assert_eq!(settings.keys_of("deliver"), Some([].as_slice()), "its own was given away");
}

#[test]
fn the_own_key_of_another_action_is_taken_too() {
    let (_, complaints) = read("[keys]\ndeliver = \"space\"\n");
    assert!(complaints.concat().contains("it is the key of `next`"), "{}", complaints.concat());
    let (_, complaints) = read("[keys]\ndeliver = \"space\"\nnext = \"enter\"\n");
    assert!(complaints.is_empty(), "{}", complaints.concat());
}

#[test]
fn actions_of_other_contexts_may_share_a_key() {
    assert_eq!(read("[keys]\nopen = \"d\"\n").1, [""; 0]);
}

#[test]
fn what_is_not_toml_is_drawn_and_the_rest_is_read() {
    let (settings, complaints) = read("mouse = false\nspeed = = 2\n");
    assert!(complaints.iter().any(|complaint| complaint.contains("config.toml:2:")), "{}", complaints.concat());
    assert!(!settings.mouse);
    assert_eq!(read("keys = 3").1.len(), 1);
}

#[test]
fn the_example_says_what_is_so_anyway() {
    let example = example::file(ACTIONS);
    assert_eq!(read(&example), (Settings::default(), vec![]), "{example}");
    let is_setting = |line: &str| line.split(' ').nth(2) == Some("=") || line == "# [keys]";
    let said: String = example
        .lines()
        .map(|line| if is_setting(line) { &line[2..] } else { line })
        .flat_map(|line| [line, "\n"])
        .collect();
    let (settings, complaints) = read(&said);
    assert_eq!(complaints, [""; 0], "{said}");
    let anyway = Settings { keys: Vec::new(), ascii: None, ..settings.clone() };
    assert_eq!(anyway, Settings::default());
    assert_eq!(settings.ascii, Some(false));
    for action in ACTIONS {
        let own: Vec<Key> = action.keys.iter().map(|name| key(name)).collect();
        assert_eq!(settings.keys_of(action.name), Some(own.as_slice()), "{}", action.name);
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), value in any::<String>()) {
        let _ = read(&text);
        let _ = read(&format!("theme = {value:?}\nspeed = {value}\n[keys]\nquit = [{value:?}]\n{text}"));
    }
}
