//! `sample client every 10ms`: what `TCP_INFO` says of a host's sockets, again and again, for a picture over time.

use std::time::Duration;

use super::{LineParser, Parsed, wire::some_time};
use crate::lesson::{
    diagnostic::Diagnostic,
    script::{Rhythm, SampleLine, Verb},
};

/// To ask more often would be to measure the asking.
const OFTENEST: Duration = Duration::from_millis(1);

/// `HOST every TIME | at acks | off`.
pub(super) fn sample(parser: &mut LineParser) -> Parsed<Verb> {
    let host = parser.cursor.word();
    let host = parser.host(host)?;
    let word = parser.cursor.word();
    let rhythm = match word.text {
        "every" => Rhythm::Every(some_time(&mut parser.cursor, OFTENEST, "nobody can ask so often")?),
        "at" => {
            let word = parser.cursor.word();
            if word.text != "acks" {
                let other = Diagnostic::at(word.span(), "at what is it sampled?").label("expected `acks`");
                return Err(other.help("`sample client at acks`: whenever an acknowledgement has reached it"));
            }
            Rhythm::Acks
        }
        "off" => Rhythm::Off,
        other => {
            let rhythm = Diagnostic::at(word.span(), "how often is it sampled?");
            let rhythm = rhythm.label("expected `every TIME`, `at acks` or `off`");
            return Err(rhythm.did_you_mean(other, ["every", "at", "off"]));
        }
    };
    if rhythm == Rhythm::Off {
        let complaint = parser.scope.hands().check_sampled(&host, word.span()).err();
        parser.complaints.extend(complaint);
    }
    Ok(Verb::Sample(SampleLine { host, rhythm, span: parser.start..parser.cursor.at() }))
}
