//! The cookies of a browser. Their values are secrets: they are in no error and no log.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Browser, Error};
use crate::cdp::browser_protocol::storage::ClearCookiesParams;
use crate::cdp::{self, Call};
use crate::deadline::Deadline;

/// One cookie that the browser has.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "a cookie's fields are the web's")]
pub struct Cookie {
    pub name: String,
    pub value: String,
    pub domain: String,
    pub path: String,
    /// Seconds since 1970; -1 when it ends with the browser.
    pub expires: f64,
    pub http_only: bool,
    pub secure: bool,
    /// Chromium treats a cookie that says nothing as `Lax`.
    #[serde(default)]
    pub same_site: SameSite,
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// When a cookie goes along with requests that another site makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the web's words")]
pub enum SameSite {
    Strict,
    #[default]
    Lax,
    None,
}

/// A cookie to set. Either its URL says where it belongs, or its domain and path do.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "a cookie's fields are the web's")]
pub struct NewCookie {
    pub name: String,
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Seconds since 1970; absent for one that ends with the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_site: Option<SameSite>,
}

impl fmt::Debug for NewCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCookie").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What became of a cookie that was to be set. The browser itself passes over many a cookie without a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The browser has it.
    Kept,
    /// Its time was over: the browser has none of that name there any more.
    Expired,
    /// The browser has something against it.
    Dropped,
}

impl NewCookie {
    /// What became of it, by the cookies that the browser has afterwards.
    fn fate(&self, all: &[Cookie]) -> Fate {
        let is_it = |cookie: &Cookie| {
            let host = cookie.domain.trim_start_matches('.');
            cookie.name == self.name
                && cookie.value == self.value
                && self.host().is_none_or(|own| own == host)
        };
        match all.iter().any(is_it) {
            true => Fate::Kept,
            false if self.has_expired() => Fate::Expired,
            false => Fate::Dropped,
        }
    }

    /// The host that it belongs to.
    fn host(&self) -> Option<String> {
        let of_url = || url::Url::parse(self.url.as_deref()?).ok()?.host_str().map(str::to_owned);
        let of_domain = self.domain.as_deref().map(|domain| domain.trim_start_matches('.'));
        of_domain
            .and_then(|domain| url::Host::parse(domain).ok().map(|host| host.to_string()))
            .or_else(of_url)
    }

    fn has_expired(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.expires.is_some_and(|expires| expires < now.as_secs_f64())
    }

    /// What a browser has against it, as far as the rules for cookies tell (RFC 6265bis, sections 4.1 and 5.7).
    pub fn objection(&self) -> &'static str {
        let is_secure =
            self.secure == Some(true) || self.url.as_ref().is_some_and(|url| url.starts_with("https:"));
        let prefix = |prefix: &str| self.name.to_ascii_lowercase().starts_with(prefix);
        let is_everywhere = self.path.as_ref().is_none_or(|path| path == "/");
        let is_wide = self.domain.as_ref().is_some_and(|domain| domain.starts_with('.'));
        let is_outside = |text: &str| text.trim() != text;
        if self.name.contains(['=', ';']) || self.value.contains(';') {
            "a name takes no \"=\" or \";\", and a value no \";\""
        } else if self.name.chars().chain(self.value.chars()).any(|c| c.is_control() && c != '\t') {
            "names and values take no control characters"
        } else if is_outside(&self.name) || is_outside(&self.value) {
            "names and values neither begin nor end with a space"
        } else if self.name.len() + self.value.len() > MOST_BYTES {
            "name and value together are longer than 4096 bytes"
        } else if self.path.as_ref().is_some_and(|path| !path.starts_with('/')) {
            "a path begins with \"/\""
        } else if prefix("__host-") && !(is_secure && is_everywhere && !is_wide) {
            "a name with __Host- needs secure, the path \"/\" and a domain without a leading dot"
        } else if prefix("__secure-") && !is_secure {
            "a name with __Secure- needs secure"
        } else if self.same_site == Some(SameSite::None) && !is_secure {
            "SameSite=None needs secure"
        } else {
            "it does not say why; look at domain, path and secure"
        }
    }
}

impl Browser {
    /// All of their cookies: those of their own context, or those that all share.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn cookies(&self, deadline: Deadline) -> Result<Vec<Cookie>, Error> {
        let of = GetCookies { browser_context_id: self.context() };
        let reply = self.session.call(Call::untyped("Storage.getCookies", &of), deadline).await?;
        #[derive(Deserialize)]
        struct Cookies {
            cookies: Vec<Cookie>,
        }
        let Cookies { cookies } = reply.parse()?;
        Ok(cookies)
    }

    /// Sets cookies, each of which the browser may refuse; `set` is the call that sets some.
    pub(super) async fn set_in_batches<C>(
        &self,
        cookies: &[C],
        set: impl Fn(&[C]) -> Call,
        deadline: Deadline,
    ) -> Result<(), Error> {
        for batch in cookies.chunks(BATCH) {
            match self.session.call(set(batch), deadline).await {
                Ok(_) => continue,
                Err(cdp::Error::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            // One bad cookie fails them all, so they are set one by one, in one flight.
            for reply in self.session.flight(batch.chunks(1).map(&set), deadline).await? {
                match reply {
                    Ok(_) | Err(cdp::Error::Refused { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Sets cookies, and looks what the browser made of each.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn set_cookies(&self, cookies: &[NewCookie], deadline: Deadline) -> Result<Vec<Fate>, Error> {
        self.set_in_batches(cookies, |cookies| set(cookies, self.context()), deadline).await?;
        let all = self.cookies(deadline).await?;
        Ok(cookies.iter().map(|cookie| cookie.fate(&all)).collect())
    }

    /// Removes all of their cookies.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn clear_cookies(&self, deadline: Deadline) -> Result<(), Error> {
        let browser_context_id = self.context().map(|id| id.to_owned().into());
        self.session.call(Call::of(&ClearCookiesParams { browser_context_id }), deadline).await?;
        Ok(())
    }
}

/// Cookies that are set at once (contract 9).
const BATCH: usize = 500;
/// The longest name and value (RFC 6265bis, section 5.7).
const MOST_BYTES: usize = 4096;

/// A command of our own: the generated types would show values in their `Debug`, and fail on words they do not know.
fn set(cookies: &[NewCookie], browser_context_id: Option<&str>) -> Call {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct SetCookies<'a> {
        cookies: &'a [NewCookie],
        #[serde(skip_serializing_if = "Option::is_none")]
        browser_context_id: Option<&'a str>,
    }
    Call::untyped("Storage.setCookies", &SetCookies { cookies, browser_context_id })
}

/// `Storage.getCookies`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GetCookies<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    browser_context_id: Option<&'a str>,
}
