use std::sync::Arc;

use proptest::prelude::*;

use super::{
    super::{improvise::improvise, model::Source, parse},
    *,
};

/// What the examples of the tables build on.
const SAID: &[&str] = &[
    "wire hold",
    "server socket tcp as door",
    "server listen tcp 80",
    "server accept as peer",
    "syn: client > server SYN seq=?j",
];

fn lesson() -> Lesson {
    let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n\n## Step\n\nText.\n";
    parse(Arc::new(Source { path: "t.md".into(), text: text.into() }), "t", "1-t").unwrap()
}

fn at_end(said: &[&str], typed: &str) -> Vec<String> {
    let completions = complete(&lesson(), LinkKind::Wire, said, typed, typed.len());
    completions.candidates.into_iter().map(|candidate| candidate.text).collect()
}

fn offered(typed: &str) -> Vec<String> {
    at_end(SAID, typed)
}

#[track_caller]
fn offers(typed: &str, wanted: &[&str]) {
    let offered = offered(typed);
    for word in wanted {
        assert!(offered.iter().any(|text| text == word), "{word} is missing behind {typed:?}: {offered:?}");
    }
}

#[track_caller]
fn offers_not(typed: &str, unwanted: &[&str]) {
    let offered = offered(typed);
    for word in unwanted {
        assert!(offered.iter().all(|text| text != word), "{word} is offered behind {typed:?}");
    }
}

#[test]
fn a_line_begins_with_a_host_or_a_verb() {
    offers("", &["client", "server", "server.peer", "kernel", "never", "silent", "sample", "wire", "next"]);
    offers_not("", &["packet", "listen"]);
}

#[test]
fn the_same_words_are_offered_however_much_of_one_is_typed() {
    let whole = offered("client set");
    assert_eq!(whole, ["setsockopt"]);
    assert_eq!(offered("client SET"), whole, "case does not matter");
    let completions = complete(&lesson(), LinkKind::Wire, SAID, "client setsockopt", 10);
    assert_eq!(completions.replaces, 7..10, "what stands behind the cursor stays");
}

#[test]
fn every_verb_is_reached_from_an_empty_line() {
    for row in VERBS {
        match row.chapter() {
            Chapter::Calls | Chapter::Claims => offers("client ", &[row.name]),
            _ if row.name == PACKET => offers("client ", &[">"]),
            Chapter::Packets | Chapter::Wire => offers("", &[row.name]),
        }
    }
    let said = [SAID, &["wire down"]].concat();
    for form in FORMS {
        let known = [offered("wire "), at_end(&said, "wire ")].concat();
        assert!(known.iter().any(|text| text == form.name), "{}", form.name);
    }
}

#[test]
fn a_verb_comes_with_its_help() {
    let completions = complete(&lesson(), LinkKind::Wire, SAID, "client clo", 10);
    assert_eq!(completions.replaces, 7..10);
    let close = Candidate { text: "close".into(), help: "Gives the socket back.".into() };
    assert_eq!(completions.candidates, [close]);
}

#[test]
fn ports_that_listen_are_where_one_connects() {
    assert_eq!(offered("client connect ").first().map(String::as_str), Some("server:80"), "the likeliest first");
    offers("client connect ser", &["server:80", "server:"]);
    offers_not("client connect ", &["backlog", ">"]);
}

#[test]
fn arguments_come_from_their_tables() {
    offers("client socket ", &["tcp", "udp", "tcp6", "udp6"]);
    offers("client socket tcp ", &["as", "fails", "within"]);
    offers("client shutdown ", &["read", "write", "both"]);
    offers("client setsockopt TCP_NO", &["TCP_NODELAY"]);
    offers("client setsockopt TCP_NODELAY ", &["0", "1"]);
    offers("client returned connect fails ECONN", &["ECONNREFUSED", "ECONNRESET"]);
    offers("kernel server.peer ", &["ESTABLISHED", "CLOSE-WAIT"]);
    offers("kernel client ESTABLISHED timer=", &["timer=retransmit"]);
    offers("kernel client ESTABLISHED r", &["rtt=", "rto="]);
    offers("sample client ", &["every", "at"]);
    offers_not("sample client ", &["off"]);
    offers_not("client setsockopt ", &["SO_ERROR"]);
    offers_not("client setsockopt TCP_MAXSEG ", &["1"]);
    offers_not("client getsockopt ", &["IP_ADD_MEMBERSHIP"]);
}

#[test]
fn a_packet_line_offers_what_a_packet_has() {
    offers("synack: server > client ", &["SYN+ACK", "RST", "udp", "seq=", "ack=", "payload", "times", "within"]);
    offers("synack: server > client SYN+", &["SYN+ACK", "SYN+ECE"]);
    offers("synack: server > client syn+a", &["SYN+ACK"]);
    offers("synack: server > client SYN+ACK ack=", &["ack=j", "ack=syn.seq"]);
    offers("server > client icmp ", &["port-unreachable"]);
    offers("server > client arp ", &["op="]);
    offers_not("server > client arp ", &["SYN", "seq="]);
    offers_not("server > client seq=1 ", &["seq="]);
}

#[test]
fn labels_of_held_frames_are_what_the_wire_delivers() {
    offers("wire deliver ", &["syn", "all", "client"]);
    offers("wire drop ", &["syn", "every", "client"]);
    let gone = [SAID, &["wire drop syn"]].concat();
    assert!(!at_end(&gone, "wire deliver ").contains(&"syn".to_owned()));
}

#[test]
fn without_a_wire_nothing_of_it_is_offered() {
    let completions = complete(&lesson(), LinkKind::Loopback, &[], "w", 1);
    assert!(completions.candidates.is_empty(), "{completions:?}");
}

#[test]
fn inside_text_and_comments_nothing_is_completed() {
    for typed in ["client send \"li", "client close # li", "client > server payload \"a b"] {
        assert!(offered(typed).is_empty(), "{typed}");
    }
}

#[test]
fn what_is_typed_is_explained() {
    let name = |typed: &str| help_for(typed, typed.len()).map(Row::name);
    assert_eq!(name("client connect server:80"), Some("connect"));
    assert_eq!(name("client conn"), Some("connect"));
    assert_eq!(name("client s"), None, "socket, send, shutdown");
    assert_eq!(name("wire"), Some("wire"));
    assert_eq!(name("wire deli"), Some("deliver"));
    assert_eq!(name("wire hold"), Some("hold"), "although `holds` is another");
    assert_eq!(name("syn: client"), Some("packet"));
    assert_eq!(name("client > ser"), Some("packet"));
    assert_eq!(name("kern"), Some("kernel"));
    assert_eq!(name(""), None);
    assert_eq!(help_for("client send", 11).map(Row::usage), Some("HOST send \"TEXT\" | N bytes"));
}

/// The examples of both tables.
fn examples() -> impl Iterator<Item = &'static str> {
    VERBS.iter().map(|row| row.example).chain(FORMS.iter().map(|form| form.example))
}

/// Whether the parser could still be content: what it complains about is right at the end, or what stands behind the
/// word makes it whole.
fn can_go_on(line: &str) -> bool {
    let endings = ["", " \"x\"", " client > server", " > server", " > client", " 10ms", "80", "1"];
    endings.iter().any(|ending| {
        let whole = format!("{line}{ending}");
        match improvise(&lesson(), LinkKind::Wire, SAID, &whole) {
            Ok(_) => true,
            Err(typo) => typo.at.start >= line.trim_end().len(),
        }
    })
}

#[test]
fn nothing_is_offered_along_the_examples_that_the_parser_refuses() {
    for example in examples() {
        let borders = example.char_indices().filter(|(_, c)| *c == ' ').flat_map(|(at, _)| [at, at + 1, at + 2]);
        for at in borders.chain([0, 1]).filter(|at| *at <= example.len()) {
            let completions = complete(&lesson(), LinkKind::Wire, SAID, example, at);
            for candidate in completions.candidates {
                let line = format!("{}{}", &example[..completions.replaces.start], candidate.text);
                assert!(can_go_on(&line), "{line:?} is offered along {example:?}");
            }
        }
    }
}

#[test]
fn the_words_of_the_examples_are_offered_one_after_the_other() {
    for example in examples() {
        let mut at = 0;
        for word in example.split(' ').filter(|word| !word.is_empty()) {
            at += example[at..].find(word).unwrap();
            let free = word.ends_with(':') || word.contains(['"', '\\', '?', '/']) || word == "peer";
            if !free {
                // Only a wire that is down can be mended.
                let said = [SAID, if word == "up" { &["wire down"] } else { &[] }].concat();
                let offered = at_end(&said, &example[..at]);
                let begun = offered.iter().any(|text| word.starts_with(text.as_str()));
                assert!(begun, "{word:?} of {example:?} is not among {offered:?}");
            }
            at += word.len();
        }
    }
}

fn typed() -> impl Strategy<Value = String> {
    let atoms = prop::sample::select(vec![
        "client",
        "server",
        "wire",
        " ",
        " ",
        "deliver",
        "syn",
        ":",
        ">",
        "=",
        "+",
        "\"",
        "#",
        "SYN",
        "ack",
        ".",
        "握",
        "kernel",
        "10ms",
        "every",
        "\\",
        "[",
        "setsockopt",
        "TCP_NODELAY",
    ]);
    prop_oneof![prop::collection::vec(atoms, 0..14).prop_map(|atoms| atoms.concat()), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_that_is_typed_makes_it_panic(typed in typed(), cursor in 0_usize..80) {
        let completions = complete(&lesson(), LinkKind::Wire, SAID, &typed, cursor);
        prop_assert!(typed.get(completions.replaces).is_some());
        let _ = help_for(&typed, cursor);
    }
}
