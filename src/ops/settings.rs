//! What pages are made to believe. Network, credentials and place hold for all tabs of a profile's browser,
//! also for those that open later; device, media, time zone and language for one tab.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bits::wrong;
use super::output::Handled;
use super::{Access, Error, Operation, Route, Scope, Window, argument, bits, permissions};
use crate::browser::{Credentials, Permission};
use crate::deadline::Deadline;
use crate::page::Position;
use crate::service::{Service, Tab};

/// Takes the network away from all tabs, or gives it back.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetOffline {
    /// Whether there is no network.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub offline: Option<bool>,
    /// on: no network; off: network.
    #[serde(skip)]
    #[arg(required = true, value_name = "on|off")]
    pub state: Option<String>,
}

impl SetOffline {
    fn read(&self) -> Result<bool, Error> {
        self.offline.ok_or_else(|| wrong("offline", "offline is required"))
    }
}

impl Operation for SetOffline {
    const NAME: &'static str = "set-offline";
    const COMMANDS: &'static [&'static str] = &["set offline"];
    const ROUTE: Route = Route::Post("/set/offline");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn with_flags(self) -> Result<Self, String> {
        let offline = match self.state.as_deref().map(|word| word.trim().to_lowercase()).as_deref() {
            Some("on" | "true" | "1" | "yes") => true,
            Some("off" | "false" | "0" | "no") => false,
            _ => return Err("Expected on|off".to_owned()),
        };
        Ok(Self { offline: Some(offline), state: None })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        tab.browser.set_offline(self.read()?, deadline).await;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        format!("offline: {}", self.offline.unwrap_or_default())
    }
}

/// Answers servers that ask who is there (HTTP authentication), in all tabs. What a server was told already stays
/// known to it until the browser is restarted.
#[derive(Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetCredentials {
    /// The user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "username")]
    pub username: Option<String>,
    /// The password.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "password", allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Only servers of this origin are told (default: every one that asks).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "origin")]
    pub origin: Option<String>,
    /// Tell nobody any more.
    #[arg(long)]
    pub clear: bool,
}

impl fmt::Debug for SetCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetCredentials")
    }
}

impl SetCredentials {
    fn read(&self) -> Result<Option<Credentials>, Error> {
        if self.clear {
            return Ok(None);
        }
        let username = self.username.clone().filter(|name| !name.is_empty());
        let missing = || wrong("username", "username is required (or set clear=true)");
        let origin = self.origin.as_ref().map(|text| permissions::origin(Some(text))).transpose()?;
        Ok(Some(Credentials {
            username: username.ok_or_else(missing)?,
            password: self.password.clone().unwrap_or_default(),
            origin,
        }))
    }
}

impl Operation for SetCredentials {
    const NAME: &'static str = "set-credentials";
    const COMMANDS: &'static [&'static str] = &["set credentials"];
    const ROUTE: Route = Route::Post("/set/credentials");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        tab.browser.set_credentials(self.read()?, deadline).await?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        if self.clear { "credentials cleared" } else { "credentials set" }.to_owned()
    }
}

/// Puts all tabs somewhere on earth, and lets the pages of an origin ask where that is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SetGeolocation {
    /// Degrees north, -90 to 90.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "latitude", allow_negative_numbers = true, value_parser = argument::finite)]
    pub latitude: Option<f64>,
    /// Degrees east, -180 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "longitude", allow_negative_numbers = true, value_parser = argument::finite)]
    pub longitude: Option<f64>,
    /// How exact that is, in metres, from 0 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "m", allow_negative_numbers = true, value_parser = argument::finite)]
    pub accuracy: Option<f64>,
    /// Whose pages may know (default: the tab's present page).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "origin")]
    pub origin: Option<String>,
    /// Be nowhere in particular, and take all granted permissions back.
    #[arg(long)]
    pub clear: bool,
}

impl SetGeolocation {
    fn read(&self) -> Result<Option<(Position, Option<String>)>, Error> {
        if self.clear {
            return Ok(None);
        }
        let (Some(latitude), Some(longitude)) = (self.latitude, self.longitude) else {
            let field = if self.latitude.is_none() { "latitude" } else { "longitude" };
            return Err(wrong(field, "latitude and longitude are required (or set clear=true)"));
        };
        let accuracy = self.accuracy.unwrap_or_default();
        for (field, value, most) in [("latitude", latitude, 90.0), ("longitude", longitude, 180.0)] {
            if !(-most..=most).contains(&value) {
                return Err(wrong(field, format!("{field} must be between -{most} and {most}.")));
            }
        }
        if !accuracy.is_finite() || accuracy < 0.0 {
            return Err(wrong("accuracy", "accuracy must be a non-negative number."));
        }
        let origin = self.origin.as_ref().filter(|text| !text.trim().is_empty());
        let origin = origin.map(|text| permissions::origin(Some(text))).transpose()?;
        Ok(Some((Position { latitude, longitude, accuracy }, origin)))
    }
}

impl Operation for SetGeolocation {
    const NAME: &'static str = "set-geolocation";
    const COMMANDS: &'static [&'static str] = &["set geo"];
    const ROUTE: Route = Route::Post("/set/geolocation");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let Some((position, origin)) = self.read()? else {
            tab.browser.set_position(None, deadline).await;
            tab.browser.reset_permissions(deadline).await?;
            return Ok(Handled::on(tab));
        };
        // A page without an origin (about:blank) has nobody to grant it to.
        let of_page = || permissions::origin(Some(&tab.page().url())).ok();
        let mut warnings = Vec::new();
        if let Some(to) = origin.clone().or_else(of_page) {
            let permission = Permission::named("geolocation").map_err(|e| wrong("origin", e.to_string()))?;
            match permissions::grant(tab, &to, ("geolocation", permission), deadline).await {
                Err(error) if origin.is_none() && error.field.is_some() => warnings.push(error.message),
                outcome => outcome?,
            }
        }
        tab.browser.set_position(Some(position), deadline).await;
        Ok(Handled { warnings, ..Handled::on(tab) })
    }

    fn text(&self, _: &Handled) -> String {
        if self.clear { "geolocation cleared" } else { "geolocation set" }.to_owned()
    }
}

/// Sets what a tab's pages hear of the user's colour scheme.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct SetMedia {
    /// dark, light or no-preference; none: what the browser says by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "dark|light|no-preference|none")]
    pub color_scheme: Option<String>,
}

impl SetMedia {
    fn read(&self) -> Result<Option<&'static str>, Error> {
        match bits::said(self.color_scheme.as_ref()) {
            Some("dark") => Ok(Some("dark")),
            Some("light") => Ok(Some("light")),
            Some("no-preference") => Ok(Some("no-preference")),
            Some("none") => Ok(None),
            _ => Err(wrong("colorScheme", "colorScheme must be dark|light|no-preference|none")),
        }
    }
}

impl Operation for SetMedia {
    const NAME: &'static str = "set-media";
    const COMMANDS: &'static [&'static str] = &["set media"];
    const ROUTE: Route = Route::Post("/set/media");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn with_flags(self) -> Result<Self, String> {
        let wish = Self { color_scheme: self.color_scheme.map(|word| word.trim().to_lowercase()) };
        wish.read().map_err(|_| "Expected dark|light|no-preference|none")?;
        Ok(wish)
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let color_scheme = self.read()?;
        tab.disguise(|guise| guise.color_scheme = color_scheme, deadline).await?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        format!("media colorScheme: {}", self.color_scheme.as_deref().unwrap_or_default().trim())
    }
}
