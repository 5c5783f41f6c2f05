//! What has to be so: the kernel's word, what a program saw, and what must not happen.

use super::{LineParser, Parsed, calls::call_name, value};
use crate::{
    kernel::state::TcpState,
    lesson::{
        diagnostic::Diagnostic,
        fields::KERNEL,
        script::{
            ActorRef, KernelLine, NeverLine, ReturnedLine, SawLine, Seen, SilentLine, Verb, WaitsLine, WhichSocket,
            Window,
        },
    },
};

/// `HOST[.NAME] [listener] STATE field=value … [within TIME]`.
pub(super) fn kernel(parser: &mut LineParser) -> Parsed<Verb> {
    let word = parser.cursor.word();
    let (host, socket) = word.split_once('.').map_or((word, None), |(host, socket)| (host, Some(socket)));
    let host = parser.host(host)?;
    let mut which = WhichSocket::Conversation;
    if let Some(socket) = socket {
        parser.scope.socket(&host, socket)?;
        which = WhichSocket::Named(socket.text.to_owned());
    } else if parser.cursor.eat_word("listener") {
        which = WhichSocket::Listener;
    }
    let (state, state_span) = parser.state()?;
    let mut line = KernelLine { host, which, state, state_span, fields: Vec::new(), within: None };
    while !parser.cursor.is_done() {
        if parser.cursor.eat_word("within") {
            line.within = Some(value::duration(&mut parser.cursor)?);
            continue;
        }
        let before = parser.cursor;
        match parser.field_test(KERNEL, None) {
            Ok(test) => line.fields.push(test),
            Err(complaint) => parser.skip_fault(complaint, before),
        }
    }
    Ok(Verb::Kernel(line))
}

/// `"hello"`, `5 bytes`, `end`.
pub(super) fn saw(parser: &mut LineParser, actor: ActorRef) -> Parsed<Verb> {
    let what = if let Some(text) = value::quoted(&mut parser.cursor)? {
        Seen::Text(text)
    } else if parser.cursor.eat_word("end") {
        Seen::End
    } else if parser.cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        Seen::Count(value::count(&mut parser.cursor)?)
    } else {
        let missing =
            Diagnostic::at(parser.cursor.here(), "what did it see?").label("expected \"text\", `5 bytes` or `end`");
        return Err(missing.did_you_mean(parser.cursor.peek_word().text, ["end"]));
    };
    let within = parser.within()?;
    Ok(Verb::Saw(SawLine { actor, what, within }))
}

/// `[CALL] [fails ERROR] [within TIME]`.
pub(super) fn returned(parser: &mut LineParser, actor: ActorRef) -> Parsed<Verb> {
    let call = call_name(parser)?;
    let fails = match parser.cursor.eat_word("fails") {
        true => Some(value::errno(&mut parser.cursor)?),
        false => None,
    };
    let within = parser.within()?;
    Ok(Verb::Returned(ReturnedLine { actor, call, fails, within }))
}

/// `[CALL] [within TIME]`.
pub(super) fn waits(parser: &mut LineParser, actor: ActorRef) -> Parsed<Verb> {
    let call = call_name(parser)?;
    let within = parser.within()?;
    Ok(Verb::Waits(WaitsLine { actor, call, within }))
}

/// `A > B … for TIME`, `A > B … so far`.
pub(super) fn never(parser: &mut LineParser) -> Parsed<Verb> {
    let pattern = parser.pattern()?;
    if let Some(test) = pattern.binding() {
        let unbound =
            Diagnostic::at(test.span.clone(), "a packet that never comes has no value").label("binds nothing");
        return Err(unbound);
    }
    let window = parser.window()?;
    Ok(Verb::Never(NeverLine { pattern, window }))
}

/// `for TIME`, `so far`.
pub(super) fn silent(parser: &mut LineParser) -> Parsed<Verb> {
    let window = parser.window()?;
    Ok(Verb::Silent(SilentLine { window }))
}

impl LineParser<'_, '_> {
    fn state(&mut self) -> Parsed<(TcpState, crate::lesson::model::Span)> {
        let word = self.cursor.word();
        if let Ok(state) = word.text.parse() {
            return Ok((state, word.span()));
        }
        let names = TcpState::ALL.map(TcpState::name);
        let unknown = match word.is_empty() {
            true => Diagnostic::at(word.span(), "the state is missing"),
            false => Diagnostic::at(word.span(), format!("unknown state `{}`", word.text)),
        };
        Err(unknown.label("expected a TCP state").did_you_mean_of(word.text, &names, "the states"))
    }

    pub(super) fn within(&mut self) -> Parsed<Option<std::time::Duration>> {
        match self.cursor.eat_word("within") {
            true => value::duration(&mut self.cursor).map(Some),
            false => Ok(None),
        }
    }

    fn window(&mut self) -> Parsed<Window> {
        if self.cursor.eat_word("for") {
            return value::duration(&mut self.cursor).map(Window::For);
        }
        if self.cursor.eat_word("so") && self.cursor.eat_word("far") {
            return Ok(Window::SoFar);
        }
        let endless = Diagnostic::at(self.cursor.here(), "for how long?").label("expected `for TIME` or `so far`");
        Err(endless.help("such as `for 100ms`, counted from the last quiet point, or `so far` in this step"))
    }
}
