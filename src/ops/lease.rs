//! Leases: tabs of one's own in a browser that others use, too, for a while.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bits::{said, wrong};
use super::output::{TabRow, timestamp};
use super::seed::{self, SeedFlags, SeedParams, Seeded};
use super::{Access, Code, Error, OnProfile, Operation, Reach, Route, Scope, Subject, Window};
use crate::deadline::Deadline;
use crate::pool::{Held, Isolation, Lease, LeaseError, LeaseWish, MemberView, Running, Source, TTL};
use crate::profile::{Profile, ProfileName};
use crate::service::{self, Service};

/// How long a place may be waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);
/// How long an owner or a key may be.
const LONGEST_WORD: usize = 200;

/// Leases tabs of one's own in a profile's browser, or in one of the pool, starting it when needed. Whoever names the lease
/// sees and acts on those tabs and no others, and nobody else does.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default, rename_all = "camelCase")]
pub struct AcquireLease {
    /// context (default): own cookies, logins and storage; tab: own tabs, with the logins that all share; browser: a whole
    /// browser of the pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "context|tab|browser")]
    pub isolation: Option<String>,
    /// Take it from the pool's browsers, which belong to no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, num_args = 0..=1, default_missing_value = "true")]
    pub pool: Option<bool>,
    /// How long to wait for a place when there is none, in milliseconds: 0 (default) to 600000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms")]
    pub wait_ms: Option<u64>,
    /// How long it lasts unless it is renewed, in milliseconds: 1000 to 3600000 (default: 300000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms")]
    pub ttl_ms: Option<u64>,
    /// Who leases it, for the list of leases.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "name")]
    pub owner: Option<String>,
    /// Names this wish: asked twice with the same key it is granted once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "key")]
    pub idempotency_key: Option<String>,
    /// What its context begins with: cookies of a profile, and what origins keep there. The profile is not changed.
    #[schemars(with = "Option<SeedParams>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub seed: Option<Value>,
    /// The same as flags.
    #[serde(skip)]
    #[command(flatten)]
    pub seed_flags: SeedFlags,
}

/// A lease.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeaseRow {
    /// Its name: what calls are made under it with.
    pub lease: String,
    /// Larger than that of every lease that this instance granted before.
    pub fence: u64,
    /// `tab`, `context` or `browser`.
    pub isolation: String,
    /// In whose browser it is; `pool.1` and the like are browsers of the pool.
    pub profile: String,
    /// Who leases it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How long it lasts from its beginning, or from when it was renewed last.
    pub ttl_ms: u64,
    /// When it ends unless it is renewed.
    pub expires_at: String,
    /// Where a client of the DevTools protocol finds its context as a browser of its own. Whoever has this has the lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// How long its place was waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// What its context began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeded: Option<Seeded>,
    /// Its tabs, the most recently activated first.
    pub tabs: Vec<TabRow>,
}

impl LeaseRow {
    fn of(service: &Service, held: &Held) -> Self {
        let LeaseWish { isolation, owner, seed, .. } = held.lease.wish();
        let tabs = held.lease.browser().tabs();
        Self {
            lease: held.lease.id().to_string(),
            fence: held.lease.fence(),
            isolation: isolation.as_str().to_owned(),
            profile: held.lease.profile().name.to_string(),
            owner: owner.clone(),
            ttl_ms: millis(held.ttl),
            expires_at: timestamp(held.expires_at()),
            endpoint: None,
            waited_ms: Some(millis(held.lease.waited())).filter(|waited| *waited > 0),
            seeded: seed.as_ref().zip(held.lease.seeded()).map(|(seed, carried)| Seeded::of(seed, carried)),
            tabs: tabs.iter().map(|view| TabRow::of(service, view)).collect(),
        }
    }

    fn text(&self) -> String {
        let Self { lease, fence, isolation, profile, owner, expires_at, endpoint, seeded, tabs, .. } = self;
        let owner = owner.as_ref().map(|owner| format!(", owner: {owner}")).unwrap_or_default();
        let endpoint = endpoint.as_ref().map(|url| format!("\n   endpoint: {url}")).unwrap_or_default();
        let seeded = seeded.as_ref().map(|seeded| format!("\n   {}", seeded.text())).unwrap_or_default();
        let tabs = tabs.iter().enumerate().map(|(place, tab)| format!("\n{}", tab.text(place + 1)));
        format!(
            "{lease}: fence {fence}, {isolation} of profile {profile}{owner}, until {expires_at}{endpoint}{seeded}{}",
            tabs.collect::<String>()
        )
    }
}

/// A lease that is held.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeaseHeld {
    /// Always true.
    pub ok: bool,
    /// The lease.
    #[serde(flatten)]
    pub row: LeaseRow,
    /// What it was to begin with and does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl LeaseHeld {
    fn of(service: &Service, held: &Held) -> Self {
        let endpoint = held.lease.endpoint();
        let warnings = held.lease.seeded().map(|carried| carried.losses.clone()).unwrap_or_default();
        Self { ok: true, row: LeaseRow { endpoint, ..LeaseRow::of(service, held) }, warnings }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl AcquireLease {
    /// What is wrong with its own words comes before what is wrong with the profile.
    fn read(
        &self,
        service: &Service,
        profile: Result<Profile, Error>,
        is_profile_named: bool,
    ) -> Result<LeaseWish, Error> {
        let isolation = said(self.isolation.as_ref()).map(str::parse::<Isolation>).transpose();
        let isolation = isolation.map_err(|error| wrong("isolation", error.to_string()))?;
        let isolation = isolation.unwrap_or(Isolation::Context);
        let of_pool = match (self.pool, isolation) {
            (Some(true), Isolation::Tab) => {
                let why = "isolation \"tab\" shares a profile's logins, and the pool's browsers have none; use \"context\", or \
                           leave out \"pool\"";
                return Err(wrong("isolation", why));
            }
            (Some(false), Isolation::Browser) => {
                let why = "isolation \"browser\" is a browser of the pool; leave out \"pool\"";
                return Err(wrong("pool", why));
            }
            (of_pool, isolation) => isolation == Isolation::Browser || of_pool.unwrap_or(false),
        };
        if of_pool && is_profile_named {
            let why = "a browser of the pool belongs to no profile; leave out \"profile\", or take isolation \"context\" or \
                       \"tab\" of that profile";
            return Err(wrong("profile", why));
        }
        if self.seed.is_some() && isolation == Isolation::Tab {
            let why = "isolation \"tab\" shares the profile's logins and needs no seed; leave it out, or use \"context\"";
            return Err(wrong("seed", why));
        }
        self.wait()?;
        let ttl = ttl(self.ttl_ms)?.unwrap_or(TTL.default);
        let (owner, key) =
            (word("owner", self.owner.as_ref())?, word("idempotencyKey", self.idempotency_key.as_ref())?);
        let profile = profile?;
        let seed = self.seed.as_ref().map(|seed| seed::read(seed, &profile, service)).transpose()?;
        Ok(LeaseWish {
            seed,
            isolation,
            ttl,
            owner,
            key,
            source: if of_pool { Source::Pool } else { Source::Profile(profile.name) },
        })
    }

    fn wait(&self) -> Result<Duration, Error> {
        let wait = Duration::from_millis(self.wait_ms.unwrap_or_default());
        if wait <= LONGEST_WAIT {
            return Ok(wait);
        }
        let most = LONGEST_WAIT.as_millis();
        Err(wrong("waitMs", format!("waitMs must be 0 to {most} milliseconds, not {}", wait.as_millis())))
    }
}

fn ttl(millis: Option<u64>) -> Result<Option<Duration>, Error> {
    let Some(millis) = millis else { return Ok(None) };
    let ttl = Duration::from_millis(millis);
    if (TTL.least..=TTL.most).contains(&ttl) {
        return Ok(Some(ttl));
    }
    let (least, most) = (TTL.least.as_millis(), TTL.most.as_millis());
    Err(wrong(
        "ttlMs",
        format!(
            "ttlMs must be {least} to {most} milliseconds, not {millis}; renew a lease that is to last longer"
        ),
    ))
}

/// A text of the caller's own, which is shown to others.
fn word(field: &str, text: Option<&String>) -> Result<Option<String>, Error> {
    let Some(text) = said(text) else { return Ok(None) };
    if text.len() > LONGEST_WORD || text.chars().any(char::is_control) {
        return Err(wrong(field, format!("{field} must be at most {LONGEST_WORD} bytes on one line")));
    }
    Ok(Some(text.to_owned()))
}

impl Operation for AcquireLease {
    const NAME: &'static str = "lease-acquire";
    const COMMANDS: &'static [&'static str] = &["lease acquire"];
    const ROUTE: Route = Route::Post("/leases");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = LeaseHeld;

    fn with_flags(self) -> Result<Self, String> {
        Ok(Self { seed: self.seed_flags.seed(), seed_flags: SeedFlags::default(), ..self })
    }

    fn check(&self, service: &Service, scope: &Scope) -> Result<(), Error> {
        super::without_lease(Self::NAME, scope)?;
        self.read(service, scope.profile(service), scope.profile.is_some()).map(drop)
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<LeaseHeld, Error> {
        let (wish, wait) = (self.read(&on.service, Ok(on.profile.clone()), false)?, self.wait()?);
        let held = on.service.acquire_lease(&on.profile, wish, wait, deadline.later(wait)).await?;
        Ok(LeaseHeld::of(&on.service, &held))
    }

    fn text(&self, held: &LeaseHeld) -> String {
        held.row.text()
    }
}

/// A lease that a call names, be it there or not.
#[derive(Debug)]
pub struct Named {
    service: Service,
    lease: String,
    fence: Option<u64>,
}

impl Subject for Named {
    const REACH: Reach = Reach::Lease;

    async fn reach(service: &Service, scope: &Scope, _: Deadline) -> Result<Self, Error> {
        let lease = scope.lease.clone().ok_or_else(|| wrong("lease", "lease is required"))?;
        Ok(Self { service: service.clone(), lease, fence: scope.fence })
    }
}

/// Lets a lease last so long from now on.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default, rename_all = "camelCase")]
pub struct RenewLease {
    /// For how long, in milliseconds: 1000 to 3600000 (default: as long as before).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms")]
    pub ttl_ms: Option<u64>,
}

impl Operation for RenewLease {
    const NAME: &'static str = "lease-renew";
    const COMMANDS: &'static [&'static str] = &["lease renew"];
    const ROUTE: Route = Route::Post("/leases/renew");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Named;
    type Output = LeaseHeld;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        ttl(self.ttl_ms).map(drop)
    }

    async fn run(self, on: &Named, _: Deadline) -> Result<LeaseHeld, Error> {
        let held = on.service.renew_lease(&on.lease, on.fence, ttl(self.ttl_ms)?)?;
        Ok(LeaseHeld::of(&on.service, &held))
    }

    fn text(&self, held: &LeaseHeld) -> String {
        held.row.text()
    }
}

/// Ends a lease: closes its tabs and disposes of its context. One that has ended stays ended.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ReleaseLease {}

/// A lease has ended.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeaseReleased {
    /// Always true.
    pub ok: bool,
    /// The lease.
    pub lease: String,
    /// Whether this call has ended it; false when it had ended before.
    pub released: bool,
}

impl Operation for ReleaseLease {
    const NAME: &'static str = "lease-release";
    const COMMANDS: &'static [&'static str] = &["lease release"];
    const ROUTE: Route = Route::Post("/leases/release");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Named;
    type Output = LeaseReleased;

    async fn run(self, on: &Named, deadline: Deadline) -> Result<LeaseReleased, Error> {
        let released = on.service.release_lease(&on.lease, on.fence, deadline).await?;
        Ok(LeaseReleased { ok: true, lease: on.lease.clone(), released })
    }

    fn text(&self, LeaseReleased { lease, released, .. }: &LeaseReleased) -> String {
        let before = if *released { "" } else { " before" };
        format!("{lease} has ended{before}")
    }
}

/// Shows a lease: until when it lasts, and its tabs.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct GetLease {}

impl Operation for GetLease {
    const NAME: &'static str = "lease-get";
    const COMMANDS: &'static [&'static str] = &["lease get"];
    const ROUTE: Route = Route::Get("/leases/:lease");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::INTERACTION;
    type On = Named;
    type Output = LeaseHeld;

    async fn run(self, on: &Named, _: Deadline) -> Result<LeaseHeld, Error> {
        let held = on.service.lease(&on.lease, on.fence)?;
        Ok(LeaseHeld::of(&on.service, &held))
    }

    fn text(&self, held: &LeaseHeld) -> String {
        held.row.text()
    }
}

/// Lists the leases of all profiles and of the pool, the oldest first, and the pool's browsers.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ListLeases {}

/// All leases.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct LeaseList {
    /// Those that have not ended.
    pub leases: Vec<LeaseRow>,
    /// How many wait for one.
    pub waiting: usize,
    /// The pool's own browsers.
    pub pool: Vec<MemberRow>,
}

/// A browser of the pool.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberRow {
    /// What stands in a profile's place.
    pub name: String,
    /// Whether it runs; one that does not is being started.
    pub running: bool,
    /// Its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Its CDP port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cdp_port: Option<u16>,
    /// Leases that have a place in it.
    pub leases: usize,
    /// Blank contexts that are ready for the next ones.
    pub spares: usize,
    /// Contexts that it has given away, ever.
    pub uses: usize,
    /// Whether it gets no more leases, and is stopped when the last one ends.
    pub draining: bool,
}

impl MemberRow {
    fn of((view, running): &(MemberView, Option<Running>)) -> Self {
        Self {
            name: ProfileName::of_pool(view.number).to_string(),
            running: running.is_some(),
            pid: running.as_ref().map(|running| running.process.pid()),
            cdp_port: running.as_ref().map(|running| running.port.number()),
            leases: view.leases,
            spares: view.spares,
            uses: view.uses,
            draining: view.is_draining,
        }
    }

    fn text(&self) -> String {
        let Self { name, running, leases, spares, uses, draining, .. } = self;
        let state = match (running, draining) {
            (false, _) => "starting",
            (true, true) => "draining",
            (true, false) => "running",
        };
        format!("\n{name}: {state}, leases: {leases}, spare contexts: {spares}, contexts so far: {uses}")
    }
}

impl Operation for ListLeases {
    const NAME: &'static str = "lease-list";
    const COMMANDS: &'static [&'static str] = &["lease list"];
    const ROUTE: Route = Route::Get("/leases");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::INTERACTION;
    type On = Service;
    type Output = LeaseList;

    async fn run(self, service: &Service, _: Deadline) -> Result<LeaseList, Error> {
        let leases = service.leases().iter().map(|held| LeaseRow::of(service, held)).collect();
        let pool = service.pool_members().iter().map(MemberRow::of).collect();
        Ok(LeaseList { leases, waiting: service.waiting_for_leases(), pool })
    }

    fn text(&self, list: &LeaseList) -> String {
        let LeaseList { leases, waiting, pool } = list;
        let leases = match &leases[..] {
            [] => "No leases.".to_owned(),
            leases => leases.iter().map(LeaseRow::text).collect::<Vec<_>>().join("\n"),
        };
        let waiting = if *waiting > 0 { format!("\n{waiting} wait for one") } else { String::new() };
        format!("{leases}{waiting}{}", pool.iter().map(MemberRow::text).collect::<String>())
    }
}

/// Why a call under a lease that ended meanwhile came to nothing, or to nobody knows what.
pub(super) fn ended_under_way<O: Operation>(service: &Service, lease: &Lease) -> Error {
    let error = match service.lease(lease.id(), None) {
        Err(service::Error::Lease(error @ LeaseError::Ended(_))) => Error::from(error),
        // So many have ended since that it is forgotten.
        Ok(_) | Err(_) => {
            Error::field(Code::LeaseEnded, "lease", format!("lease {:?} has ended", lease.id()))
        }
    };
    let name = O::NAME;
    let done = if O::ACCESS == Access::Act { "; what it had done by then is done" } else { "" };
    Error { message: format!("{}; {name} was under way{done}", error.message), ..error }
}
