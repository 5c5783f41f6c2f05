//! Bytes and what they mean, whole and cut anywhere.

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers as With, MouseButton, MouseEvent, MouseEventKind,
};
use proptest::prelude::*;

use super::*;

fn said(bytes: &[u8]) -> Vec<Said> {
    let mut parser = Parser::default();
    let mut said = parser.feed(bytes);
    said.extend(parser.give_up());
    said
}

fn key(code: KeyCode, modifiers: With) -> Said {
    Said::Key(KeyEvent::new(code, modifiers))
}

fn mouse(kind: MouseEventKind, column: u16, row: u16) -> Said {
    Said::Mouse(MouseEvent { kind, column, row, modifiers: With::NONE })
}

#[test]
fn each_sequence_is_its_key() {
    use KeyCode::{
        BackTab, Backspace, Char, Delete, Down, End, Enter, Esc, F, Home, Insert, Left, PageDown, PageUp, Right, Tab,
        Up,
    };
    let table: &[(&str, KeyCode, With)] = &[
        ("a", Char('a'), With::NONE),
        ("A", Char('A'), With::SHIFT),
        ("ж", Char('ж'), With::NONE),
        ("中", Char('中'), With::NONE),
        ("🦀", Char('🦀'), With::NONE),
        ("\r", Enter, With::NONE),
        ("\n", Enter, With::NONE),
        ("\t", Tab, With::NONE),
        ("\x7f", Backspace, With::NONE),
        ("\x1b", Esc, With::NONE),
        ("\x03", Char('c'), With::CONTROL),
        ("\x1a", Char('z'), With::CONTROL),
        ("\0", Char(' '), With::CONTROL),
        ("\x1f", Char('7'), With::CONTROL),
        ("\x1bx", Char('x'), With::ALT),
        ("\x1bé", Char('é'), With::ALT),
        ("\x1b[", Char('['), With::ALT),
        ("\x1b]", Char(']'), With::ALT),
        ("\x1bO", Char('O'), With::ALT.union(With::SHIFT)),
        ("\x1b[A", Up, With::NONE),
        ("\x1bOB", Down, With::NONE),
        ("\x1b[1;5C", Right, With::CONTROL),
        ("\x1b[1;2D", Left, With::SHIFT),
        ("\x1b[H", Home, With::NONE),
        ("\x1b[4~", End, With::NONE),
        ("\x1b[2~", Insert, With::NONE),
        ("\x1b[3;3~", Delete, With::ALT),
        ("\x1b[5~", PageUp, With::NONE),
        ("\x1b[6;7~", PageDown, With::ALT.union(With::CONTROL)),
        ("\x1b[Z", BackTab, With::SHIFT),
        ("\x1bOP", F(1), With::NONE),
        ("\x1b[[B", F(2), With::NONE),
        ("\x1b[15~", F(5), With::NONE),
        ("\x1b[24~", F(12), With::NONE),
        ("\x1bOM", Enter, With::NONE),
        ("\x1bOq", Char('1'), With::NONE),
        ("\x1b[97;5u", Char('a'), With::CONTROL),
        ("\x1b[27;5;9~", Tab, With::CONTROL),
        ("\x1b[9;2u", BackTab, With::SHIFT),
    ];
    for (bytes, code, modifiers) in table {
        assert_eq!(said(bytes.as_bytes()), [key(*code, *modifiers)], "{bytes:?}");
    }
}

#[test]
fn a_key_that_goes_up_says_so() {
    let released = KeyEvent::new_with_kind(KeyCode::Up, With::NONE, KeyEventKind::Release);
    assert_eq!(said(b"\x1b[1;1:3A"), [Said::Key(released)]);
}

#[test]
fn the_mouse_reports_what_it_does_and_where() {
    assert_eq!(said(b"\x1b[<0;1;1M"), [mouse(MouseEventKind::Down(MouseButton::Left), 0, 0)]);
    assert_eq!(said(b"\x1b[<2;400;120m"), [mouse(MouseEventKind::Up(MouseButton::Right), 399, 119)]);
    assert_eq!(said(b"\x1b[<32;5;6M"), [mouse(MouseEventKind::Drag(MouseButton::Left), 4, 5)]);
    assert_eq!(said(b"\x1b[<35;5;6M"), [mouse(MouseEventKind::Moved, 4, 5)]);
    assert_eq!(said(b"\x1b[<64;5;6M"), [mouse(MouseEventKind::ScrollUp, 4, 5)]);
    assert_eq!(said(b"\x1b[<65;5;6M"), [mouse(MouseEventKind::ScrollDown, 4, 5)]);
    assert_eq!(said(b"\x1b[M !!"), [mouse(MouseEventKind::Down(MouseButton::Left), 0, 0)]);
    assert_eq!(said(b"\x1b[M#!!"), [mouse(MouseEventKind::Up(MouseButton::Left), 0, 0)]);
}

#[test]
fn answers_are_no_keys() {
    assert_eq!(said(b"\x1b]11;rgb:0000/0000/0000\x07"), [Said::Background(Background::Dark)]);
    assert_eq!(said(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"), [Said::Background(Background::Light)]);
    assert_eq!(said(b"\x1b[?62;22c"), [Said::Attributes]);
    for other in
        ["\x1b[?2026;2$y", "\x1bP1+r544e=41\x1b\\", "\x1b]4;1;rgb:1/2/3\x07", "\x1b_Gi=1;OK\x1b\\", "\x1b[>0;1c"]
    {
        assert_eq!(said(other.as_bytes()), [], "{other:?}");
    }
}

#[test]
fn a_paste_is_one_text_whatever_is_in_it() {
    assert_eq!(
        said("\x1b[200~q\r\nж\x1b[A\rz\x1b[201~q".as_bytes()),
        [Said::Paste("q\nж\x1b[A\nz".into()), key(KeyCode::Char('q'), With::NONE)]
    );
}

#[test]
fn a_paste_of_any_length_takes_bounded_memory() {
    let mut parser = Parser::default();
    parser.feed(b"\x1b[200~");
    (0..600).for_each(|_| assert_eq!(parser.feed(&[b'x'; 4096]), []));
    let said = parser.feed(b"\x1b[201~");
    assert!(matches!(&said[..], [Said::Paste(text)] if text.len() == 1 << 20));
}

#[test]
fn a_sequence_without_an_end_takes_bounded_memory_and_is_dropped() {
    let mut parser = Parser::default();
    parser.feed(b"\x1b]11;");
    (0..100).for_each(|_| drop(parser.feed(&[0x80; 4096])));
    parser.give_up();
    assert_eq!(parser.patience(), None);
    assert_eq!(parser.feed(b"q"), [key(KeyCode::Char('q'), With::NONE)]);
}

#[test]
fn half_a_mouse_report_is_never_text() {
    let mut parser = Parser::default();
    assert_eq!(parser.feed(b"\x1b[<35;1"), []);
    assert!(parser.patience().is_some());
    assert_eq!(parser.give_up(), []);
    assert_eq!(parser.patience(), None);
}

#[test]
fn a_broken_sequence_takes_nothing_with_it() {
    assert_eq!(said(b"\x1b[12\x1b[A"), [key(KeyCode::Up, With::NONE)]);
    assert_eq!(said(b"\x1b]11;rgb\x1b[A"), [key(KeyCode::Up, With::NONE)]);
    assert_eq!(said(b"\xff\xc3q"), [key(KeyCode::Char('q'), With::NONE)]);
    assert_eq!(said(b"\x1b\x1b[A"), [key(KeyCode::Esc, With::NONE), key(KeyCode::Up, With::NONE)]);
}

/// What terminals send, to be cut and joined.
const PIECES: &[&str] = &[
    "a",
    "ж",
    "🦀",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1b[<35;10;20M",
    "\x1b[<0;1;1m",
    "\x1b[200~text\x1b[201~",
    "\x1b[?62c",
    "\x1b]11;rgb:1/1/1\x1b\\",
    "\x1bOP",
    "\x1bx",
    "\r",
    "\x1b[[A",
    "\x1b[M !!",
];

proptest! {
    #[test]
    fn it_is_all_the_same_where_the_bytes_are_cut(
        which in prop::collection::vec(0..PIECES.len(), 1..12), cuts in prop::collection::vec(1..6_usize, 1..80),
    ) {
        let bytes = which.iter().flat_map(|index| PIECES[*index].bytes()).collect::<Vec<_>>();
        let whole = Parser::default().feed(&bytes);
        let (mut parser, mut rest, mut pieces) = (Parser::default(), &bytes[..], Vec::new());
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            pieces.extend(parser.feed(now));
            rest = later;
            if rest.is_empty() { break }
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn any_bytes_are_borne(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        said(&bytes);
    }
}
