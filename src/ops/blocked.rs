//! A dialog in the way: what the answer says then in place of the operation's own.

use std::collections::BTreeMap;

use serde::Serialize;

use super::batch::Cut;
use super::effects::Effects;
use super::output::BrowserState;
use super::{Code, Error};
use crate::page::dialog::Dialogs;
use crate::service::Tab;

/// A dialog was in the way.
#[derive(Debug, Clone)]
pub struct Blocked {
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// Whether the action itself was carried out to its last step; of a batch, whether all of it was.
    pub performed: bool,
    /// It was a batch: what became of its acts.
    pub cut: Option<Cut>,
    /// It was a snapshot that was asked for, in this format.
    pub snapshot: Option<&'static str>,
    /// The tab's dialogs.
    pub dialogs: Dialogs,
    /// What the action changed before.
    pub effects: Option<Effects>,
}

impl Error {
    /// Adds what a dialog's answer needs to know of its tab.
    #[must_use]
    pub fn on(mut self, tab: &Tab) -> Self {
        if self.code == Code::DialogOpen {
            self.blocked = Some(Box::new(Blocked {
                target_id: tab.view.target_id.to_string(),
                url: tab.page().url(),
                performed: tab.page().has_done(),
                cut: None,
                snapshot: None,
                dialogs: tab.page().dialogs(),
                effects: None,
            }));
        }
        self
    }

    /// The same dialog in the way of a batch, of which all was done or not.
    #[must_use]
    pub(super) fn cut(mut self, performed: bool, cut: Cut) -> Self {
        if let Some(blocked) = &mut self.blocked {
            (blocked.performed, blocked.cut) = (performed, Some(cut));
        }
        self
    }

    /// A dialog came before that was done which was asked for.
    #[must_use]
    pub(super) fn unperformed(mut self) -> Self {
        self.blocked.iter_mut().for_each(|blocked| blocked.performed = false);
        self
    }
}

/// A dialog kept the tab from going on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BlockedByDialog {
    ok: bool,
    target_id: String,
    url: String,
    blocked_by_dialog: bool,
    performed: bool,
    browser_state: BrowserState,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<Effects>,
    #[serde(flatten)]
    snapshot: Option<EmptySnapshot>,
    #[serde(flatten)]
    cut: Option<Cut>,
}

/// What a snapshot of a tab that stands still has in place of text (contract 7.2).
#[derive(Debug, Default, Serialize)]
struct EmptySnapshot {
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refs: Option<BTreeMap<String, ()>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<[(); 0]>,
}

impl From<&Blocked> for BlockedByDialog {
    fn from(blocked: &Blocked) -> Self {
        Self {
            ok: true,
            target_id: blocked.target_id.clone(),
            url: blocked.url.clone(),
            blocked_by_dialog: true,
            performed: blocked.performed,
            browser_state: BrowserState::from(&blocked.dialogs),
            effects: blocked.effects.clone(),
            cut: blocked.cut.clone(),
            snapshot: blocked.snapshot.map(|format| match format {
                "aria" => EmptySnapshot { format, nodes: Some([]), ..EmptySnapshot::default() },
                _ => EmptySnapshot { format, snapshot: Some(""), refs: Some(BTreeMap::new()), nodes: None },
            }),
        }
    }
}
