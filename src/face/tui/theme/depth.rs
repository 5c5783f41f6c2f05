//! What a terminal can show, and on what. How that is found out is left to whoever holds the terminal.

/// How many colours there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// None, or they are not wanted (`NO_COLOR`).
    None,
    /// The terminal's own, which its user has chosen.
    #[default]
    Sixteen,
    TwoHundredFiftySix,
    TrueColour,
}

/// What the terminal's own background is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}
