//! The tabs of a browser: stable ids, labels, order, and how a caller's words find one. Pure.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, atomic::AtomicU32};

use super::moves::{MovedTab, Moves};
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

/// The longest label (contract 6.2).
const LONGEST_LABEL: usize = 64;

/// A tab's stable name: `t1`, `t2`, … counted a profile, never reused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TabId(u32);

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// A name that a caller gave a tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

/// A text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tab label must be 1-64 chars and use only letters, numbers, _, ., :, or -")]
pub struct LabelError;

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
        let is_label = !text.is_empty() && text.len() <= LONGEST_LABEL && text.chars().all(fits);
        is_label.then(|| Self(text.to_owned())).ok_or(LabelError)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One tab, as it is at one moment.
#[derive(Debug, Clone)]
pub struct TabView {
    /// Its stable id.
    pub id: TabId,
    /// The browser's id of its target.
    pub target_id: Arc<str>,
    /// The name that a caller gave it.
    pub label: Option<Label>,
    /// Its title.
    pub title: String,
    /// Its URL.
    pub url: String,
    /// What is in it.
    pub page: Page,
}

impl TabView {
    /// The name that callers should use: the label, else the id.
    pub fn suggested(&self) -> String {
        self.label.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }

    fn moved(&self) -> MovedTab {
        MovedTab { id: self.id, target_id: Arc::clone(&self.target_id), url: self.page.url() }
    }
}

/// Why a caller's words find no tab.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// None fits.
    #[error(
        "tab not found: browser tab \"{0}\" not found. Use action=tabs and pass suggestedTargetId, tabId, label, or \
         raw targetId."
    )]
    NotFound(String),
    /// A bare number is no name of a tab.
    #[error(
        "tab not found: browser tab \"{0}\" not found. Numeric values are not tab targets; use a stable tab id like \
         \"t1\", a label, or a raw targetId. For positional selection, use \"openclaw browser tab select {0}\"."
    )]
    Numeric(String),
    /// Several fit.
    #[error("ambiguous browser tab reference")]
    Ambiguous,
}

/// All tabs of a browser.
#[derive(Debug)]
pub(super) struct Tabs {
    entries: Vec<Entry>,
    current: Option<Arc<str>>,
    numbering: Arc<AtomicU32>,
    activations: u64,
    /// Went away by themselves since a caller looked last.
    gone: Vec<Departed>,
    pub(super) moves: Moves,
}

#[derive(Debug)]
struct Entry {
    view: TabView,
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
    was_current: bool,
}

impl Tabs {
    pub(super) fn new(numbering: Arc<AtomicU32>) -> Self {
        Self {
            entries: Vec::new(),
            current: None,
            numbering,
            activations: 0,
            gone: Vec::new(),
            moves: Moves::default(),
        }
    }

    /// A target was attached and its page is ready.
    pub(super) fn opened(&mut self, info: &TargetInfo, page: Page) {
        self.activations += 1;
        let view = TabView {
            id: TabId(super::next(&self.numbering)),
            target_id: info.target_id.as_str().into(),
            label: None,
            title: shown_title(info),
            url: info.url.clone(),
            page,
        };
        self.moves.opened(view.moved(), info.opener_id.clone());
        self.entries.push(Entry {
            view,
            activated: self.activations,
            opener: info.opener_id.clone(),
            is_known: false,
            is_closing: false,
        });
    }

    /// A caller looks at the tabs. Names of a tab that went away by itself pass to the one that came in its place:
    /// the only new one when only one went, or the only one that shows the same URL (contract 6).
    pub(super) fn look(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        let is_single = gone.len() == 1 && self.newcomers().count() == 1;
        for departed in &gone {
            let url = &departed.view.url;
            let is_unique = gone.iter().filter(|other| other.view.url == *url).count() == 1
                && self.newcomers().filter(|entry| entry.view.url == *url).count() == 1;
            let heir = self.entries.iter_mut().find(|entry| {
                let fits = is_single || (is_unique && entry.view.url == *url);
                // A popup of a tab that is still there is no successor of another one.
                let is_free = entry.opener.as_deref().is_none_or(|id| *id == *departed.view.target_id);
                !entry.is_known && fits && is_free
            });
            if let Some(heir) = heir {
                heir.view.id = departed.view.id;
                heir.view.label.clone_from(&departed.view.label);
                if departed.was_current {
                    self.current = Some(Arc::clone(&heir.view.target_id));
                }
            }
        }
        self.entries.iter_mut().for_each(|entry| entry.is_known = true);
    }

    fn newcomers(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_known)
    }

    /// A caller asked for this tab: it is nobody's successor.
    pub(super) fn wanted(&mut self, target_id: &str) {
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.is_known = true;
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
        let was_current = self.current.as_deref() == Some(target_id);
        if was_current {
            self.current = None;
        }
        let Some(at) = self.entries.iter().position(|e| *e.view.target_id == *target_id) else { return };
        let Entry { view, is_known, is_closing, opener, .. } = self.entries.remove(at);
        self.moves.closed(view.moved(), opener, is_closing);
        view.page.end();
        if is_known && !is_closing {
            self.gone.push(Departed { view, was_current });
        }
    }

    pub(super) fn activated(&mut self, target_id: &str) {
        self.activations += 1;
        if let Some(entry) = self.entries.iter_mut().find(|e| *e.view.target_id == *target_id) {
            entry.activated = self.activations;
        }
    }

    pub(super) fn label(&mut self, target_id: &str, label: Label) {
        for Entry { view, .. } in &mut self.entries {
            if *view.target_id == *target_id {
                view.label = Some(label.clone());
            } else if view.label.as_ref() == Some(&label) {
                view.label = None;
            }
        }
    }

    pub(super) fn make_current(&mut self, target_id: &str) {
        self.current = Some(target_id.into());
    }

    pub(super) fn get(&self, target_id: &str) -> Option<TabView> {
        self.entries.iter().find(|e| *e.view.target_id == *target_id).map(|e| e.view.clone())
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.entries.iter().map(|e| &e.view.page)
    }

    pub(super) fn current(&self) -> Option<TabView> {
        let sticky = self.current.as_deref().and_then(|id| self.get(id));
        sticky.or_else(|| self.list().into_iter().next())
    }

    /// The most recently activated first, as Chromium lists them.
    pub(super) fn list(&self) -> Vec<TabView> {
        let mut shown: Vec<&Entry> = self.shown().collect();
        shown.sort_by_key(|e| std::cmp::Reverse(e.activated));
        shown.into_iter().map(|e| e.view.clone()).collect()
    }

    fn shown(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| !HIDDEN.iter().any(|scheme| e.view.url.starts_with(scheme)))
    }

    /// Exact names first, then a unique prefix of the target id, upper and lower case alike.
    pub(super) fn find(&self, text: &str) -> Result<TabView, LookupError> {
        let text = text.trim();
        let names = |view: &TabView| {
            *view.target_id == *text
                || view.id.to_string() == text
                || view.label.as_ref().is_some_and(|label| label.0 == text)
        };
        let exact: Vec<&Entry> = self.shown().filter(|e| names(&e.view)).collect();
        let is_prefix = |e: &&Entry| {
            let id = &e.view.target_id;
            !text.is_empty() && id.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
        };
        let found = if exact.is_empty() { self.shown().filter(is_prefix).collect() } else { exact };
        match found[..] {
            [only] => Ok(only.view.clone()),
            [] if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
                Err(LookupError::Numeric(text.to_owned()))
            }
            [] => Err(LookupError::NotFound(text.to_owned())),
            _ => Err(LookupError::Ambiguous),
        }
    }
}

/// Until a document has a title, Chromium shows its URL in its place.
fn shown_title(info: &TargetInfo) -> String {
    let bare = info.url.split_once("://").map_or(info.url.as_str(), |(_, rest)| rest);
    let is_url = info.title == info.url || info.title == bare || info.title == bare.trim_end_matches('/');
    if is_url && info.url != "about:blank" { String::new() } else { info.title.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdp::{Connection, transport::memory};

    async fn tabs(ids: &[&str]) -> Tabs {
        let mut tabs = Tabs::new(Arc::default());
        for id in ids {
            let info =
                TargetInfo { target_id: (*id).to_owned(), url: "http://h/".to_owned(), ..Default::default() };
            let session = Connection::open(memory().0).session("S");
            tabs.opened(&info, Page::detached(session, id));
        }
        tabs
    }

    #[tokio::test]
    async fn words_find_tabs_exactly_or_by_prefix() {
        let mut tabs = tabs(&["ABC1", "ABD2", "12AB"]).await;
        tabs.label("ABC1", "lab".parse().expect("a label"));
        let found = |text: &str| tabs.find(text).map(|view| view.id.to_string());
        for (text, expected) in
            [("t1", "t1"), ("lab", "t1"), ("ABD2", "t2"), ("abd", "t2"), (" t3 ", "t3"), ("12", "t3")]
        {
            assert_eq!(found(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(found("AB"), Err(LookupError::Ambiguous));
        assert_eq!(found("2"), Err(LookupError::Numeric("2".into())));
        assert_eq!(found(""), Err(LookupError::NotFound(String::new())));
        assert_eq!(found("zzz"), Err(LookupError::NotFound("zzz".into())));
    }

    #[tokio::test]
    async fn a_label_moves_and_may_clash_with_an_id() {
        let mut tabs = tabs(&["A", "B"]).await;
        tabs.label("A", "x".parse().expect("a label"));
        tabs.label("B", "x".parse().expect("a label"));
        assert_eq!(tabs.find("x").expect("found").id, TabId(2));
        tabs.label("A", "t2".parse().expect("a label"));
        assert_eq!(tabs.find("t2").map(|v| v.id), Err(LookupError::Ambiguous));
    }

    #[tokio::test]
    async fn the_last_activated_is_first_and_the_used_one_is_current() {
        let mut tabs = tabs(&["A", "B", "C"]).await;
        tabs.activated("B");
        let order: Vec<String> = tabs.list().iter().map(|v| v.id.to_string()).collect();
        assert_eq!(order, ["t2", "t3", "t1"]);
        tabs.make_current("A");
        assert_eq!(tabs.current().map(|v| v.id), Some(TabId(1)));
        tabs.closed("A");
        assert_eq!(tabs.current().map(|v| v.id), Some(TabId(2)));
    }

    #[tokio::test]
    async fn names_pass_to_the_tab_that_came_in_place_of_one_that_went() {
        let names = |tabs: &Tabs| -> Vec<String> {
            let name = |v: &TabView| format!("{} {} {}", v.target_id, v.id, v.suggested());
            tabs.list().iter().rev().map(name).collect()
        };
        let add = |tabs: &mut Tabs, id: &str, url: &str, opener: Option<&str>| {
            let info = TargetInfo {
                target_id: id.to_owned(),
                url: url.to_owned(),
                opener_id: opener.map(str::to_owned),
                ..Default::default()
            };
            tabs.opened(&info, Page::detached(Connection::open(memory().0).session("S"), id));
        };
        let mut one = tabs(&["A"]).await;
        one.label("A", "lab".parse().expect("a label"));
        one.look();
        one.make_current("A");
        add(&mut one, "B", "http://other/", Some("A"));
        one.closed("A");
        one.look();
        assert_eq!(names(&one), ["B t1 lab"]);
        assert_eq!(one.current.as_deref(), Some("B"));
        // Closed by a caller, opened by a caller, seen before, opened by somebody else: no succession.
        add(&mut one, "C", "http://h/", None);
        one.closing("B");
        one.closed("B");
        one.look();
        assert_eq!(names(&one), ["C t3 t3"]);
        one.closed("C");
        add(&mut one, "D", "http://h/", None);
        one.wanted("D");
        add(&mut one, "E", "http://h/", Some("D"));
        one.look();
        assert_eq!(names(&one), ["D t4 t4", "E t5 t5"]);
        // Two went and two came: the URL tells.
        add(&mut one, "F", "http://x/", None);
        one.look();
        ["D", "E", "F"].iter().for_each(|id| one.closed(id));
        add(&mut one, "G", "http://x/", None);
        add(&mut one, "H", "http://y/", None);
        one.look();
        assert_eq!(names(&one), ["G t6 t6", "H t8 t8"]);
    }

    #[test]
    fn labels_have_a_small_alphabet() {
        for good in ["a", "A_b.c:d-1", &"x".repeat(64)] {
            assert!(good.parse::<Label>().is_ok(), "{good}");
        }
        for bad in ["", "  ", "a b", "é", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Label>(), Err(LabelError), "{bad}");
        }
    }
}
