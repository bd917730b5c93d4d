//! Why there is no such lease.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Crowd, Ended, Ending};
use crate::browser;
use crate::pool;
use crate::pool::host::Shortage;

/// Why there is no such lease.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LeaseError {
    /// No lease has, or had, this name.
    #[error("there is no lease {0:?}; leases end with their gateway")]
    Unknown(String),
    /// It has ended.
    #[error("{}", told(.0))]
    Ended(Arc<Ended>),
    /// The number that was named with it is another one's.
    #[error("fence {given} is not that of lease {id:?}, which is {fence}{}", staleness(*.given, *.fence))]
    Fence {
        /// The lease.
        id: Arc<str>,
        /// What was named.
        given: u64,
        /// Its own.
        fence: u64,
    },
    /// The key stands for another wish.
    #[error(
        "idempotencyKey {0:?} is in use for another wish; repeat that one word for word, or choose another key"
    )]
    KeyInUse(String),
    /// There is no place for it.
    #[error("{}", crowded(.crowd, *.frees_in))]
    Crowded {
        /// Why not, and who waits.
        crowd: Crowd,
        /// When a place may be free, as far as that is known.
        frees_in: Option<Duration>,
    },
    /// All who asked for it have gone before there was a place.
    #[error("whoever asked for the lease has gone")]
    Left,
    /// The caller's time is over before the lease is granted.
    #[error("the lease is not granted yet; {}", after(*.has_key))]
    StillGranting {
        /// Whether the same wish can be asked for again.
        has_key: bool,
    },
    /// The caller's time is over before nothing is left of it.
    #[error("lease {0:?} has ended, and the browser is still closing its tabs")]
    StillEnding(String),
    /// The task that granted it has failed.
    #[error("granting the lease failed; the gateway's log says why")]
    Lost,
    /// Without the count of all leases a number could be given twice.
    #[error(
        "no lease is granted, as {} cannot be read and written: {why}; mend it, keeping a \"setAside\" that is not smaller than \
         any fence that was ever given", .path.display()
    )]
    Counter {
        /// The file.
        path: PathBuf,
        /// What is the matter.
        why: Arc<str>,
    },
    /// What it was to begin with cannot be had.
    #[error("the lease could not be seeded from profile \"{profile}\", so there is none: {error}")]
    Seed {
        /// Whose storage state was wished for.
        profile: String,
        /// Why not.
        error: Arc<browser::Error>,
    },
    /// There is no browser.
    #[error(transparent)]
    Pool(#[from] pool::Error),
}

impl LeaseError {
    /// There is no place; `first_end` is when the next lease ends if nobody renews it.
    pub(super) fn crowded(crowd: Crowd, first_end: Option<Duration>) -> Self {
        // The time that leases are held for says more than the time that they may be held for.
        let frees_in = crowd.estimate.or(first_end).filter(|_| crowd.why == Shortage::Places);
        Self::Crowded { crowd, frees_in }
    }
}

fn crowded(crowd: &Crowd, frees_in: Option<Duration>) -> String {
    let Crowd { why, held, waiting, position, is_full, .. } = crowd;
    let why = match why {
        Shortage::Places => {
            format!("there is no place for another lease: {held} are held and {waiting} wait")
        }
        Shortage::Memory { free, least } => format!(
            "the host has {} MB of memory left, and browser.pool.minFreeMemoryMb keeps {} MB free",
            free >> 20,
            least >> 20
        ),
        Shortage::Descriptors { open, most } => format!(
            "the gateway has {open} of {most} files open and cannot start another browser; raise its limit (ulimit -n)"
        ),
    };
    let when = frees_in.map(|span| format!(", probably in {}s", span.as_secs() + 1)).unwrap_or_default();
    let next = if *is_full {
        "no more may wait: try again later".to_owned()
    } else {
        format!("you would be number {position} to get one{when}; ask again with waitMs to wait for it")
    };
    format!("{why}; {next}")
}

fn staleness(given: u64, fence: u64) -> &'static str {
    if given < fence { ": it is an older lease's" } else { "" }
}

fn after(has_key: bool) -> &'static str {
    if has_key {
        "ask again with the same idempotencyKey"
    } else {
        "it will be given back at once; ask again with more time"
    }
}

fn told(ended: &Ended) -> String {
    let Ended { id, why, had_context, lost, .. } = ended;
    let why = match why {
        Ending::Expired => "its time was over, and nobody renewed it".to_owned(),
        Ending::Released => "it was released".to_owned(),
        Ending::BrowserEnded(reason) => format!("its browser ended ({reason})"),
    };
    let tabs = match &lost[..] {
        [] => None,
        [tab] => Some(format!("tab {} ({})", tab.id, tab.url)),
        tabs => {
            let tabs: Vec<String> = tabs.iter().map(|tab| format!("{} ({})", tab.id, tab.url)).collect();
            Some(format!("tabs {}", tabs.join(", ")))
        }
    };
    let context = had_context.then(|| "the cookies and storage of its context".to_owned());
    let lost: Vec<String> = tabs.into_iter().chain(context).collect();
    let lost = if lost.is_empty() {
        "nothing was lost with it".to_owned()
    } else {
        format!("lost with it: {}", lost.join(", "))
    };
    format!("lease {id:?} has ended: {why}; {lost}")
}
