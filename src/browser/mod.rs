//! One running browser that we are connected to: its tabs, and the guard that every document request passes.
//!
//! It knows connections and pages; it does not know where the browser came from (a process of ours or an address),
//! nor who leases it.
//!
//! **Invariant**: from the first moment on, documents are paused until the policy has answered. The guard sits on
//! the browser's own session, so tabs, popups, frames and redirect hops of every context pass it, whoever made
//! them; there is no tab without it.

mod actor;
mod blank;
mod cookies;
mod downloads;
mod effects;
mod entry;
mod error;
mod graphics;
mod guard;
mod kept;
mod moves;
mod permissions;
mod pulse;
mod storage_state;
mod surroundings;
mod tab;
mod tabs;
mod tenant;

use std::path::Path;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::{Duration, Instant};

use tokio::sync::{OnceCell, watch};
use tokio::task::JoinSet;

pub use cookies::{Cookie, Fate, NewCookie, SameSite};
pub use downloads::{Download, DownloadFolders, DownloadMark, DownloadState};
pub use effects::{Effects, EffectsMark};
pub use entry::Credentials;
pub use error::Error;
pub use graphics::Graphics;
pub use guard::{Guard, OwnPages};
pub use kept::KeptTab;
pub use moves::MovedTab;
pub use permissions::{Permission, UnknownPermission};
pub use storage_state::{Carried, CarriedOrigin, CookieScope, StateScope};
pub use tab::{Label, LabelError, LookupError, TabId, TabView};
pub use tenant::Tenant;

use crate::cdp::browser_protocol::browser::CloseParams;
use crate::cdp::browser_protocol::target::{ActivateTargetParams, CloseTargetParams};
use crate::cdp::protocol::{
    GetTargets, GetVersion, SetAutoAttach, SetDiscoverTargets, Targets, Version, only,
};
use crate::cdp::{Call, Connection, Fence, Session, Traffic};
use crate::deadline::Deadline;
use crate::page::{self, Page, Surroundings};
use crate::policy::Refusal;
use downloads::Downloads;
use entry::Entry;
use tabs::Tabs;

/// How long a new tab's first document may take before the tab is handed out while it still loads.
const FIRST_LOAD: Duration = Duration::from_secs(2);
/// How long asking for titles may hold up a list of tabs.
const TITLES: Duration = Duration::from_millis(500);
/// How long a closed tab may linger in the list.
const LINGER: Duration = Duration::from_secs(1);
/// After how long Chromium is told again to close a tab.
const FORGOTTEN: Duration = Duration::from_millis(250);

/// One running browser, as somebody sees it: all who share it, or one who has tabs of their own. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The browser's own channel.
    base: Session,
    /// The same, as far as whoever this handle is of may write.
    session: Session,
    tenant: Option<Tenant>,
    tabs: Arc<watch::Sender<Tabs>>,
    downloads: Arc<watch::Sender<Downloads>>,
    /// What is set for all tabs that are nobody's in particular, and what servers are told that ask them.
    around: Arc<watch::Sender<Surroundings>>,
    entry: Entry,
    guard: Guard,
    version: Arc<Version>,
    /// Tabs get windows of their own: what is in front of another stays visible, so that every tab can be
    /// captured and clicked. Only without a display, where nobody sees the windows.
    is_headless: bool,
    fence: Fence,
    /// How it draws, once it has said.
    graphics: Arc<OnceCell<Graphics>>,
    folders: Arc<DownloadFolders>,
    /// Since when nothing has been heard of it, once it does not answer.
    silent_since: Arc<watch::Sender<Option<Instant>>>,
}

/// What a browser is opened with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Judges every document request.
    pub guard: Guard,
    /// Counts tab ids; it outlives the browser, so that ids are not reused after a restart.
    pub numbering: Arc<AtomicU32>,
    /// Whether the browser runs without a window.
    pub is_headless: bool,
    /// Where its downloads go.
    pub downloads: DownloadFolders,
}

impl Browser {
    /// Takes over a browser that is ours: guards it, attaches to its tabs and follows them from then on.
    ///
    /// # Errors
    /// When it does not answer in time or hangs up.
    pub async fn open(connection: Connection, settings: Settings, deadline: Deadline) -> Result<Self, Error> {
        let Settings { guard, numbering, is_headless, downloads: folders } = settings;
        downloads::prepare(&folders).map_err(|error| Error::Folders(error.to_string()))?;
        let session = connection.browser();
        let events = session.events(|_| true).await?;
        let tabs = Arc::new(watch::Sender::new(Tabs::new(numbering)));
        let downloads = Arc::new(watch::Sender::new(Downloads::default()));
        let behavior = downloads::behavior(&folders, None);
        let (folders, entry) = (Arc::new(folders), Entry::default());
        let (fence, waiting) = Fence::new();
        let around = Arc::new(watch::Sender::new(Surroundings { is_headless, ..Surroundings::default() }));
        let actor = actor::Actor {
            session: session.clone(),
            events,
            tabs: Arc::clone(&tabs),
            downloads: Arc::clone(&downloads),
            folders: Arc::clone(&folders),
            around: Arc::clone(&around),
            guard: guard.clone(),
            entry: entry.clone(),
            fence: waiting,
            errands: JoinSet::new(),
            attached: std::collections::HashMap::new(),
            created: std::collections::HashMap::new(),
        };
        tokio::spawn(actor.run());
        let calls = [
            Call::of(&GetVersion {}),
            Call::of(&guard.enable(false)),
            behavior,
            Call::of(&SetDiscoverTargets { discover: true, filter: only(&["page"]) }),
            Call::of(&SetAutoAttach {
                auto_attach: true,
                wait_for_debugger_on_start: true,
                flatten: true,
                filter: only(&["page"]),
            }),
        ];
        let mut replies = session.flight(calls, deadline).await?.into_iter();
        let version: Version = replies.next().ok_or(Error::Unanswered)??.parse()?;
        for reply in replies {
            reply?;
        }
        Ok(Self {
            base: session.clone(),
            session,
            tenant: None,
            tabs,
            downloads,
            around,
            entry,
            guard,
            version: Arc::new(version),
            is_headless,
            fence,
            graphics: Arc::default(),
            folders,
            silent_since: Arc::default(),
        })
    }

    /// What the browser says it is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The browser's own channel, for what must be done for somebody who may have left.
    pub fn base(&self) -> &Session {
        &self.base
    }

    /// The browser's own channel, for what is passed on as it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Sends downloads where they belong again, after a client has had a say in it.
    pub fn take_downloads(&self) {
        self.session.tell(downloads::behavior(&self.folders, self.context()));
    }

    /// Judges a URL that a client of the protocol asks for, as far as its words tell: pages of the browser's own, for
    /// which no request is made that could be paused, are refused here.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn glance(&self, url: &str) -> Result<(), Refusal> {
        self.guard.glance(url)
    }

    /// Judges a URL that a client of the protocol sends a request to which is paused for it, and its host's addresses: the
    /// guard may have judged another one already.
    ///
    /// # Errors
    /// [`Error::Refused`], or that the host is not known.
    pub async fn judge(&self, url: &str) -> Result<(), Error> {
        self.guard.judge(url).await.map(drop)
    }

    /// Where Chromium is told to put downloads.
    pub fn download_folder(&self) -> &Path {
        &self.folders.arriving
    }

    /// Whether the connection is open.
    pub fn is_open(&self) -> bool {
        self.session.connection().is_open()
    }

    /// Returns when everything that arrived before is in the browser's tables: a reply overtakes the events before it.
    pub async fn caught_up(&self) {
        self.fence.pass().await;
    }

    /// Waits for the connection's end and says why it came.
    pub async fn closed(&self) -> Arc<str> {
        self.session.connection().closed().await
    }

    /// What has passed over the wire; tests count with it.
    pub fn traffic(&self) -> Traffic {
        self.session.connection().traffic()
    }

    /// Asks the browser to end in order, keeping its profile whole.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn close(&self, deadline: Deadline) -> Result<(), Error> {
        self.session.send(&CloseParams::default(), deadline).await?;
        Ok(())
    }

    /// Their tabs, the most recently activated first, as they are known: titles may be those of the last navigation.
    pub fn tabs(&self) -> Vec<TabView> {
        self.look();
        self.tabs.borrow().list(self.tenant.as_ref())
    }

    /// A caller is about to see tabs: what came in place of another one has its names.
    fn look(&self) {
        self.tabs.send_if_modified(|tabs| {
            tabs.look();
            false
        });
    }

    /// Their tabs with their present titles, which Chromium tells only when it is asked.
    pub async fn fresh_tabs(&self, deadline: Deadline) -> Vec<TabView> {
        let ask = self.session.send(&GetTargets { filter: only(&["page"]) }, deadline.within(TITLES)).await;
        // A browser that does not answer now still has the tabs that are known.
        if let Ok(Targets { target_infos }) = ask {
            self.tabs.send_modify(|tabs| target_infos.iter().for_each(|info| tabs.changed(info)));
        }
        self.tabs()
    }

    /// Finds a tab by target id, tab id, label, or a unique prefix of its target id.
    ///
    /// # Errors
    /// [`LookupError`] when none or several fit, or one that is not theirs.
    pub fn find(&self, text: &str) -> Result<TabView, LookupError> {
        self.look();
        self.tabs.borrow().find(text, self.tenant.as_ref())
    }

    /// The tab that calls without a target mean: the last one used, else the first in the list.
    pub fn current(&self) -> Option<TabView> {
        self.look();
        self.tabs.borrow().current(self.tenant.as_ref())
    }

    /// Makes a tab the one that calls without a target mean.
    pub fn use_tab(&self, target_id: &str) {
        self.tabs.send_if_modified(|tabs| {
            tabs.make_current(target_id);
            false
        });
    }

    /// Gives a tab a label; a label that another tab has moves.
    pub fn label(&self, target_id: &str, label: Label) {
        self.tabs.send_modify(|tabs| tabs.label(target_id, label));
    }

    /// Opens a tab and goes to a URL there. A page that does not load still is a tab; what the policy refuses is
    /// none.
    ///
    /// # Errors
    /// [`Error::Refused`] for a URL, or a redirect hop, that the policy refuses. What could not be loaded is no error: the
    /// tab is there, and shows why.
    pub async fn open_tab(
        &self,
        url: &str,
        label: Option<Label>,
        deadline: Deadline,
    ) -> Result<(TabView, Option<page::Error>), Error> {
        let url = self.guard.judge(url).await?;
        let tab = self.blank_tab(deadline).await?;
        let mut trouble = None;
        self.tabs.send_modify(|tabs| tabs.wanted(&tab.target_id));
        if let Some(label) = label {
            self.label(&tab.target_id, label);
        }
        self.use_tab(&tab.target_id);
        if url != "about:blank" {
            let before = tab.page.refusals();
            let loading = tab.page.load(&url, deadline.within(FIRST_LOAD)).await;
            match self.told(&tab.page, before, loading) {
                Err(refused @ Error::Refused(_)) => {
                    self.close_tab(&tab.target_id, deadline).await.ok();
                    return Err(refused);
                }
                Err(Error::Page(page::Error::Gone)) => return Err(Error::Page(page::Error::Gone)),
                Err(Error::Page(error @ page::Error::Navigation { .. })) => trouble = Some(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok((self.find(&tab.target_id).unwrap_or(tab), trouble))
    }

    /// Goes to a URL in a tab and waits until it has loaded. What turns out to be a file is downloaded instead, and the
    /// tab stays where it is.
    ///
    /// # Errors
    /// [`Error::Refused`] for a URL, or a redirect hop, that the policy refuses; [`Error::Page`] for the rest.
    pub async fn navigate(
        &self,
        page: &Page,
        url: &str,
        deadline: Deadline,
    ) -> Result<Option<Download>, Error> {
        let url = self.guard.judge(url).await?;
        let before = page.refusals();
        let mark = self.mark_downloads(page);
        let outcome = page.navigate(&url, deadline).await;
        if let Err(page::Error::Download { .. }) = &outcome
            && let Some(download) = self.navigated_to(mark, page, deadline).await
        {
            return Ok(Some(download));
        }
        self.told(page, before, outcome)?;
        Ok(None)
    }

    /// A redirect that is refused on the way shows as an aborted load; this tells it from other failures.
    fn told(&self, page: &Page, before: u64, outcome: Result<(), page::Error>) -> Result<(), Error> {
        if page.refusals() > before && outcome.is_err() {
            return Err(self.refusal(page).into());
        }
        Ok(outcome?)
    }

    /// Why the last navigation in one of a page's frames was refused.
    pub fn refusal(&self, page: &Page) -> Refusal {
        self.guard.last_refusal(page)
    }

    /// Makes a tab the foremost of its window, and the one that calls without a target mean.
    ///
    /// # Errors
    /// When the tab is gone.
    pub async fn activate(&self, target_id: &str, deadline: Deadline) -> Result<(), Error> {
        self.session.send(&ActivateTargetParams::new(target_id.to_owned()), deadline).await?;
        self.tabs.send_modify(|tabs| tabs.activated(target_id));
        self.use_tab(target_id);
        Ok(())
    }

    /// Closes a tab, whatever its page does.
    ///
    /// # Errors
    /// When the tab is gone.
    pub async fn close_tab(&self, target_id: &str, deadline: Deadline) -> Result<(), Error> {
        let mut changes = self.tabs.subscribe();
        self.tabs.send_modify(|tabs| tabs.closing(target_id));
        let close = CloseTargetParams::new(target_id.to_owned());
        self.session.send(&close, deadline).await?;
        // `Target.closeTarget` answers before a busy tab is gone; the list follows, within bounds. Chromium 156 forgets a
        // tab that comes to another document just then, so it is told again.
        let lingers = deadline.within(LINGER);
        while !lingers.remaining().is_zero() {
            let left = changes.wait_for(|tabs| tabs.get(target_id).is_none());
            if lingers.within(FORGOTTEN).run(left).await.is_ok() {
                break;
            }
            self.session.send(&close, lingers).await.ok();
        }
        self.tabs.send_modify(|tabs| tabs.closed(target_id));
        Ok(())
    }
}

/// The next number of a sequence that starts with 1.
pub(crate) fn next(numbering: &AtomicU32) -> u32 {
    numbering.fetch_add(1, Ordering::Relaxed) + 1
}
