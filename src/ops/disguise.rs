//! Where and on what a tab's pages believe to run: time zone, language, device. They hold for this tab, in later
//! documents and frames, too, until they are cleared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bits::wrong;
use super::output::Handled;
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::cdp;
use crate::deadline::Deadline;
use crate::page::{self, Costume, Device, Guise};
use crate::service::{Service, Tab};

/// What is asked for, or nothing when it is to be cleared.
fn wish<'a>(field: &str, value: Option<&'a String>, clear: bool) -> Result<Option<&'a str>, Error> {
    if clear {
        return Ok(None);
    }
    let said = bits::said(value).map(Some);
    said.ok_or_else(|| wrong(field, format!("{field} is required")))
}

impl Tab {
    /// Changes what this tab's pages believe.
    pub(super) async fn disguise(
        &self,
        change: impl FnOnce(&mut Guise) + Send,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let outcome = self.page().disguise(change, deadline).await;
        outcome.map_err(|error| Error::from(error).on(self))
    }

    /// The same, when what the browser may refuse is the caller's.
    async fn try_disguise(
        &self,
        change: impl FnOnce(&mut Guise) + Send,
        refused: impl FnOnce(&str) -> Error,
        deadline: Deadline,
    ) -> Result<Handled, Error> {
        match self.page().disguise(change, deadline).await {
            Ok(()) => Ok(Handled::on(self)),
            Err(page::Error::Cdp(cdp::Error::Refused { message, .. })) => Err(refused(&message)),
            Err(error) => Err(Error::from(error).on(self)),
        }
    }
}

/// Why the browser refused. Chromium has one time zone and one language a process, and tabs of a site may share one;
/// otherwise the name is `unknown`.
fn refusal(message: &str, what: &str, unknown: Error) -> Error {
    if !message.contains("already in effect") {
        return unknown;
    }
    let why = format!("another tab of this site has another {what}; set both to the same, or close one");
    Error::new(Code::Refused, why)
}

/// What is set, or no longer, as a person reads it.
fn told(what: &str, value: Option<&String>, clear: bool) -> String {
    let value = value.filter(|_| !clear);
    value.map_or_else(|| format!("{what} cleared"), |value| format!("{what}: {}", value.trim()))
}

/// Sets the time zone of a tab's pages.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct SetTimezone {
    /// Its name, such as Europe/London.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "timezoneId", required_unless_present = "clear")]
    pub timezone_id: Option<String>,
    /// The browser's own again.
    #[arg(long)]
    pub clear: bool,
}

impl Operation for SetTimezone {
    const NAME: &'static str = "set-timezone";
    const COMMANDS: &'static [&'static str] = &["set timezone"];
    const ROUTE: Route = Route::Post("/set/timezone");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        wish("timezoneId", self.timezone_id.as_ref(), self.clear).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let zone = wish("timezoneId", self.timezone_id.as_ref(), self.clear)?.map(str::to_owned);
        let asked = zone.clone().unwrap_or_default();
        let unknown = wrong("timezoneId", format!("Invalid timezone ID: {asked}"));
        let refused = |message: &str| refusal(message, "time zone", unknown);
        tab.try_disguise(|guise| guise.timezone = zone, refused, deadline).await
    }

    fn text(&self, _: &Handled) -> String {
        told("timezone", self.timezone_id.as_ref(), self.clear)
    }
}

/// Sets the language of a tab's pages: how dates and numbers are written, what the browser says it prefers, and what
/// it asks servers for.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetLocale {
    /// Its name, such as en-GB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "locale", required_unless_present = "clear")]
    pub locale: Option<String>,
    /// The browser's own again; `navigator.languages` follows with the next document.
    #[arg(long)]
    pub clear: bool,
}

impl SetLocale {
    fn read(&self) -> Result<Option<String>, Error> {
        let Some(locale) = wish("locale", self.locale.as_ref(), self.clear)? else { return Ok(None) };
        // It becomes a header, too, so that its spelling is judged here.
        let locale = locale.replace('_', "-");
        let mut parts = locale.split('-');
        let language = parts.next().unwrap_or_default();
        let fits = |part: &str, least: usize| {
            (least..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let is_language = fits(language, 2) && language.chars().all(|c| c.is_ascii_alphabetic());
        if !is_language || !parts.all(|part| fits(part, 1)) {
            return Err(invalid_locale(&locale));
        }
        Ok(Some(locale))
    }
}

fn invalid_locale(locale: &str) -> Error {
    wrong("locale", format!("Invalid locale name: {locale}. Use one such as en-GB or pt-BR"))
}

impl Operation for SetLocale {
    const NAME: &'static str = "set-locale";
    const COMMANDS: &'static [&'static str] = &["set locale"];
    const ROUTE: Route = Route::Post("/set/locale");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let locale = self.read()?;
        let asked = locale.clone().unwrap_or_default();
        let refused = |message: &str| refusal(message, "locale", invalid_locale(&asked));
        tab.try_disguise(|guise| guise.locale = locale, refused, deadline).await
    }

    fn text(&self, _: &Handled) -> String {
        told("locale", self.locale.as_ref(), self.clear)
    }
}

/// Makes a tab's pages believe that they run on a device: screen, pixels, touch, user agent. A resize afterwards keeps
/// the rest; a page must be loaded again to be built for it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetDevice {
    /// Its name, such as iPhone 14, Pixel 7, iPad Pro 11, Galaxy S24, Desktop Chrome; with " landscape" it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "name", required_unless_present = "clear")]
    pub name: Option<String>,
    /// What the browser is by itself again, with the window's own size.
    #[arg(long)]
    pub clear: bool,
}

impl SetDevice {
    fn read(&self) -> Result<Option<&'static Device>, Error> {
        let Some(name) = wish("name", self.name.as_ref(), self.clear)? else { return Ok(None) };
        let unknown = || {
            let near = Device::near(name).join(", ");
            wrong("name", format!("Unknown device \"{name}\". Known ones are {near} and more"))
        };
        Device::named(name).map(Some).ok_or_else(unknown)
    }
}

impl Operation for SetDevice {
    const NAME: &'static str = "set-device";
    const COMMANDS: &'static [&'static str] = &["set device"];
    const ROUTE: Route = Route::Post("/set/device");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let product = &tab.browser.version().product;
        let chrome = product.split_once('/').map_or(product.as_str(), |(_, version)| version);
        let costume = self.read()?.map(|device| Costume { device, chrome: chrome.into() });
        let change = |guise: &mut Guise| {
            guise.device = costume;
            // The device brings its own.
            guise.viewport = None;
        };
        tab.disguise(change, deadline).await?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        told("device", self.name.as_ref(), self.clear)
    }
}
