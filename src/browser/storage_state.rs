//! The storage state of a browser context, carried to another one: its cookies, and what named origins keep. What is
//! carried is secret: it is in no error and no log.

use std::fmt;

use futures::stream::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use url::Host;

use super::{Browser, Error};
use crate::cdp::Call;
use crate::deadline::Deadline;

/// Reads and writes what an origin keeps.
const SCRIPT: &str = include_str!("storage_state.js");
/// Makes data of values, and values of data.
const VALUES: &str = include_str!("storage_values.js");
/// Bytes of records that are carried of one origin; databases beyond it are left out.
const MOST: usize = 32 << 20;
/// Origins whose tabs are open at the same time.
const AT_ONCE: usize = 4;
/// A moment that is over, for what is to go.
const OVER: f64 = 1.0;

/// How much of a storage state is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateScope {
    /// Which cookies.
    pub cookies: CookieScope,
    /// The origins whose local storage and databases are meant, such as `https://example.com`.
    pub origins: Vec<String>,
}

/// Which cookies are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CookieScope {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those that go to one of these hosts, or to a host below one of them.
    Hosts(Vec<String>),
}

impl CookieScope {
    fn covers(&self, domain: &str) -> bool {
        let host = domain.trim_start_matches('.');
        let is_below = |name: &str, of: &str| {
            let above = name.strip_suffix(of);
            above.is_some_and(|above| above.ends_with('.')) && Host::parse(name).is_ok_and(is_name)
        };
        let is_sent = |wanted: &str| {
            wanted == host || is_below(host, wanted) || (domain.starts_with('.') && is_below(wanted, host))
        };
        match self {
            Self::None => false,
            Self::All => true,
            Self::Hosts(hosts) => hosts.iter().any(|wanted| is_sent(wanted)),
        }
    }
}

impl CookieScope {
    /// What there are no cookies for.
    fn missing(&self, cookies: &[WholeCookie]) -> Vec<String> {
        let has_none = |of: &Self| !cookies.iter().any(|cookie| of.covers(&cookie.domain));
        match self {
            Self::Hosts(hosts) => {
                let bare = hosts.iter().filter(|host| has_none(&Self::Hosts(vec![(*host).clone()])));
                bare.map(|host| format!("there are no cookies for {host}")).collect()
            }
            Self::All if cookies.is_empty() => vec!["there are no cookies".to_owned()],
            Self::All | Self::None => Vec::new(),
        }
    }
}

/// Addresses have nothing below them.
fn is_name(host: Host) -> bool {
    matches!(host, Host::Domain(_))
}

/// What has been carried.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    /// How many cookies.
    pub cookies: usize,
    /// How much of each origin, in the order in which they were named.
    pub origins: Vec<CarriedOrigin>,
    /// What was not there, or could not be carried.
    pub losses: Vec<String>,
}

/// What has been carried of an origin.
#[derive(Debug, Clone, Default)]
pub struct CarriedOrigin {
    /// The origin.
    pub origin: String,
    /// Entries of its local storage.
    pub local_storage: usize,
    /// Its databases.
    pub databases: usize,
    /// What is in them.
    pub records: usize,
}

/// What the script has read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    text: String,
    local_storage: usize,
    databases: usize,
    records: usize,
    lost: Vec<String>,
}

/// What the script has written.
#[derive(Deserialize)]
struct Put {
    lost: Vec<String>,
}

impl Browser {
    /// Makes a part of another context's storage state what it is in this one.
    ///
    /// # Errors
    /// [`Error::Refused`] for an origin that the policy refuses; and when either browser does not do it in time. What was
    /// carried by then stays.
    pub async fn carry_state(
        &self,
        to: &Self,
        scope: &StateScope,
        deadline: Deadline,
    ) -> Result<Carried, Error> {
        for origin in &scope.origins {
            deadline.run(self.guard.judge(origin)).await.map_err(|_| Error::Unanswered)??;
        }
        let mut carried = Carried::default();
        if scope.cookies != CookieScope::None {
            self.carry_cookies(to, &scope.cookies, &mut carried, deadline).await?;
        }
        let origins = futures::stream::iter(scope.origins.clone());
        let origins = origins.map(|origin| self.carry_origin(to, origin, deadline)).buffered(AT_ONCE);
        for (origin, losses) in origins.try_collect::<Vec<_>>().await? {
            carried.losses.extend(losses);
            carried.origins.push(origin);
        }
        Ok(carried)
    }

    async fn carry_origin(
        &self,
        to: &Self,
        origin: String,
        deadline: Deadline,
    ) -> Result<(CarriedOrigin, Vec<String>), Error> {
        let tab = self.blank_document(&origin, deadline).await?;
        let read = format!("{SCRIPT}.read({VALUES}, {MOST})");
        let Taken { text, local_storage, databases, records, mut lost } =
            tab.evaluate(&read, deadline).await?;
        drop(tab);
        if local_storage + databases == 0 && lost.is_empty() {
            lost.push("nothing is kept there".to_owned());
        }
        let tab = to.blank_document(&origin, deadline).await?;
        let text = serde_json::to_string(&text).expect("a text is plain data");
        let put: Put = tab.evaluate(&format!("{SCRIPT}.write({text}, {VALUES})"), deadline).await?;
        lost.extend(put.lost);
        let losses = lost.into_iter().map(|loss| format!("{origin}: {loss}")).collect();
        Ok((CarriedOrigin { origin, local_storage, databases, records }, losses))
    }

    async fn carry_cookies(
        &self,
        to: &Self,
        scope: &CookieScope,
        carried: &mut Carried,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let wanted = self.whole_cookies(scope, deadline).await?;
        let before = to.whole_cookies(scope, deadline).await?;
        let gone = before.iter().filter(|old| !wanted.iter().any(|new| new.is_in_place_of(old)));
        let gone = gone.map(|cookie| WholeCookie { expires: OVER, ..cookie.clone() });
        let changed = wanted.iter().filter(|new| !before.contains(new)).cloned();
        to.put_cookies(&gone.chain(changed).collect::<Vec<_>>(), deadline).await?;
        let after = to.whole_cookies(scope, deadline).await?;
        let is_there = |cookie: &&WholeCookie| {
            after.iter().any(|it| it.is_in_place_of(cookie) && it.value == cookie.value)
        };
        carried.cookies = wanted.iter().filter(is_there).count();
        carried.losses.extend(scope.missing(&wanted));
        if carried.cookies < wanted.len() {
            let count = wanted.len() - carried.cookies;
            carried.losses.push(format!("{count} cookies were not taken by the browser"));
        }
        Ok(())
    }

    async fn whole_cookies(
        &self,
        scope: &CookieScope,
        deadline: Deadline,
    ) -> Result<Vec<WholeCookie>, Error> {
        #[derive(Deserialize)]
        struct Cookies {
            cookies: Vec<WholeCookie>,
        }
        let of = InContext { cookies: None, browser_context_id: self.context() };
        let reply = self.session.call(Call::untyped("Storage.getCookies", &of), deadline).await?;
        let Cookies { mut cookies } = reply.parse()?;
        cookies.retain(|cookie| scope.covers(&cookie.domain));
        Ok(cookies)
    }

    async fn put_cookies(&self, cookies: &[WholeCookie], deadline: Deadline) -> Result<(), Error> {
        let put = |cookies: &[WholeCookie]| {
            let params = InContext { cookies: Some(cookies), browser_context_id: self.context() };
            Call::untyped("Storage.setCookies", &params)
        };
        self.set_in_batches(cookies, put, deadline).await
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InContext<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<&'a [WholeCookie]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser_context_id: Option<&'a str>,
}

/// A cookie with all that the browser knows of it, as it is told and as it is set.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WholeCookie {
    name: String,
    value: String,
    /// With a dot before it when hosts below it get it, too.
    domain: String,
    path: String,
    /// Seconds since 1970; negative when it ends with the browser.
    #[serde(skip_serializing_if = "is_of_session")]
    expires: f64,
    http_only: bool,
    secure: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    same_site: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_scheme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_port: Option<i64>,
    /// The site in whose frames it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_key: Option<PartitionKey>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartitionKey {
    top_level_site: String,
    has_cross_site_ancestor: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_of_session(expires: &f64) -> bool {
    *expires < 0.0
}

impl WholeCookie {
    /// Whether a browser has either this one or the other one.
    fn is_in_place_of(&self, other: &Self) -> bool {
        (&self.name, &self.domain, &self.path) == (&other.name, &other.domain, &other.path)
            && self.partition_key == other.partition_key
    }
}

impl fmt::Debug for WholeCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WholeCookie").field("domain", &self.domain).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_gets_its_cookies_those_below_it_and_those_that_it_is_sent() {
        let check = |wanted: &str, domain: &str, expected: bool| {
            let scope = CookieScope::Hosts(vec![wanted.to_owned()]);
            assert_eq!(scope.covers(domain), expected, "{wanted} {domain}");
        };
        check("example.com", "example.com", true);
        check("example.com", ".example.com", true);
        check("example.com", "www.example.com", true);
        check("www.example.com", ".example.com", true);
        check("www.example.com", "example.com", false);
        check("example.com", "badexample.com", false);
        check("example.com", "example.com.evil.net", false);
        check("0.0.1", "127.0.0.1", false);
        assert!(CookieScope::All.covers("a.b") && !CookieScope::None.covers("a.b"));
    }
}
