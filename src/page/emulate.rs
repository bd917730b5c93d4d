//! Telling a page what to believe: the tab and all of its out-of-process frames, now and in later documents.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::watch;

use super::emulation::{Belief, Guise, Part, Surroundings};
use super::{Error, Page};
use crate::cdp::{self, Session};
use crate::deadline::Deadline;

/// How long a tab that somebody else uses may hold up a setting for the whole browser. The command is with it by
/// then, and takes effect as soon as it answers anything.
const OTHERS: Duration = Duration::from_secs(2);

impl Page {
    /// What this page alone is made to believe.
    pub fn guise(&self) -> Guise {
        self.state().guise.clone()
    }

    /// Changes what this page alone is made to believe. When the browser refuses, everything is as before.
    ///
    /// # Errors
    /// What the browser has against it.
    pub async fn disguise(
        &self,
        change: impl FnOnce(&mut Guise) + Send,
        deadline: Deadline,
    ) -> Result<(), Error> {
        if let Some(error) = self.state().obstacle() {
            return Err(error);
        }
        let before = self.state().belief();
        self.modify(|state| change(&mut state.guise));
        self.does();
        let wanted = self.state().belief();
        let outcome = self.unless_dialog(self.believe(before.clone(), deadline)).await;
        if let Err(Error::Cdp(cdp::Error::Refused { .. })) = &outcome {
            self.modify(|state| undo(&mut state.guise, &before.own, &wanted.own));
            self.believe(wanted, deadline).await.ok();
        }
        outcome
    }

    /// Something changed for all pages of the browser; this one must hear of it. A page that does not answer now
    /// hears of it as soon as it answers anything.
    pub async fn catch_up_with(&self, around: Surroundings, deadline: Deadline) {
        let believed = Belief { around, own: self.state().guise.clone() };
        let told = self.unless_dialog(self.believe(believed, deadline.within(OTHERS))).await;
        if let Err(error) = told {
            tracing::debug!(%error, "a tab did not take a setting yet");
        }
    }

    /// Believes from now on what another part of the browser's pages does.
    pub async fn move_into(&self, around: watch::Receiver<Surroundings>, deadline: Deadline) {
        let before = self.state().around.borrow().clone();
        self.modify(|state| state.around = around);
        self.catch_up_with(before, deadline).await;
    }

    /// Sends what leads from an older belief to the present one, until they are the same: settings that change at
    /// the same time then end with the last.
    async fn believe(&self, mut believed: Belief, deadline: Deadline) -> Result<(), Error> {
        loop {
            let wanted = self.state().belief();
            if wanted == believed {
                return Ok(());
            }
            let told = self.parts().into_iter().map(|(session, part)| {
                let calls = wanted.since(&believed, part);
                async move { (part, tell(&session, calls, deadline).await) }
            });
            for (part, outcome) in join_all(told).await {
                match (part, outcome) {
                    (Part::Tab, outcome) => outcome?,
                    // A frame may go away meanwhile; what the tab takes is what counts.
                    (Part::Frame, Err(error)) => tracing::debug!(%error, "a frame did not take a setting"),
                    (Part::Frame, Ok(())) => {}
                }
            }
            believed = wanted;
            // What follows from it may not be drawn, or counted, yet.
            self.walks.clear();
        }
    }

    /// The channels of the tab and of its out-of-process frames.
    pub(super) fn parts(&self) -> Vec<(Session, Part)> {
        let state = self.state();
        let own = self.session.id();
        let frames = state.frames.all().map(|frame| frame.session.clone());
        let frames: HashMap<_, _> =
            frames.filter(|s| s.id() != own).map(|s| (s.id().cloned(), (s, Part::Frame))).collect();
        std::iter::once((self.session.clone(), Part::Tab)).chain(frames.into_values()).collect()
    }
}

async fn tell(session: &Session, calls: Vec<cdp::Call>, deadline: Deadline) -> Result<(), cdp::Error> {
    if calls.is_empty() {
        return Ok(());
    }
    session.flight(calls, deadline).await?.into_iter().try_for_each(|reply| reply.map(drop))
}

/// Takes back what one change did, and leaves what others did meanwhile.
fn undo(guise: &mut Guise, before: &Guise, refused: &Guise) {
    macro_rules! restore {
        ($($field:ident),*) => {
            $(if guise.$field == refused.$field { guise.$field.clone_from(&before.$field); })*
        };
    }
    restore!(device, viewport, color_scheme, timezone, locale);
}
