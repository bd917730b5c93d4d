//! Tabs: list, open, focus, close.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effects::Effects;
use super::output::{Done, Handled, NewTab, TabRow};
use super::{Access, Code, Error, Listed, OnProfile, Operation, Route, Scope, Window};
use crate::browser::{Label, LookupError};
use crate::deadline::Deadline;
use crate::service::{self, Service, Tab};

/// Lists the tabs of a profile's browser; never starts one.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Tabs {}

/// The tabs of a browser, the most recently activated first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TabList {
    /// Whether the browser runs.
    pub running: bool,
    /// Its tabs.
    pub tabs: Vec<TabRow>,
}

impl Operation for Tabs {
    const NAME: &'static str = "tabs";
    const ROUTE: Route = Route::Get("/tabs");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = TabList;

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<TabList, Error> {
        let tabs = TabRow::all(on, deadline).await;
        Ok(TabList { running: tabs.is_some(), tabs: tabs.unwrap_or_default() })
    }

    fn text(&self, list: &TabList) -> String {
        TabRow::list(&list.tabs)
    }
}

/// Opens a URL in a new tab, starting the browser when needed.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Open {
    /// The URL: http, https or about:blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "url")]
    pub url: Option<String>,
    /// A name for the tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "label")]
    pub label: Option<String>,
}

/// A new tab.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// The tab.
    #[serde(flatten)]
    pub tab: NewTab,
    /// The profile that it was opened in.
    pub resolved_profile: String,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Effects>,
    /// Why the page could not be loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Open {
    fn read(&self) -> Result<(&str, Option<Label>), Error> {
        let url = super::bits::said(self.url.as_ref());
        let url = url.ok_or_else(|| Error::field(Code::InvalidRequest, "url", "url is required"))?;
        Ok((url, read_label(self.label.as_ref())?))
    }
}

impl Operation for Open {
    const NAME: &'static str = "open";
    const ROUTE: Route = Route::Post("/tabs/open");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Opened;

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        let (url, _) = self.read()?;
        // What is refused by its spelling alone must not start a browser first.
        service.policy().navigation(url).map_err(|refusal| Error::from(refusal).of("url"))?;
        Ok(())
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<Opened, Error> {
        let (url, label) = self.read()?;
        let browser = on.service.browser(&on.profile, on.lease.as_ref(), deadline).await?;
        let (tab, trouble) = browser.open_tab(url, label, deadline).await?;
        let effects = Effects::from(browser.effects_of_opening(&tab, deadline).await);
        let resolved_profile = on.profile.name.to_string();
        let warnings = trouble.iter().map(|error| format!("the page could not be loaded: {error}")).collect();
        Ok(Opened { tab: NewTab::of(on, &tab), resolved_profile, effects: Some(effects), warnings })
    }

    fn text(&self, Opened { tab: NewTab { row: tab, .. }, .. }: &Opened) -> String {
        let label = tab.label.as_ref().map(|label| format!("\nlabel: {label}")).unwrap_or_default();
        format!("opened: {}\ntab: {}{label}\nid: {}", tab.url, tab.tab_id, tab.target_id)
    }
}

/// Brings a tab to the front, and makes it the one that later calls mean.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Focus {}

impl Operation for Focus {
    const NAME: &'static str = "focus";
    const ROUTE: Route = Route::Post("/tabs/focus");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Listed;
    type Output = Focused;

    fn check(&self, _: &Service, scope: &Scope) -> Result<(), Error> {
        named_tab(scope)
    }

    async fn run(self, tab: &Listed, deadline: Deadline) -> Result<Focused, Error> {
        tab.browser.activate(&tab.view.target_id, deadline).await?;
        let target_id = tab.view.target_id.to_string();
        Ok(Focused { ok: true, target_id, suggested_target_id: tab.view.suggested() })
    }

    fn text(&self, focused: &Focused) -> String {
        format!("focused tab {}", focused.suggested_target_id)
    }
}

/// A tab is in front.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Focused {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The name to use: the label, else the tab id.
    pub suggested_target_id: String,
}

/// Closes a tab.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default, rename_all = "camelCase")]
pub struct Close {
    /// `raw`: the tab is named by its whole target id and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub target_id_mode: Option<String>,
}

impl Operation for Close {
    const NAME: &'static str = "close";
    const ROUTE: Route = Route::Delete("/tabs/:targetId");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Listed;
    type Output = Handled;

    fn check(&self, _: &Service, scope: &Scope) -> Result<(), Error> {
        match self.target_id_mode.as_deref() {
            None => named_tab(scope),
            Some("raw") => {
                named_tab(scope)?;
                raw_id(scope.target_id.as_deref().unwrap_or_default())
            }
            Some(_) => {
                Err(Error::field(Code::InvalidRequest, "targetIdMode", "targetIdMode must be \"raw\""))
            }
        }
    }

    async fn run(self, tab: &Listed, deadline: Deadline) -> Result<Handled, Error> {
        tab.browser.close_tab(&tab.view.target_id, deadline).await?;
        Ok(Handled::named(&tab.view.target_id))
    }

    fn text(&self, _: &Handled) -> String {
        "closed tab".to_owned()
    }
}

/// Closes the tab, as an entry of `/act`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct CloseCurrent {}

impl Operation for CloseCurrent {
    const NAME: &'static str = "close-current";
    // `close` without a tab.
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Act("close");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let (done, mark) = (Done::on(tab), tab.mark());
        tab.browser.close_tab(&tab.view.target_id, deadline).await?;
        let told = tab.browser.effects_so_far(&mark, tab.page(), Vec::new(), deadline).await;
        Ok(Done { effects: Some(Effects::from(told)), ..done })
    }

    fn text(&self, _: &Done) -> String {
        "closed tab".to_owned()
    }
}

/// A whole target id of Chromium, and not a label, a tab id or a prefix, which would find a tab, too.
fn raw_id(text: &str) -> Result<(), Error> {
    let is_whole = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unknown = || service::Error::from(LookupError::NotFound(text.to_owned()));
    is_whole.then_some(()).ok_or_else(|| unknown().into())
}

/// A label as the caller wrote it; none when nothing was said.
pub(super) fn read_label(label: Option<&String>) -> Result<Option<Label>, Error> {
    let label = super::bits::said(label).map(str::parse::<Label>).transpose();
    label.map_err(|e| Error::field(Code::InvalidRequest, "label", e.to_string()))
}

pub(super) fn named_tab(scope: &Scope) -> Result<(), Error> {
    let is_named = super::bits::said(scope.target_id.as_ref()).is_some();
    is_named
        .then_some(())
        .ok_or_else(|| Error::field(Code::InvalidRequest, "targetId", "targetId is required"))
}
