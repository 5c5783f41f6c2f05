//! From the flags and the stream to the way that text looks on it.

use std::io::IsTerminal;

use crate::{
    cli::LookFlags,
    face::text::{
        Look, Palette,
        paint::Marks,
        terminal::{colour, environment, speaks_utf8, width},
    },
};

/// For standard output.
pub(super) fn stdout(flags: LookFlags, asked_width: Option<u16>) -> Look {
    let palette = Palette {
        colour: colour(flags.color, std::io::stdout().is_terminal(), &environment),
        marks: if flags.ascii || !speaks_utf8(&environment) { &Marks::ASCII } else { &Marks::UNICODE },
    };
    Look { width: width(asked_width, &environment), palette }
}
