//! JavaScript dialogs: answering the one that keeps a tab from going on, or the next one, and what there was.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{BrowserState, DialogRow, DialogRows, Done};
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::page::dialog::DialogAnswer;
use crate::service::{Service, Tab};

/// How long a page may take to go on after its dialog was answered.
const ANSWER: Duration = Duration::from_secs(20);

/// Answers the dialog that a tab has open, or the next one that opens: alert, confirm, prompt, beforeunload.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Dialog {
    /// Press OK (true) or Cancel (false).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub accept: Option<bool>,
    /// Press OK.
    #[serde(skip)]
    #[arg(long = "accept")]
    pub accepted: bool,
    /// Press Cancel.
    #[serde(skip)]
    #[arg(long = "dismiss", conflicts_with = "accepted")]
    pub dismissed: bool,
    /// What to answer a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "prompt", value_name = "text")]
    pub prompt_text: Option<String>,
    /// The dialog's id, such as d1 (default: the open one).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "id")]
    pub dialog_id: Option<String>,
}

/// The dialog is answered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Answered {
    /// Always true.
    pub ok: bool,
}

impl Dialog {
    fn wish(&self) -> Result<bool, Error> {
        self.accept.ok_or_else(|| Error::field(Code::InvalidRequest, "accept", "accept is required"))
    }
}

impl Operation for Dialog {
    const NAME: &'static str = "dialog";
    const ROUTE: Route = Route::Post("/hooks/dialog");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window { default: 120_000, least: 500, most: 600_000 };
    type On = Tab;
    type Output = Answered;

    fn with_flags(self) -> Result<Self, String> {
        if !self.accepted && !self.dismissed {
            return Err("Specify --accept or --dismiss".to_owned());
        }
        Ok(Self { accept: Some(self.accepted), ..self })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.wish().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Answered, Error> {
        let accept = self.wish()?;
        let answer = DialogAnswer { accept, prompt_text: self.prompt_text.clone() };
        let named = bits::said(self.dialog_id.as_ref());
        let dialogs = tab.page().dialogs();
        // One that is being answered by itself waits for nobody.
        let is_meant = dialogs.blocking().is_some_and(|open| named.is_none_or(|id| open.id == id));
        let is_answered = is_meant && tab.page().answer_dialog(&answer, deadline.within(ANSWER)).await?;
        match named {
            _ if is_answered => {}
            Some(id) => {
                let message = format!("Dialog \"{id}\" is not pending.");
                return Err(Error::field(Code::DialogNotOpen, "dialogId", message));
            }
            None => tab.page().arm_dialog(answer, deadline),
        }
        Ok(Answered { ok: true })
    }

    fn text(&self, _: &Answered) -> String {
        "dialog armed".to_owned()
    }
}

/// Lists the dialog that a tab has open, and the last 20 that were closed.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Dialogs {}

/// The dialogs of a tab.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DialogList {
    /// The tab.
    #[serde(flatten)]
    pub done: Done,
    /// Its dialogs.
    pub browser_state: BrowserState,
}

impl Operation for Dialogs {
    const NAME: &'static str = "dialogs";
    const ROUTE: Route = Route::Get("/dialogs");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = DialogList;

    async fn run(self, tab: &Tab, _: Deadline) -> Result<DialogList, Error> {
        let browser_state = BrowserState::from(&tab.page().dialogs());
        Ok(DialogList { done: Done::on(tab), browser_state })
    }

    fn text(&self, list: &DialogList) -> String {
        let DialogRows { pending, recent } = &list.browser_state.dialogs;
        let lines =
            recent.iter().chain(pending).map(|DialogRow { id, r#type, message, closed_by, .. }| {
                let state = closed_by.as_ref().map_or("open".to_owned(), |by| format!("closed by {by}"));
                format!("{id} {type} {message:?} ({state})")
            });
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() { "No dialogs recorded.".to_owned() } else { lines.join("\n") }
    }
}
