//! What is known of a page: pure state, changed by events only. Readers get it through a `watch` channel.

use std::time::Instant;

use tokio::sync::watch;

use super::asked::AskedTabs;
use super::dialog::Dialogs;
use super::emulation::{Belief, Guise, Surroundings};
use super::error::Error;
use super::exception::PageError;
use super::frames::{FrameId, Frames};
use super::names::Names;
use super::record::{Console, ConsoleMessage, Exceptions};
use super::request::Requests;
use super::upload::Choosers;
use crate::cdp::protocol::{
    ConsoleApiCalled, ContextDestroyed, DialogClosed, DialogOpening, DownloadWillBegin, ExceptionRevoked,
    ExceptionThrown, FrameEvent, FrameNavigated, LifecycleEvent, LogEntryAdded,
};
use crate::cdp::{Event, Session};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Everything that is known of one page.
#[derive(Debug)]
pub(crate) struct PageState {
    pub(crate) frames: Frames,
    pub(crate) dialogs: Dialogs,
    pub(crate) choosers: Choosers,
    /// The channel on which an element is highlighted.
    pub(crate) highlighted: Option<Session>,
    pub(crate) console: Console,
    pub(crate) exceptions: Exceptions,
    pub(crate) requests: Requests,
    /// What the refs of this tab were told to be.
    pub(super) names: Names,
    /// The data of a drag that a page began while drags are ours.
    pub(super) drag: Option<Box<RawValue>>,
    /// The renderer died; only a navigation revives the tab.
    pub(crate) crashed: bool,
    /// The tab is closed.
    pub(crate) gone: bool,
    /// Navigations that the policy refused in one of this tab's frames, as counted by whoever refused them.
    pub(crate) refused: u64,
    /// How often the page was not left because it asked.
    pub(crate) kept: u64,
    /// Tabs that its frames have asked the browser for.
    pub(crate) asked_tabs: AskedTabs,
    /// What this page is made to believe,
    pub(crate) guise: Guise,
    /// and what all pages of its browser are.
    pub(crate) around: watch::Receiver<Surroundings>,
}

impl PageState {
    pub(crate) fn new(main: FrameId, session: Session, around: watch::Receiver<Surroundings>) -> Self {
        Self {
            frames: Frames::new(main, session),
            dialogs: Dialogs::default(),
            choosers: Choosers::default(),
            highlighted: None,
            console: Console::default(),
            exceptions: Exceptions::default(),
            requests: Requests::default(),
            names: Names::default(),
            drag: None,
            crashed: false,
            gone: false,
            refused: 0,
            kept: 0,
            asked_tabs: AskedTabs::default(),
            guise: Guise::default(),
            around,
        }
    }

    /// All that the page is made to believe now.
    pub(crate) fn belief(&self) -> Belief {
        Belief { around: self.around.borrow().clone(), own: self.guise.clone() }
    }

    /// Why nothing can be asked of the page right now.
    pub(crate) fn obstacle(&self) -> Option<Error> {
        match self.dialogs.blocking() {
            _ if self.gone => Some(Error::Gone),
            _ if self.crashed => Some(Error::Crashed),
            Some(dialog) => Some(Error::Dialog(Box::new(dialog.clone()))),
            None => None,
        }
    }

    /// Takes one event of the tab or of one of its out-of-process frames. True when somebody may be waiting
    /// for what it changed.
    pub(crate) fn apply(&mut self, event: &Event, session: &Session) -> bool {
        match event.method() {
            "Page.lifecycleEvent" => event
                .params()
                .is_some_and(|e: LifecycleEvent| self.frames.reached(&e.frame_id, &e.loader_id, &e.name)),
            "Page.javascriptDialogOpening" => event.params().is_some_and(|e: DialogOpening| {
                self.dialogs.opened(e.r#type, e.message, e.default_prompt.filter(|d| !d.is_empty()));
                true
            }),
            "Page.javascriptDialogClosed" => event.params().is_some_and(|e: DialogClosed| {
                if !e.result && self.dialogs.asks_to_leave() {
                    // Nothing else tells that the navigation is over.
                    self.frames.stay();
                    self.kept += 1;
                }
                self.dialogs.closed();
                true
            }),
            "Input.dragIntercepted" => event.params().is_some_and(|e: DragIntercepted| {
                self.drag = Some(e.data);
                true
            }),
            "Inspector.targetCrashed" => {
                // A frame of another process that dies takes only itself along.
                self.crashed |= session.id() == self.frames.main().session.id();
                self.frames.crashed(session);
                self.requests.lose_session(session.id());
                true
            }
            "Runtime.consoleAPICalled" => self.note(event, |state, e: ConsoleApiCalled| {
                state.console.push(ConsoleMessage::said(e));
            }),
            "Log.entryAdded" => self.note(event, |state, e: LogEntryAdded| {
                state.console.push(ConsoleMessage::logged(e.entry));
            }),
            "Runtime.exceptionThrown" => self.note(event, |state, e: ExceptionThrown| {
                state.exceptions.push(PageError::thrown(e, session.id()));
            }),
            "Runtime.exceptionRevoked" => self.note(event, |state, e: ExceptionRevoked| {
                let id = (session.id().cloned(), e.exception_id);
                state.exceptions.retain(|error| error.id != id);
            }),
            method if method.starts_with("Network.") => self.requests.apply(event),
            "Page.downloadWillBegin" => {
                self.note(event, |state, e: DownloadWillBegin| state.requests.downloads(&e.url))
            }
            "Page.frameRequestedNavigation" => event.params().is_some_and(|e: FrameEvent| {
                let url = e.url.unwrap_or_default();
                match e.disposition.as_deref() {
                    None | Some("currentTab") => self.frames.leaves(&e.frame_id, url, false),
                    // What another tab shows is no navigation of this one.
                    Some("newTab" | "newWindow") => self.asked_tabs.ask(url, Instant::now()),
                    Some(_) => return false,
                }
                true
            }),
            "Page.frameStartedLoading" => event.params().is_some_and(|e: FrameEvent| {
                self.frames.begins(&e.frame_id);
                false
            }),
            "Page.frameStartedNavigating" => event.params().is_some_and(|e: StartedNavigating| {
                let goes = !matches!(e.navigation_type.as_str(), "sameDocument" | "historySameDocument");
                self.frames.leaves(&e.frame_id, e.url.clone(), true);
                if let Some(frame) = self.frames.get_mut(&e.frame_id).filter(|_| goes) {
                    frame.bound_for = Some(e.url.into());
                }
                true
            }),
            method if method.starts_with("Runtime.executionContext") => self.context(event, session),
            "Page.frameNavigated" | "Page.frameDetached" => self.documents_change(event, session),
            _ => self.frame(event, session),
        }
    }

    fn note<E: serde::de::DeserializeOwned>(&mut self, event: &Event, take: impl Fn(&mut Self, E)) -> bool {
        if let Some(said) = event.params() {
            take(self, said);
        }
        // Nobody waits for a record.
        false
    }

    /// Documents may end with this event, and with them what they asked for.
    fn documents_change(&mut self, event: &Event, session: &Session) -> bool {
        let before: Vec<_> = self.frames.all().map(|frame| frame.loader.clone()).collect();
        let is_news = self.frame(event, session);
        for loader in before.iter().filter(|loader| !self.frames.all().any(|frame| frame.loader == **loader))
        {
            self.requests.lose_document(loader);
        }
        is_news
    }

    fn frame(&mut self, event: &Event, session: &Session) -> bool {
        if event.method() == "Page.frameNavigated" {
            return event.params().is_some_and(|e: FrameNavigated| {
                let is_new = self.frames.navigated(&e.frame, session);
                if is_new && *e.frame.id == *self.frames.main().id {
                    self.crashed = false;
                }
                true
            });
        }
        if !matches!(
            event.method(),
            "Page.frameAttached"
                | "Page.frameDetached"
                | "Page.navigatedWithinDocument"
                | "Page.frameStoppedLoading"
        ) {
            return false;
        }
        let Some(FrameEvent { frame_id, parent_frame_id, reason, url, .. }) = event.params() else {
            return false;
        };
        match event.method() {
            "Page.frameAttached" => {
                self.frames.attached(&frame_id, parent_frame_id.as_deref().unwrap_or_default(), session);
            }
            // A swap moves the frame to another process; its new channel announces itself.
            "Page.frameDetached" if reason.as_deref() != Some("swap") => self.frames.detached(&frame_id),
            "Page.navigatedWithinDocument" => {
                self.frames.moved_within(&frame_id, url);
            }
            // The browser side never misses this one, even when the renderer was swapped under a late enable.
            "Page.frameStoppedLoading" => {
                if let Some(frame) = self.frames.get_mut(&frame_id) {
                    frame.milestones.dom_content_loaded = true;
                    frame.milestones.loaded = true;
                    frame.bound_for = None;
                }
                self.frames.stays(&frame_id);
            }
            _ => {}
        }
        true
    }

    fn context(&mut self, event: &Event, session: &Session) -> bool {
        match event.method() {
            "Runtime.executionContextCreated" => {
                if let Some(ContextCreated { context }) = event.params()
                    && context.aux_data.is_default
                    && let Some(frame) = self.frames.get_mut(&context.aux_data.frame_id)
                {
                    frame.main_context = Some(context.id);
                }
            }
            "Runtime.executionContextDestroyed" => {
                if let Some(ContextDestroyed { execution_context_id }) = event.params() {
                    self.frames.context_gone(session, Some(execution_context_id));
                }
            }
            "Runtime.executionContextsCleared" => self.frames.context_gone(session, None),
            _ => {}
        }
        false
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartedNavigating {
    frame_id: String,
    url: String,
    navigation_type: String,
}

#[derive(Deserialize)]
struct DragIntercepted {
    data: Box<RawValue>,
}

#[derive(Deserialize)]
struct ContextCreated {
    context: Context,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    id: i64,
    #[serde(default)]
    aux_data: AuxData,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AuxData {
    is_default: bool,
    frame_id: String,
}
