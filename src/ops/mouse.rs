//! The mouse at points, and from one element to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::{Access, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::page::Target;
use crate::page::input::{Press, Way};
use crate::service::{Service, Tab};

/// Clicks a point of the viewport, in CSS pixels from its top left corner.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct ClickCoords {
    /// How far from the left, in CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "x", allow_negative_numbers = true, value_parser = argument::finite)]
    pub x: Option<f64>,
    /// How far from the top, in CSS pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "y", allow_negative_numbers = true, value_parser = argument::finite)]
    pub y: Option<f64>,
    /// Click twice.
    #[arg(long = "double")]
    pub double_click: bool,
    /// The mouse button: left, right or middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "left|right|middle", value_parser = argument::button)]
    pub button: Option<String>,
    /// How long to hover before pressing, in milliseconds (at most 5000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms", value_parser = argument::natural)]
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
        bits::in_time("clickCoords", press.delay, deadline)?;
        tab.act(tab.page().click_at(x, y, press, deadline)).await
    }

    fn text(&self, done: &Done) -> String {
        let [x, y] = [self.x, self.y].map(Option::unwrap_or_default);
        format!("clicked {x},{y} on {}", done.url)
    }
}

/// Drags an element onto another one.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Drag {
    /// The ref of what is dragged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "startRef", required_unless_present = "start_selector")]
    pub start_ref: Option<String>,
    /// The ref of where it is dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "endRef", required_unless_present = "end_selector")]
    pub end_ref: Option<String>,
    /// A CSS selector of what is dragged, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "css")]
    pub start_selector: Option<String>,
    /// A CSS selector of where it is dropped, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "css")]
    pub end_selector: Option<String>,
}

/// What became of a drag.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Dragged {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// `pointer`: the page followed the mouse; `data`: it began a drag of its own, and the target took it.
    pub dragged: String,
}

impl Drag {
    fn read(&self) -> Result<(Target, Target), Error> {
        let target = |end: &str, reference: Option<&String>, selector: Option<&String>| {
            let field = format!("{end}Ref");
            if bits::said(reference).or(bits::said(selector)).is_none() {
                return Err(bits::invalid(&field, format!("drag requires {end}Ref or {end}Selector")));
            }
            bits::target("drag", reference, selector).map_err(|error| error.of(&field))
        };
        let start = target("start", self.start_ref.as_ref(), self.start_selector.as_ref())?;
        Ok((start, target("end", self.end_ref.as_ref(), self.end_selector.as_ref())?))
    }
}

impl Operation for Drag {
    const NAME: &'static str = "drag";
    const ROUTE: Route = Route::Act("drag");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Dragged;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Dragged, Error> {
        let (start, end) = self.read()?;
        let dragged = tab.act_for(tab.page().drag(&start, &end, deadline)).await;
        let (way, done) = dragged.map_err(|error| match (error.field.as_deref(), &start) {
            (Some("ref"), Target::Ref(start)) if error.message.contains(&format!("\"{start}\"")) => {
                error.of("startRef")
            }
            (Some("ref"), _) => error.of("endRef"),
            _ => error,
        })?;
        let dragged = match way {
            Way::Pointer => "pointer",
            Way::Data => "data",
        };
        Ok(Dragged { done, dragged: dragged.to_owned() })
    }

    fn text(&self, _: &Dragged) -> String {
        let name = |reference: &Option<String>, selector: &Option<String>| {
            reference.clone().or(selector.clone()).unwrap_or_default()
        };
        let start = name(&self.start_ref, &self.start_selector);
        format!("dragged {start} → {}", name(&self.end_ref, &self.end_selector))
    }
}
