//! The cookies of a browser. Their values are secrets: they are in no error and no log.

use std::fmt;

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

/// Why a cookie was not set.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CookieError {
    /// The browser has something against it.
    #[error(
        "the browser refuses the cookie {0:?}: a Secure cookie needs an https URL, SameSite=None needs secure, and \
         names, values and domains take no control characters"
    )]
    Refused(String),
    /// Something else.
    #[error(transparent)]
    Browser(#[from] Error),
}

impl Browser {
    /// All cookies.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn cookies(&self, deadline: Deadline) -> Result<Vec<Cookie>, Error> {
        let reply = self
            .session
            .call(Call { method: "Storage.getCookies".into(), params: "{}".to_owned() }, deadline)
            .await?;
        #[derive(Deserialize)]
        struct Cookies {
            cookies: Vec<Cookie>,
        }
        let Cookies { cookies } = reply.parse()?;
        Ok(cookies)
    }

    /// Sets one cookie.
    ///
    /// # Errors
    /// [`CookieError::Refused`] for one that the browser does not take.
    pub async fn set_cookie(&self, cookie: &NewCookie, deadline: Deadline) -> Result<(), CookieError> {
        match self.session.call(set(std::slice::from_ref(cookie)), deadline).await {
            Ok(_) => Ok(()),
            Err(cdp::Error::Refused { .. }) => Err(CookieError::Refused(cookie.name.clone())),
            Err(error) => Err(Error::from(error).into()),
        }
    }

    /// Sets many cookies; yields the places of those that the browser does not take.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn set_cookies(&self, cookies: &[NewCookie], deadline: Deadline) -> Result<Vec<usize>, Error> {
        let mut refused = Vec::new();
        for (batch, start) in cookies.chunks(BATCH).zip((0..).step_by(BATCH)) {
            match self.session.call(set(batch), deadline).await {
                Ok(_) => continue,
                Err(cdp::Error::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            // One bad cookie fails them all, so they are set one by one, in one flight.
            let replies = self.session.flight(batch.chunks(1).map(set), deadline).await?;
            for (place, reply) in replies.into_iter().enumerate() {
                match reply {
                    Ok(_) => {}
                    Err(cdp::Error::Refused { .. }) => refused.push(start + place),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(refused)
    }

    /// Removes all cookies.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn clear_cookies(&self, deadline: Deadline) -> Result<(), Error> {
        self.session.call(Call::of(&ClearCookiesParams::default()), deadline).await?;
        Ok(())
    }
}

/// Cookies that are set at once (contract 9).
const BATCH: usize = 500;

/// A command of our own: the generated types would show values in their `Debug`, and fail on words they do not know.
fn set(cookies: &[NewCookie]) -> Call {
    #[derive(Serialize)]
    struct SetCookies<'a> {
        cookies: &'a [NewCookie],
    }
    let params = serde_json::to_string(&SetCookies { cookies }).expect("plain fields");
    Call { method: "Storage.setCookies".into(), params }
}
