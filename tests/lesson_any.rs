//! Whatever is in a file, reading it ends, and every complaint points into it.

use std::{fs, sync::Arc};

use proptest::{prelude::*, sample};
use wiretutor::lesson::{self, diagnostic::render_all, model::Source};

/// Reads the text, checks the complaints, draws them.
fn read(text: String) -> String {
    let source = Arc::new(Source { path: "any.md".into(), text });
    let complaints = lesson::parse(source.clone(), "any", "part").err().unwrap_or_default();
    for complaint in &complaints {
        let span = complaint.span.clone();
        assert!(source.text.get(span.clone()).is_some(), "{span:?} of {:?}: {}", source.text, complaint.message);
    }
    render_all(&complaints, &source)
}

fn lesson(body: &str) -> String {
    format!("+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n\n## Step\n\n{body}")
}

/// Pieces that mean something, put together without sense.
fn piece() -> impl Strategy<Value = &'static str> {
    sample::select(vec![
        "client",
        "server",
        "server.peer",
        "client:80",
        " > ",
        "->",
        "syn:",
        "syn: ",
        "next ",
        "SYN",
        "SYN+ACK",
        "+",
        "seq",
        "ack",
        "=?j",
        "=j+1",
        "=",
        ">=",
        "?",
        "payload",
        " \"a\\n\" ",
        "\"",
        "\\",
        "\\x",
        " within 1s",
        " times 3",
        " for 5ms",
        " so far",
        "kernel ",
        "never ",
        "silent",
        " listen tcp 80",
        " as peer",
        " fails ",
        "ECONNRESET",
        " setsockopt SO_LINGER -1",
        " saw ",
        "end",
        "#",
        "\n",
        "\n\n",
        "\t",
        " ",
        "```",
        "````",
        "```lab\n",
        "```lab loopback\n",
        "```predict\n",
        "( ) ",
        "(x) ",
        "[ ] ",
        "    - ",
        "```challenge\n",
        "hint: ",
        "setup:",
        "answer:",
        "expect:",
        "## ",
        "# ",
        "> ",
        "- ",
        "1. ",
        "{{",
        "}}",
        "{{j}}",
        "{{syn.at - j}}",
        "\\{{",
        "*",
        "_",
        "`",
        "[a](b)",
        "<b>",
        "<!--",
        "-->",
        "|",
        "| - |",
        "&amp;",
        "握手",
        "é",
        "\u{202e}",
        "\u{1b}",
        "\r",
        "\0",
        "0x",
        "99999999999999999999",
        "[::1]:80",
        "*:80",
        "icmp ",
        "arp ",
        "udp ",
        "len",
        ".",
        "wire ",
        "hold ",
        "deliver ",
        "drop ",
        "corrupt byte 5 ",
        "truncate to 60 bytes ",
        "delay 100ms ",
        "rate 1.5mbit queue 9 ",
        "loss 0.5% seed 7 ",
        "holds ",
        "down\n",
        "up\n",
        "free\n",
        "every ",
        "all ",
        " twin",
        " twins>=1",
        "syn ",
        ".left",
        "sample client ",
        "at acks",
        "```lab wire\n",
        "```challenge wire\n",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(text);
    }

    #[test]
    fn any_front_matter_is_read(front in "[a-z=\"\\[\\]{} .'0-9\\n\\\\é-]{0,80}") {
        read(format!("+++\n{front}\n+++\n\n## Step\n"));
    }

    #[test]
    fn any_wire_line_is_read(pieces in prop::collection::vec(piece(), 0..12)) {
        read(lesson(&format!("```lab wire\nwire hold\nsyn: client > server\nwire {}\n```\n", pieces.concat())));
    }

    #[test]
    fn any_host_table_is_read(table in "[a-z=\"{}\\[\\] .'0-9\\n_-]{0,60}") {
        read(format!("+++\nlink = \"wire\"\n[hosts.client]\n{table}\n+++\n\n## Step\n"));
    }

    #[test]
    fn any_pieces_are_read(pieces in prop::collection::vec(piece(), 0..60)) {
        read(lesson(&pieces.concat()));
    }

    #[test]
    fn any_lab_line_is_read(pieces in prop::collection::vec(piece(), 0..12)) {
        read(lesson(&format!("```lab\n{}\n```\n", pieces.concat())));
    }

    #[test]
    fn a_right_lesson_with_a_hole_or_a_wedge_is_read(
        name in sample::select(vec!["right", "wire-right"]),
        at in any::<sample::Index>(),
        cut in 0_usize..40,
        wedge in "\\PC{0,3}",
    ) {
        let text = fs::read_to_string(format!("tests/lint/{name}.md")).unwrap();
        let border = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let start = border(at.index(text.len()));
        let end = border(start + cut).max(start);
        read(format!("{}{wedge}{}", &text[..start], &text[end..]));
    }

    #[test]
    fn nothing_of_a_file_reaches_the_terminal_that_it_would_obey(pieces in prop::collection::vec(piece(), 0..40)) {
        let picture = read(lesson(&pieces.concat()));
        prop_assert!(!picture.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{picture:?}");
    }
}

/// Where the work grows with the square of a file, this does not end within a patience that anybody has.
#[test]
fn a_file_made_to_be_slow_is_read_to_its_end() {
    let heads = [
        "> ",
        "- ",
        "*",
        "_",
        "[",
        "![",
        "`",
        "{{",
        "}}",
        "<",
        "<!--",
        "((",
        "| a ",
        "1+",
        "# ",
        "&",
        "\\",
        "\"",
        "client ",
        "wire hold ",
        "wire drop a > b ",
    ];
    for head in heads {
        for body in [head.repeat((1 << 19) / head.len()), lesson_of_labs(head)] {
            read(lesson(&body));
        }
    }
}

#[test]
fn a_flood_of_names_is_read_to_its_end() {
    let labels: String = (0..20_000).map(|n| format!("label{n}: client > server SYN\n")).collect();
    let uses: String = (0..20_000).map(|n| format!("x: client > server ack=lable{n}\n")).collect();
    let values: String = (0..20_000).map(|n| format!("{{{{lable{n}}}}} ")).collect();
    let challenges =
        "```challenge\nG\n\nhint: h\nanswer:\n client accept\nexpect:\n silent so far\n```\n".repeat(5_000);
    read(lesson(&format!("```lab\n{labels}```\n\n{values}\n\n{challenges}")));
    read(lesson(&format!("```lab\n{labels}{uses}```\n")));
    let deeds: String = (0..20_000).map(|n| format!("wire deliver label{n}\nwire deliver all\n")).collect();
    read(lesson(&format!("```lab wire\nwire hold\n{labels}{deeds}```\n")));
}

/// Many lab blocks of one line.
fn lesson_of_labs(line: &str) -> String {
    format!("```lab\n{line}\n```\n").repeat(15_000)
}
