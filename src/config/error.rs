//! Why a config cannot be used. It must not hold a secret.

use std::io;
use std::path::{Path, PathBuf};

use super::document::SyntaxError;
use super::{CredentialError, Problem};
use crate::auth::TokenError;

/// Why a config file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none.
    #[error("no config at {}; run setup, or start the gateway once, to have one made", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is one already.
    #[error("a config exists at {}; edit it, or move it away first", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot read or write {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It is not JSON5.
    #[error("{}:{line}:{column}: {message}; the file must be JSON5", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Settings of ours are wrong; all of them are listed.
    #[error("OpenClaw config is invalid: {}{}", path.display(), listed(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the file's order of sections.
        problems: Vec<Problem>,
    },
    /// An edit would have to go through something that is no object.
    #[error("cannot set {key} in {}: {parent} is not an object; change it by hand", path.display())]
    NotAnObject {
        /// The file.
        path: PathBuf,
        /// What was to be set.
        key: String,
        /// What stands in the way.
        parent: String,
    },
    /// No token could be made.
    #[error("no token could be generated")]
    Token(#[from] TokenError),
    /// The configured credential cannot serve.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl SyntaxError {
    pub(super) fn in_file(self, path: &Path) -> Error {
        Error::Syntax { path: path.to_owned(), line: self.line, column: self.column, message: self.message }
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}
