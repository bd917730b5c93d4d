//! Why a profile has no browser.

use std::sync::Arc;
use std::time::Duration;

use super::Exhausted;
use crate::browser;
use crate::chromium::LaunchError;
use crate::instance::Holder;

/// Why a profile has no browser.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// It could not be started.
    #[error(transparent)]
    Launch(Arc<LaunchError>),
    /// It was started and then did not do as it should.
    #[error("the browser was started but could not be taken over: {0}")]
    Takeover(browser::Error),
    /// It failed several times in a row; trying again at once would only burn the machine.
    #[error(
        "Browser launch for profile \"{profile}\" is cooling down after {failures} consecutive managed Chrome launch \
         failures. Retry in {}s after fixing Chrome startup, or set browser.enabled=false if the browser tool is not \
         needed. Last error: {last}", .retry_in.as_secs().max(1)
    )]
    CoolingDown {
        /// The profile.
        profile: String,
        /// Failures in a row.
        failures: u32,
        /// How long it is refused.
        retry_in: Duration,
        /// The last failure.
        last: String,
    },
    /// The port that the user wrote for this profile is taken.
    #[error(
        "browser.profiles.{profile}.cdpPort {port} is already in use{}; free it, write another port, or remove the key",
        by_whom(.holder.as_ref())
    )]
    PinnedPort {
        /// The profile.
        profile: String,
        /// The port.
        port: u16,
        /// The instance that keeps it, when one is known.
        holder: Option<Holder>,
    },
    /// Every port of the range is taken or reserved.
    #[error("{0}; stop browsers, or give this instance another base port")]
    PortsExhausted(Exhausted),
    /// The system refused a port for another reason.
    #[error("the CDP port cannot be opened: {0}")]
    Port(Arc<std::io::Error>),
    /// A profile's folder cannot be moved.
    #[error("{} cannot be moved to the trash: {source}", .path.display())]
    Trash {
        /// The folder.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// The profile's browser is not started by us.
    #[error("{0}")]
    Unsupported(String),
    /// Somebody stopped it while it started.
    #[error("the browser of profile \"{0}\" was stopped while it started")]
    Stopped(String),
    /// The start goes on, but the caller's time is over.
    #[error("the browser of profile \"{0}\" is still starting; ask again in a moment")]
    StillStarting(String),
}

impl From<LaunchError> for Error {
    fn from(error: LaunchError) -> Self {
        Self::Launch(Arc::new(error))
    }
}

fn by_whom(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| " by another program".to_owned(), |holder| format!(": it is the {holder}"))
}
