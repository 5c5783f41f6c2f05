//! What the learner has at home, and what happens where it is damaged or can not be kept.

use std::fs;

use super::{
    pty::{Key, Session, Start, shown},
    story::until_step,
    user::{LARGE, PROGRESS, SETTINGS, SMALL, begin, start},
};

pub(crate) fn damaged_progress_is_kept_aside_and_said_aloud() {
    let mut session = Session::of(&Start::new(LARGE).file(PROGRESS, "{\"version\": 1, \"les"));
    session.wait_for("1 of 4");
    session.tap(Key::Escape);
    session.wait_for("damaged");
    let folder = session.home().join("data/wiretutor");
    let names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into())
        .collect();
    assert!(names.iter().any(|name| name.starts_with("progress.json.damaged-")), "{names:?}");
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn where_nothing_can_be_kept_it_is_said_once_and_the_app_goes_on() {
    let mut session = Session::of(&Start::new(LARGE).file("data", "no folder"));
    session.wait_for("1 of 4");
    session.tap(Key::Escape);
    session.wait_for("Nothing of your progress can be kept");
    session.tap(Key::Enter);
    session.wait("closes the page", |session| !session.screen().contains("can be kept"));
    session.tap(Key::Down);
    session.on_the_map();
    session.keys("q");
    assert!(session.end().success());
}

pub(crate) fn two_at_once_lose_nothing() {
    let mut one = begin(&start(SMALL, &[]));
    let mut two = begin(&Start::new(SMALL).at_home(one.shared_home()));
    two.choose("Datagrams");
    for session in [&mut one, &mut two] {
        session.tap(Key::Enter);
        session.wait("leaves the map", |session| session.screen().contains("step 1 of"));
        session.turn();
        session.keys("q");
        session.on_the_map();
    }
    let home = one.shared_home();
    for mut session in [one, two] {
        session.keys("q");
        assert!(session.end().success());
    }
    let kept = fs::read_to_string(home.path().join(PROGRESS)).expect("progress");
    assert!(kept.contains("handshake") && kept.contains("udp"), "{kept}");
}

pub(crate) fn a_fault_of_the_settings_is_drawn_on_its_line_and_the_rest_is_in_force() {
    let text = "theme = \"dark\"\nspeed = \"fast\"\n\n[keys]\nleave = \"f10\"\n";
    let mut session = Session::of(&start(LARGE, &[]).file(SETTINGS, text));
    session.wait_for("The settings have faults");
    for words in ["config.toml:2", "speed = \"fast\"", "^"] {
        assert!(session.screen().contains(words), "{words}\n{}", shown(&session));
    }
    session.tap(Key::Enter);
    session.wait("shows the map", |session| session.is_on_the_map() && !session.screen().contains("faults"));
    session.press(Key::F(10));
    assert!(session.end().success());
}

pub(crate) fn a_key_and_a_theme_of_the_settings_are_in_force() {
    let text = "theme = \"light\"\n[keys]\ndrop = \"f5\"\ngo-on = \"f2\"\n";
    let mut session =
        Session::of(&start(LARGE, &["learn", "handshake"]).env("COLORTERM", "truecolor").file(SETTINGS, text));
    session.wait("offers the key", |session| session.does_offer("F2", "server: listen"));
    let vt100::Color::Rgb(red, green, blue) = session.cell((1, 5)).bgcolor() else {
        panic!("the theme has a ground of its own: {:?}", session.cell((1, 5)))
    };
    assert!([red, green, blue].iter().all(|part| *part > 200), "light: {red} {green} {blue}");
    session.keys("\r");
    assert!(session.is_quiet_for(std::time::Duration::from_millis(100)), "Enter has another meaning now");
    session.press(Key::F(2));
    session.wait("goes on", |session| session.does_offer("F2", "next step"));
    session.keys("q");
    assert!(session.end().success());
}

const CHINESE: &str = "+++\ntitle = \"握手\"\nsummary = \"三次握手\"\nminutes = 1\n+++\n\n## 有人要听\n\n\
    服务器向内核要一个套接字，也就是一次对话的一端。它给套接字一个端口，这个号码把一台主机上的程序区别开来，然后说它可以被呼叫。\
    这需要三个系统调用：程序向它的内核提出的请求。没有发送任何数据包。\n\n```lab loopback\nserver  listen tcp 8080\n```\n\n## 第二步\n\n完。\n";

pub(crate) fn chinese_text_of_ones_own_is_wrapped_between_signs() {
    let mut session = Session::of(&start(SMALL, &["learn", "{home}/mine.md"]).file("mine.md", CHINESE));
    session.wait_for("有人要听");
    session.turn();
    let lines: Vec<String> =
        session.view().rows(0, 80).filter(|row| row.contains('，') || row.contains("套接字")).collect();
    assert!(lines.len() >= 2, "{}", shown(&session));
    for line in &lines {
        let inside = line.trim_matches(['│', '┃', ' ', '║']);
        assert!(!inside.starts_with(['，', '。', '：']), "no line begins with a sign of the end: {line}");
        assert_eq!(unicode_width::UnicodeWidthStr::width(line.as_str()), 80, "{line}");
    }
    until_step(&mut session, "第二步", &mut "".chars());
    session.keys("q");
    assert!(session.end().success());
}
