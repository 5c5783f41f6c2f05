//! What the terminal sends, from bytes to keys, clicks, pastes and answers.
//!
//! crossterm's own reader is not used, only its types: it takes an answer to OSC 11 for keys, gives half a mouse
//! report away as text when the other half comes later, and spins when the terminal is gone. Here nothing is read; it is
//! fed, so that everything can be tested without a terminal.

mod keys;
mod mouse;
mod parser;
mod sequence;

#[cfg(test)]
mod tests;

use crossterm::event::{KeyEvent, MouseEvent};

pub(super) use self::parser::Parser;
use super::Background;

/// What the terminal has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Key(KeyEvent),
    Mouse(MouseEvent),
    Paste(String),
    Background(Background),
    /// It has answered who it is: whatever was asked before has been answered, or is not going to be.
    Attributes,
}
