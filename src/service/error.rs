//! Why there is nothing to act on.

use crate::browser::{self, LookupError};
use crate::policy::Refusal;
use crate::pool;

/// Why there is nothing to act on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// `browser.enabled` is false.
    #[error("browser control is disabled")]
    Disabled,
    /// No profile has this name.
    #[error("Profile \"{name}\" not found. Available profiles: {}", .available.join(", "))]
    UnknownProfile {
        /// The name that was asked for.
        name: String,
        /// Those that there are.
        available: Vec<String>,
    },
    /// A tab was named, and no browser runs that could have it.
    #[error(
        "Browser profile \"{0}\" is not running. Start the browser or open a new tab, then select a current target."
    )]
    NotRunning(String),
    /// A tab is to be changed, and no browser runs.
    #[error("browser not running")]
    Stopped,
    /// There are fewer tabs.
    #[error("tab not found")]
    NoSuchPlace,
    /// The name fits no tab.
    #[error(transparent)]
    Tab(#[from] LookupError),
    /// The tab shows what the policy refuses.
    #[error(transparent)]
    Refused(Refusal),
    /// There is no browser.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// The browser or its page could not do it.
    #[error(transparent)]
    Browser(#[from] browser::Error),
}
