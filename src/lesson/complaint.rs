//! Why a lesson cannot be used: it could not be had, or it is wrong. Either way it is the user's input (exit status 2).

use std::{fmt, io, sync::Arc};

use super::{
    diagnostic::Diagnostic,
    drawing::{self, Piece, Role},
    model::Source,
    printable::printable,
};

#[derive(Clone, Debug)]
pub enum Complaint {
    /// There is no such lesson, or nothing that could be read as one.
    Input { message: String, help: Option<String> },
    /// It was read, and is wrong.
    Faulty { source: Arc<Source>, diagnostics: Vec<Diagnostic> },
}

impl Complaint {
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::Input { message: message.into(), help: None }
    }

    /// Says what would mend it. A faulty lesson says so at each fault.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        match self {
            Self::Input { message, .. } => Self::Input { message, help: Some(help.into()) },
            faulty @ Self::Faulty { .. } => faulty,
        }
    }

    pub(super) fn of_io(path: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => {
                Self::input(format!("there is no `{path}`")).help("`wiretutor list` shows the lessons by name")
            }
            io::ErrorKind::PermissionDenied => Self::input(format!("`{path}` may not be read"))
                .help(format!("you need read permission: `ls -ld {path}`")),
            _ => Self::input(format!("`{path}` cannot be read: {error}")),
        }
    }

    /// How many faults it tells of.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Input { .. } => 1,
            Self::Faulty { diagnostics, .. } => diagnostics.len(),
        }
    }

    /// The whole complaint, its `error:` included, for a face that colours it. Ends in a newline.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        let piece = |role, text| Piece { role, text };
        match self {
            Self::Faulty { source, diagnostics } => drawing::draw(diagnostics, source),
            Self::Input { message, help } => {
                let mut pieces = vec![
                    piece(Role::Error, "error".into()),
                    piece(Role::Message, format!(": {}\n", printable(message))),
                ];
                if let Some(help) = help {
                    pieces.push(piece(Role::Frame, "  = ".into()));
                    pieces.push(piece(Role::Note, format!("help: {}\n", printable(help))));
                }
                pieces
            }
        }
    }
}

/// The picture without the line break at its end.
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let picture: String = self.pieces().into_iter().map(|piece| piece.text).collect();
        f.write_str(picture.trim_end())
    }
}

impl std::error::Error for Complaint {}

/// What is wrong with several lessons.
#[derive(Clone, Debug)]
pub struct Complaints(pub Vec<Complaint>);

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, complaint) in self.0.iter().enumerate() {
            write!(f, "{}{complaint}", if at > 0 { "\n\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Complaints {}
