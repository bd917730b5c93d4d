//! JavaScript dialogs of a tab: at most one is open, and while it is, nothing on the page moves.
//! It does not decide how one is answered.

use std::time::SystemTime;

use super::state::PageState;
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
    /// When and by whom it was closed: `agent`, `armed`, `default` (a page that asks whether it may be left, and nobody
    /// has armed an answer) or `remote`.
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
    /// What the next one is answered.
    armed: Option<Armed>,
    /// Who sends the answer to the pending one, when it is us.
    answered_by: Option<&'static str>,
    /// The pending one is being answered by itself: it is in nobody's way.
    answer: Option<DialogAnswer>,
}

/// How a dialog is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogAnswer {
    /// Press OK, or leave the page; else Cancel.
    pub accept: bool,
    /// What to write into a prompt.
    pub prompt_text: Option<String>,
}

/// An answer to a dialog that is yet to open.
#[derive(Debug, Clone)]
struct Armed {
    answer: DialogAnswer,
    until: Deadline,
}

impl Page {
    /// Answers the open dialog, and returns when it is closed; false when it was closed before.
    ///
    /// # Errors
    /// When it does not close in time.
    pub async fn answer_dialog(&self, answer: &DialogAnswer, deadline: Deadline) -> Result<bool, Error> {
        let mut answered = None;
        self.modify(|state| {
            state.dialogs.answered_by = Some("agent");
            answered = state.dialogs.pending.as_ref().map(|dialog| dialog.id.clone());
        });
        match self.session().send(&answer.command(), deadline).await {
            // Chromium's one reason is that none is open.
            Err(cdp::Error::Refused { .. }) => return Ok(false),
            sent => sent?,
        };
        let mut changes = self.state.subscribe();
        // The next one may be open already.
        let open = |state: &PageState| state.dialogs.pending.as_ref().map(|dialog| dialog.id.clone());
        let closed = changes.wait_for(|state| open(state).is_none() || open(state) != answered || state.gone);
        deadline
            .run(closed)
            .await
            .map_err(|_| cdp::Error::Timeout { method: "the dialog's end".into() })?
            .ok();
        Ok(true)
    }

    /// Answers the next dialog like this as soon as it opens, if it opens in time. A later call takes the place of an
    /// earlier one.
    pub fn arm_dialog(&self, answer: DialogAnswer, until: Deadline) {
        self.modify(|state| state.dialogs.armed = Some(Armed { answer, until }));
    }
}

impl DialogAnswer {
    pub(super) fn command(&self) -> HandleJavaScriptDialogParams {
        HandleJavaScriptDialogParams { accept: self.accept, prompt_text: self.prompt_text.clone() }
    }
}

impl Dialogs {
    /// How many have opened.
    pub(crate) fn opened_so_far(&self) -> u32 {
        self.opened
    }

    /// Those that opened after so many, oldest first, as far as they are remembered.
    pub(crate) fn since(&self, opened: u32) -> Vec<Dialog> {
        let count = usize::try_from(self.opened - opened).unwrap_or(usize::MAX);
        let all: Vec<&Dialog> = self.recent.iter().chain(&self.pending).collect();
        all[all.len().saturating_sub(count)..].iter().map(|dialog| (*dialog).clone()).collect()
    }

    pub(crate) fn opened(&mut self, kind: String, message: String, default_value: Option<String>) {
        let armed = self.armed.take().filter(|armed| !armed.until.remaining().is_zero());
        // A page may ask whether it may be left. Whoever acts has decided that, unless an answer is armed.
        let leave = (kind == "beforeunload").then_some(DialogAnswer { accept: true, prompt_text: None });
        self.answered_by = armed.as_ref().map(|_| "armed").or(leave.as_ref().map(|_| "default"));
        self.answer = armed.map(|armed| armed.answer).or(leave);
        self.opened += 1;
        let id = format!("d{}", self.opened);
        let opened_at = SystemTime::now();
        self.pending = Some(Dialog { id, kind, message, default_value, opened_at, closed: None });
    }

    /// The open dialog that somebody has to answer.
    pub(crate) fn blocking(&self) -> Option<&Dialog> {
        self.pending.as_ref().filter(|_| self.answer.is_none())
    }

    /// The open dialog and what it is answered by itself.
    pub(crate) fn own_answer(&self) -> Option<(String, DialogAnswer)> {
        Some((self.pending.as_ref()?.id.clone(), self.answer.clone()?))
    }

    /// The answer to this dialog could not be sent: it is in the way after all, if it is still there.
    pub(crate) fn unanswered(&mut self, id: &str) {
        if self.pending.as_ref().is_some_and(|pending| pending.id == id) {
            self.answer = None;
            self.answered_by = None;
        }
    }

    /// Whether the open dialog asks if the page may be left.
    pub(crate) fn asks_to_leave(&self) -> bool {
        self.pending.as_ref().is_some_and(|dialog| dialog.kind == "beforeunload")
    }

    pub(crate) fn closed(&mut self) {
        let Some(mut dialog) = self.pending.take() else { return };
        let by = self.answered_by.take().unwrap_or("remote");
        self.answer = None;
        dialog.closed = Some((SystemTime::now(), by));
        if self.recent.len() == MOST_RECENT {
            self.recent.remove(0);
        }
        self.recent.push(dialog);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn arm(dialogs: &mut Dialogs, accept: bool, span: Duration) {
        let answer = DialogAnswer { accept, prompt_text: None };
        dialogs.armed = Some(Armed { answer, until: Deadline::after(span) });
    }

    fn open(dialogs: &mut Dialogs, kind: &str) {
        dialogs.opened(kind.to_owned(), "sure?".to_owned(), None);
    }

    fn last_closer(dialogs: &mut Dialogs) -> &'static str {
        dialogs.closed();
        dialogs.recent.last().and_then(|dialog| dialog.closed).expect("closed").1
    }

    #[tokio::test]
    async fn an_armed_answer_serves_one_dialog_that_opens_in_time() {
        let mut dialogs = Dialogs::default();
        arm(&mut dialogs, false, Duration::from_secs(60));
        open(&mut dialogs, "confirm");
        assert!(
            dialogs.blocking().is_none() && dialogs.own_answer().is_some_and(|(_, answer)| !answer.accept)
        );
        assert_eq!(last_closer(&mut dialogs), "armed");
        open(&mut dialogs, "confirm");
        assert!(dialogs.blocking().is_some(), "one answer serves one dialog");
        assert_eq!(last_closer(&mut dialogs), "remote");
        arm(&mut dialogs, true, Duration::ZERO);
        open(&mut dialogs, "confirm");
        assert!(dialogs.blocking().is_some(), "it came too late");
    }

    #[tokio::test]
    async fn a_page_is_left_unless_somebody_said_no() {
        let mut dialogs = Dialogs::default();
        open(&mut dialogs, "beforeunload");
        assert!(dialogs.own_answer().is_some_and(|(_, answer)| answer.accept));
        assert_eq!(last_closer(&mut dialogs), "default");
        arm(&mut dialogs, false, Duration::from_secs(60));
        open(&mut dialogs, "beforeunload");
        assert!(dialogs.own_answer().is_some_and(|(_, answer)| !answer.accept));
    }

    #[tokio::test]
    async fn the_last_twenty_are_remembered_and_an_answer_that_fails_leaves_the_dialog_open() {
        let mut dialogs = Dialogs::default();
        for _ in 0..MOST_RECENT + 3 {
            open(&mut dialogs, "alert");
            dialogs.closed();
        }
        assert_eq!((dialogs.recent.len(), dialogs.recent[0].id.as_str()), (MOST_RECENT, "d4"));
        open(&mut dialogs, "beforeunload");
        dialogs.unanswered("d23");
        assert!(dialogs.blocking().is_none(), "that was another one");
        dialogs.unanswered("d24");
        assert_eq!(dialogs.blocking().map(|dialog| dialog.id.as_str()), Some("d24"));
    }
}
