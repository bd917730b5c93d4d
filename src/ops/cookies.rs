//! The cookies of a browser: list, set, clear.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bits::wrong;
use super::output::Handled;
use super::{Access, Error, Operation, Route, Scope, Window};
use crate::browser::{Cookie, Fate, NewCookie, SameSite};
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// Lists all cookies of a profile's browser.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Cookies {}

/// The cookies of a browser.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CookieList {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// All cookies, whatever site they belong to.
    pub cookies: Vec<CookieRow>,
}

/// One cookie.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "a cookie's fields are the web's")]
pub struct CookieRow {
    pub name: String,
    pub value: String,
    pub domain: String,
    pub path: String,
    /// Seconds since 1970; -1 for a cookie that ends with the browser.
    pub expires: Number,
    pub http_only: bool,
    pub secure: bool,
    /// `Strict`, `Lax` or `None`.
    pub same_site: String,
}

/// A number that is whole on the wire when it is whole, as JavaScript writes it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Number(#[serde(serialize_with = "whole_when_whole")] pub f64);

fn whole_when_whole<S: serde::Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_possible_truncation, reason = "what is whole and small enough is an integer")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

impl fmt::Debug for CookieRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieRow").field("name", &self.name).finish_non_exhaustive()
    }
}

impl From<Cookie> for CookieRow {
    fn from(cookie: Cookie) -> Self {
        let Cookie { name, value, domain, path, expires, http_only, secure, same_site } = cookie;
        let same_site = format!("{same_site:?}");
        Self { name, value, domain, path, expires: Number(expires), http_only, secure, same_site }
    }
}

impl Operation for Cookies {
    const NAME: &'static str = "cookies";
    const ROUTE: Route = Route::Get("/cookies");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = CookieList;

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<CookieList, Error> {
        let cookies = tab.browser.cookies(deadline).await?.into_iter().map(Into::into).collect();
        Ok(CookieList { ok: true, target_id: tab.view.target_id.to_string(), cookies })
    }

    fn text(&self, list: &CookieList) -> String {
        serde_json::to_string_pretty(&list.cookies).expect("rows are plain data")
    }
}

/// Sets one cookie.
#[derive(Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct CookiesSet {
    /// The cookie: name, value, and either url, or domain and path; also expires, httpOnly, secure, sameSite.
    #[schemars(with = "Option<CookieParams>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub cookie: Option<Value>,
    /// Its name.
    #[serde(skip)]
    #[arg(required = true, value_name = "name")]
    pub name: Option<String>,
    /// Its value.
    #[serde(skip)]
    #[arg(required = true, value_name = "value", allow_hyphen_values = true)]
    pub value: Option<String>,
    /// The URL that it belongs to.
    #[serde(skip)]
    #[arg(long, value_name = "url")]
    pub url: Option<String>,
}

impl fmt::Debug for CookiesSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookiesSet")
    }
}

/// A cookie to set.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read field by field, so that no error repeats a value")]
#[expect(missing_debug_implementations, reason = "it is never made")]
pub struct CookieParams {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
    /// Where it belongs: an http or https URL.
    url: Option<String>,
    /// Or the domain, together with the path.
    domain: Option<String>,
    /// The path on that domain.
    path: Option<String>,
    /// Seconds since 1970; without it, or with -1, it ends with the browser.
    expires: Option<f64>,
    /// Whether scripts cannot read it.
    http_only: Option<bool>,
    /// Whether it goes over https only.
    secure: Option<bool>,
    /// `Strict`, `Lax` or `None`.
    same_site: Option<String>,
}

/// Reads a cookie by hand: an error of a parser could repeat its value.
fn read(cookie: &Value, at: &str) -> Result<NewCookie, Error> {
    let Value::Object(fields) = cookie else { return Err(wrong(at, format!("{at} is required"))) };
    let name = text(fields, "name").filter(|name| !name.is_empty());
    let required = |field: &str| wrong(&format!("{at}.{field}"), "cookie name and value are required");
    let name = name.ok_or_else(|| required("name"))?;
    let value = text(fields, "value").ok_or_else(|| required("value"))?;
    let said = |key: &str| text(fields, key).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let (url, domain, path) = (said("url"), said("domain"), said("path"));
    if url.is_none() && (domain.is_none() || path.is_none()) {
        return Err(wrong(&format!("{at}.url"), "cookie requires url, or domain+path"));
    }
    if let Some(url) = &url {
        let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            return Err(wrong(&format!("{at}.url"), format!("{at}.url must be an http(s) URL.")));
        }
    }
    if let Some(domain) = &domain {
        belongs(domain, url.as_deref())
            .map_err(|why| wrong(&format!("{at}.domain"), format!("{at}.domain {why}")))?;
    }
    Ok(NewCookie {
        name: name.trim().to_owned(),
        value,
        domain,
        path,
        url,
        expires: expires(fields, at)?,
        http_only: switch(fields, "httpOnly", at)?,
        secure: switch(fields, "secure", at)?,
        same_site: same_site(fields, at)?,
    })
}

/// Whether a domain is one, and that of the URL when both are given. Chromium makes something of anything.
fn belongs(domain: &str, url: Option<&str>) -> Result<(), &'static str> {
    let bare = domain.trim_start_matches('.');
    let host = url::Host::parse(bare).or_else(|_| url::Host::parse(&format!("[{bare}]")));
    let host = host.map_err(|_| "must be a host name, such as example.com")?.to_string();
    let own = url.and_then(|url| url::Url::parse(url).ok()?.host_str().map(str::to_owned));
    let is_its = |own: &String| *own == host || own.ends_with(&format!(".{host}"));
    if own.as_ref().is_none_or(is_its) { Ok(()) } else { Err("is not the domain of its url") }
}

/// A text; numbers and switches count as what they look like.
fn text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    match fields.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn expires(fields: &Map<String, Value>, at: &str) -> Result<Option<f64>, Error> {
    let number = match fields.get("expires") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    let number = number.filter(|number: &f64| number.is_finite());
    let field = format!("{at}.expires");
    let number = number.ok_or_else(|| wrong(&field, format!("{field} must be a finite number.")))?;
    match number {
        -1.0 => Ok(None),
        ..0.0 => Err(wrong(
            &field,
            format!("{field} must be seconds since 1970, or -1 for a cookie of this session."),
        )),
        _ => Ok(Some(number)),
    }
}

fn switch(fields: &Map<String, Value>, key: &str, at: &str) -> Result<Option<bool>, Error> {
    let value = match fields.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => super::coerce::switch(value),
    };
    let field = format!("{at}.{key}");
    value.map(Some).ok_or_else(|| wrong(&field, format!("{field} must be true or false.")))
}

fn same_site(fields: &Map<String, Value>, at: &str) -> Result<Option<SameSite>, Error> {
    let Some(word) = fields.get("sameSite").filter(|value| !value.is_null()) else { return Ok(None) };
    match word.as_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "strict" => Ok(Some(SameSite::Strict)),
        "lax" => Ok(Some(SameSite::Lax)),
        "none" => Ok(Some(SameSite::None)),
        _ => {
            let field = format!("{at}.sameSite");
            Err(wrong(&field, format!("{field} must be Strict|Lax|None.")))
        }
    }
}

/// Why the browser does not have a cookie that it was given.
fn not_kept(cookie: &NewCookie, fate: &Fate) -> String {
    let name = &cookie.name;
    match fate {
        Fate::Expired => format!("the cookie {name:?} is not kept: its expires lies in the past"),
        Fate::Kept | Fate::Dropped => {
            format!("the browser refuses the cookie {name:?}: {}", cookie.objection())
        }
    }
}

impl CookiesSet {
    fn read(&self) -> Result<NewCookie, Error> {
        read(self.cookie.as_ref().unwrap_or(&Value::Null), "cookie")
    }
}

impl Operation for CookiesSet {
    const NAME: &'static str = "cookies-set";
    const COMMANDS: &'static [&'static str] = &["cookies set"];
    const ROUTE: Route = Route::Post("/cookies/set");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn with_flags(self) -> Result<Self, String> {
        if self.url.as_ref().is_none_or(|url| url.trim().is_empty()) {
            return Err("Missing required --url option for cookies set".to_owned());
        }
        let fields = [("name", self.name), ("value", self.value), ("url", self.url)];
        let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into())));
        Ok(Self { cookie: Some(Value::Object(fields.collect())), name: None, value: None, url: None })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let cookie = self.read()?;
        let fates = tab.browser.set_cookies(std::slice::from_ref(&cookie), deadline).await?;
        let warnings = match fates.first() {
            Some(Fate::Dropped) => return Err(wrong("cookie", not_kept(&cookie, &Fate::Dropped))),
            Some(fate @ Fate::Expired) => vec![not_kept(&cookie, fate)],
            Some(Fate::Kept) | None => Vec::new(),
        };
        Ok(Handled { warnings, ..Handled::on(tab) })
    }

    fn text(&self, _: &Handled) -> String {
        let name = self.cookie.as_ref().and_then(|cookie| cookie["name"].as_str());
        format!("cookie set: {}", name.unwrap_or_default())
    }
}

/// Sets many cookies at once; those that cannot be set are passed over and told.
#[derive(Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct CookiesSetMany {
    /// The cookies, each as for cookies-set.
    #[schemars(with = "Vec<CookieParams>")]
    #[arg(skip)]
    pub cookies: Vec<Value>,
}

impl fmt::Debug for CookiesSetMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookiesSetMany")
    }
}

/// How many cookies were set.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// How many.
    pub added: usize,
    /// Those that were passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped>,
}

/// A cookie that was passed over.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Why.
    pub error: String,
}

impl Operation for CookiesSetMany {
    const NAME: &'static str = "cookies-set-many";
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Post("/cookies/set-many");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Added;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        if self.cookies.is_empty() {
            return Err(wrong("cookies", "cookies must be a non-empty array"));
        }
        Ok(())
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Added, Error> {
        let (mut good, mut places, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for (index, cookie) in self.cookies.iter().enumerate() {
            match read(cookie, &format!("cookies[{index}]")) {
                Ok(cookie) => {
                    good.push(cookie);
                    places.push(index);
                }
                Err(error) => skipped.push(Skipped { index, error: error.message }),
            }
        }
        let fates = tab.browser.set_cookies(&good, deadline).await?;
        let added = fates.iter().filter(|fate| **fate == Fate::Kept).count();
        let of_each = fates.iter().zip(&good).zip(places).filter(|((fate, _), _)| **fate != Fate::Kept);
        skipped
            .extend(of_each.map(|((fate, cookie), index)| Skipped { index, error: not_kept(cookie, fate) }));
        skipped.sort_by_key(|skipped| skipped.index);
        Ok(Added { ok: true, target_id: tab.view.target_id.to_string(), added, skipped })
    }

    fn text(&self, added: &Added) -> String {
        format!("cookies set: {}", added.added)
    }
}

/// Removes all cookies of a profile's browser.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct CookiesClear {}

impl Operation for CookiesClear {
    const NAME: &'static str = "cookies-clear";
    const COMMANDS: &'static [&'static str] = &["cookies clear"];
    const ROUTE: Route = Route::Post("/cookies/clear");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        tab.browser.clear_cookies(deadline).await?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        "cookies cleared".to_owned()
    }
}
