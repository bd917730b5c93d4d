//! Answering the JavaScript dialog that keeps a tab from going on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Code, Error, Operation, Route, Scope, Window, bits};
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// Answers the dialog that a tab has open: alert, confirm, prompt.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Dialog {
    /// Press OK (true) or Cancel (false).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub accept: Option<bool>,
    /// Press OK.
    #[serde(skip)]
    #[arg(long = "accept", required_unless_present = "dismissed")]
    pub accepted: bool,
    /// Press Cancel.
    #[serde(skip)]
    #[arg(long = "dismiss", conflicts_with = "accepted")]
    pub dismissed: bool,
    /// What to answer a prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "prompt", value_name = "TEXT")]
    pub prompt_text: Option<String>,
    /// The dialog's id, such as d1 (default: the open one).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ID")]
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
    const WINDOW: Window = Window { default: 20_000, least: 500, most: 120_000 };
    type On = Tab;
    type Output = Answered;

    fn with_flags(self) -> Self {
        Self { accept: Some(self.accepted), ..self }
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.wish().map(drop)
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Answered, Error> {
        let accept = self.wish()?;
        let pending = tab.page().dialogs().pending.map(|dialog| dialog.id);
        match (pending, bits::said(self.dialog_id.as_ref())) {
            (None, None) => {
                let message =
                    "no dialog is open; answering one before it opens is not supported by this version";
                return Err(Error::new(Code::DialogNotOpen, message));
            }
            (pending, Some(id)) if pending.as_deref() != Some(id) => {
                return Err(Error::field(
                    Code::DialogNotOpen,
                    "dialogId",
                    format!("Dialog \"{id}\" is not pending."),
                ));
            }
            (Some(_), _) | (None, Some(_)) => {}
        }
        tab.page().answer_dialog(accept, self.prompt_text.as_deref(), deadline).await?;
        Ok(Answered { ok: true })
    }

    fn text(&self, _: &Answered) -> String {
        "dialog answered".to_owned()
    }
}
