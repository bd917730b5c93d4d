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
    /// The config names no such profile.
    #[error("profile \"{0}\" not found")]
    NotInConfig(String),
    /// A profile of this name is there already.
    #[error("profile \"{0}\" already exists")]
    ProfileExists(String),
    /// Calls that name no profile mean this one.
    #[error("cannot delete the default profile \"{0}\"; change browser.defaultProfile first")]
    DefaultProfile(String),
    /// The profile has no folder of ours.
    #[error("reset-profile is only supported for local profiles (profile \"{0}\" is remote).")]
    NotLocal(String),
    /// The caller wants a browser of ours and nothing else.
    #[error("This dashboard requires a local managed browser profile")]
    NotManaged,
    /// A person's browser has no folder there.
    #[error("browser user data directory not found: {0}")]
    NoFolder(String),
    /// The config file cannot be edited.
    #[error("{0}")]
    Config(String),
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
    /// There is no such lease.
    #[error(transparent)]
    Lease(#[from] pool::LeaseError),
    /// What is named belongs to another profile than the lease.
    #[error("lease {lease:?} is one of profile \"{own}\", and not of \"{named}\"")]
    OtherProfile {
        /// The lease.
        lease: String,
        /// Its profile.
        own: String,
        /// The one that was named.
        named: String,
    },
    /// There is no browser.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// The browser or its page could not do it.
    #[error(transparent)]
    Browser(#[from] browser::Error),
}

impl Error {
    /// The config file cannot be edited.
    pub(super) fn config(error: crate::config::Error) -> Self {
        let source =
            std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        Self::Config(format!("{error}{source}"))
    }
}
