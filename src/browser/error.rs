//! Why something could not be done in a browser.

use crate::cdp;
use crate::page;
use crate::policy::Refusal;

/// Why something could not be done in a browser.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The browser said no, or is gone.
    #[error(transparent)]
    Cdp(#[from] cdp::Error),
    /// The page could not do it.
    #[error(transparent)]
    Page(#[from] page::Error),
    /// The policy refuses the URL.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A host name did not resolve, so nobody can tell whether its addresses are allowed.
    #[error("getaddrinfo ENOTFOUND {0}")]
    Unresolvable(String),
    /// The browser did not do what it said in time.
    #[error("the browser did not answer in time")]
    Unanswered,
    /// The folders for downloads cannot be made.
    #[error("the folders for downloads cannot be made: {0}")]
    Folders(String),
    /// What an origin keeps cannot be read or written.
    #[error("what the origin keeps cannot be read or written: {0}")]
    State(String),
    /// No download began, or it did not end, in time.
    #[error("Timeout waiting for download")]
    DownloadTimeout,
    /// What should have started a download led to a page.
    #[error("that started no download; the tab went to {0} instead")]
    NoDownload(String),
    /// A download did not end well.
    #[error("the download of {url} failed: {why}")]
    DownloadFailed {
        /// Where it came from.
        url: String,
        /// What went wrong.
        why: String,
    },
}
