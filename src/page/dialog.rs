//! JavaScript dialogs of a tab: at most one is open, and while it is, nothing on the page moves.
//! It does not decide how one is answered.

use std::time::SystemTime;

use super::{Error, Page};
use crate::cdp;
use crate::cdp::browser_protocol::page::HandleJavaScriptDialogParams;
use crate::deadline::Deadline;

/// Closed dialogs that are remembered a tab (contract: 20).
const MOST_RECENT: usize = 20;

/// An `alert`, `confirm`, `prompt` or `beforeunload` dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// `d1`, `d2`, … in the order of a tab's dialogs.
    pub id: String,
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    pub kind: String,
    /// Its text.
    pub message: String,
    /// What a prompt proposes.
    pub default_value: Option<String>,
    /// When it opened.
    pub opened_at: SystemTime,
    /// When and by whom it was closed: `agent` or `remote`.
    pub closed: Option<(SystemTime, &'static str)>,
}

/// The dialogs of a tab.
#[derive(Debug, Clone, Default)]
pub struct Dialogs {
    /// The one that is open.
    pub pending: Option<Dialog>,
    /// Closed ones, oldest first.
    pub recent: Vec<Dialog>,
    opened: u32,
    /// We sent the answer to the pending one.
    pub(crate) answered_by_us: bool,
}

impl Page {
    /// Answers the open dialog, and returns when it is closed.
    ///
    /// # Errors
    /// When none is open, or it does not close in time.
    pub async fn answer_dialog(
        &self,
        accept: bool,
        prompt_text: Option<&str>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        self.modify(|state| state.dialogs.answered_by_us = true);
        let answer = HandleJavaScriptDialogParams { accept, prompt_text: prompt_text.map(str::to_owned) };
        self.session().send(&answer, deadline).await?;
        let mut changes = self.state.subscribe();
        let closed = changes.wait_for(|state| state.dialogs.pending.is_none() || state.gone);
        deadline
            .run(closed)
            .await
            .map_err(|_| cdp::Error::Timeout { method: "the dialog's end".into() })?
            .ok();
        Ok(())
    }
}

impl Dialogs {
    pub(crate) fn opened(&mut self, kind: String, message: String, default_value: Option<String>) {
        self.opened += 1;
        let id = format!("d{}", self.opened);
        let opened_at = SystemTime::now();
        self.pending = Some(Dialog { id, kind, message, default_value, opened_at, closed: None });
        self.answered_by_us = false;
    }

    pub(crate) fn closed(&mut self) {
        let Some(mut dialog) = self.pending.take() else { return };
        let by = if self.answered_by_us { "agent" } else { "remote" };
        dialog.closed = Some((SystemTime::now(), by));
        if self.recent.len() == MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push(dialog);
    }
}
