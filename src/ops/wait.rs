//! Waiting for something to be true of a page.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::{Access, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::page::{Condition, LoadState};
use crate::service::{Service, Tab};

/// The longest plain pause (contract 8.2).
const LONGEST_TIME: u64 = 30_000;

/// Waits until all that is asked for is true, one after the other.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Wait {
    /// A CSS selector whose element must be visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// A pause in milliseconds (at most 30000), which is not counted in timeoutMs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "time", value_name = "ms", value_parser = argument::natural)]
    pub time_ms: Option<u64>,
    /// Text that must be visible.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub text: Option<String>,
    /// Text that must be gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub text_gone: Option<String>,
    /// The URL, or a glob that it must fit (`*` within a path segment, `**` across).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub url: Option<String>,
    /// How far the document must have come: domcontentloaded, load or networkidle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "load", value_name = "load|domcontentloaded|networkidle")]
    #[schemars(extend("enum" = ["load", "domcontentloaded", "networkidle"]))]
    pub load_state: Option<String>,
    /// JavaScript that must yield something truthy.
    #[serde(rename = "fn", skip_serializing_if = "Option::is_none")]
    #[arg(long = "fn", value_name = "js")]
    pub function: Option<String>,
}

impl Wait {
    /// In the contract's order: time, text, text gone, selector, URL, load state, function.
    fn conditions(&self) -> Result<Vec<Condition>, Error> {
        if self.time_ms.is_some_and(|time| time > LONGEST_TIME) {
            return Err(bits::invalid("timeMs", format!("wait timeMs exceeds maximum of {LONGEST_TIME}ms")));
        }
        let text = |field: &Option<String>| bits::said(field.as_ref()).map(str::to_owned);
        let load = match bits::said(self.load_state.as_ref()) {
            Some("domcontentloaded") => Some(LoadState::DomContentLoaded),
            Some("load") => Some(LoadState::Load),
            Some("networkidle") => Some(LoadState::NetworkIdle),
            // The contract treats another word as absent.
            Some(_) | None => None,
        };
        let conditions: Vec<Condition> = [
            self.time_ms.map(|time| Condition::Time(Duration::from_millis(time))),
            text(&self.text).map(Condition::Text),
            text(&self.text_gone).map(Condition::TextGone),
            text(&self.selector).map(Condition::Selector),
            text(&self.url).map(Condition::Url),
            load.map(Condition::Load),
            // Blank lines before it count when it is told where it does not parse.
            text(&self.function).and(self.function.clone()).map(Condition::Function),
        ]
        .into_iter()
        .flatten()
        .collect();
        if conditions.is_empty() {
            let message =
                "wait requires at least one of: timeMs, text, textGone, selector, url, loadState, fn";
            return Err(bits::invalid("timeMs", message));
        }
        Ok(conditions)
    }
}

impl Operation for Wait {
    const NAME: &'static str = "wait";
    const ROUTE: Route = Route::Act("wait");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Done;

    fn with_flags(self) -> Result<Self, String> {
        match bits::said(self.load_state.as_ref()) {
            None | Some("load" | "domcontentloaded" | "networkidle") => Ok(self),
            Some(word) => Err(format!("Error: Invalid --load value: {word}")),
        }
    }

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        let conditions = self.conditions()?;
        if conditions.iter().any(|c| matches!(c, Condition::Function(_))) {
            service.policy().wait_fn()?;
        }
        Ok(())
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let conditions = self.conditions()?;
        tab.act(tab.page().wait(&conditions, deadline)).await.map_err(Error::unperformed)
    }

    fn text(&self, _: &Done) -> String {
        "wait complete".to_owned()
    }
}
