//! What is shown of the packets on their way, and after the last of them.

use std::io::{self, Write};

use super::{feed::Ended, is_ladder, numbers, outcome::Named, study::Study};
use crate::{
    cli::{LookFlags, Open},
    face::{
        capture::{Seen, json, ladder::Ladder, list, packets::Packets},
        out::{self, Stdout},
        text::{Look, escape::escape, terminal},
    },
    narrate::english::account as words,
};

/// So many lines of what the file says of itself are shown above the list.
const MOST_REMARKS: usize = 5;

#[derive(Debug)]
pub(super) enum Show {
    List(Stdout, Look),
    ListJson(Stdout),
    Packets(Packets<Stdout>),
    Json(Stdout),
    Ladder(Ladder<Stdout>),
    /// The packets are only kept in a file.
    Nothing,
}

impl Show {
    pub(super) fn new(arguments: &Open, flags: LookFlags) -> io::Result<Self> {
        let look = terminal::look(arguments.width, flags.color, flags.ascii);
        let numbers = numbers(arguments);
        let stdout = out::stdout()?;
        Ok(match arguments {
            Open { list: true, json: true, .. } => Self::ListJson(stdout),
            Open { json: true, .. } => Self::Json(stdout),
            Open { plain: true, .. } => Self::Packets(Packets::new(stdout, look.palette, numbers)),
            _ if is_ladder(arguments) => Self::Ladder(Ladder::new(stdout, look, numbers)),
            Open { list: false, pcapng: Some(_), .. } => Self::Nothing,
            Open { follow: true, .. } => Self::Packets(Packets::new(stdout, look.palette, numbers)),
            _ => Self::List(stdout, look),
        })
    }

    /// Whether it looks into the packets' bytes.
    pub(super) const fn wants_bytes(&self) -> bool {
        matches!(self, Self::Packets(_) | Self::Json(_) | Self::Ladder(_))
    }

    pub(super) fn packet(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        match self {
            Self::Packets(packets) => packets.packet(seen),
            Self::Json(out) => json::packet(out, seen),
            Self::Ladder(ladder) => ladder.packet(seen),
            Self::List(..) | Self::ListJson(_) | Self::Nothing => Ok(()),
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Packets(packets) => packets.flush(),
            Self::Ladder(ladder) => ladder.flush(),
            Self::Json(out) | Self::List(out, _) | Self::ListJson(out) => out.flush(),
            Self::Nothing => Ok(()),
        }
    }

    /// After the last packet.
    pub(super) fn end(&mut self, study: &Study<'_>, ended: &Ended, named: &Named) -> io::Result<()> {
        match self {
            Self::List(out, look) => {
                let conversations = study.accounts.all().len() as u64;
                let lasted = study.lasted_ns();
                let (packets, strays) = (study.packets, study.strays());
                writeln!(out, "{}", words::capture(&named.shown, packets, strays, lasted, conversations))?;
                for line in ended.comments.iter().flat_map(|comment| comment.lines()).take(MOST_REMARKS) {
                    writeln!(out, "{}", words::remark(&escape(line)))?;
                }
                if conversations > 0 {
                    writeln!(out)?;
                    list::write(out, *look, study.wanted_accounts(), study.began())?;
                }
            }
            Self::ListJson(out) => {
                for (id, account) in study.wanted_accounts() {
                    json::conversation(out, id, account)?;
                }
            }
            _ => {}
        }
        self.flush()
    }
}
