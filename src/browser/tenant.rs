//! Somebody who has tabs of their own in a browser that others use, too. Their handle of the browser shows those tabs
//! and no others, and everything that is written through it ends with them. It does not know why they are there.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;

use super::entry::Entry;
use super::tabs::Tabs;
use super::{Browser, Error, LINGER, MovedTab, TabView, downloads};
use crate::cdp::browser_protocol::target::{
    CloseTargetParams, CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};
use crate::cdp::{Call, Gate};
use crate::deadline::Deadline;
use crate::page::{self, Surroundings};

/// Somebody who has tabs of their own. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Tenant(Arc<Place>);

#[derive(Debug)]
struct Place {
    /// What others are told that a tab of theirs belongs to.
    name: Arc<str>,
    /// The browser context that is all theirs.
    context: Option<String>,
    /// Further ones, which they have had made through a channel of their own.
    further: Mutex<Vec<String>>,
    /// Open as long as they may do anything.
    gate: Gate,
    /// What their pages are made to believe.
    around: watch::Sender<Surroundings>,
    /// What servers are told that ask their pages who is there.
    entry: Entry,
}

impl PartialEq for Tenant {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Tenant {}

impl Tenant {
    pub(super) fn new(name: &str, context: Option<&str>, is_headless: bool) -> Self {
        let around = watch::Sender::new(Surroundings { is_headless, ..Surroundings::default() });
        let (context, gate, entry) = (context.map(str::to_owned), Gate::default(), Entry::default());
        let further = Mutex::default();
        Self(Arc::new(Place { name: name.into(), context, further, gate, around, entry }))
    }

    /// What others are told that a tab of theirs belongs to.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The browser context that is all theirs; none when they share the browser's own.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// Whether a browser context is theirs.
    pub fn has_context(&self, id: &str) -> bool {
        self.context() == Some(id) || self.further().iter().any(|known| known == id)
    }

    /// The browser contexts that are theirs besides their first one.
    pub fn further_contexts(&self) -> Vec<String> {
        self.further().clone()
    }

    fn further(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.further.lock().expect("nothing panics while it is held")
    }

    /// Open as long as they may do anything.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(super) fn around(&self) -> &watch::Sender<Surroundings> {
        &self.0.around
    }

    pub(super) fn entry(&self) -> &Entry {
        &self.0.entry
    }
}

impl Browser {
    /// Lets somebody in: the browser as they see it, with a context of their own if that is wished. Tabs that they open,
    /// and those that these open, are theirs.
    ///
    /// # Errors
    /// When the browser does not make a context.
    pub async fn admit(&self, name: &str, own_context: bool, deadline: Deadline) -> Result<Self, Error> {
        let context = if own_context { Some(self.new_context(deadline).await?) } else { None };
        let tenant = Tenant::new(name, context.as_deref(), self.is_headless);
        self.tabs.send_modify(|tabs| tabs.admit(tenant.clone()));
        Ok(Self { session: self.base.gated(tenant.gate()), tenant: Some(tenant), ..self.clone() })
    }

    /// Whose handle it is; nobody's is that of all who share the browser.
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// The browser context that is all theirs; none when they share the browser's own.
    pub(super) fn context(&self) -> Option<&str> {
        self.tenant.as_ref().and_then(Tenant::context)
    }

    /// The tabs that whoever this handle is of would lose if it ended now, those included that have just gone away with
    /// their browser.
    pub fn at_stake(&self) -> Vec<MovedTab> {
        self.tabs.borrow().at_stake(self.tenant.as_ref())
    }

    /// Whether a target is a tab of whoever this handle is of.
    pub fn owns(&self, target_id: &str) -> bool {
        self.tabs.borrow().holds(target_id, self.tenant.as_ref())
    }

    /// A browser context that whoever this handle is of has had made is theirs, too, and its downloads go where all go.
    pub fn take_context(&self, id: &str) {
        if let Some(tenant) = &self.tenant {
            tenant.further().push(id.to_owned());
            self.session.tell(downloads::behavior(&self.folders, Some(id)));
        }
    }

    /// A browser context of theirs has gone.
    pub fn forget_context(&self, id: &str) {
        if let Some(tenant) = &self.tenant {
            tenant.further().retain(|known| known != id);
        }
    }

    /// Whether a frame is one of a tab of whoever this handle is of.
    pub fn owns_frame(&self, frame: &str) -> bool {
        self.tenant.is_some() && self.tabs.borrow().holder_of_frame(frame) == self.tenant
    }

    async fn new_context(&self, deadline: Deadline) -> Result<String, Error> {
        // Detaching is no end: the client that asks may be another one than the one that uses it.
        let create = CreateBrowserContextParams { dispose_on_detach: Some(false), ..Default::default() };
        let context: String = self.base.send(&create, deadline).await?.browser_context_id.into();
        let behavior = downloads::behavior(&self.folders, Some(&context));
        if let Err(error) = self.base.call(behavior, deadline).await {
            self.dispose(&context, deadline).await;
            return Err(error.into());
        }
        Ok(context)
    }

    /// Sends whoever this handle is of out: nothing of theirs is written any more, their tabs are closed, and their context
    /// is gone when this returns.
    pub async fn evict(&self, deadline: Deadline) {
        let Some(tenant) = &self.tenant else { return };
        tenant.gate().close();
        let mut targets = Vec::new();
        self.tabs.send_modify(|tabs| targets = tabs.evict(tenant));
        for context in tenant.further_contexts() {
            // It may have gone with the client that had it made.
            self.base.tell(Call::of(&DisposeBrowserContextParams::new(context)));
        }
        match tenant.context() {
            Some(context) => self.dispose(context, deadline).await,
            None => {
                let close = |target: &Arc<str>| Call::of(&CloseTargetParams::new(target.to_string()));
                // One that is gone already needs no closing.
                self.base.flight(targets.iter().map(close), deadline).await.ok();
            }
        }
        let mut changes = self.tabs.subscribe();
        let is_gone =
            |tabs: &Tabs, target: &str| tabs.get(target).is_none() && !tabs.moves.is_opening(target);
        let left = changes.wait_for(|tabs| targets.iter().all(|target| is_gone(tabs, target)));
        deadline.within(LINGER).run(left).await.ok();
        self.tabs.send_modify(|tabs| {
            targets.iter().for_each(|target| tabs.closed(target));
            tabs.forget(tenant);
        });
    }

    async fn dispose(&self, context: &str, deadline: Deadline) {
        let dispose = DisposeBrowserContextParams::new(context.to_owned());
        if let Err(error) = self.base.send(&dispose, deadline).await {
            tracing::warn!(%error, "a browser context was not disposed of");
        }
    }

    /// An empty tab of whoever this handle is of. It is theirs from the first moment at which anybody can see it.
    pub(super) async fn blank_tab(&self, deadline: Deadline) -> Result<TabView, Error> {
        let Some(tenant) = &self.tenant else { return self.made_tab(deadline).await };
        let mut prepared = None;
        self.tabs.send_modify(|tabs| prepared = tabs.take_prepared(tenant));
        if let Some(prepared) = prepared.filter(|view| !view.page.is_closed()) {
            return Ok(prepared);
        }
        // A caller that gives up must not leave a tab behind that is nobody's.
        let browser = self.clone();
        let made = tokio::spawn(async move { browser.made_tab(Deadline::after(MAKING)).await });
        deadline.run(made).await.map_err(|_| Error::Unanswered)?.map_err(|_| Error::Unanswered)?
    }

    /// Has a blank tab made for whoever this handle is of, which nobody sees until they ask for one.
    ///
    /// # Errors
    /// When the browser does not make it.
    pub async fn prepare_tab(&self, deadline: Deadline) -> Result<(), Error> {
        let made = self.made_tab(deadline).await?;
        self.tabs.send_modify(|tabs| tabs.prepare(&made.target_id));
        Ok(())
    }

    async fn made_tab(&self, deadline: Deadline) -> Result<TabView, Error> {
        let create = CreateTargetParams {
            background: Some(true),
            new_window: self.is_headless.then_some(true),
            browser_context_id: self.context().map(|id| id.to_owned().into()),
            ..CreateTargetParams::new("about:blank")
        };
        let _expected = Expected::begin(&self.tabs);
        let created = self.session.send(&create, deadline).await?;
        let target_id: String = created.target_id.into();
        let mut changes = self.tabs.subscribe();
        let ready = changes.wait_for(|tabs| tabs.get(&target_id).is_some());
        let tabs = deadline.run(ready).await.map_err(|_| Error::Unanswered)?;
        let view = tabs.map_err(|_| Error::Unanswered)?.get(&target_id).ok_or(Error::Unanswered)?;
        self.tabs.send_modify(|tabs| tabs.claim(&target_id, self.tenant.as_ref()));
        if let Some(tenant) = &self.tenant {
            view.page.move_into(tenant.around().subscribe(), deadline).await;
            if !tenant.gate().is_open() {
                // They left meanwhile, and this one was not known to be theirs.
                view.page.end();
                self.base.tell(Call::of(&CloseTargetParams::new(target_id)));
                return Err(Error::Page(page::Error::Gone));
            }
        }
        Ok(view)
    }
}

/// How long a tab may take to be made.
const MAKING: Duration = Duration::from_secs(30);

/// A tab is being made: until it is known which one it is, new ones that may be it are nobody's.
pub(super) struct Expected(Arc<watch::Sender<Tabs>>);

impl Expected {
    pub(super) fn begin(tabs: &Arc<watch::Sender<Tabs>>) -> Self {
        tabs.send_modify(Tabs::expect);
        Self(Arc::clone(tabs))
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.0.send_modify(Tabs::expect_no_longer);
    }
}
