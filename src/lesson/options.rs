//! The socket options that a lesson can set and read: one table, for the parser, the actors and the reference.

/// How an option's value is written in a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// 0 or 1.
    Switch,
    Number,
    /// Seconds; `off` for `SO_LINGER` is written -1.
    Seconds,
    Milliseconds,
    Text,
    /// A multicast group.
    Group,
}

/// One socket option, by its name in C.
#[derive(Debug, PartialEq, Eq)]
pub struct SocketOption {
    pub name: &'static str,
    pub kind: OptionKind,
    /// One line of help.
    pub help: &'static str,
    pub settable: bool,
    pub readable: bool,
}
