//! What a caller may ask: one struct an operation. Its fields are the parameters, its doc comments the help, the
//! schema and the reference; every face is folded from [`registry::ALL`].
//!
//! Operations hold no logic: they translate between our wire and the rooms below. They do not know which face asked.

mod act;
mod advice;
mod argument;
pub mod batch;
mod bits;
pub mod blocked;
pub mod call;
mod coerce;
pub mod cookies;
mod details;
pub mod dialog;
pub mod disguise;
pub mod doctor;
pub mod download;
pub mod effects;
pub mod element;
mod error;
pub mod evaluate;
pub mod field;
pub mod headers;
pub mod labels;
pub mod lease;
pub mod lifecycle;
pub mod look;
pub mod mouse;
pub mod navigate;
pub mod output;
pub mod paper;
pub mod permissions;
pub mod profile;
mod quote;
pub mod registry;
pub mod response_body;
mod scope;
pub mod screencast;
pub mod screenshot;
pub mod seed;
pub mod settings;
mod slip;
pub mod snapshot;
pub mod snapshot_nodes;
pub mod storage;
pub mod tab_action;
pub mod tabs;
pub mod text;
pub mod trace;
pub mod upload;
pub mod wait;

use std::fmt::Debug;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use error::{Code, Error};
pub use slip::Slip;

use crate::browser::{Browser, TabView};
use crate::deadline::Deadline;
use crate::pool::Lease;
use crate::profile::Profile;
use crate::service::{Service, Tab};
use effects::Wish;

/// One thing a caller may ask.
pub trait Operation:
    Debug + Serialize + DeserializeOwned + JsonSchema + clap::Args + Send + Sync + 'static
{
    /// Its name in kebab case, as the command line has it.
    const NAME: &'static str;
    /// Where the command line has it, under `openclaw browser`: words such as `set offline`. A word such as
    /// `kind=local` is shown as `local` and stands for that parameter.
    const COMMANDS: &'static [&'static str] = &[Self::NAME];
    /// Where HTTP and the gateway have it.
    const ROUTE: Route;
    /// Whether it only looks.
    const ACCESS: Access;
    /// How long it may take.
    const WINDOW: Window;
    /// A wrong `timeoutMs` in a query counts as none, as all of its numbers do.
    const FORGIVES_TIMEOUT: bool = false;
    /// Its answer tells what it changed, and callers may wish to be told more of that.
    const TELLS_EFFECTS: bool = matches!(Self::ROUTE, Route::Act(_));
    /// What it acts on: the service, a profile or a tab.
    type On: Subject;
    /// What it answers.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send;

    /// Turns flags that only the command line has into parameters. The command line also refuses what requests may
    /// say without harm.
    ///
    /// # Errors
    /// The sentence that the original's command line has for it.
    fn with_flags(self) -> Result<Self, String> {
        Ok(self)
    }

    /// Judges the parameters before anything is reached.
    ///
    /// # Errors
    /// Naming the field, what was expected and what to do.
    fn check(&self, _service: &Service, _scope: &Scope) -> Result<(), Error> {
        Ok(())
    }

    /// Does it.
    fn run(
        self,
        on: &Self::On,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// Its answer as a person reads it on a terminal.
    fn text(&self, output: &Self::Output) -> String;
}

/// Where HTTP and the gateway have an operation. A part of a path such as `:kind` is the parameter of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `GET path?params`.
    Get(&'static str),
    /// `POST path {params}`.
    Post(&'static str),
    /// `DELETE path`.
    Delete(&'static str),
    /// `POST /act {"kind": …, params}`.
    Act(&'static str),
    /// `POST /tabs/action {"action": …, params}`.
    TabAction(&'static str),
}

impl Route {
    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Get(path) | Self::Post(path) | Self::Delete(path) => path,
            Self::Act(_) => "/act",
            Self::TabAction(_) => "/tabs/action",
        }
    }
}

/// Whether an operation only looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It changes nothing.
    Read,
    /// It may change something.
    Act,
}

/// How long an operation may take, in milliseconds: when nothing is said, at least, and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Without `timeoutMs`.
    pub default: u64,
    /// The smallest `timeoutMs` that counts.
    pub least: u64,
    /// The largest.
    pub most: u64,
}

impl Window {
    /// Interaction kinds (contract 8.2).
    pub const INTERACTION: Self = Self { default: 8_000, least: 500, most: 60_000 };
    /// Kinds that wait for the page (contract 8.2).
    pub const WAIT: Self = Self { default: 20_000, least: 500, most: 120_000 };
    /// Whatever may have to start a browser.
    pub const START: Self = Self { default: 45_000, least: 1_000, most: 120_000 };

    /// The deadline of a call that begins now.
    pub fn deadline(self, timeout_ms: Option<u64>) -> Deadline {
        let millis = timeout_ms.map_or(self.default, |asked| asked.clamp(self.least, self.most));
        Deadline::after(Duration::from_millis(millis))
    }
}

/// Which profile, lease and tab a call means, and how long it may take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The browser profile to use (default: the configured one).
    // Not `profile`: that is the id of the instance's name, which is global, too.
    #[arg(id = "browser-profile", long = "browser-profile", value_name = "name", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The tab to use: a tab id such as t1, a label, or a target id (default: the last used tab).
    #[arg(long, value_name = "id", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// The lease to act under: its own tabs and no others (default: the tabs that are in no lease).
    #[arg(long, value_name = "lease", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
    /// The lease's fence: refuses to act under another one.
    #[arg(long, value_name = "fence", global = true, value_parser = argument::positive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// How long the operation may take, in milliseconds.
    #[arg(long, value_name = "ms", global = true, value_parser = argument::positive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// Only a browser that is started here will do; others are refused.
    #[arg(skip)]
    #[serde(skip)]
    pub managed_only: bool,
    /// What is wished to be told of an act.
    #[arg(skip)]
    #[serde(skip)]
    pub wish: Wish,
    /// It is an entry of a batch.
    #[arg(skip)]
    #[serde(skip)]
    pub is_entry: bool,
}

impl Scope {
    /// The profile that it means, and the lease in it.
    fn holder(&self, service: &Service) -> Result<(Profile, Option<Lease>), Error> {
        let Some(lease) = self.lease(service)? else { return Ok((self.profile(service)?, None)) };
        let profile = lease.profile().clone();
        if let Some(named) = self.profile.as_deref()
            && profile.name.as_str() != named
        {
            let [lease, own, named] = [lease.id(), profile.name.as_str(), named].map(str::to_owned);
            return Err(crate::service::Error::OtherProfile { lease, own, named }.into());
        }
        Ok((profile, Some(lease)))
    }

    /// The lease that it means, which has not ended.
    fn lease(&self, service: &Service) -> Result<Option<Lease>, Error> {
        match (&self.lease, self.fence) {
            (Some(id), fence) => Ok(Some(service.lease(id, fence)?.lease)),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Error::field(
                Code::InvalidRequest,
                "fence",
                "a fence is that of a lease; name the lease, too",
            )),
        }
    }

    /// The profile that it means.
    fn profile(&self, service: &Service) -> Result<Profile, Error> {
        let profile = service.profile(self.profile.as_deref())?;
        if self.managed_only && !profile.is_ours() {
            return Err(crate::service::Error::NotManaged.into());
        }
        Ok(profile)
    }
}

/// What concerns all who share a browser is not done under a lease of some of its tabs.
fn without_lease(name: &str, scope: &Scope) -> Result<(), Error> {
    let why = || format!("{name} concerns all who use the browser, and not one lease; leave out \"lease\"");
    if scope.lease.is_none() { Ok(()) } else { Err(Error::field(Code::LeaseNotMeant, "lease", why())) }
}

/// How much of a scope means something to an operation, besides its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing: it is about all profiles.
    Service,
    /// The profile.
    Profile,
    /// The profile and the tab.
    Tab,
    /// The lease itself, be it there or not.
    Lease,
}

/// Something that an operation acts on, reached from the service.
pub trait Subject: Sized + Send + Sync + 'static {
    /// What a call must name to mean one.
    const REACH: Reach;

    /// Reaches it, starting what must be started.
    fn reach(
        service: &Service,
        scope: &Scope,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// The tab whose page is at work.
    fn tab(&self) -> Option<&Tab> {
        None
    }

    /// An error of an operation on it, with what is known of it besides.
    fn explain(&self, error: Error) -> Error {
        error
    }
}

/// A profile, whether its browser runs or not.
#[derive(Debug, Clone)]
pub struct OnProfile {
    /// The door to its browser.
    pub service: Service,
    /// The profile.
    pub profile: Profile,
    /// The lease in it that a call is made under.
    pub lease: Option<Lease>,
}

impl Subject for Service {
    const REACH: Reach = Reach::Service;

    async fn reach(service: &Service, _: &Scope, _: Deadline) -> Result<Self, Error> {
        Ok(service.clone())
    }
}

impl Subject for OnProfile {
    const REACH: Reach = Reach::Profile;

    async fn reach(service: &Service, scope: &Scope, _: Deadline) -> Result<Self, Error> {
        let (profile, lease) = scope.holder(service)?;
        Ok(Self { service: service.clone(), profile, lease })
    }
}

/// A tab as it stands in the list: named, brought to the front or closed, whatever it shows.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The door that it was found through.
    pub service: Service,
    /// The browser that it is a tab of.
    pub browser: Browser,
    /// What it is called.
    pub view: TabView,
}

impl Subject for Listed {
    const REACH: Reach = Reach::Tab;

    async fn reach(service: &Service, scope: &Scope, deadline: Deadline) -> Result<Self, Error> {
        let (profile, lease) = scope.holder(service)?;
        service.settled(&profile, lease.as_ref(), deadline).await;
        let target = scope.target_id.as_deref().unwrap_or_default();
        let (browser, view) = service.listed(&profile, lease.as_ref(), target)?;
        Ok(Self { service: service.clone(), browser, view })
    }
}

impl Subject for Tab {
    const REACH: Reach = Reach::Tab;

    async fn reach(service: &Service, scope: &Scope, deadline: Deadline) -> Result<Self, Error> {
        let (profile, lease) = scope.holder(service)?;
        service.settled(&profile, lease.as_ref(), deadline).await;
        let tab = service.tab(&profile, lease.as_ref(), scope.target_id.as_deref(), deadline).await?;
        Ok(Self { telling: scope.wish.telling(service, scope), ..tab })
    }

    fn tab(&self) -> Option<&Tab> {
        Some(self)
    }

    fn explain(&self, error: Error) -> Error {
        error.explained_on(self)
    }
}
