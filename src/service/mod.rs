//! The one door to browsers for every face: profiles, running browsers, tabs, status.
//!
//! It knows what there is to act on, not what is done with it (that is `ops`), nor how a call arrived.
//!
//! **Invariant**: a tab is handed out only after the policy has looked at what it shows.

mod doctor;
mod error;
mod files;
mod leases;
mod media;
mod profiles;
mod status;
mod tickets;
mod watchdog;

use std::sync::Arc;
use std::time::{Duration, Instant};

pub use doctor::{Check, CheckStatus};
pub use error::Error;
pub use files::{Files, PathError};
pub use media::Media;
pub use status::{ProfileStatus, Status};
pub use tickets::{Seat, TICKET, Tickets};
pub use watchdog::Rescue;

use crate::browser::{Browser, TabView};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::instance::Instance;
use crate::page::Page;
use crate::policy::Policy;
use crate::pool::{Lease, Pool, Running};
use crate::profile::{Profile, ProfileName, Roster};

/// How long a browser may take to say how it draws.
pub const GRAPHICS: Duration = Duration::from_secs(2);

/// The one door to browsers. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Service {
    config: Arc<Config>,
    roster: Roster,
    instance: Arc<Instance>,
    policy: Policy,
    pool: Pool,
    tickets: Tickets,
}

/// A tab, and what keeps it.
#[derive(Debug, Clone)]
pub struct Tab {
    /// The browser that it is a tab of.
    pub browser: Browser,
    /// What it is called.
    pub view: TabView,
    /// The name of its profile.
    pub profile: String,
    /// The lease that it is a tab of.
    pub lease: Option<Lease>,
    /// Where pictures of it are kept.
    pub media: Media,
    /// Which files callers may name.
    pub files: Files,
    /// Who may watch it.
    pub tickets: Tickets,
    /// A dialog was open before the call came.
    pub was_blocked: bool,
    /// When the call must be answered.
    pub deadline: Deadline,
    /// What else is wished to be told of an act.
    pub telling: Telling,
}

/// What is wished to be told of an act besides what it changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Telling {
    /// How much longer it is watched.
    pub watch: Option<Duration>,
    /// What is different from the last snapshot.
    pub delta: bool,
}

impl Tab {
    /// What is driven inside it.
    pub fn page(&self) -> &Page {
        &self.view.page
    }
}

impl Service {
    /// A door to a pool.
    pub fn new(config: Arc<Config>, roster: Roster, instance: Instance, policy: Policy, pool: Pool) -> Self {
        Self { config, roster, instance: Arc::new(instance), policy, pool, tickets: Tickets::default() }
    }

    /// Which scripts and URLs are allowed.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The instance that this gateway is.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The profile of that name; without a name the default one.
    ///
    /// # Errors
    /// [`Error::Disabled`] and [`Error::UnknownProfile`].
    pub fn profile(&self, name: Option<&str>) -> Result<Profile, Error> {
        self.check_enabled()?;
        let name = name.map_or(self.config.browser.default_profile.as_str(), str::trim);
        self.roster.find(name).ok_or_else(|| {
            let available = self.roster.all().iter().map(|profile| profile.name.to_string()).collect();
            Error::UnknownProfile { name: name.to_owned(), available }
        })
    }

    fn check_enabled(&self) -> Result<(), Error> {
        if self.config.browser.enabled { Ok(()) } else { Err(Error::Disabled) }
    }

    /// The running browser of a profile, started when it does not run; as a lease sees it, when there is one.
    ///
    /// # Errors
    /// [`Error::Pool`] saying why it cannot be started.
    pub async fn browser(
        &self,
        profile: &Profile,
        lease: Option<&Lease>,
        deadline: Deadline,
    ) -> Result<Browser, Error> {
        match lease {
            Some(lease) => Ok(lease.browser().clone()),
            None => Ok(self.pool.browser(profile, deadline).await?),
        }
    }

    /// The same if it runs; nothing is started.
    pub fn seen(&self, profile: &Profile, lease: Option<&Lease>) -> Option<Browser> {
        lease.map_or_else(
            || self.running(&profile.name).map(|running| running.browser),
            |lease| Some(lease.browser().clone()),
        )
    }

    /// The browser of a profile, if it runs.
    pub fn running(&self, profile: &ProfileName) -> Option<Running> {
        self.pool.running(profile)
    }

    /// Returns when a browser of a profile that has ended by itself is replaced by another one, if it is.
    pub async fn settled(&self, profile: &Profile, lease: Option<&Lease>, deadline: Deadline) {
        if lease.is_none() {
            self.pool.settled(&profile.name, deadline).await;
        }
    }

    /// What became of browsers of a profile that ended by themselves, once.
    pub fn take_news(&self, profile: &ProfileName) -> Vec<String> {
        self.pool.take_news(profile)
    }

    /// Starts the browser of a profile.
    ///
    /// # Errors
    /// [`Error::Pool`] saying why it cannot be started.
    pub async fn start(
        &self,
        profile: &Profile,
        headless: Option<bool>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        self.pool.start(profile, headless, deadline).await?;
        Ok(())
    }

    /// Stops the browser of a profile; false when none ran.
    ///
    /// # Errors
    /// [`Error::Pool`] when it is not ours to stop.
    pub async fn stop(&self, profile: &Profile) -> Result<bool, Error> {
        Ok(self.pool.stop(profile).await?)
    }

    /// Stops all browsers.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The tab that a call means. A named one never starts a browser; without a name the last used tab is meant,
    /// and when there is none, the browser is started and a blank tab opened.
    ///
    /// # Errors
    /// [`Error::NotRunning`], [`Error::Tab`], [`Error::Refused`] for a tab that shows what the policy refuses.
    pub async fn tab(
        &self,
        profile: &Profile,
        lease: Option<&Lease>,
        target: Option<&str>,
        deadline: Deadline,
    ) -> Result<Tab, Error> {
        let (browser, view) = match target {
            Some(target) => {
                let browser = self.seen(profile, lease);
                let browser = browser.ok_or_else(|| Error::NotRunning(profile.name.to_string()))?;
                let view = browser.find(target)?;
                (browser, view)
            }
            None => {
                let browser = self.browser(profile, lease, deadline).await?;
                let view = match browser.current() {
                    Some(view) => view,
                    None => browser.open_tab("about:blank", None, deadline).await?.0,
                };
                (browser, view)
            }
        };
        self.check_shown(&view)?;
        browser.use_tab(&view.target_id);
        let was_blocked = view.page.is_blocked();
        let view = TabView { page: view.page.watched().untouched(), ..view };
        let media = Media::new(self.instance.state("media/browser"));
        let files = Files::new(self.instance.state("media"));
        let (profile, tickets) = (profile.name.to_string(), self.tickets.clone());
        let telling = Telling::default();
        let lease = lease.cloned();
        Ok(Tab { browser, view, profile, lease, media, files, tickets, was_blocked, deadline, telling })
    }

    /// What a ticket lets watch; it is used up by asking. None when it was never given out, was used, or is too old.
    pub fn redeem(&self, ticket: &str) -> Option<Seat> {
        self.tickets.take(ticket, Instant::now())
    }

    /// A tab as it stands in the list, whatever it shows; nothing of it may be looked at. Never starts a browser.
    ///
    /// # Errors
    /// [`Error::Stopped`] and [`Error::Tab`].
    pub fn listed(
        &self,
        profile: &Profile,
        lease: Option<&Lease>,
        target: &str,
    ) -> Result<(Browser, TabView), Error> {
        let browser = self.seen(profile, lease).ok_or(Error::Stopped)?;
        let view = browser.find(target)?;
        Ok((browser, view))
    }

    /// The tab at a place of the list, counted from 0. Never starts a browser.
    ///
    /// # Errors
    /// [`Error::Stopped`] and [`Error::NoSuchPlace`].
    pub fn placed(
        &self,
        profile: &Profile,
        lease: Option<&Lease>,
        place: usize,
    ) -> Result<(Browser, TabView), Error> {
        let browser = self.seen(profile, lease).ok_or(Error::Stopped)?;
        let view = browser.tabs().into_iter().nth(place).ok_or(Error::NoSuchPlace)?;
        Ok((browser, view))
    }

    /// Whether a tab shows what the policy refuses: it can get there behind our back (another client, an older
    /// policy). Names were resolved when they were requested; here their spelling is judged.
    ///
    /// # Errors
    /// [`Error::Refused`] when it does.
    pub fn check_shown(&self, view: &TabView) -> Result<(), Error> {
        let url = view.page.url();
        if url.is_empty() {
            return Ok(());
        }
        self.policy.document(&url).map(drop).map_err(Error::Refused)
    }
}

/// So many random bytes in hex: what nobody can guess.
fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
