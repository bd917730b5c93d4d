//! An act on a tab: marked before it is done, and answered with what it changed.

use std::time::Duration;

use super::Error;
use super::effects::{DeltaText, Effects};
use super::output::{Done, DownloadRow};
use crate::browser::EffectsMark;
use crate::deadline::Deadline;
use crate::page;
use crate::service::{Tab, Telling};

/// How long telling what an act changed may take when its time is over.
const TELLING: Duration = Duration::from_millis(300);
/// The longest delta, in characters.
const DELTA_CHARS: usize = 4_000;

impl Tab {
    /// Does something on the page, and answers where the tab is then and what that changed.
    pub(super) async fn act(
        &self,
        work: impl Future<Output = Result<(), page::Error>>,
    ) -> Result<Done, Error> {
        Ok(self.act_for(work).await?.1)
    }

    /// The same for something that yields a value.
    pub(super) async fn act_for<T: Default>(
        &self,
        work: impl Future<Output = Result<T, page::Error>>,
    ) -> Result<(T, Done), Error> {
        let page = self.page();
        let refusals = page.refusals();
        page.hide_highlight().await?;
        let mark = self.mark();
        let mut outcome = work.await;
        if outcome.is_err() && page.has_acted() && self.has_closed_itself(&mark).await {
            // The page answers no more because of what was done: that is what came of it.
            outcome = Ok(T::default());
        }
        let done = match &outcome {
            Ok(_) => Some(self.done(&mark).await),
            Err(_) => None,
        };
        self.check_refused(refusals)?;
        match (outcome, done) {
            (Ok(value), Some(done)) => Ok((value, done)),
            (Err(error), _) => Err(self.failed(error, &mark).await),
            (Ok(_), None) => Err(page::Error::Gone.into()),
        }
    }

    /// Does something on the page that is no act. A navigation that it caused and the policy refused is an error.
    pub(super) async fn try_act<T>(
        &self,
        work: impl Future<Output = Result<T, page::Error>>,
    ) -> Result<T, Error> {
        let refusals = self.page().refusals();
        let outcome = work.await;
        self.check_refused(refusals)?;
        match outcome {
            Ok(done) => Ok(done),
            Err(error) => Err(Error::from(self.page().explained(error).await).on(self)),
        }
    }

    /// Whether the policy refused a navigation since then.
    fn check_refused(&self, refusals: u64) -> Result<(), Error> {
        let page = self.page();
        if page.refusals() > refusals { Err(self.browser.refusal(page).into()) } else { Ok(()) }
    }

    /// Marks the moment before an act.
    pub(super) fn mark(&self) -> EffectsMark {
        self.browser.mark_effects(self.page(), self.telling.watch.is_some())
    }

    /// Where the tab is after an act, and what the act changed.
    pub(super) async fn done(&self, mark: &EffectsMark) -> Done {
        let Telling { watch, delta } = self.telling;
        // What is watched longer on request takes no time from the act, and neither does a pause (contract 8.2).
        let by = Deadline::after(self.deadline.remaining().max(TELLING) + watch.unwrap_or_default());
        let told = self.browser.effects(mark, self.page(), watch, by).await;
        let downloads = told.downloads.iter().map(DownloadRow::from).collect();
        let mut effects = Effects::from(told);
        if delta {
            effects.delta = Some(self.delta(by).await);
        }
        Done { downloads, effects: Some(effects), ..Done::on(self) }
    }

    /// Why an act was not done; what it changed is told with a dialog that is in the way.
    pub(super) async fn failed(&self, error: page::Error, mark: &EffectsMark) -> Error {
        self.told(Error::from(self.page().explained(error).await).on(self), mark).await
    }

    /// The same error, with what an act changed before a dialog stopped it.
    pub(super) async fn told(&self, mut error: Error, mark: &EffectsMark) -> Error {
        if let Some(blocked) = error.blocked.as_mut().filter(|_| !self.was_blocked) {
            let told = self.browser.effects_so_far(mark, self.page(), Vec::new(), self.deadline).await;
            blocked.effects = Some(Effects::from(told));
        }
        error
    }

    async fn delta(&self, deadline: Deadline) -> DeltaText {
        match self.page().delta(DELTA_CHARS, deadline).await {
            Ok(told) => DeltaText {
                text: Some(told.text),
                whole: told.delta.is_some_and(|delta| delta.is_whole),
                truncated: told.truncated,
                error: None,
            },
            Err(error) => DeltaText { error: Some(error.to_string()), ..DeltaText::default() },
        }
    }

    async fn has_closed_itself(&self, mark: &EffectsMark) -> bool {
        self.browser.caught_up().await;
        self.browser.has_closed_itself(mark, self.page())
    }
}
