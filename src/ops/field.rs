//! Filling fields: text, options, whole forms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Done;
use super::{Access, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::input::{Field, FieldKind};
use crate::page::{Reference, Target};
use crate::service::{Service, Tab};

/// Types text into a field, replacing what it holds.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Type {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "REF", required = true)]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub selector: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true)]
    pub text: Option<String>,
    /// Press Enter afterwards.
    #[arg(long)]
    pub submit: bool,
    /// Press key by key, as a person would.
    #[arg(long)]
    pub slowly: bool,
}

impl Type {
    fn read(&self) -> Result<(Target, &str), Error> {
        let target = bits::target("type", self.reference.as_ref(), self.selector.as_ref())?;
        let text = self.text.as_deref().ok_or_else(|| bits::invalid("text", "type requires text"))?;
        Ok((target, text))
    }
}

impl Operation for Type {
    const NAME: &'static str = "type";
    const ROUTE: Route = Route::Act("type");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let (target, text) = self.read()?;
        tab.act(tab.page().type_text(&target, text, self.slowly, self.submit, deadline)).await
    }

    fn text(&self, _: &Done) -> String {
        format!("typed into {}", bits::label(self.reference.as_ref(), self.selector.as_ref()))
    }
}

/// Chooses options of a native select by value or label.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Select {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "REF", required = true)]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub selector: Option<String>,
    /// The values or labels of the options.
    #[arg(required = true)]
    pub values: Vec<String>,
}

impl Operation for Select {
    const NAME: &'static str = "select";
    const ROUTE: Route = Route::Act("select");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        let complete = bits::said(self.reference.as_ref()).or(bits::said(self.selector.as_ref())).is_some();
        if !complete || self.values.is_empty() {
            let missing = if complete { "values" } else { "ref" };
            return Err(bits::invalid(missing, "select requires ref/selector and values"));
        }
        bits::target("select", self.reference.as_ref(), self.selector.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let target = bits::target("select", self.reference.as_ref(), self.selector.as_ref())?;
        tab.act(tab.page().select(&target, &self.values, deadline)).await
    }

    fn text(&self, _: &Done) -> String {
        format!("selected {}", self.values.join(", "))
    }
}

/// Fills several fields of a form.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Fill {
    /// The fields as JSON: `[{"ref": "e3", "value": "x"}, {"ref": "e4", "type": "checkbox", "value": true}]`.
    #[arg(long, value_parser = fields_from_json, required = true)]
    pub fields: Fields,
}

/// The fields of a form, as they were sent: each is judged by name.
pub type Fields = Vec<FieldWish>;

/// One field and what it should hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FieldWish {
    /// The ref from a snapshot.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `text` (default), `checkbox` or `radio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// The text, or whether a checkbox should be on.
    pub value: FieldValue,
}

/// What a field should hold: text, a number, on or off, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(missing_docs, reason = "JSON's own kinds")]
pub enum FieldValue {
    Text(String),
    Number(serde_json::Number),
    Switch(bool),
    #[default]
    Nothing,
}

fn fields_from_json(text: &str) -> Result<Fields, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("fields must be an array of {{ref, type?, value}}: {error}"))
}

impl FieldWish {
    fn read(&self, place: usize) -> Result<Field, Error> {
        let name = format!("fields[{place}]");
        if self.reference.trim().is_empty() {
            return Err(bits::invalid(&name, format!("{name} must include ref")));
        }
        let reference = self.reference.parse::<Reference>();
        let target = Target::Ref(reference.map_err(|error| Error::from(error).within(&name))?);
        let value = match &self.value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::Number(number) => number.to_string(),
            FieldValue::Switch(on) => on.to_string(),
            FieldValue::Nothing => String::new(),
        };
        let is_check = matches!(self.r#type.as_deref(), Some("checkbox" | "radio"));
        let on = matches!(value.as_str(), "true" | "1");
        let kind = if is_check { FieldKind::Check { on } } else { FieldKind::Text };
        Ok(Field { target, kind, value })
    }
}

impl Fill {
    fn read(&self) -> Result<Vec<Field>, Error> {
        if self.fields.is_empty() {
            return Err(bits::invalid("fields", "fill requires fields"));
        }
        self.fields.iter().enumerate().map(|(place, wish)| wish.read(place)).collect()
    }
}

impl Operation for Fill {
    const NAME: &'static str = "fill";
    const ROUTE: Route = Route::Act("fill");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Done;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Done, Error> {
        let fields = self.read()?;
        tab.act(tab.page().fill(&fields, deadline)).await
    }

    fn text(&self, _: &Done) -> String {
        format!("filled {} field(s)", self.fields.len())
    }
}
