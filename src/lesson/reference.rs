//! The reference of the lab language, `docs/lab-reference.md`, out of the tables that the parser reads.

use std::fmt::Write;

use super::{
    errno::ERRORS,
    fields::{FieldKind, FieldName, HELD, KERNEL, PACKET},
    icmp::MESSAGES,
    options::{OPTIONS, OptionKind},
    parser::{
        packet::{FLAGS, PACKET_PROTOS},
        verbs::{Chapter, VERBS},
        wire::FORMS,
    },
};
use crate::kernel::state::TcpState;

const OPENING: &str = "\
# Lab reference

Everything that a line of a `lab` block can say. How a lesson is written is told in \
[Writing lessons](writing-lessons.md).

This page is made from the program's own tables. Do not edit it: `UPDATE=1 cargo test --test docs` writes it anew.

In what follows `HOST` is a host of the lesson (`client` and `server` unless it declares others), `HOST.NAME` its \
socket of that name, `TIME` a time with its unit (`20us`, `300ms`, `1.5s`, `2min`), and `[…]` may be left out. \
`#` begins a comment.

";

const CALLS: &str = "\
Each call is made by the host that stands before it. Behind every call may stand `fails ERROR` (it has to fail so), \
`within TIME` (how long the lab waits for it, 2 s unless said) and, where it makes a socket, `as NAME`.

An `ADDRESS` is a port (`80`: the host's own address), `HOST:PORT`, `*:PORT` (any address), or a literal \
address: `127.0.0.2:80`, `[::1]:80`.

Text stands between double quotes; its escapes are `\\n` `\\r` `\\t` `\\0` `\\\\` `\\\"` and `\\xNN`.

";

const FIELDS: &str = "\
A field is compared with `=`, `!=`, `<`, `<=`, `>` or `>=`. A value is a number, a time, a word, text between quotes, \
or a sum of numbers and names: `ack=j+1`. `field=?x` binds the live value to the name `x`. In a sum, `len` alone is the \
payload length of the packet that bound the other name: `ack=x+len`. A flag field may stand without a value \
(`sackok`): the packet has to have it.

A packet with the label `syn` has the members `syn.seq`, `syn.len` and so on, by the fields below, and `syn.at`, the \
time at which it crossed the loopback or entered the wire; on a wire also `syn.left`, the time at which it left it. \
A host and a named socket have `client.port` and `client.address`.

";

const WIRE: &str = " \
Every line begins with `wire`; its block has to run on one: ```` ```lab wire ````, or `link = \"wire\"` in the front \
matter.

A frame is meant by the `LABEL` of the packet line that saw it, and has to be in our hands then. Or it is still to \
come, and is described by `HOST > HOST …` as in a packet line, without `?x` and `twin`: such a line acts once, on the \
next frame that matches, or `times N`; with `every` it stands. A one-time line that found no frame when its hosts are \
left is a claim that failed. What is done with a frame comes before `hold`: a frame that is dropped is not held. \
What stands lasts until `wire free`, or as long as the hosts. (A plain `wire hold` that is typed in the app is the switch of its key `h`: fresh hosts find it as it was.)

";

/// The whole page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(OPENING);
    chapter(&mut page, "Calls", CALLS, Chapter::Calls);
    chapter(&mut page, "What programs see", "", Chapter::Claims);
    chapter(&mut page, "Packets and states", "", Chapter::Packets);
    wire(&mut page);
    heading(&mut page, "Fields", FIELDS);
    fields(&mut page, "Of a packet", PACKET);
    fields(&mut page, "Of the kernel", KERNEL);
    fields(&mut page, "Of a frame in our hands", HELD);
    words(&mut page);
    options(&mut page);
    page
}

fn heading(page: &mut String, title: &str, opening: &str) {
    // Writing to a string cannot fail.
    let _ = write!(page, "## {title}\n\n{opening}");
}

fn chapter(page: &mut String, title: &str, opening: &str, chapter: Chapter) {
    heading(page, title, opening);
    for row in VERBS.iter().filter(|row| row.chapter() == chapter) {
        verb(page, row.name, row.help, row.usage, row.example);
    }
}

fn wire(page: &mut String) {
    heading(page, "The wire", "");
    VERBS.iter().filter(|row| row.chapter() == Chapter::Wire).for_each(|row| page.push_str(row.help));
    page.push_str(WIRE);
    FORMS.iter().for_each(|form| verb(page, &format!("wire {}", form.name), form.help, form.usage, form.example));
}

fn verb(page: &mut String, name: &str, help: &str, usage: &str, example: &str) {
    let _ = write!(page, "### {name}\n\n{help}\n\n```text\n{usage}\n```\n\nExample: `{example}`\n\n");
}

fn fields(page: &mut String, title: &str, table: &[FieldName]) {
    let _ = write!(page, "### {title}\n\n| field | holds | meaning |\n| --- | --- | --- |\n");
    for field in table {
        let _ = writeln!(page, "| `{}` | {} | {} |", field.name, holds(field), field.help);
    }
    page.push('\n');
}

fn holds(field: &FieldName) -> String {
    match field.kind {
        FieldKind::Number => "a number".into(),
        FieldKind::Sequence => "a number, modulo 2^32".into(),
        FieldKind::Time => "a time".into(),
        FieldKind::Word if field.words.is_empty() => "a word".into(),
        FieldKind::Word => field.words.join(", "),
        FieldKind::Text => "text".into(),
        FieldKind::Flag => "there or not, or a count".into(),
    }
}

fn words(page: &mut String) {
    heading(page, "Words", "");
    let protos = PACKET_PROTOS.map(|(name, _)| name).join(", ");
    let states = TcpState::ALL.map(TcpState::name).join(", ");
    let errors = ERRORS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let _ = write!(page, "**Packets**: {protos}; `tcp` may be left out.\n\n");
    let _ = write!(page, "**Flags**, joined by `+`: {}. ", FLAGS.join(", "));
    page.push_str(
        "SYN, FIN and RST have to be just those that are named; the others have to be set where they are named. ",
    );
    page.push_str("A plain `SYN` is not a `SYN+ACK`.\n\n");
    let _ = write!(page, "**States**: {states}.\n\n**Errors**: {errors}.\n\n");
    page.push_str(
        "**ICMP messages**, written behind `icmp`:\n\n| message | IPv4 | IPv6 | meaning |\n| --- | --- | --- | --- |\n",
    );
    for message in MESSAGES {
        let (v4, v6) = (numbers(message.v4), numbers(message.v6));
        let _ = writeln!(page, "| `{}` | {v4} | {v6} | {} |", message.name, message.help);
    }
    page.push('\n');
}

fn numbers(message: Option<(u8, Option<u8>)>) -> String {
    match message {
        Some((kind, Some(code))) => format!("type {kind}, code {code}"),
        Some((kind, None)) => format!("type {kind}"),
        None => "none".into(),
    }
}

fn options(page: &mut String) {
    heading(page, "Socket options", "| option | value | meaning |\n| --- | --- | --- |\n");
    for option in OPTIONS {
        let value = match option.kind {
            OptionKind::Switch => "0 or 1",
            OptionKind::Number | OptionKind::Seconds | OptionKind::Milliseconds => "a number",
            OptionKind::Text => "a word",
            OptionKind::Group => "an address",
        };
        let limit = match (option.settable, option.readable) {
            (false, _) => " (only to be read)",
            (_, false) => " (only to be set)",
            _ => "",
        };
        let _ = writeln!(page, "| `{}` | {value}{limit} | {} |", option.name, option.help);
    }
}
