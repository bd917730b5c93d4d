//! A snapshot from the question to the text: fetch, select, write, mark, cut.

use super::capture::Start;
use super::find::Found;
use super::fold::Seen;
use super::memory::Family;
use super::rendered::{Line, Listing, count, quoted};
use super::{
    Delta, Flags, Forest, Node, RefEntry, Rendered, SnapshotOptions, Style, delta, find, fold, links, select,
};
use crate::deadline::Deadline;
use crate::page::view::View;
use crate::page::{Error, Page, Reference};

/// Says how many elements the last such snapshot did not have.
fn footer(new: usize) -> Option<String> {
    (new > 0).then(|| format!("{new} new element(s) since last snapshot"))
}

impl Page {
    /// Tells the page as text, frames included, with a ref for everything that can be acted on.
    ///
    /// # Errors
    /// When the page is blocked, gone, or does not answer in time.
    pub async fn snapshot(&self, options: &SnapshotOptions, deadline: Deadline) -> Result<Rendered, Error> {
        let frame = self.frame_told(options.within, options.frame.as_deref(), deadline).await?;
        let document = self.state().frames.get(&frame).ok_or(Error::Gone)?.loader.clone();
        let start = Start { selector: options.selector.as_deref(), within: options.within };
        let captured = self.capture(frame, &options.walk(), start, deadline).await?;
        let parts = captured.parts();
        // What depends on scrolling, or on what was told before, is told anew.
        let is_kept =
            captured.is_whole() && !options.viewport && !options.budget.is_set() && options.delta.is_none();
        let kept = self.walks.told(options, &parts).filter(|_| is_kept);
        if let Some(told) = kept.filter(|told| told.new_elements.unwrap_or_default() == 0) {
            self.remember(|memory| memory.last = Some(options.clone()));
            return Ok(Rendered { new_elements: Some(0), ..told });
        }
        let mut forest = captured.forest()?;
        if options.viewport || options.budget.is_set() {
            let view = self.view(&[], deadline).await?;
            let acted = self.remember(|memory| memory.acted);
            see(&mut forest, &view, acted);
        }
        let family = Family::new(document, options);
        let mut told = self.tell(forest, options, family);
        if matches!(options.style, Style::Role(_)) {
            self.identify(&mut told.refs, deadline).await;
        }
        self.state.send_if_modified(|state| {
            state.names.learn(&told.refs);
            // Nobody waits for it.
            false
        });
        if captured.is_whole() {
            self.walks.tell(options.clone(), parts, told.clone());
        }
        Ok(told)
    }

    /// The frame whose document is told: that of an element, that of a frame's element, else the main one.
    pub(super) async fn frame_told(
        &self,
        within: Option<Reference>,
        frame: Option<&str>,
        deadline: Deadline,
    ) -> Result<String, Error> {
        Ok(match (within, frame) {
            (Some(within), _) => self.place_of(within, deadline).await?.frame,
            (None, Some(selector)) => self.frame_at(selector, deadline).await?,
            (None, None) => self.state().frames.main().id.to_string(),
        })
    }

    /// Only what is different since the last snapshot of this tab, asked with the words of that one.
    ///
    /// # Errors
    /// As [`Page::snapshot`].
    pub async fn delta(&self, max_chars: usize, deadline: Deadline) -> Result<Rendered, Error> {
        let last = self.remember(|memory| memory.last.clone()).unwrap_or_default();
        let max_chars = Some(max_chars);
        self.snapshot(&SnapshotOptions { delta: max_chars, max_chars, ..last }, deadline).await
    }

    /// Adds what other clients of the browser know elements and frames by.
    async fn identify(&self, refs: &mut [RefEntry], deadline: Deadline) {
        let named = |entry: &RefEntry| entry.reference.parse::<Reference>().ok();
        let ids = self.backend_ids(refs.iter().filter_map(named), deadline).await;
        for entry in refs {
            let Some(reference) = named(entry) else { continue };
            entry.backend_node_id = ids.get(&reference).copied();
            if entry.role == "Iframe" {
                entry.frame_id = self.state().frames.held_by(reference).map(|frame| frame.id.to_string());
            }
        }
    }

    fn tell(&self, mut forest: Forest<'_>, options: &SnapshotOptions, family: Family) -> Rendered {
        let SnapshotOptions { offset, limit, budget, max_chars, .. } = *options;
        let mut omitted = super::Omitted::default();
        if options.viewport {
            select::viewport(&mut forest);
        }
        let controls = options.style.tells_controls_alone();
        let found = options.find.as_ref().map(|find| find::find(&mut forest, find, controls));
        let is_page = options.within.is_some() && (offset > 0 || limit.is_some());
        let rows = is_page.then(|| select::rows(&mut forest.document, offset, limit));
        let mut listing = options.style.list(&forest);
        // What the viewport shows was asked for.
        let folds = if options.fold { !options.viewport } else { budget.is_set() && !budget.fits(&listing) };
        if folds {
            let whole = (listing.nodes(), listing.refs());
            (forest, listing, omitted.rows) = folded(forest, options);
            omitted.nodes = whole.0.saturating_sub(listing.nodes());
            omitted.refs = whole.1.saturating_sub(listing.refs());
        }
        if let (Some(find), Some(found)) = (&options.find, found)
            && (found != Found::Something || listing.lines.is_empty())
        {
            let source = quoted(find.source());
            let text = match found {
                Found::Words => format!("(nothing that can be acted on matches {source}; other parts do)"),
                Found::Nothing | Found::Something => format!("(nothing matches {source})"),
            };
            listing.lines = vec![Line { text, ..Line::default() }];
        }
        if let Some(rows) = rows.filter(|rows| offset >= *rows) {
            let text = format!("[...only {rows} rows; offset= counts them from 0]");
            listing.lines.push(Line { text, ..Line::default() });
        }
        if options.links {
            listing.lines.extend(links::appendix(&forest));
        }
        listing.lines.extend(forest.gaps().into_iter().map(|text| Line { text, ..Line::default() }));
        let (new, changes) = self.remember(|memory| {
            memory.last = Some(options.clone());
            let new = memory.new_lines(&family, &listing.lines);
            (new, memory.changes(family.of_any_length(), &listing.lines, options.delta.is_some()))
        });
        if let (Some(most), Some(changes)) = (options.delta, changes) {
            let (told, truncated) = delta::reduce(&mut listing, changes, most);
            let rendered = listing.assemble(None, None);
            return Rendered { delta: Some(told), truncated, ..rendered };
        }
        let marks = options.style.marks_new();
        let new_elements = new.map(|new| if marks { listing.mark_new(&new) } else { count(&new) });
        let left_out = budget.apply(&mut listing);
        omitted.nodes += left_out.nodes + listing.unsaid;
        omitted.refs += left_out.refs;
        let rendered = listing.assemble(max_chars, new_elements.filter(|_| marks).and_then(footer));
        omitted.nodes += rendered.omitted.nodes;
        omitted.refs += rendered.omitted.refs;
        let delta = options.delta.map(|_| Delta { is_whole: true, ..Delta::default() });
        Rendered { omitted, new_elements, delta, ..rendered }
    }
}

/// Folds rows; of those that the viewport shows, a budget leaves as many as it has room for. How many are hidden, too.
fn folded<'a>(forest: Forest<'a>, options: &SnapshotOptions) -> (Forest<'a>, Listing, usize) {
    let attempt = |free: usize| {
        let mut seen = Seen { free, kept: 0 };
        let mut forest = forest.clone();
        let rows = fold::fold(&mut forest, &mut seen);
        let listing = options.style.list(&forest);
        ((forest, listing, rows), seen.kept)
    };
    if options.fold {
        return attempt(0).0;
    }
    let (whole, mut over) = attempt(usize::MAX);
    if options.budget.fits_seen(&whole.1) {
        return whole;
    }
    let (mut best, mut fits) = attempt(0);
    while over - fits > 1 {
        let middle = usize::midpoint(fits, over);
        let (tried, _) = attempt(middle);
        if options.budget.fits_seen(&tried.1) {
            (best, fits) = (tried, middle);
        } else {
            over = middle;
        }
    }
    best
}

/// Writes down what is seen of each element.
fn see(forest: &mut Forest<'_>, view: &View, acted: Option<Reference>) {
    let frame = forest.prefix.number();
    for node in &mut forest.document.nodes {
        let Node::Element(element) = node else { continue };
        let reference = Reference { frame, number: element.place };
        if view.seen.contains(&reference) {
            element.flags.set(Flags::IN_VIEW);
        }
        if view.dialog.contains(&reference) {
            element.flags.set(Flags::IN_DIALOG);
        }
        if acted == Some(reference) {
            element.flags.set(Flags::ACTED);
        }
    }
    forest.children.values_mut().for_each(|child| see(child, view, acted));
}
