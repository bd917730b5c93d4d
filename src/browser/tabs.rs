//! The tabs of a browser: whose they are, their order, and how a caller's words find one. Pure.

use std::collections::HashMap;
use std::sync::{Arc, atomic::AtomicU32};

use super::kept::KeptTab;
use super::moves::{MovedTab, Moves};
use super::tab::{Label, LookupError, TabId, TabView};
use super::tenant::Tenant;
use crate::cdp::protocol::TargetInfo;
use crate::page::Page;

/// Pages of the browser's own that callers never see (contract 6).
const HIDDEN: &[&str] = &[
    "chrome:",
    "chrome-untrusted:",
    "devtools:",
    "edge:",
    "brave:",
    "vivaldi:",
    "opera:",
    "chrome-extension:",
];

/// All tabs of a browser.
#[derive(Debug)]
pub(super) struct Tabs {
    entries: Vec<Entry>,
    /// Those who have tabs of their own.
    tenants: Vec<Tenant>,
    /// Whose the targets are of which that was known before they were tabs.
    owners: HashMap<String, Tenant>,
    /// Tabs that callers are having made: which of the new ones they are is not known until the browser says so.
    expected: usize,
    numbering: Arc<AtomicU32>,
    activations: u64,
    /// Went away by themselves since a caller looked last.
    gone: Vec<Departed>,
    pub(super) moves: Moves,
}

#[derive(Debug)]
struct Entry {
    view: TabView,
    /// Whose it is; none when it is nobody's in particular.
    tenant: Option<Tenant>,
    /// It was made before anybody asked for it, so nobody sees it until somebody does, or goes somewhere in it.
    is_prepared: bool,
    /// It may turn out to be one that a caller is having made, so nobody sees it yet.
    is_pending: bool,
    /// It is a tool of ours, and nobody ever sees it.
    is_tool: bool,
    /// Calls without a target mean it, of those that are the same one's.
    is_current: bool,
    activated: u64,
    /// The target that opened it.
    opener: Option<String>,
    /// A caller has seen its names, or asked for it.
    is_known: bool,
    /// A caller closes it, so nothing takes its place.
    is_closing: bool,
}

/// A tab that a caller knew and that went away by itself.
#[derive(Debug)]
struct Departed {
    view: TabView,
    tenant: Option<Tenant>,
    was_current: bool,
}

impl From<&Entry> for KeptTab {
    fn from(Entry { view, is_current, .. }: &Entry) -> Self {
        let shows = view.page.url();
        // The page of an error is nothing that could be asked for.
        let url = if shows.starts_with("http") { shows } else { view.url.clone() };
        let (id, label, refs) = (view.id, view.label.clone(), view.page.ref_numbers());
        Self { id, label, url, is_current: *is_current, refs }
    }
}

impl Tabs {
    pub(super) fn new(numbering: Arc<AtomicU32>) -> Self {
        Self {
            entries: Vec::new(),
            tenants: Vec::new(),
            owners: HashMap::new(),
            expected: 0,
            numbering,
            activations: 0,
            gone: Vec::new(),
            moves: Moves::default(),
        }
    }

    /// A target was attached and its page is ready. False when whoever it belongs to has left: nobody gets it then.
    pub(super) fn opened(&mut self, info: &TargetInfo, page: Page, tenant: Option<Tenant>) -> bool {
        if tenant.as_ref().is_some_and(|tenant| !tenant.gate().is_open()) {
            self.moves.settled(&info.target_id);
            page.end();
            return false;
        }
        self.activations += 1;
        let view = TabView {
            id: TabId::next(&self.numbering),
            target_id: info.target_id.as_str().into(),
            label: None,
            title: shown_title(info),
            url: info.url.clone(),
            page,
        };
        self.moves.opened(MovedTab::from(&view), info.opener_id.clone());
        self.entries.push(Entry {
            view,
            is_pending: self.expected > 0 && tenant.is_none() && info.opener_id.is_none(),
            is_prepared: false,
            is_tool: false,
            tenant,
            is_current: false,
            activated: self.activations,
            opener: info.opener_id.clone(),
            is_known: false,
            is_closing: false,
        });
        true
    }

    /// Somebody gets tabs of their own.
    pub(super) fn admit(&mut self, tenant: Tenant) {
        self.tenants.push(tenant);
    }

    /// Those who have tabs of their own.
    pub(super) fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// Whose a target is before it is a tab: whoever has its context, or the tab that opened it. That is known of all but
    /// those that callers are having made in the context that all share.
    pub(super) fn note_owner(&mut self, info: &TargetInfo) -> Option<Tenant> {
        let opener = info
            .opener_id
            .as_deref()
            .and_then(|opener| self.owners.get(opener).cloned().or_else(|| self.tenant_of(opener)));
        let owner = self.of_context(info).cloned().or(opener)?;
        self.owners.insert(info.target_id.clone(), owner.clone());
        Some(owner)
    }

    fn of_context(&self, info: &TargetInfo) -> Option<&Tenant> {
        let context = info.browser_context_id.as_deref()?;
        self.tenants.iter().find(|tenant| tenant.has_context(context))
    }

    /// The pages that are in the same context as a target.
    pub(super) fn beside(&self, info: &TargetInfo) -> impl Iterator<Item = &Page> {
        let owner = self.of_context(info);
        let is_beside = move |e: &&Entry| e.tenant.as_ref().filter(|it| it.context().is_some()) == owner;
        self.entries.iter().filter(is_beside).map(|e| &e.view.page)
    }

    /// Whose the tab is that has this frame; the main frame of a tab has its target's id, before it is one, too.
    pub(super) fn holder_of_frame(&self, frame: &str) -> Option<Tenant> {
        let of_tab = || self.entries.iter().find(|entry| entry.view.page.has_frame(frame));
        self.owners.get(frame).cloned().or_else(|| of_tab()?.tenant.clone())
    }

    /// A target is gone.
    pub(super) fn destroyed(&mut self, target_id: &str) {
        self.owners.remove(target_id);
        self.moves.destroyed(target_id);
        self.closed(target_id);
    }

    /// A caller is having a tab made.
    pub(super) fn expect(&mut self) {
        self.expected += 1;
    }

    /// It was made, or will not be.
    pub(super) fn expect_no_longer(&mut self) {
        self.expected -= 1;
        if self.expected == 0 {
            self.entries.iter_mut().for_each(|entry| entry.is_pending = false);
        }
    }

    /// A tab is the one that a caller has had made.
    pub(super) fn claim(&mut self, target_id: &str, tenant: Option<&Tenant>) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.is_pending = false;
            entry.tenant = tenant.cloned();
        }
    }

    /// A tab is a tool of ours, and nobody ever sees it.
    pub(super) fn hide(&mut self, target_id: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            (entry.is_tool, entry.is_closing) = (true, true);
        }
    }

    /// A blank tab is there for whoever asks for one next.
    pub(super) fn prepare(&mut self, target_id: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.is_prepared = true;
        }
    }

    /// A blank tab that was made for somebody before they asked.
    pub(super) fn take_prepared(&mut self, tenant: &Tenant) -> Option<TabView> {
        let is_it = |e: &&mut Entry| is_unseen(e) && e.tenant.as_ref() == Some(tenant) && !e.is_closing;
        let entry = self.entries.iter_mut().find(is_it)?;
        entry.is_prepared = false;
        self.activations += 1;
        entry.activated = self.activations;
        Some(entry.view.clone())
    }

    /// Somebody leaves: nothing is driven in their tabs any more, which are these.
    pub(super) fn evict(&mut self, tenant: &Tenant) -> Vec<Arc<str>> {
        let theirs = self.entries.iter_mut().filter(|entry| entry.tenant.as_ref() == Some(tenant));
        let end = |entry: &mut Entry| {
            entry.is_closing = true;
            entry.view.page.end();
            Arc::clone(&entry.view.target_id)
        };
        theirs.map(end).collect()
    }

    /// Somebody's tabs, and those of theirs that have gone away by themselves since a caller looked last.
    pub(super) fn at_stake(&self, tenant: Option<&Tenant>) -> Vec<MovedTab> {
        let gone = self.gone.iter().filter(|departed| departed.tenant.as_ref() == tenant);
        let gone = gone.map(|departed| MovedTab::from(&departed.view));
        gone.chain(self.list(tenant).iter().map(MovedTab::from)).collect()
    }

    /// Somebody has left, and nothing of theirs can come any more.
    pub(super) fn forget(&mut self, tenant: &Tenant) {
        self.tenants.retain(|known| known != tenant);
        self.owners.retain(|_, owner| owner != tenant);
        self.gone.retain(|departed| departed.tenant.as_ref() != Some(tenant));
    }

    /// A caller looks at the tabs. Names of a tab that went away by itself pass to the one that came in its place:
    /// the only new one when only one went, or the only one that shows the same URL (contract 6).
    pub(super) fn look(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        for departed in &gone {
            let Departed { view: TabView { url, .. }, tenant, .. } = departed;
            // What one has lost no other one inherits.
            let rivals = || gone.iter().filter(|other| other.tenant == *tenant);
            let newcomers = || self.newcomers().filter(|entry| entry.tenant == *tenant);
            let is_single = rivals().count() == 1 && newcomers().count() == 1;
            let is_unique = rivals().filter(|other| other.view.url == *url).count() == 1
                && newcomers().filter(|entry| entry.view.url == *url).count() == 1;
            let heir = self.entries.iter_mut().find(|entry| {
                let fits = (is_single || (is_unique && entry.view.url == *url)) && entry.tenant == *tenant;
                // A popup of a tab that is still there is no successor of another one.
                let is_free = entry.opener.as_deref().is_none_or(|id| *id == *departed.view.target_id);
                !entry.is_known && fits && is_free
            });
            if let Some(heir) = heir {
                heir.view.id = departed.view.id;
                heir.view.label.clone_from(&departed.view.label);
                if departed.was_current {
                    let target_id = Arc::clone(&heir.view.target_id);
                    self.make_current(&target_id);
                }
            }
        }
        self.entries.iter_mut().filter(|entry| !entry.is_pending).for_each(|entry| entry.is_known = true);
    }

    fn newcomers(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_known && !entry.is_pending)
    }

    /// A caller asked for this tab: it is nobody's successor.
    pub(super) fn wanted(&mut self, target_id: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.is_known = true;
        }
    }

    /// What is to be remembered of the tabs that are nobody's in particular, the least recently activated first.
    pub(super) fn kept(&self) -> Vec<KeptTab> {
        let mut shown: Vec<&Entry> = self.shown().filter(|entry| entry.tenant.is_none()).collect();
        shown.sort_by_key(|entry| entry.activated);
        shown.into_iter().map(KeptTab::from).collect()
    }

    /// A tab is to be replaced by another one: what that is to be. None when it is being closed already.
    pub(super) fn give_up(&mut self, target_id: &str) -> Option<KeptTab> {
        let is_it = |entry: &&mut Entry| *entry.view.target_id == *target_id && !entry.is_closing;
        let entry = self.entries.iter_mut().find(is_it)?;
        entry.is_closing = true;
        Some(KeptTab::from(&*entry))
    }

    /// A tab is what another one was.
    pub(super) fn take_over(&mut self, target_id: &str, kept: &KeptTab) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            (entry.view.id, entry.is_known) = (kept.id, true);
            entry.view.label.clone_from(&kept.label);
        }
        if kept.is_current {
            self.make_current(target_id);
        }
    }

    /// A caller closes this tab: nothing takes its place.
    pub(super) fn closing(&mut self, target_id: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.is_closing = true;
        }
    }

    pub(super) fn changed(&mut self, info: &TargetInfo) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == info.target_id) {
            entry.view.title = shown_title(info);
            entry.view.url.clone_from(&info.url);
        }
    }

    pub(super) fn closed(&mut self, target_id: &str) {
        let Some(at) = self.entries.iter().position(|e| *e.view.target_id == *target_id) else { return };
        let Entry { view, tenant, is_known, is_closing, is_current, opener, .. } = self.entries.remove(at);
        self.moves.closed(MovedTab::from(&view), opener, is_closing);
        view.page.end();
        if is_known && !is_closing {
            self.gone.push(Departed { view, tenant, was_current: is_current });
        }
    }

    pub(super) fn activated(&mut self, target_id: &str) {
        self.activations += 1;
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.activated = self.activations;
        }
    }

    /// Names a tab; of those that are the same one's, no other has that name then.
    pub(super) fn label(&mut self, target_id: &str, label: Label) {
        let tenant = self.tenant_of(target_id);
        for Entry { view, .. } in self.entries.iter_mut().filter(|entry| entry.tenant == tenant) {
            if *view.target_id == *target_id {
                view.label = Some(label.clone());
            } else if view.label.as_ref() == Some(&label) {
                view.label = None;
            }
        }
    }

    pub(super) fn make_current(&mut self, target_id: &str) {
        let tenant = self.tenant_of(target_id);
        for entry in self.entries.iter_mut().filter(|entry| entry.tenant == tenant) {
            entry.is_current = *entry.view.target_id == *target_id;
        }
    }

    /// Whether a target is somebody's, be it a tab already or not.
    pub(super) fn holds(&self, target_id: &str, tenant: Option<&Tenant>) -> bool {
        let is_it = |entry: &Entry| *entry.view.target_id == *target_id && entry.tenant.as_ref() == tenant;
        self.entries.iter().any(is_it)
            || self.owners.get(target_id).is_some_and(|owner| Some(owner) == tenant)
    }

    fn tenant_of(&self, target_id: &str) -> Option<Tenant> {
        self.entries.iter().find(|e| *e.view.target_id == *target_id)?.tenant.clone()
    }

    pub(super) fn get(&self, target_id: &str) -> Option<TabView> {
        self.entries.iter().find(|e| *e.view.target_id == *target_id).map(|e| e.view.clone())
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.entries.iter().map(|e| &e.view.page)
    }

    /// Everything that is somebody's, pages of the browser's own too.
    pub(super) fn of(&self, tenant: Option<&Tenant>) -> impl Iterator<Item = &Page> {
        self.entries.iter().filter(move |e| e.tenant.as_ref() == tenant).map(|e| &e.view.page)
    }

    pub(super) fn current(&self, tenant: Option<&Tenant>) -> Option<TabView> {
        let sticky = self.entries.iter().find(|e| e.is_current && e.tenant.as_ref() == tenant);
        sticky.map(|e| e.view.clone()).or_else(|| self.list(tenant).into_iter().next())
    }

    /// Somebody's tabs, the most recently activated first, as Chromium lists them.
    pub(super) fn list(&self, tenant: Option<&Tenant>) -> Vec<TabView> {
        let mut shown: Vec<&Entry> = self.shown().filter(|e| e.tenant.as_ref() == tenant).collect();
        shown.sort_by_key(|e| std::cmp::Reverse(e.activated));
        shown.into_iter().map(|e| e.view.clone()).collect()
    }

    fn shown(&self) -> impl Iterator<Item = &Entry> {
        let is_hidden = |e: &Entry| HIDDEN.iter().any(|scheme| e.view.url.starts_with(scheme));
        self.entries.iter().filter(move |e| !e.is_pending && !e.is_tool && !is_unseen(e) && !is_hidden(e))
    }

    /// Finds one of somebody's tabs.
    pub(super) fn find(&self, text: &str, tenant: Option<&Tenant>) -> Result<TabView, LookupError> {
        let text = text.trim();
        let found = self.fitting(text, |entry| entry.tenant.as_ref() == tenant);
        let foreign = || self.fitting(text, |entry| entry.tenant.as_ref() != tenant);
        match found[..] {
            [only] => Ok(only.view.clone()),
            [] if let [other, ..] = foreign()[..] => {
                let holder = other.tenant.as_ref().map(|tenant| Arc::clone(tenant.name()));
                Err(LookupError::Foreign { tab: text.to_owned(), holder })
            }
            [] if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Err(LookupError::Numeric(text.to_owned()))
            }
            [] => Err(LookupError::NotFound(text.to_owned())),
            _ => Err(LookupError::Ambiguous),
        }
    }

    /// Exact names first, then a prefix of the target id, upper and lower case alike.
    fn fitting(&self, text: &str, is_meant: impl Fn(&Entry) -> bool) -> Vec<&Entry> {
        let names = |view: &TabView| {
            *view.target_id == *text
                || view.id.to_string() == text
                || view.label.as_ref().is_some_and(|label| label.as_str() == text)
        };
        let shown = || self.shown().filter(|entry| is_meant(entry));
        let exact: Vec<&Entry> = shown().filter(|e| names(&e.view)).collect();
        let is_prefix = |e: &&Entry| {
            let id = &e.view.target_id;
            !text.is_empty() && id.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
        };
        if exact.is_empty() { shown().filter(is_prefix).collect() } else { exact }
    }
}

/// Whether it was made before anybody asked for it, and nobody has used it.
fn is_unseen(entry: &Entry) -> bool {
    entry.is_prepared && matches!(entry.view.url.as_str(), "" | "about:blank")
}

/// Until a document has a title, Chromium shows its URL in its place.
fn shown_title(info: &TargetInfo) -> String {
    let bare = info.url.split_once("://").map_or(info.url.as_str(), |(_, rest)| rest);
    let is_url = info.title == info.url || info.title == bare || info.title == bare.trim_end_matches('/');
    if is_url && info.url != "about:blank" { String::new() } else { info.title.clone() }
}

#[cfg(test)]
mod tests;
