//! Running a caller's JavaScript.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::Done;
use super::{Access, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::Script;
use crate::service::{Service, Tab};

/// Runs JavaScript in the page and answers its result: an expression, a function, or statements with `return`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Evaluate {
    /// The JavaScript.
    #[serde(rename = "fn", skip_serializing_if = "Option::is_none")]
    #[arg(long = "fn", value_name = "code")]
    pub function: Option<String>,
    /// The element that the function gets as its argument, by ref.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    #[arg(long = "ref", value_name = "id")]
    pub reference: Option<String>,
}

/// What the JavaScript yielded.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Evaluated {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// The result; absent for undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

impl Evaluate {
    fn read(&self) -> Result<Script, Error> {
        // Blank lines before it count when it is told where it does not parse.
        let source = bits::said(self.function.as_ref()).and(self.function.clone());
        let source = source.ok_or_else(|| bits::invalid("fn", "evaluate requires fn"))?;
        let element = bits::said(self.reference.as_ref()).map(str::parse).transpose()?;
        Ok(Script { source, element })
    }
}

impl Operation for Evaluate {
    const NAME: &'static str = "evaluate";
    const ROUTE: Route = Route::Act("evaluate");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Evaluated;

    fn with_flags(self) -> Result<Self, String> {
        match bits::said(self.function.as_ref()) {
            Some(_) => Ok(self),
            None => Err("Missing --fn".to_owned()),
        }
    }

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        self.read()?;
        service.policy().evaluate()?;
        Ok(())
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Evaluated, Error> {
        let script = self.read()?;
        let (result, done) = tab.act_for(tab.page().evaluate(&script, deadline)).await?;
        let result = result.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        Ok(Evaluated { done, result })
    }

    fn text(&self, evaluated: &Evaluated) -> String {
        serde_json::to_string_pretty(&evaluated.result).expect("a value is JSON")
    }
}
