//! Why there is no such lease.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Ended, Ending};
use crate::pool;

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
    /// There are as many as there may be.
    #[error(
        "all {most} leases of this instance are taken; release some, or try again in {}s, when the next one ends unless it is \
         renewed", .frees_in.as_secs() + 1
    )]
    Exhausted {
        /// How many there may be.
        most: usize,
        /// When the first of them ends.
        frees_in: Duration,
    },
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
    /// There is no browser.
    #[error(transparent)]
    Pool(#[from] pool::Error),
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
