//! A tab that nobody sees, with an empty document of some origin: what that origin keeps in a browser context is read
//! and written there, and nothing of it reaches the network.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::guard::Blank;
use super::tenant::Expected;
use super::{Browser, Error};
use crate::cdp::browser_protocol::network::{EnableParams as EnableNetwork, SetBypassServiceWorkerParams};
use crate::cdp::browser_protocol::page::EnableParams;
use crate::cdp::browser_protocol::target::{
    AttachToTargetParams, CloseTargetParams, CreateTargetParams, GetTargetInfoParams,
};
use crate::cdp::protocol::{Evaluate, Navigate, Navigated};
use crate::cdp::{self, Call, Session};
use crate::deadline::Deadline;
use crate::page;

/// How long a tab may take to be there.
const THERE: Duration = Duration::from_secs(10);

/// A tab with an empty document. It is closed when this is dropped.
#[derive(Debug)]
pub(super) struct BlankTab {
    session: Session,
    base: Session,
    target: String,
    _blank: Blank,
}

impl Drop for BlankTab {
    fn drop(&mut self) {
        self.base.tell(Call::of(&CloseTargetParams::new(self.target.clone())));
    }
}

impl Browser {
    /// An empty document of an origin, in the context of whoever this handle is of.
    pub(super) async fn blank_document(&self, origin: &str, deadline: Deadline) -> Result<BlankTab, Error> {
        let plain = CreateTargetParams {
            browser_context_id: self.context().map(|id| id.to_owned().into()),
            ..CreateTargetParams::new("about:blank")
        };
        let hidden = CreateTargetParams { hidden: Some(true), ..plain.clone() };
        let expected = Expected::begin(&self.tabs);
        let created = match self.session.send(&hidden, deadline).await {
            // Chromium 156 makes none before its first window.
            Err(cdp::Error::Refused { .. }) => {
                let new_window = self.is_headless.then_some(true);
                let tab = CreateTargetParams { background: Some(true), new_window, ..plain };
                self.session.send(&tab, deadline).await?
            }
            created => created?,
        };
        let target: String = created.target_id.into();
        // The main frame of a tab has its target's id.
        let blank = self.guard.keep_blank(&target);
        let connection = self.session.connection();
        let mut tab =
            BlankTab { session: self.session.clone(), base: self.base.clone(), target, _blank: blank };
        let ask = GetTargetInfoParams { target_id: Some(tab.target.clone().into()) };
        let info = self.session.send(&ask, deadline).await?.target_info;
        if info.r#type == "page" {
            // It is one like all others, as in `chromium-headless-shell`, which knows no hidden ones.
            let mut changes = self.tabs.subscribe();
            let known = changes.wait_for(|tabs| tabs.get(&tab.target).is_some());
            drop(deadline.within(THERE).run(known).await.map_err(|_| Error::Unanswered)?);
            self.tabs.send_modify(|tabs| tabs.hide(&tab.target));
        }
        drop(expected);
        let attach =
            AttachToTargetParams { flatten: Some(true), ..AttachToTargetParams::new(tab.target.clone()) };
        let id: String = self.session.send(&attach, deadline).await?.session_id.into();
        tab.session = connection.session(id);
        let calls = [
            Call::of(&EnableParams::default()),
            Call::of(&EnableNetwork::default()),
            // One of that origin would answer with a document of its own.
            Call::of(&SetBypassServiceWorkerParams::new(true)),
            Call::of(&Navigate { url: origin }),
        ];
        let replies = tab.session.flight(calls, deadline).await?;
        let last = replies.into_iter().collect::<Result<Vec<_>, _>>()?.pop().ok_or(Error::Unanswered)?;
        match last.parse::<Navigated>()?.error_text {
            Some(text) => Err(Error::Page(page::Error::Navigation { url: origin.to_owned(), text })),
            None => Ok(tab),
        }
    }
}

impl BlankTab {
    /// What an expression yields there.
    pub(super) async fn evaluate<T: DeserializeOwned>(
        &self,
        expression: &str,
        deadline: Deadline,
    ) -> Result<T, Error> {
        let asked = self.session.send(&Evaluate::value(expression, None), deadline).await?;
        if let Some(thrown) = asked.exception_details {
            return Err(Error::State(thrown.message()));
        }
        let value = asked.result.value.ok_or(Error::Unanswered)?;
        serde_json::from_str(value.get()).map_err(|error| Error::State(error.to_string()))
    }
}
