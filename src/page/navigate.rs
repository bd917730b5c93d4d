//! Going to a URL and waiting for its document. It does not know which URLs are allowed.

use super::Page;
use super::error::{Error, Unfinished};
use super::evaluate::millis;
use super::state::PageState;
use super::wait::LoadState;
use crate::cdp::browser_protocol::page::StopLoadingParams;
use crate::cdp::protocol::{Evaluate, Navigate, Navigated};
use crate::cdp::{self, Call};
use crate::deadline::Deadline;

/// A page that does not answer for this long is in the middle of a script; one that never ends would keep the page from
/// being left.
const LET_GO: std::time::Duration = std::time::Duration::from_secs(1);
/// How long Chromium may take to show that it could not load something.
const EXCUSE: std::time::Duration = std::time::Duration::from_secs(1);
/// How long a navigation that is stopped at its deadline may take to end.
const STOPS: std::time::Duration = std::time::Duration::from_millis(300);
/// How long the event of a move within the document may come after its reply.
const MOVE: std::time::Duration = std::time::Duration::from_millis(250);

/// What the browser calls a navigation that it, or somebody, has ended.
const ABORTED: &str = "net::ERR_ABORTED";

impl Page {
    /// Goes to a URL and waits until its document has loaded.
    ///
    /// # Errors
    /// [`Error::Navigation`] with Chromium's error name; [`Error::NavigationTimeout`] after which a document that has
    /// come goes on loading, and one that has not is given up; [`Error::Dialog`] when the page opens one while it loads.
    pub async fn navigate(&self, url: &str, deadline: Deadline) -> Result<(), Error> {
        match self.load(url, deadline).await {
            Err(Error::NavigationTimeout { unfinished: Unfinished::OnItsWay, .. }) => {
                Err(self.give_up(url).await)
            }
            outcome => outcome,
        }
    }

    /// Stops a navigation whose document has not come: a server that never answers would block every later evaluate on
    /// this tab. Yields what that came to.
    async fn give_up(&self, url: &str) -> Error {
        self.session.launch([Call::of(&StopLoadingParams::default())]).await.ok();
        let stopped = self.until(Deadline::after(STOPS), "the navigation to be given up", |state| {
            let main = state.frames.main();
            main.bound_for.is_none() && main.leaving.is_none()
        });
        let unfinished = match stopped.await {
            Err(Error::Wait { .. }) => Unfinished::OnItsWay,
            Ok(()) => Unfinished::GivenUp,
            Err(obstacle) => return obstacle,
        };
        Error::NavigationTimeout { url: url.to_owned(), shows: self.url(), unfinished }
    }

    /// Goes to a URL and waits until its document has loaded, or the time is over: then it goes on loading.
    ///
    /// # Errors
    /// As for [`Page::navigate`].
    pub async fn load(&self, url: &str, deadline: Deadline) -> Result<(), Error> {
        let before = self.document();
        let outcome = match self.start_navigation(url, deadline).await {
            Ok(Some(loader)) => self.loaded(&loader, deadline).await,
            Ok(None) => {
                self.does();
                self.moved_within(url, deadline).await
            }
            Err(error @ Error::Navigation { .. }) => {
                // The document that says so comes after the reply, and is an effect of this navigation, not of the next act.
                let shown = self.until(deadline.within(EXCUSE), "the error page", |state| {
                    let main = state.frames.main();
                    main.bound_for.is_none() && main.leaving.is_none() && main.milestones.loaded
                });
                shown.await.ok();
                Err(error)
            }
            Err(error) => Err(error),
        };
        if self.document() != before {
            self.does();
        }
        match outcome {
            Err(Error::Cdp(cdp::Error::Timeout { .. }) | Error::Wait { .. }) => {
                let unfinished = if self.document() == before {
                    Unfinished::OnItsWay
                } else {
                    // Its document may be on its way to another one.
                    let next = self.state().frames.main().bound_for.as_deref().map(str::to_owned);
                    Unfinished::Loading { navigation: next.unwrap_or_else(|| self.url()) }
                };
                Err(Error::NavigationTimeout { url: url.to_owned(), shows: self.url(), unfinished })
            }
            outcome => outcome,
        }
    }

    /// Has the browser download the document that the tab shows. Its address is asked for again, as a link in it would.
    ///
    /// # Errors
    /// When the document cannot be reached.
    pub async fn download_document(&self, deadline: Deadline) -> Result<(), Error> {
        let main = self.state().frames.main().id.to_string();
        let (session, context) = self.world(&main, deadline).await?;
        // The link is part of no document, so that nothing on the page can see it.
        let link = "Object.assign(document.createElement('a'), {href: location.href, download: ''}).click()";
        // Without a user's gesture, Chromium allows one such download only.
        let evaluate = Evaluate { user_gesture: true, ..Evaluate::value(link, Some(context)) };
        let asked = async { Ok(session.send(&evaluate, deadline).await?) };
        self.unless_dialog(asked).await.map(drop)
    }

    /// Sends the navigation; the loader of its document, if there will be a new one.
    async fn start_navigation(&self, url: &str, deadline: Deadline) -> Result<Option<String>, Error> {
        let navigate = Navigate { url };
        let (was_crashed, kept) = (self.is_crashed(), self.state().kept);
        self.let_go(deadline).await?;
        let sent = async { Ok(self.session.send(&navigate, deadline).await?) };
        // A crashed tab has one way back to life, and this is it.
        let Navigated { loader_id, error_text, is_download } =
            if was_crashed { sent.await? } else { self.unless_dialog(sent).await? };
        // The browser has found it a new renderer; its first event may come after the reply.
        self.modify(|state| state.crashed = false);
        self.caught_up().await;
        if error_text.is_some() && self.state().dialogs.asks_to_leave() {
            // That it is closed may be told after the reply.
            let closed = |state: &PageState| !state.dialogs.asks_to_leave();
            self.until(deadline.within(MOVE), "the dialog's end", closed).await.ok();
        }
        match error_text {
            Some(_) if self.state().kept > kept => Err(Error::Kept { url: url.to_owned() }),
            // The browser may keep no file though a server wants it to: what went wrong has a name of its own then.
            Some(text) if is_download && text == ABORTED => Err(Error::Download { url: url.to_owned() }),
            Some(text) => Err(Error::Navigation { url: url.to_owned(), text }),
            None => Ok(loader_id),
        }
    }

    /// Makes sure that the page can be left. Chromium cannot put another document of the same site in the place of one
    /// whose script never ends, and once it has begun to try, nothing stops that script any more.
    async fn let_go(&self, deadline: Deadline) -> Result<(), Error> {
        let is_gone = {
            let state = self.state();
            // What waits for a server keeps all answers back, and is given up for the new navigation.
            state.crashed || state.frames.main().bound_for.is_some()
        };
        if is_gone {
            return Ok(());
        }
        let ask = Call::of(&Evaluate::value("0", None));
        let asked = self.unless_dialog(async { Ok(self.session.call(ask, deadline.within(LET_GO)).await?) });
        match asked.await {
            Err(Error::Cdp(cdp::Error::Timeout { .. })) => self.interrupt(&self.session).await,
            Err(error @ (Error::Dialog(_) | Error::Gone)) => return Err(error),
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }

    /// Waits until the document of this navigation, or one that replaced it meanwhile, has loaded.
    async fn loaded(&self, loader: &str, deadline: Deadline) -> Result<(), Error> {
        self.until(deadline, "the page to load", |state| {
            let main = state.frames.main();
            // Before the commit the old document still stands there, loaded, or one that it was on its way to.
            main.has_shown(loader) && main.milestones.loaded
        })
        .await
    }

    /// Waits until the event of a move within the document has come, which may be after the reply. A page that
    /// changes its URL again at once costs a moment, no more.
    async fn moved_within(&self, url: &str, deadline: Deadline) -> Result<(), Error> {
        let there =
            self.until(deadline.within(MOVE), "the URL", |state| state.frames.main().url == url).await;
        if let Err(Error::Wait { .. }) = there { Ok(()) } else { there }
    }

    /// Waits until the main document has come as far as asked.
    ///
    /// # Errors
    /// [`Error::Wait`] at the deadline.
    pub async fn wait_for_load(&self, state: LoadState, deadline: Deadline) -> Result<(), Error> {
        let reached = move |page: &PageState| {
            let milestones = page.frames.main().milestones;
            match state {
                LoadState::DomContentLoaded => milestones.dom_content_loaded,
                LoadState::Load => milestones.loaded,
                LoadState::NetworkIdle => milestones.network_idle,
            }
        };
        self.until(deadline, &format!("load state \"{state}\""), reached).await
    }

    /// Waits until something is true of the page's state; ends early with a dialog or the tab.
    pub(super) async fn until(
        &self,
        deadline: Deadline,
        condition: &str,
        mut is_true: impl FnMut(&PageState) -> bool,
    ) -> Result<(), Error> {
        let allowed = deadline.remaining();
        let mut changes = self.state.subscribe();
        let settled = changes.wait_for(|state| is_true(state) || state.obstacle().is_some());
        match deadline.run(settled).await {
            Ok(Ok(state)) => state.obstacle().map_or(Ok(()), Err),
            Ok(Err(_)) => Err(Error::Gone),
            Err(_) => Err(Error::Wait { condition: condition.to_owned(), millis: millis(allowed) }),
        }
    }
}
