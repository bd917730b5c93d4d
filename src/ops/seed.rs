//! What a lease's context begins with, as callers ask for it and as they are told.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::Error;
use super::bits::wrong;
use crate::browser::{Carried, CarriedOrigin, CookieScope, StateScope};
use crate::nearest::nearest;
use crate::pool::Seed;
use crate::profile::Profile;
use crate::service::Service;

/// Origins that a seed may name.
const MOST_ORIGINS: usize = 64;
/// What a seed may say.
const FIELDS: [&str; 3] = ["profile", "cookies", "origins"];

/// What a lease's context begins with.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it is read field by field, so that errors name what is wrong inside")]
#[expect(missing_debug_implementations, reason = "it is never made")]
pub struct SeedParams {
    /// Whose cookies and storage (default: the lease's profile).
    profile: Option<String>,
    /// true for all of its cookies, or the domains whose cookies are meant, with what is below them.
    cookies: Option<CookieParams>,
    /// Origins whose local storage and databases (IndexedDB) are meant, such as `https://example.com`.
    origins: Option<Vec<String>>,
}

/// Which cookies a seed takes.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(missing_debug_implementations, reason = "it is never made")]
pub enum CookieParams {
    /// All, or none.
    All(bool),
    /// Those of these domains.
    Domains(Vec<String>),
}

/// A seed as the flags of the command line say it.
#[derive(Debug, Default, clap::Args)]
pub struct SeedFlags {
    /// Begin with cookies or storage of this profile (default: the lease's profile).
    #[arg(long, value_name = "name")]
    pub seed_profile: Option<String>,
    /// Begin with the profile's cookies: all, or those of these domains.
    #[arg(long, value_name = "domains", num_args = 0..=1, default_missing_value = "", value_delimiter = ',')]
    pub seed_cookies: Option<Vec<String>>,
    /// Begin with the local storage and the databases that this origin has in the profile; may be repeated.
    #[arg(long, value_name = "origin")]
    pub seed_origin: Vec<String>,
}

impl SeedFlags {
    /// As a request has it.
    pub(super) fn seed(&self) -> Option<Value> {
        let Self { seed_profile, seed_cookies, seed_origin } = self;
        let mut seed = Map::new();
        if let Some(profile) = seed_profile {
            seed.insert("profile".into(), profile.clone().into());
        }
        if let Some(domains) = seed_cookies {
            let domains: Vec<&String> = domains.iter().filter(|domain| !domain.is_empty()).collect();
            let all = domains.is_empty();
            let cookies = if all { Value::Bool(true) } else { domains.into_iter().cloned().collect() };
            seed.insert("cookies".into(), cookies);
        }
        if !seed_origin.is_empty() {
            seed.insert("origins".into(), seed_origin.clone().into());
        }
        (!seed.is_empty()).then_some(Value::Object(seed))
    }
}

/// Reads what a lease begins with; `profile` is that of the lease.
pub(super) fn read(seed: &Value, profile: &Profile, service: &Service) -> Result<Seed, Error> {
    let Value::Object(seed) = seed else {
        let why = "seed must be an object with cookies, origins or both, and perhaps a profile";
        return Err(wrong("seed", why));
    };
    // What is passed over here would be missing without a word.
    if let Some(unknown) = seed.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let near = nearest(unknown, &FIELDS).map(|near| format!("; did you mean {near:?}?"));
        let why = format!("seed has no {unknown:?}{}", near.unwrap_or_default());
        return Err(wrong(&format!("seed.{unknown}"), why));
    }
    let said = |name: &str| seed.get(name).filter(|value| !value.is_null());
    let profile = match said("profile") {
        None => profile.clone(),
        Some(Value::String(name)) => {
            service.profile(Some(name)).map_err(|error| Error::from(error).of("seed.profile"))?
        }
        Some(_) => return Err(wrong("seed.profile", "seed.profile must be a profile's name")),
    };
    let cookies = said("cookies").map(cookies).transpose()?.unwrap_or_default();
    let origins = said("origins").map(origins).transpose()?.unwrap_or_default();
    if cookies == CookieScope::None && origins.is_empty() {
        return Err(wrong("seed", "seed takes nothing: give it cookies, origins or both"));
    }
    Ok(Seed { profile, scope: StateScope { cookies, origins } })
}

fn cookies(value: &Value) -> Result<CookieScope, Error> {
    let expected = "seed.cookies must be true or a list of domains, such as [\"example.com\"]";
    match value {
        Value::Bool(all) => Ok(if *all { CookieScope::All } else { CookieScope::None }),
        Value::Array(domains) if !domains.is_empty() => {
            let domains = domains.iter().enumerate().map(|(place, domain)| {
                let host = domain.as_str().and_then(host);
                let field = format!("seed.cookies[{place}]");
                host.ok_or_else(|| {
                    wrong(&field, format!("{field} must be a domain, such as \"example.com\""))
                })
            });
            Ok(CookieScope::Hosts(domains.collect::<Result<_, _>>()?))
        }
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(wrong("seed.cookies", expected))
        }
    }
}

fn host(text: &str) -> Option<String> {
    let host = Host::parse(text.trim().trim_start_matches('.')).ok()?;
    Some(host.to_string())
}

fn origins(value: &Value) -> Result<Vec<String>, Error> {
    let Value::Array(texts) = value else {
        return Err(wrong("seed.origins", "seed.origins must be a list, such as [\"https://example.com\"]"));
    };
    if texts.len() > MOST_ORIGINS {
        let why = format!("seed.origins takes {MOST_ORIGINS} at most, not {}", texts.len());
        return Err(wrong("seed.origins", why));
    }
    let mut origins = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let field = format!("seed.origins[{place}]");
        let why = "must be an origin with http or https and nothing behind the host, such as \"https://example.com\"";
        let origin = text.as_str().and_then(origin).ok_or_else(|| wrong(&field, format!("{field} {why}")))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(origins)
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && is_bare && is_anonymous).then(|| url.origin().ascii_serialization())
}

/// What a lease's context began with.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Seeded {
    /// Whose cookies and storage it got.
    pub profile: String,
    /// How many cookies.
    pub cookies: usize,
    /// How much of each origin.
    pub origins: Vec<SeededOrigin>,
}

/// What a lease's context got of an origin.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeededOrigin {
    /// The origin.
    pub origin: String,
    /// Entries of its local storage.
    pub local_storage: usize,
    /// Its databases (IndexedDB).
    pub databases: usize,
    /// Records in them.
    pub records: usize,
}

impl Seeded {
    pub(super) fn of(seed: &Seed, carried: &Carried) -> Self {
        let origins = carried.origins.iter().map(|it| {
            let CarriedOrigin { origin, local_storage, databases, records } = it.clone();
            SeededOrigin { origin, local_storage, databases, records }
        });
        Self { profile: seed.profile.name.to_string(), cookies: carried.cookies, origins: origins.collect() }
    }

    pub(super) fn text(&self) -> String {
        let origins = self.origins.iter().map(|it| {
            let SeededOrigin { origin, local_storage, databases, records } = it;
            format!(", {origin} (localStorage: {local_storage}, databases: {databases}, records: {records})")
        });
        format!(
            "seeded from profile {}: cookies: {}{}",
            self.profile,
            self.cookies,
            origins.collect::<String>()
        )
    }
}
