//! Leases: the right to tabs of one's own in a profile's browser, for a while. A lease ends by itself, and with it
//! everything that was done under it: nothing more is written for it, its tabs are closed, its context is gone.
//!
//! It does not know what a lease is used for, nor who its owner is.

mod actor;
mod error;
mod fence;
mod grant;
mod line;
mod places;
mod seed;
mod table;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, Shared};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use error::LeaseError;
pub use places::Crowd;
pub(super) use places::{Places, Spare};
pub use seed::Seed;
pub use table::{Ended, Ending, Held};

use super::Pool;
use super::launch::random_name;
use crate::auth::Token;
use crate::browser::{Browser, Carried};
use crate::config::PoolSettings;
use crate::deadline::Deadline;
use crate::profile::{Profile, ProfileName};
use fence::FenceCounter;
use places::Wanted;
use table::Table;

/// How long a lease may be asked for, and how long it is when nothing is said.
pub const TTL: TtlRange = TtlRange {
    least: Duration::from_secs(1),
    default: Duration::from_secs(300),
    most: Duration::from_secs(3600),
};

/// Times to live.
#[derive(Debug, Clone, Copy)]
pub struct TtlRange {
    /// No lease is shorter.
    pub least: Duration,
    /// When nothing is said.
    pub default: Duration,
    /// No lease is longer, unless it is renewed.
    pub most: Duration,
}

/// How much of a browser a lease has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Its own tabs; cookies, logins and storage are those that all share.
    Tab,
    /// Its own browser context: nobody else's cookies, logins or storage.
    Context,
    /// Its own browser process, in a folder that was empty.
    Browser,
}

impl Isolation {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tab => "tab",
            Self::Context => "context",
            Self::Browser => "browser",
        }
    }
}

/// A word that is no isolation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("isolation must be \"context\", \"tab\" or \"browser\", not {0:?}")]
pub struct IsolationError(String);

impl FromStr for Isolation {
    type Err = IsolationError;

    fn from_str(word: &str) -> Result<Self, IsolationError> {
        match word {
            "tab" => Ok(Self::Tab),
            "context" => Ok(Self::Context),
            "browser" => Ok(Self::Browser),
            other => Err(IsolationError(other.to_owned())),
        }
    }
}

/// Whose browser a part of is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A profile's.
    Profile(ProfileName),
    /// Any of the pool's, which belong to no profile.
    Pool,
}

/// What somebody wants to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseWish {
    /// In whose browser.
    pub source: Source,
    /// How much of it; all of it only of the pool's.
    pub isolation: Isolation,
    /// For how long.
    pub ttl: Duration,
    /// Who wants it, in their own words.
    pub owner: Option<String>,
    /// Names the wish: whoever asks twice gets one lease.
    pub key: Option<String>,
    /// What its context begins with; nothing otherwise.
    pub seed: Option<Seed>,
}

impl LeaseWish {
    fn wanted(&self) -> Wanted {
        match (&self.source, self.isolation) {
            (_, Isolation::Browser) => Wanted::Browser,
            (Source::Pool, _) => Wanted::OfPool,
            (Source::Profile(_), Isolation::Tab) => Wanted::Tabs,
            (Source::Profile(name), Isolation::Context) => Wanted::Context(name.clone()),
        }
    }
}

/// The right to tabs of one's own. Cloning it is cheap; it ends when its time is over, however many clones there are.
#[derive(Debug, Clone)]
pub struct Lease(Arc<Grant>);

#[derive(Debug)]
struct Grant {
    id: Arc<str>,
    fence: u64,
    wish: LeaseWish,
    /// Whose browser it is in; one of the pool has a profile of its own.
    profile: Profile,
    /// For how long its place was waited for.
    waited: Duration,
    /// The browser as this lease sees it.
    browser: Browser,
    /// What its context began with, where that was wished for.
    seeded: Option<Carried>,
    /// Where a client of the protocol finds what is leased; none when that is no part of the browser by itself.
    endpoint: Option<Endpoint>,
    /// Cancelled when nothing is left of it.
    gone: CancellationToken,
}

/// Where a client of the protocol finds what is leased.
#[derive(Debug)]
struct Endpoint {
    port: u16,
    token: Token,
}

impl Lease {
    /// Its name.
    pub fn id(&self) -> &Arc<str> {
        &self.0.id
    }

    /// Its place among all leases that this instance has ever granted: a later one has a larger number.
    pub fn fence(&self) -> u64 {
        self.0.fence
    }

    /// What was wished for.
    pub fn wish(&self) -> &LeaseWish {
        &self.0.wish
    }

    /// Whose browser it is in; one of the pool has a profile of its own.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// For how long its place was waited for.
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// What its context began with, where that was wished for.
    pub fn seeded(&self) -> Option<&Carried> {
        self.0.seeded.as_ref()
    }

    /// The browser as this lease sees it.
    pub fn browser(&self) -> &Browser {
        &self.0.browser
    }

    /// Where a client of the protocol finds what is leased. It holds the lease's own secret: whoever has it has the lease.
    pub fn endpoint(&self) -> Option<String> {
        let Endpoint { port, token } = self.0.endpoint.as_ref()?;
        Some(format!("ws://127.0.0.1:{port}/devtools/browser?token={}", token.expose()))
    }

    /// Whether nothing is done under it any more.
    pub fn has_ended(&self) -> bool {
        self.0.browser.tenant().is_none_or(|tenant| !tenant.gate().is_open())
    }

    /// Waits until nothing is done under it any more.
    pub async fn ended(&self) {
        if let Some(tenant) = self.0.browser.tenant() {
            tenant.gate().closed().await;
        }
    }
}

/// All leases of a pool. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Leases {
    table: Arc<Mutex<Table>>,
    /// Told when the table has something for the task of the leases.
    woken: Arc<Notify>,
    fences: Arc<FenceCounter>,
    /// How many there may be, and where.
    pub(super) places: Places,
    _actor: Arc<DropGuard>,
}

/// A name that no lease has had.
pub(super) fn lease_id() -> Arc<str> {
    format!("lease-{}", &random_name()[..16]).into()
}

/// A lease that is being granted, to all who wait for it.
type Granting = Shared<BoxFuture<'static, Result<Lease, LeaseError>>>;

impl Leases {
    /// No leases; `fences` is the file that the count of all that there ever were is kept in.
    pub(super) fn new(fences: PathBuf, pool: PoolSettings) -> Self {
        let (table, woken, stop) =
            (Arc::<Mutex<Table>>::default(), Arc::<Notify>::default(), CancellationToken::new());
        let actor = actor::Actor::new(Arc::clone(&table), Arc::clone(&woken), stop.clone());
        tokio::spawn(actor.run());
        let (fences, _actor) = (Arc::new(FenceCounter::new(fences)), Arc::new(stop.drop_guard()));
        Self { table, woken, fences, places: Places::new(pool), _actor }
    }

    /// The lease in a profile's browser whose secret this is.
    pub fn by_secret(&self, profile: &ProfileName, secret: &str) -> Option<Lease> {
        let is_it = |held: &Held| {
            let endpoint = held.lease.0.endpoint.as_ref();
            held.lease.profile().name == *profile && endpoint.is_some_and(|it| it.token.matches(secret))
        };
        self.table().all().into_iter().find(is_it).map(|held| held.lease)
    }

    /// Ends a lease, as its holder wants it; what is left of it goes by itself.
    pub fn give_back(&self, lease: &Lease) {
        self.end(lease.id(), Ending::Released);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("nothing panics while it is held")
    }

    /// Ends a lease, if it has not ended.
    fn end(&self, id: &str, why: Ending) {
        self.table().end(id, why);
        self.woken.notify_one();
    }

    /// A profile's browser is about to be stopped: its leases end before it does, so that whoever is under way hears why.
    pub(super) fn stop(&self, profile: &ProfileName) {
        self.table().end_all(profile, &Ending::BrowserEnded("it was stopped".into()));
        self.woken.notify_one();
    }
}

impl Pool {
    /// A lease by its name, as long as it has not ended.
    ///
    /// # Errors
    /// [`LeaseError::Unknown`], and [`LeaseError::Ended`], which tells how and what was lost with it.
    pub fn held(&self, id: &str) -> Result<Held, LeaseError> {
        let held = self.shared.leases.table().held(id)?;
        // What has just come about the task of the leases may not know yet.
        if held.expires <= Instant::now() {
            self.shared.leases.end(id, Ending::Expired);
        } else if !held.lease.browser().is_open() {
            self.shared.leases.end(id, Ending::BrowserEnded("it is gone".into()));
        } else {
            return Ok(held);
        }
        self.shared.leases.table().held(id)
    }

    /// All leases that have not ended, the oldest first.
    pub fn leases(&self) -> Vec<Held> {
        self.shared.leases.table().all()
    }

    /// Gives a lease time anew: so long from now on.
    ///
    /// # Errors
    /// As [`Pool::held`].
    pub fn renew(&self, id: &str, ttl: Option<Duration>) -> Result<Held, LeaseError> {
        self.held(id)?;
        let held = self.shared.leases.table().renew(id, ttl, Instant::now())?;
        self.shared.leases.woken.notify_one();
        Ok(held)
    }

    /// Ends a lease and returns when nothing is left of it. False when it had ended before.
    ///
    /// # Errors
    /// [`LeaseError::Unknown`], and [`LeaseError::StillEnding`] when the browser takes longer than there is time.
    pub async fn release(&self, id: &str, deadline: Deadline) -> Result<bool, LeaseError> {
        let was_held = self.held(id).is_ok();
        if was_held {
            self.shared.leases.end(id, Ending::Released);
        }
        let ending = self.shared.leases.table().ending(id)?;
        if let Some(lease) = ending {
            deadline
                .run(lease.0.gone.cancelled())
                .await
                .map_err(|_| LeaseError::StillEnding(id.to_owned()))?;
        }
        Ok(was_held)
    }
}
