//! The mouse at points, and from one element to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::{Access, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::input::Press;
use crate::service::{Service, Tab};

/// Clicks a point of the viewport, in CSS pixels from its top left corner.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct ClickCoords {
    /// How far from the left, in CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true)]
    pub x: Option<f64>,
    /// How far from the top, in CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true)]
    pub y: Option<f64>,
    /// Click twice.
    #[arg(long = "double")]
    pub double_click: bool,
    /// The mouse button: left, right or middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub button: Option<String>,
    /// How long to hover before pressing, in milliseconds (at most 5000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "MS")]
    pub delay_ms: Option<u64>,
}

impl ClickCoords {
    fn read(&self) -> Result<(f64, f64, Press), Error> {
        let along = |name: &str, value: Option<f64>| {
            let value = value.filter(|value| value.is_finite() && *value >= 0.0);
            value.ok_or_else(|| bits::invalid(name, "clickCoords requires non-negative x and y"))
        };
        let press = Press {
            button: bits::button("clickCoords", self.button.as_ref())?,
            double: self.double_click,
            modifiers: 0,
            delay: bits::delay("clickCoords", self.delay_ms)?,
        };
        Ok((along("x", self.x)?, along("y", self.y)?, press))
    }
}

impl Operation for ClickCoords {
    const NAME: &'static str = "click-coords";
    const ROUTE: Route = Route::Act("clickCoords");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let (x, y, press) = self.read()?;
        tab.act(tab.page().click_at(x, y, press, deadline)).await
    }

    fn text(&self, done: &Done) -> String {
        let [x, y] = [self.x, self.y].map(Option::unwrap_or_default);
        format!("clicked {x},{y} on {}", done.url)
    }
}
