//! Granting what a page would ask a person for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::browser::{self, Permission, UnknownPermission};
use crate::cdp;
use crate::deadline::Deadline;
use crate::nearest::nearest;
use crate::service::{Service, Tab};

/// Grants permissions to the pages of an origin, in all tabs.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct PermissionsGrant {
    /// Whose pages: an http or https origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true)]
    pub origin: Option<String>,
    /// What: names such as geolocation, notifications, clipboard-read, microphone (or audioCapture), camera.
    #[schemars(with = "Vec<String>")]
    #[arg(skip)]
    pub permissions: Vec<Value>,
    /// What else, as far as the browser knows it.
    #[schemars(with = "Vec<String>")]
    #[arg(skip)]
    pub optional_permissions: Vec<Value>,
}

/// What was granted.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// Always true.
    pub ok: bool,
    /// To whom.
    pub origin: String,
    /// What.
    pub granted_permissions: Vec<String>,
    /// Optional ones that the browser does not know.
    pub unsupported_permissions: Vec<String>,
    /// Always `cdp`.
    pub grant_method: String,
}

/// An http or https origin; of a longer URL its origin.
pub(super) fn origin(text: Option<&String>) -> Result<String, Error> {
    let url = bits::said(text).and_then(|text| url::Url::parse(text).ok());
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let wrong = || Error::field(Code::InvalidRequest, "origin", "origin must be an http(s) origin");
    Ok(url.ok_or_else(wrong)?.origin().ascii_serialization())
}

/// Whether browsers trust an origin with what permissions are for: it is encrypted, or never leaves this machine.
fn is_secure(origin: &str) -> bool {
    let url = url::Url::parse(origin).ok();
    url.is_some_and(|url| match url.host() {
        _ if url.scheme() == "https" => true,
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

/// Grants an origin one permission; a refusal of the browser's is told of the field that it is about.
pub(super) async fn grant(
    tab: &Tab,
    origin: &str,
    (name, permission): Wanted<'_>,
    deadline: Deadline,
) -> Result<(), Error> {
    match tab.browser.grant(origin, permission, deadline).await {
        Err(browser::Error::Cdp(cdp::Error::Refused { .. })) if !is_secure(origin) => {
            let why = "the browser grants permissions to https origins and to those of this machine only";
            Err(bits::wrong("origin", format!("{name} cannot be granted to {origin}: {why}")))
        }
        Err(browser::Error::Cdp(cdp::Error::Refused { message, .. })) => {
            Err(bits::wrong("permissions", format!("{name} cannot be granted to {origin}: {message}")))
        }
        outcome => Ok(outcome?),
    }
}

fn unknown(field: &str, error: &UnknownPermission) -> Error {
    let names: Vec<&str> = Permission::names().collect();
    let meant = nearest(&error.0, &names).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    Error::field(Code::InvalidRequest, field, format!("{error}{meant}"))
}

/// A permission under the caller's name for it.
type Wanted<'a> = (&'a str, Permission);

impl PermissionsGrant {
    fn wanted(&self) -> Result<Vec<Wanted<'_>>, Error> {
        let wrong = || {
            let message = "permissions must be a non-empty string array";
            Error::field(Code::InvalidRequest, "permissions", message)
        };
        let names: Option<Vec<&str>> = self.permissions.iter().map(name).collect();
        let names = names.filter(|names| !names.is_empty()).ok_or_else(wrong)?;
        let known = names.into_iter().map(|name| match Permission::named(name) {
            Ok(permission) => Ok((name, permission)),
            Err(error) => Err(unknown("permissions", &error)),
        });
        known.collect()
    }

    fn optional(&self) -> Result<Vec<&str>, Error> {
        let names: Option<Vec<&str>> = self.optional_permissions.iter().map(name).collect();
        names.ok_or_else(|| {
            let message = "optionalPermissions must be a string array";
            Error::field(Code::InvalidRequest, "optionalPermissions", message)
        })
    }
}

fn name(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|name| !name.is_empty())
}

impl Operation for PermissionsGrant {
    const NAME: &'static str = "permissions-grant";
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Post("/permissions/grant");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window { default: 5_000, least: 1_000, most: 60_000 };
    type On = Tab;
    type Output = Granted;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        origin(self.origin.as_ref())?;
        self.wanted()?;
        self.optional().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Granted, Error> {
        let origin = origin(self.origin.as_ref())?;
        let mut granted_permissions = Vec::new();
        for (name, permission) in self.wanted()? {
            if let Err(error) = grant(tab, &origin, (name, permission), deadline).await {
                let message = match granted_permissions.join(", ") {
                    none if none.is_empty() => error.message,
                    before => format!("{}; {before} was granted before", error.message),
                };
                return Err(Error { message, ..error });
            }
            granted_permissions.push(name.to_owned());
        }
        let mut unsupported_permissions = Vec::new();
        for name in self.optional()? {
            let granted = match Permission::named(name) {
                Ok(permission) => match grant(tab, &origin, (name, permission), deadline).await {
                    Err(error) if error.field.is_none() => return Err(error),
                    outcome => outcome.is_ok(),
                },
                Err(_) => false,
            };
            if granted { &mut granted_permissions } else { &mut unsupported_permissions }
                .push(name.to_owned());
        }
        let grant_method = "cdp".to_owned();
        Ok(Granted { ok: true, origin, granted_permissions, unsupported_permissions, grant_method })
    }

    fn text(&self, granted: &Granted) -> String {
        format!("granted to {}: {}", granted.origin, granted.granted_permissions.join(", "))
    }
}
