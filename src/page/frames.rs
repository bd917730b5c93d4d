//! The frame tree of one tab: a pure table fed by events. It does not know how they arrive.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::reference::{RefNumbers, Reference};
use crate::cdp::Session;
use crate::cdp::protocol::{FramePayload, FrameTreePayload};

/// The browser's id of a frame; the main frame's is also its target's.
pub(crate) type FrameId = Arc<str>;

/// One frame and the document in it.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) id: FrameId,
    pub(crate) parent: Option<FrameId>,
    /// The channel that this frame is driven on: the tab's own, or that of an out-of-process frame.
    pub(crate) session: Session,
    /// Names the document: a new one for each navigation that is not within the document.
    pub(crate) loader: Arc<str>,
    /// The documents that it has shown last, by their loaders; the present one is the last of them.
    shown: VecDeque<Arc<str>>,
    pub(crate) url: String,
    pub(crate) milestones: Milestones,
    /// The page's own JavaScript context.
    pub(crate) main_context: Option<i64>,
    /// Our isolated world in the present document.
    pub(crate) world: Option<World>,
    /// 0 for the main frame, k for refs such as `fke1`; given with the first ref, never reused.
    pub(crate) number: Option<u32>,
    /// The ref number of the element that holds this frame, in the parent's present document.
    pub(crate) owner_ref: Option<u32>,
    /// Its renderer died; only a navigation revives it.
    pub(crate) crashed: bool,
    /// Where it is on its way to, from the start of a navigation until its document is there or it was given up.
    pub(crate) bound_for: Option<Arc<str>>,
    /// Since when it has been on its way to another document, and where to. It may turn out to be a download.
    pub(crate) leaving: Option<Leaving>,
    /// The next ref number; it goes on counting from document to document.
    pub(crate) next_ref: u32,
}

/// Documents of a frame that are remembered: more do not come between a navigation's reply and a look at the state.
const MOST_SHOWN: usize = 8;

impl Frame {
    /// Whether a document was shown here, be it that another one has replaced it since.
    pub(crate) fn has_shown(&self, loader: &str) -> bool {
        self.shown.iter().any(|shown| **shown == *loader)
    }
}

/// A frame is on its way to another document.
#[derive(Debug, Clone)]
pub(crate) struct Leaving {
    since: Instant,
    /// Where to.
    url: String,
    /// The browser has taken it up.
    has_begun: bool,
}

/// Our isolated JavaScript world in one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) context: i64,
    /// The first ref number that belongs to this document; smaller ones named nodes of earlier documents.
    pub(crate) first_ref: u32,
    /// Whether it can do more than list the document.
    pub(crate) has_hands: bool,
}

/// How far a document has come (`Page.lifecycleEvent`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Milestones {
    pub(crate) dom_content_loaded: bool,
    pub(crate) loaded: bool,
    pub(crate) network_idle: bool,
}

/// All frames of a tab.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    main: FrameId,
    table: HashMap<FrameId, Frame>,
    numbers: u32,
    /// How often a document was given another entry or state of the history while the tab's URL stayed as it was.
    history_moves: u64,
    /// How often a frame within the page has shown another document.
    inner_documents: u64,
}

impl Frames {
    /// Which refs were given so far.
    pub(crate) fn ref_numbers(&self) -> RefNumbers {
        RefNumbers { next: self.main().next_ref, frames: self.numbers }
    }

    /// Gives none of these any more.
    pub(crate) fn go_on_counting(&mut self, from: RefNumbers) {
        self.numbers = self.numbers.max(from.frames);
        if let Some(main) = self.table.get_mut(&self.main) {
            main.next_ref = main.next_ref.max(from.next);
        }
    }

    /// The main frame alone, before anything is known of it.
    pub(crate) fn new(main: FrameId, session: Session) -> Self {
        let mut frames = Self {
            main: main.clone(),
            table: HashMap::new(),
            numbers: 0,
            history_moves: 0,
            inner_documents: 0,
        };
        frames.put(main, None, session);
        if let Some(frame) = frames.table.values_mut().next() {
            frame.number = Some(0);
        }
        frames
    }

    pub(crate) fn main(&self) -> &Frame {
        &self.table[&self.main]
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Frame> {
        self.table.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Frame> {
        self.table.get_mut(id)
    }

    pub(crate) fn by_number(&self, number: u32) -> Option<&Frame> {
        self.table.values().find(|f| f.number == Some(number))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Frame> {
        self.table.values()
    }

    /// Whether a frame has had this number, be it there or gone.
    pub(crate) fn was_numbered(&self, number: u32) -> bool {
        number <= self.numbers
    }

    pub(crate) fn children<'a>(&'a self, of: &'a str) -> impl Iterator<Item = &'a Frame> {
        self.table.values().filter(move |f| f.parent.as_deref() == Some(of))
    }

    /// The frame whose element bears this ref, once a snapshot has told it.
    pub(crate) fn held_by(&self, owner: Reference) -> Option<&Frame> {
        let around = self.by_number(owner.frame)?;
        self.children(&around.id).find(|child| child.owner_ref == Some(owner.number))
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.table.contains_key(id)
    }

    /// The frame's number, given now if it has none.
    pub(crate) fn number(&mut self, id: &str) -> Option<u32> {
        let frame = self.table.get_mut(id)?;
        if frame.number.is_none() {
            self.numbers += 1;
            frame.number = Some(self.numbers);
        }
        frame.number
    }

    /// A child frame appeared.
    pub(crate) fn attached(&mut self, id: &str, parent: &str, session: &Session) {
        if self.contains(parent) && !self.contains(id) {
            self.put(id.into(), Some(parent.into()), session.clone());
        }
    }

    /// A frame went away, with its children.
    pub(crate) fn detached(&mut self, id: &str) {
        if id == &*self.main {
            return;
        }
        let children: Vec<FrameId> = self.children(id).map(|f| f.id.clone()).collect();
        for child in children {
            self.detached(&child);
        }
        self.table.remove(id);
    }

    /// A frame is now driven on another channel: its document moved to another process.
    pub(crate) fn moved(&mut self, id: &str, session: &Session) {
        if let Some(frame) = self.table.get_mut(id) {
            frame.session = session.clone();
            frame.world = None;
            frame.main_context = None;
            frame.crashed = false;
        }
    }

    /// A frame has a document: a new one when the loader differs. True when it is new.
    pub(crate) fn navigated(&mut self, payload: &FramePayload, session: &Session) -> bool {
        if !self.contains(&payload.id) {
            let Some(parent) = payload.parent_id.as_deref().filter(|p| self.contains(p)) else {
                return false;
            };
            self.put(payload.id.as_str().into(), Some(parent.into()), session.clone());
        }
        let children: Vec<FrameId> = self.children(&payload.id).map(|f| f.id.clone()).collect();
        let Some(frame) = self.table.get_mut(payload.id.as_str()) else { return false };
        frame.url = format!("{}{}", payload.url, payload.url_fragment.as_deref().unwrap_or_default());
        if *frame.loader == *payload.loader_id && frame.session.id() == session.id() {
            return false;
        }
        self.inner_documents += u64::from(frame.parent.is_some() && !frame.loader.is_empty());
        frame.loader = payload.loader_id.as_str().into();
        if frame.shown.len() == MOST_SHOWN {
            frame.shown.pop_front();
        }
        frame.shown.push_back(Arc::clone(&frame.loader));
        frame.session = session.clone();
        // The blank document is there at once, and Chromium may tell nothing of it.
        let is_blank = frame.url == "about:blank";
        frame.milestones =
            Milestones { dom_content_loaded: is_blank, loaded: is_blank, ..Milestones::default() };
        frame.world = None;
        frame.leaving = None;
        frame.bound_for = None;
        frame.crashed = false;
        for child in children {
            self.detached(&child);
        }
        true
    }

    /// Takes the tree that was asked for when the tab was attached. Events may have told of its document or of a later one by
    /// now; each is told, so the tree is then no news, and may be old.
    pub(crate) fn take_first_tree(&mut self, tree: &FrameTreePayload, session: &Session) {
        if ["", &tree.frame.loader_id].contains(&&*self.main().loader) {
            self.take_tree(tree, session);
        }
    }

    /// Takes a whole tree, as `Page.getFrameTree` tells it.
    pub(crate) fn take_tree(&mut self, tree: &FrameTreePayload, session: &Session) {
        // Re-reading the tree must not forget children that are already known of the same document.
        if self.get(&tree.frame.id).is_none_or(|f| *f.loader != *tree.frame.loader_id) {
            self.navigated(&tree.frame, session);
        }
        for child in &tree.child_frames {
            self.take_tree(child, session);
        }
    }

    /// A frame is about to go to another document, or the browser has taken that up.
    pub(crate) fn leaves(&mut self, id: &str, url: String, has_begun: bool) {
        if let Some(frame) = self.table.get_mut(id) {
            let since = frame.leaving.as_ref().map_or_else(Instant::now, |known| known.since);
            frame.leaving = Some(Leaving { since, url, has_begun });
        }
    }

    /// The browser loads something for a frame.
    pub(crate) fn begins(&mut self, id: &str) {
        let leaving = self.table.get_mut(id).and_then(|frame| frame.leaving.as_mut());
        leaving.into_iter().for_each(|leaving| leaving.has_begun = true);
    }

    /// A frame has what it wanted or gets nothing: the document stays.
    pub(crate) fn stays(&mut self, id: &str) {
        if let Some(frame) = self.table.get_mut(id) {
            // What has stopped may be an earlier load.
            frame.leaving.take_if(|leaving| leaving.has_begun);
        }
    }

    /// No frame goes anywhere: the page is not left.
    pub(crate) fn stay(&mut self) {
        for frame in self.table.values_mut() {
            frame.leaving = None;
            frame.bound_for = None;
        }
    }

    /// Where a frame goes that has begun to go to another document since that moment and is not there yet; the main frame
    /// first.
    pub(crate) fn leaving_to(&self, since: Instant) -> Option<String> {
        let of =
            |frame: &Frame| frame.leaving.clone().filter(|known| known.since >= since).map(|known| known.url);
        of(self.main()).or_else(|| self.table.values().find_map(of))
    }

    /// A frame went on within its document; `pushState` and `replaceState` are told so, too, be the URL the same.
    pub(crate) fn moved_within(&mut self, id: &str, url: Option<String>) {
        let is_main = *id == *self.main;
        if let (Some(frame), Some(url)) = (self.table.get_mut(id), url) {
            self.history_moves += u64::from(!is_main || frame.url == url);
            frame.url = url;
        }
        self.stays(id);
    }

    /// How often the history changed without the tab's URL.
    pub(crate) fn history_moves(&self) -> u64 {
        self.history_moves
    }

    /// How often a frame within the page has shown another document than before.
    pub(crate) fn inner_documents(&self) -> u64 {
        self.inner_documents
    }

    /// Notes a milestone of the present document of a frame. True when it is news.
    pub(crate) fn reached(&mut self, id: &str, loader: &str, milestone: &str) -> bool {
        let Some(frame) = self.table.get_mut(id).filter(|f| *f.loader == *loader) else { return false };
        let before = frame.milestones;
        match milestone {
            "DOMContentLoaded" => frame.milestones.dom_content_loaded = true,
            "load" => frame.milestones.loaded = true,
            "networkIdle" => frame.milestones.network_idle = true,
            _ => {}
        }
        frame.milestones != before
    }

    /// The renderer of a channel died, and with it the documents that were driven on it.
    pub(crate) fn crashed(&mut self, session: &Session) {
        self.context_gone(session, None);
        self.table.values_mut().filter(|f| f.session.id() == session.id()).for_each(|f| f.crashed = true);
    }

    /// Forgets JavaScript contexts of a channel: one, or all.
    pub(crate) fn context_gone(&mut self, session: &Session, context: Option<i64>) {
        for frame in self.table.values_mut().filter(|f| f.session.id() == session.id()) {
            if context.is_none_or(|c| frame.main_context == Some(c)) {
                frame.main_context = None;
            }
            if context.is_none_or(|c| frame.world.is_some_and(|w| w.context == c)) {
                frame.world = None;
            }
        }
    }

    fn put(&mut self, id: FrameId, parent: Option<FrameId>, session: Session) {
        let frame = Frame {
            id: id.clone(),
            parent,
            session,
            loader: "".into(),
            shown: VecDeque::new(),
            url: String::new(),
            milestones: Milestones::default(),
            main_context: None,
            world: None,
            number: None,
            owner_ref: None,
            leaving: None,
            crashed: false,
            bound_for: None,
            next_ref: 1,
        };
        self.table.insert(id, frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdp::{Connection, transport::memory};

    fn document(id: &str, parent: Option<&str>, loader: &str) -> FramePayload {
        FramePayload {
            id: id.into(),
            parent_id: parent.map(Into::into),
            loader_id: loader.into(),
            url: format!("http://{loader}/"),
            url_fragment: None,
        }
    }

    #[tokio::test]
    async fn a_new_document_drops_children_world_and_milestones_but_not_the_ref_counter() {
        let session = Connection::open(memory().0).session("S");
        let mut frames = Frames::new("M".into(), session.clone());
        assert!(frames.navigated(&document("M", None, "l1"), &session));
        frames.attached("C", "M", &session);
        assert!(frames.reached("M", "l1", "load") && !frames.reached("M", "l0", "load"));
        frames.get_mut("M").expect("main").next_ref = 80;
        frames.get_mut("M").expect("main").world = Some(World { context: 3, first_ref: 1, has_hands: true });
        assert!(!frames.navigated(&document("M", None, "l1"), &session), "same document");
        assert!(frames.contains("C"));
        assert!(frames.navigated(&document("M", None, "l2"), &session));
        let main = frames.main();
        assert_eq!((main.next_ref, main.world, main.milestones.loaded), (80, None, false));
        assert!(!frames.contains("C"));
    }

    #[tokio::test]
    async fn a_document_that_was_told_while_a_tab_was_attached_outlives_the_tree_of_the_one_before_it() {
        let session = Connection::open(memory().0).session("S");
        let tree = |loader| FrameTreePayload {
            frame: document("M", None, loader),
            child_frames: vec![FrameTreePayload {
                frame: document("C", Some("M"), "l9"),
                child_frames: Vec::new(),
            }],
        };
        for (told, is_taken) in [(None, true), (Some("l1"), true), (Some("l2"), false)] {
            let mut frames = Frames::new("M".into(), session.clone());
            if let Some(told) = told {
                frames.navigated(&document("M", None, told), &session);
            }
            frames.take_first_tree(&tree("l1"), &session);
            let expected = (told.unwrap_or("l1"), is_taken);
            assert_eq!((&*frames.main().loader, frames.contains("C")), expected, "{told:?}");
        }
    }

    #[tokio::test]
    async fn frame_numbers_are_given_once_and_never_reused() {
        let session = Connection::open(memory().0).session("S");
        let mut frames = Frames::new("M".into(), session.clone());
        frames.attached("A", "M", &session);
        assert_eq!((frames.number("M"), frames.number("A"), frames.number("A")), (Some(0), Some(1), Some(1)));
        frames.detached("A");
        frames.attached("B", "M", &session);
        assert_eq!((frames.number("B"), frames.by_number(1).is_none()), (Some(2), true));
        frames.attached("deep", "B", &session);
        frames.detached("B");
        assert!(!frames.contains("deep"));
    }
}
