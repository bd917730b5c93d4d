//! The mouse and the keyboard.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::{Access, Code, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::page::Target;
use crate::page::input::Press as MousePress;
use crate::page::input::keys::Chord;
use crate::service::{Service, Tab};

/// Clicks an element.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Click {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required_unless_present = "selector")]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "css")]
    pub selector: Option<String>,
    /// Click twice.
    #[arg(long = "double")]
    pub double_click: bool,
    /// The mouse button: left, right or middle.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "left|right|middle", value_parser = argument::button)]
    pub button: Option<String>,
    /// Keys to hold: Alt, Control, ControlOrMeta, Meta, Shift.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_name = "list", value_delimiter = ',', value_parser = argument::modifier)]
    pub modifiers: Vec<String>,
    /// How long to hover before pressing, in milliseconds (at most 5000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms", value_parser = argument::natural)]
    pub delay_ms: Option<u64>,
}

impl Click {
    fn read(&self) -> Result<(Target, MousePress), Error> {
        let press = MousePress {
            button: bits::button("click", self.button.as_ref())?,
            double: self.double_click,
            modifiers: bits::modifiers(&self.modifiers)?,
            delay: bits::delay("click", self.delay_ms)?,
        };
        Ok((bits::target("click", self.reference.as_ref(), self.selector.as_ref())?, press))
    }
}

impl Operation for Click {
    const NAME: &'static str = "click";
    const ROUTE: Route = Route::Act("click");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let (target, press) = self.read()?;
        bits::in_time("click", press.delay, deadline)?;
        tab.act(tab.page().click(&target, press, deadline)).await
    }

    fn text(&self, done: &Done) -> String {
        format!("clicked {} on {}", bits::label(self.reference.as_ref(), self.selector.as_ref()), done.url)
    }
}

/// Moves the mouse onto an element.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Hover {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required_unless_present = "selector")]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "css")]
    pub selector: Option<String>,
}

impl Operation for Hover {
    const NAME: &'static str = "hover";
    const ROUTE: Route = Route::Act("hover");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        bits::target("hover", self.reference.as_ref(), self.selector.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let target = bits::target("hover", self.reference.as_ref(), self.selector.as_ref())?;
        tab.act(tab.page().hover(&target, deadline)).await
    }

    fn text(&self, _: &Done) -> String {
        format!("hovered {}", bits::label(self.reference.as_ref(), self.selector.as_ref()))
    }
}

/// Scrolls an element into view.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct ScrollIntoView {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required_unless_present = "selector")]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "css")]
    pub selector: Option<String>,
}

impl Operation for ScrollIntoView {
    // The original's command is one word.
    const NAME: &'static str = "scrollintoview";
    const ROUTE: Route = Route::Act("scrollIntoView");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        bits::target("scrollIntoView", self.reference.as_ref(), self.selector.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let target = bits::target("scrollIntoView", self.reference.as_ref(), self.selector.as_ref())?;
        let scrolled = tab.act(tab.page().scroll_into_view(&target, deadline)).await;
        // It may have waited for the element.
        scrolled.map_err(Error::unperformed)
    }

    fn text(&self, _: &Done) -> String {
        let name = bits::said(self.reference.as_ref()).or(bits::said(self.selector.as_ref()));
        format!("scrolled into view: {}", name.unwrap_or_default())
    }
}

/// Presses a key, or keys together such as `Control+A`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Press {
    /// The key: a character, a name such as Enter, or a chord such as Control+A.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "key")]
    pub key: Option<String>,
    /// How long to hold it, in milliseconds (at most 5000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ms", value_parser = argument::natural)]
    pub delay_ms: Option<u64>,
}

impl Press {
    fn read(&self) -> Result<Chord, Error> {
        // A space is a key, so the text is not trimmed.
        let key = self.key.as_deref().filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| bits::invalid("key", "press requires key"))?;
        Chord::parse(key).map_err(|unknown| Error::field(Code::UnknownKey, "key", unknown.to_string()))
    }
}

impl Operation for Press {
    const NAME: &'static str = "press";
    const ROUTE: Route = Route::Act("press");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        bits::delay("press", self.delay_ms)?;
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let (chord, delay) = (self.read()?, bits::delay("press", self.delay_ms)?);
        bits::in_time("press", delay, deadline)?;
        tab.act(tab.page().press(&chord, delay, deadline)).await
    }

    fn text(&self, _: &Done) -> String {
        format!("pressed {}", self.key.as_deref().unwrap_or_default())
    }
}
