//! The fields that a packet line or a `kernel` line can name: one table, for the parser, the lab and the reference.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Number,
    /// Arithmetic wraps at 2^32.
    Sequence,
    Time,
    Word,
    Text,
    /// Present or not: written without a value (`sackok`), or a count.
    Flag,
}

/// One field by its name in a lesson.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldName {
    pub name: &'static str,
    pub kind: FieldKind,
    /// One line of help.
    pub help: &'static str,
}
