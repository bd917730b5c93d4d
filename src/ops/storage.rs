//! Local and session storage of a tab's page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::output::Handled;
use super::{Access, Code, Error, Operation, Route, Scope, Window};
use crate::deadline::Deadline;
use crate::page::StorageKind;
use crate::service::{Service, Tab};

fn kind(word: Option<&String>) -> Result<StorageKind, Error> {
    match word.map(|word| word.trim()) {
        Some("local") => Ok(StorageKind::Local),
        Some("session") => Ok(StorageKind::Session),
        _ => Err(Error::field(Code::InvalidRequest, "kind", "kind must be local|session")),
    }
}

/// Shows what a page has in its local or session storage.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct StorageGet {
    /// Which storage: local or session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub kind: Option<String>,
    /// Only this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "key")]
    pub key: Option<String>,
}

/// What a storage holds. Values may be secrets.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_debug_implementations, reason = "values may be secrets")]
pub struct Stored {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// Keys and values.
    pub values: Map<String, Value>,
}

impl Operation for StorageGet {
    const NAME: &'static str = "storage-get";
    const COMMANDS: &'static [&'static str] = &["storage kind=local get", "storage kind=session get"];
    const ROUTE: Route = Route::Get("/storage/:kind");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Stored;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        kind(self.kind.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Stored, Error> {
        // An empty key in a query is no key.
        let key = self.key.as_deref().filter(|key| !key.is_empty());
        let pairs = tab.page().storage(kind(self.kind.as_ref())?, key, deadline).await;
        let pairs = pairs.map_err(|error| Error::from(error).on(tab))?;
        let values = pairs.into_iter().map(|(key, value)| (key, value.into())).collect();
        Ok(Stored { ok: true, target_id: tab.view.target_id.to_string(), values })
    }

    fn text(&self, stored: &Stored) -> String {
        serde_json::to_string_pretty(&stored.values).expect("texts are plain data")
    }
}

/// Puts a value into a page's local or session storage.
#[derive(Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct StorageSet {
    /// Which storage: local or session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub kind: Option<String>,
    /// The key, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "key")]
    pub key: Option<String>,
    /// The value, as it is; anything but a text counts as the empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "value", allow_hyphen_values = true)]
    pub value: Option<String>,
}

impl std::fmt::Debug for StorageSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageSet").field("key", &self.key).finish_non_exhaustive()
    }
}

impl StorageSet {
    fn read(&self) -> Result<(StorageKind, &str), Error> {
        let kind = kind(self.kind.as_ref())?;
        let key = self.key.as_deref().filter(|key| !key.is_empty());
        Ok((kind, key.ok_or_else(|| Error::field(Code::InvalidRequest, "key", "key is required"))?))
    }
}

impl Operation for StorageSet {
    const NAME: &'static str = "storage-set";
    const COMMANDS: &'static [&'static str] = &["storage kind=local set", "storage kind=session set"];
    const ROUTE: Route = Route::Post("/storage/:kind/set");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let (kind, key) = self.read()?;
        let value = self.value.as_deref().unwrap_or_default();
        let stored = tab.page().store(kind, key, value, deadline).await;
        stored.map_err(|error| Error::from(error).on(tab))?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        let name = kind(self.kind.as_ref()).map(StorageKind::name).unwrap_or_default();
        format!("{name} set: {}", self.key.as_deref().unwrap_or_default())
    }
}

/// Empties a page's local or session storage.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct StorageClear {
    /// Which storage: local or session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub kind: Option<String>,
}

impl Operation for StorageClear {
    const NAME: &'static str = "storage-clear";
    const COMMANDS: &'static [&'static str] = &["storage kind=local clear", "storage kind=session clear"];
    const ROUTE: Route = Route::Post("/storage/:kind/clear");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        kind(self.kind.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Handled, Error> {
        let cleared = tab.page().clear_storage(kind(self.kind.as_ref())?, deadline).await;
        cleared.map_err(|error| Error::from(error).on(tab))?;
        Ok(Handled::on(tab))
    }

    fn text(&self, _: &Handled) -> String {
        let name = kind(self.kind.as_ref()).map(StorageKind::name).unwrap_or_default();
        format!("{name} cleared")
    }
}
