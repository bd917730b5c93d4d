//! Filling fields: text, options, whole forms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::{Done, Holds, Typed};
use super::{Access, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::input::{Field, FieldKind, Held};
use crate::page::{Reference, Target};
use crate::service::{Service, Tab};

/// Types text into a field, replacing what it holds, and tells what the field holds then.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Type {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required = true)]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub selector: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "text")]
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
    type Output = Typed;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Typed, Error> {
        let (target, text) = self.read()?;
        let typed = tab.page().type_text(&target, text, self.slowly, self.submit, deadline);
        let (held, done) = tab.act_for(typed).await?;
        Ok(Typed { done, holds: held.map(Holds::from) })
    }

    fn text(&self, typed: &Typed) -> String {
        let label = bits::label(self.reference.as_ref(), self.selector.as_ref());
        format!("typed into {label}{}", typed.holds.as_ref().map(Holds::aside).unwrap_or_default())
    }
}

/// Inserts text at the caret of whatever has the focus, and tells what it holds then.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct InsertText {
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(required = true, value_name = "text")]
    pub text: Option<String>,
}

impl InsertText {
    fn read(&self) -> Result<&str, Error> {
        let text = self.text.as_deref().filter(|text| !text.is_empty());
        text.ok_or_else(|| bits::invalid("text", "insertText requires text"))
    }
}

impl Operation for InsertText {
    const NAME: &'static str = "insert-text";
    const ROUTE: Route = Route::Act("insertText");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Typed;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Typed, Error> {
        let (held, done) = tab.act_for(tab.page().insert_text(self.read()?, deadline)).await?;
        Ok(Typed { done, holds: held.map(Holds::from) })
    }

    fn text(&self, typed: &Typed) -> String {
        format!("inserted text{}", typed.holds.as_ref().map(Holds::aside).unwrap_or_default())
    }
}

/// Chooses options of a native select by value or label, and tells what is chosen then.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Select {
    /// The ref from a snapshot, such as `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(value_name = "ref", required = true)]
    pub reference: Option<String>,
    /// A CSS selector that matches one element, instead of a ref.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub selector: Option<String>,
    /// The values or labels of the options.
    #[arg(required = true, value_name = "values")]
    pub values: Vec<String>,
}

impl Operation for Select {
    const NAME: &'static str = "select";
    const ROUTE: Route = Route::Act("select");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Typed;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        let complete = bits::said(self.reference.as_ref()).or(bits::said(self.selector.as_ref())).is_some();
        if !complete || self.values.is_empty() {
            let missing = if complete { "values" } else { "ref" };
            return Err(bits::invalid(missing, "select requires ref/selector and values"));
        }
        bits::target("select", self.reference.as_ref(), self.selector.as_ref()).map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Typed, Error> {
        let target = bits::target("select", self.reference.as_ref(), self.selector.as_ref())?;
        let selected = async { tab.page().select(&target, &self.values, deadline).await.map(Some) };
        let (held, done) = tab.act_for(selected).await?;
        Ok(Typed { done, holds: held.map(Holds::from) })
    }

    fn text(&self, selected: &Typed) -> String {
        let aside = selected.holds.as_ref().map(Holds::aside).unwrap_or_default();
        format!("selected {}{aside}", self.values.join(", "))
    }
}

/// Fills several fields of a form, and tells what each holds then.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Fill {
    /// The fields as JSON: `[{"ref": "e3", "value": "x"}, {"ref": "e4", "type": "checkbox", "value": true}]`.
    #[arg(skip)]
    #[schemars(with = "Vec<FieldWish>")]
    pub fields: Vec<Value>,
}

/// One field and what it should hold.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FieldWish {
    /// The ref from a snapshot.
    #[serde(rename = "ref")]
    pub reference: String,
    /// `text`, `checkbox` or `radio`; without it, what the field is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["text", "checkbox", "radio"]))]
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

/// One field, judged with the contract's words (8.2).
fn field(place: usize, wish: &Value) -> Result<Field, Error> {
    let name = format!("fields[{place}]");
    let refused = |inner: &str, why: String| {
        let at = if inner.is_empty() { name.clone() } else { format!("{name}.{inner}") };
        bits::invalid(&at, format!("{name} {why}"))
    };
    let wish = wish.as_object().ok_or_else(|| refused("", "must be an object".to_owned()))?;
    if let Some(key) = wish.keys().find(|key| !["ref", "type", "value"].contains(&key.as_str())) {
        let why = format!("unsupported field key \"{key}\"; supported keys are ref, type, value");
        return Err(refused(key, why));
    }
    let reference = match wish.get("ref") {
        Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(refused("ref", "must include ref".to_owned())),
    };
    let value = match wish.get("value") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(on)) => on.to_string(),
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err(refused("value", "value must be a string, number, boolean, or null".to_owned()));
        }
    };
    let target =
        Target::Ref(reference.parse::<Reference>().map_err(|error| Error::from(error).within(&name))?);
    let is_check = match wish.get("type") {
        None | Some(Value::Null) => false,
        // Another word counts as text (contract 8.2).
        Some(Value::String(word)) => matches!(word.trim(), "checkbox" | "radio"),
        Some(_) => return Err(refused("type", "type must be text, checkbox or radio".to_owned())),
    };
    let on = matches!(value.as_str(), "true" | "1");
    if is_check && !on && !matches!(value.as_str(), "false" | "0" | "") {
        return Err(refused("value", "value must be true or false for a checkbox".to_owned()));
    }
    let kind = if is_check { FieldKind::Check { on } } else { FieldKind::Text };
    Ok(Field { target, kind, value })
}

/// What became of a form.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Filled {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// What each text field holds now, in the order of `fields`; null for boxes and lists.
    pub holds: Vec<Option<Holds>>,
}

/// What the fields hold that were filled before one refused.
fn so_far(held: &[Option<Held>]) -> String {
    let of = |(at, held): (usize, &Option<Held>)| match held {
        Some(Held { value: Some(value), .. }) => format!("fields[{at}] holds {value:?}"),
        Some(_) | None => format!("fields[{at}] is filled"),
    };
    held.iter().enumerate().map(of).fold(String::new(), |told, field| format!("{told}; {field}"))
}

impl Fill {
    fn read(&self) -> Result<Vec<Field>, Error> {
        if self.fields.is_empty() {
            return Err(bits::invalid("fields", "fill requires fields"));
        }
        self.fields.iter().enumerate().map(|(place, wish)| field(place, wish)).collect()
    }
}

impl Operation for Fill {
    const NAME: &'static str = "fill";
    const ROUTE: Route = Route::Act("fill");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::INTERACTION;
    type On = Tab;
    type Output = Filled;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Filled, Error> {
        let fields = self.read()?;
        let mut place = 0;
        // One after the other; the first that refuses ends it.
        let mut held = Vec::with_capacity(fields.len());
        let filling = async {
            for (at, field) in fields.iter().enumerate() {
                place = at;
                let filled = tab.page().fill(field, deadline);
                let is_last = at + 1 == fields.len();
                held.push(if is_last { filled.await? } else { tab.page().step(filled).await? });
            }
            Ok(())
        };
        let filled = tab.act_for(filling).await;
        let ((), done) = filled.map_err(|error| {
            let name = format!("fields[{place}]");
            let error = if error.field.is_some() { error.within(&name) } else { error };
            if fields.len() == 1 {
                return error;
            }
            let message = format!("{} This was {name} of {}{}.", error.message, fields.len(), so_far(&held));
            Error { message, ..error }
        })?;
        let holds = held.into_iter().map(|held| held.map(Holds::from)).collect();
        Ok(Filled { done, holds })
    }

    fn text(&self, filled: &Filled) -> String {
        let asides = filled.holds.iter().flatten().map(Holds::aside);
        format!("filled {} field(s){}", self.fields.len(), asides.collect::<String>())
    }
}
