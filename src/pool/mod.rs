//! All running browsers: a slot per profile, a leased port per running browser, and who has leased tabs in them.
//!
//! Here processes and connections meet: `chromium` starts a process, `cdp` opens its pipe, `browser` takes it over.
//! The pool does not know what a browser is asked, nor who asks.
//!
//! **Invariants**: at most one browser per profile; no browser without a slot that ends it; a port is held by the
//! listening socket itself, so it is free the moment that this process ends, however it ends.

mod allotment;
mod breaker;
mod descriptor;
mod error;
mod exhausted;
mod fleet;
mod host;
mod launch;
mod lease;
mod ledger;
mod port;
mod recovery;
mod slot;
mod trash;
mod wish;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use allotment::Allotments;
pub use descriptor::{Descriptor, DescriptorError};
pub use error::Error;
pub use exhausted::Exhausted;
pub use fleet::MemberView;
pub use host::Shortage;
pub use lease::{
    Crowd, Ended, Ending, Held, Isolation, IsolationError, Lease, LeaseError, LeaseWish, Leases, Seed,
    Source, TTL,
};
pub use port::PortLease;
pub use slot::Running;
pub use trash::Moved;
pub use wish::{HeadlessSource, Wish};

use crate::browser::{Browser, Guard};
use crate::chromium::{Executable, LaunchError};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::instance::{Entry, Environment, Instance, Ports};
use crate::profile::{CdpAuth, Profile, ProfileName, Roster};
use descriptor::Descriptors;
use fleet::Keeper;
use ledger::Ledger;
use slot::Slot;

/// The profile that gets the first port of the range (contract 1.1).
const FIRST: &str = "openclaw";

/// Serves a browser's leased port: whoever stands there knows how to answer. The pool only holds the port.
pub trait Front: Send + Sync + std::fmt::Debug + 'static {
    /// Serves until told to stop. Every task goes into `tasks`, for the listeners are the lease: the port is free
    /// when all of them have ended.
    fn serve(&self, served: &Served, tasks: &FrontTasks);
}

/// What stands behind one leased port.
#[derive(Debug, Clone)]
pub struct Served {
    /// Whose port it is.
    pub profile: ProfileName,
    /// What clients must show.
    pub auth: CdpAuth,
    /// The port.
    pub port: PortLease,
    /// The browser as all see it.
    pub browser: Browser,
    /// Who has leased a part of it.
    pub leases: Leases,
    /// What its protocol is made of.
    pub descriptor: Descriptor,
}

/// The tasks that serve one leased port.
#[derive(Debug, Clone, Default)]
pub struct FrontTasks {
    /// Tells them to stop.
    pub stop: CancellationToken,
    /// Knows when they have.
    pub tracker: TaskTracker,
}

/// Everything that slots share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Arc<Config>,
    pub(crate) instance: Instance,
    pub(crate) environment: Environment,
    pub(crate) ports: Ports,
    ledger: Arc<Ledger>,
    pub(crate) allotments: Allotments,
    pub(crate) roster: Roster,
    /// Held while a port is chosen and written down, so that two new profiles do not get the same one.
    choosing: Mutex<()>,
    pub(crate) guard: Guard,
    pub(crate) front: Arc<dyn Front>,
    pub(crate) leases: Leases,
    /// Launches in flight: more at once than cores make each of them slower.
    pub(crate) launches: Arc<Semaphore>,
    descriptors: Arc<Descriptors>,
    /// The task of the pool's own browsers, and what ends it.
    keeper: TaskTracker,
    stop: DropGuard,
}

/// The slots by their profiles' names.
type Slots = HashMap<ProfileName, Arc<Slot>>;

impl Shared {
    /// Where a port for a profile is looked for.
    fn range(&self, profile: &Profile) -> port::Range<'_> {
        let all = self.roster.all();
        let others = all.iter().filter(|other| other.name != profile.name);
        let named = |other: &Profile| Some((other.name.to_string(), self.allotments.configured(other)?));
        let kept = others.filter_map(named).collect();
        port::Range { ports: &self.ports, ledger: &self.ledger, kept, chosen: self.allotments.all() }
    }

    pub(crate) fn executable(&self, wish: &Wish) -> Result<Executable, LaunchError> {
        let lookup = |name: &str| self.environment.get(name).map(str::to_owned);
        Executable::find(wish.executable_path.as_deref(), &lookup)
    }
}

/// What a pool is made of.
#[derive(Debug)]
pub struct Settings {
    /// The instance's configuration.
    pub config: Arc<Config>,
    /// The profiles that there are.
    pub roster: Roster,
    /// Whose pool it is.
    pub instance: Instance,
    /// The environment that the gateway was started in.
    pub environment: Environment,
    /// The instance's ports.
    pub ports: Ports,
    /// The instance's entry among those of this host.
    pub entry: Arc<Entry>,
    /// Judges every document request.
    pub guard: Guard,
    /// Serves the leased ports.
    pub front: Arc<dyn Front>,
}

/// All running browsers of an instance.
#[derive(Debug, Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    slots: Arc<Mutex<Slots>>,
}

impl Pool {
    /// A pool without browsers.
    pub fn new(settings: Settings) -> Self {
        let Settings { config, roster, instance, environment, ports, entry, guard, front } = settings;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let allotments = Allotments::new(instance.state("ports.json"), instance.config_path.clone());
        let leases = Leases::new(instance.state("fences.json"), config.browser.pool.clone());
        let (launches, stop) = (Arc::new(Semaphore::new(cores)), CancellationToken::new());
        let descriptors = Arc::new(Descriptors::new(&instance, Arc::clone(&config), Arc::clone(&launches)));
        let shared = Shared {
            config,
            instance,
            environment,
            ports,
            ledger: Arc::new(Ledger::new(entry)),
            allotments,
            roster,
            choosing: Mutex::default(),
            guard,
            front,
            leases,
            launches,
            descriptors,
            keeper: TaskTracker::new(),
            stop: stop.clone().drop_guard(),
        };
        let pool = Self { shared: Arc::new(shared), slots: Arc::default() };
        pool.shared.keeper.spawn(Keeper::new(&pool, stop).run());
        pool.shared.keeper.close();
        pool
    }

    /// The browser of a profile, started when it does not run.
    ///
    /// # Errors
    /// [`Error`] saying why it cannot be started, or what is in the way.
    pub async fn browser(&self, profile: &Profile, deadline: Deadline) -> Result<Browser, Error> {
        Ok(self.start(profile, None, deadline).await?.browser)
    }

    /// Starts the browser of a profile, with or without a window when asked; a running one stays as it is.
    ///
    /// # Errors
    /// [`Error`] saying why it cannot be started.
    pub async fn start(
        &self,
        profile: &Profile,
        headless: Option<bool>,
        deadline: Deadline,
    ) -> Result<Running, Error> {
        self.slot(profile)?.start(&self.shared, profile, headless, deadline).await
    }

    /// Stops the browser of a profile; false when none ran.
    ///
    /// # Errors
    /// When the profile's browser is not ours to stop.
    pub async fn stop(&self, profile: &Profile) -> Result<bool, Error> {
        let slot = self.slot(profile)?;
        self.shared.leases.stop(&profile.name);
        Ok(slot.stop().await)
    }

    /// The running browser of a profile.
    pub fn running(&self, profile: &ProfileName) -> Option<Running> {
        let slots = self.slots.lock().expect("nothing panics while it is held");
        slots.get(profile).and_then(|slot| slot.running())
    }

    /// The running browser of a profile; when it has just ended by itself, the one that is started in its place.
    pub async fn settled(&self, profile: &ProfileName, deadline: Deadline) -> Option<Running> {
        let slot = self.known_slot(profile)?;
        slot.settled(deadline).await
    }

    /// What became of browsers of a profile that ended by themselves, once.
    pub fn take_news(&self, profile: &ProfileName) -> Vec<String> {
        self.known_slot(profile).map(|slot| slot.take_news()).unwrap_or_default()
    }

    fn known_slot(&self, profile: &ProfileName) -> Option<Arc<Slot>> {
        self.slots.lock().expect("nothing panics while it is held").get(profile).cloned()
    }

    /// How the browser of a profile would be started.
    pub fn wish(&self, profile: &Profile) -> Wish {
        Wish::of(profile, &self.shared.config.browser, &self.shared.environment, None)
    }

    /// The program that a wish leads to.
    ///
    /// # Errors
    /// [`LaunchError`] saying how to get one.
    pub fn executable(&self, wish: &Wish) -> Result<Executable, LaunchError> {
        self.shared.executable(wish)
    }

    /// The port that a profile's browser has, had or would prefer; none when nothing is written down.
    pub fn expected_port(&self, profile: &Profile) -> Option<u16> {
        let held = self.running(&profile.name).map(|running| running.port.number());
        let allotments = &self.shared.allotments;
        held.or_else(|| profile.endpoint_port())
            .or_else(|| allotments.configured(profile))
            .or_else(|| allotments.of(&profile.name))
    }

    /// Chooses a CDP port for a new profile and writes down that we did: it may be another one when its browser starts.
    ///
    /// # Errors
    /// [`Error::PortsExhausted`].
    pub fn choose_port(&self, profile: &Profile) -> Result<u16, Error> {
        let Shared { allotments, ports, ledger, .. } = &*self.shared;
        let _turn = self.shared.choosing.lock().expect("nothing panics while it is held");
        let mut range = self.shared.range(profile);
        range.kept.append(&mut range.chosen);
        if profile.name.as_str() != FIRST {
            range.kept.push((FIRST.to_owned(), *ports.cdp.start()));
        }
        let lease = PortLease::allot(profile.name.as_str(), allotment::Wanted::Any, &range)?;
        allotments.note(profile, lease.number());
        ledger.keep(&profile.name, lease.number());
        Ok(lease.number())
    }

    /// Forgets the port that was chosen for a profile that is no more.
    pub fn forget_port(&self, profile: &ProfileName) {
        self.shared.allotments.forget(profile);
        self.shared.ledger.forget(profile);
    }

    /// Whether a profile's browser is one that we start.
    ///
    /// # Errors
    /// [`Error::Unsupported`] saying what to use instead.
    pub fn supports(&self, profile: &Profile) -> Result<(), Error> {
        wish::check_driver(profile, &self.shared.config.browser)
    }

    /// Whether a browser with a window has somewhere to show it.
    pub fn has_display(&self) -> bool {
        wish::has_display(&self.shared.environment)
    }

    /// The environment that browsers are started in.
    pub fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    /// The folder of a managed profile.
    pub fn user_data_dir(&self, profile: &ProfileName) -> PathBuf {
        launch::user_data_dir(&self.shared.instance, profile)
    }

    /// Stops all browsers, side by side.
    pub async fn close(&self) {
        // Otherwise a browser that stops would be replaced at once.
        self.shared.stop.token().cancel();
        self.shared.keeper.wait().await;
        let slots = self.slots.lock().expect("nothing panics while it is held").clone();
        slots.keys().for_each(|profile| self.shared.leases.stop(profile));
        futures::future::join_all(slots.values().map(|slot| slot.stop())).await;
    }

    fn slot(&self, profile: &Profile) -> Result<Arc<Slot>, Error> {
        wish::check_driver(profile, &self.shared.config.browser)?;
        let mut slots = self.slots.lock().expect("nothing panics while it is held");
        Ok(Arc::clone(slots.entry(profile.name.clone()).or_default()))
    }
}
