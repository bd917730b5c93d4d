//! `/tabs/action`: the list of tabs by place, as short commands have it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Handled, NewTab, TabRow};
use super::tabs::{named_tab, read_label};
use super::{Access, Code, Error, Listed, OnProfile, Operation, Route, Scope, Window};
use crate::deadline::Deadline;
use crate::service::Service;

/// Lists the tabs; never starts a browser.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct TabList {}

/// The tabs, the most recently activated first.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TabRows {
    /// Always true.
    pub ok: bool,
    /// None when no browser runs.
    pub tabs: Vec<TabRow>,
}

impl Operation for TabList {
    const NAME: &'static str = "tab-list";
    const COMMANDS: &'static [&'static str] = &["tab"];
    const ROUTE: Route = Route::TabAction("list");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = TabRows;

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<TabRows, Error> {
        Ok(TabRows { ok: true, tabs: TabRow::all(on, deadline).await.unwrap_or_default() })
    }

    fn text(&self, rows: &TabRows) -> String {
        TabRow::list(&rows.tabs)
    }
}

/// Opens a blank tab, starting the browser when needed.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct TabNew {
    /// A name for the tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub label: Option<String>,
}

/// A tab that was opened.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TabOpened {
    /// Always true.
    pub ok: bool,
    /// The tab.
    pub tab: NewTab,
}

impl Operation for TabNew {
    const NAME: &'static str = "tab-new";
    const COMMANDS: &'static [&'static str] = &["tab new"];
    const ROUTE: Route = Route::TabAction("new");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = TabOpened;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        read_label(self.label.as_ref()).map(drop)
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<TabOpened, Error> {
        let label = read_label(self.label.as_ref())?;
        let browser = on.service.browser(&on.profile, on.lease.as_ref(), deadline).await?;
        let (view, _) = browser.open_tab("about:blank", label, deadline).await?;
        Ok(TabOpened { ok: true, tab: NewTab::of(on, &view) })
    }

    fn text(&self, TabOpened { tab, .. }: &TabOpened) -> String {
        let label = tab.row.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        format!("opened new tab {}{label}", tab.row.tab_id)
    }
}

/// Gives a tab a name; a name that another tab has moves.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct TabLabel {
    /// The name: 1-64 letters, digits, or one of _ . : -
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, index = 2, value_name = "label")]
    pub label: Option<String>,
}

/// A tab that has a name now.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct TabLabelled {
    /// Always true.
    pub ok: bool,
    /// The tab.
    pub tab: TabRow,
}

impl Operation for TabLabel {
    const NAME: &'static str = "tab-label";
    const COMMANDS: &'static [&'static str] = &["tab label"];
    const ROUTE: Route = Route::TabAction("label");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Listed;
    type Output = TabLabelled;

    fn check(&self, _: &Service, scope: &Scope) -> Result<(), Error> {
        named_tab(scope)?;
        let label = read_label(self.label.as_ref())?;
        label.map(drop).ok_or_else(|| Error::field(Code::InvalidRequest, "label", "label is required"))
    }

    async fn run(self, on: &Listed, _: Deadline) -> Result<TabLabelled, Error> {
        if let Some(label) = read_label(self.label.as_ref())? {
            on.browser.label(&on.view.target_id, label);
        }
        let view = on.browser.find(&on.view.target_id).unwrap_or_else(|_| on.view.clone());
        Ok(TabLabelled { ok: true, tab: TabRow::of(&on.service, &view) })
    }

    fn text(&self, TabLabelled { tab, .. }: &TabLabelled) -> String {
        format!("labeled tab {} as {}", tab.tab_id, tab.suggested_target_id)
    }
}

/// Brings the tab at a place of the list to the front.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct TabSelect {
    /// Its place in the list: the command line counts from 1, requests from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_parser = place, value_name = "index")]
    pub index: Option<u64>,
}

impl Operation for TabSelect {
    const NAME: &'static str = "tab-select";
    const COMMANDS: &'static [&'static str] = &["tab select"];
    const ROUTE: Route = Route::TabAction("select");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Handled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        let required = || Error::field(Code::InvalidRequest, "index", "index is required");
        self.index.map(drop).ok_or_else(required)
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<Handled, Error> {
        let (browser, view) = on.service.placed(&on.profile, on.lease.as_ref(), index(self.index))?;
        browser.activate(&view.target_id, deadline).await?;
        Ok(Handled::named(&view.target_id))
    }

    fn text(&self, _: &Handled) -> String {
        format!("selected tab {}", index(self.index) + 1)
    }
}

/// Closes the tab at a place of the list, the first one when none is named.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct TabClose {
    /// Its place in the list: the command line counts from 1, requests from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_parser = place, value_name = "index")]
    pub index: Option<u64>,
}

impl Operation for TabClose {
    const NAME: &'static str = "tab-close";
    const COMMANDS: &'static [&'static str] = &["tab close"];
    const ROUTE: Route = Route::TabAction("close");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Handled;

    fn check(&self, _: &Service, scope: &Scope) -> Result<(), Error> {
        if scope.target_id.is_none() || self.index.is_some() {
            return Ok(());
        }
        // The first tab would be closed, whichever was named.
        let message = "close takes an index; DELETE /tabs/:targetId closes a named tab";
        Err(Error::field(Code::InvalidRequest, "targetId", message))
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<Handled, Error> {
        let (browser, view) = on.service.placed(&on.profile, on.lease.as_ref(), index(self.index))?;
        browser.close_tab(&view.target_id, deadline).await?;
        Ok(Handled::named(&view.target_id))
    }

    fn text(&self, _: &Handled) -> String {
        "closed tab".to_owned()
    }
}

fn index(said: Option<u64>) -> usize {
    said.map_or(0, |index| usize::try_from(index).unwrap_or(usize::MAX))
}

/// A place that a person counts from 1, counted from 0.
fn place(text: &str) -> Result<u64, &'static str> {
    let place = text.trim().parse::<u64>().ok().and_then(|place| place.checked_sub(1));
    place.ok_or("index must be a positive integer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_counts_from_one() {
        assert_eq!((place("1"), place(" 12 ")), (Ok(0), Ok(11)));
        for wrong in ["0", "-1", "zero", "1.5", ""] {
            assert_eq!(place(wrong), Err("index must be a positive integer"), "{wrong}");
        }
    }
}
