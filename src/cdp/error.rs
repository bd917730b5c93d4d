//! How a command can end without its reply. It does not know what the command was for.

use std::sync::Arc;

/// Why a command has no reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The pipe or socket is closed; nothing is replayed.
    #[error("the connection to the browser is closed ({0})")]
    Closed(Arc<str>),
    /// The renderer of the session's target died (`Target.targetCrashed`); no reply will ever come.
    #[error("the page crashed while {method} was under way")]
    Crashed {
        /// The command that was waiting.
        method: Arc<str>,
    },
    /// The session's target went away.
    #[error("the tab or frame went away while {method} was under way")]
    Detached {
        /// The command that was waiting.
        method: Arc<str>,
    },
    /// The right to write ended before the command was written.
    #[error("{method} was not sent: the tab is closed, or no longer its caller's")]
    Revoked {
        /// The command that was held back.
        method: Arc<str>,
    },
    /// The browser answered with an error.
    #[error("the browser refused {method}: {message} ({code})")]
    Refused {
        /// The command that was refused.
        method: Arc<str>,
        /// JSON-RPC code, such as -32000.
        code: i64,
        /// The browser's own words.
        message: String,
    },
    /// The deadline passed first.
    #[error("{method} got no answer in time")]
    Timeout {
        /// The command that was waiting.
        method: Arc<str>,
    },
    /// The reply came but could not be read: known at once instead of by a time-out.
    #[error("the answer to {method} could not be read: {detail}")]
    Unreadable {
        /// The command that was answered.
        method: Arc<str>,
        /// What did not fit.
        detail: String,
    },
}

impl Error {
    /// Whether the target or the whole connection is gone, so that asking again cannot help.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::Crashed { .. } | Self::Detached { .. } | Self::Revoked { .. })
    }
}
