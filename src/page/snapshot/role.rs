//! The role style: one line an element, as Chromium's accessibility tree spells it; in its interactive form only
//! what a person can operate. The grammar is the control API's; refs are those of the `ai` style.

use std::{collections::HashMap, fmt::Write};

use url::Url;

use super::{
    budget::Rank,
    find::{is_place, is_row},
    flags::Flags,
    forest::Forest,
    links::{absolute, base},
    rendered::{Line, Listing, RefEntry, folded, is_interactive, quoted, tidy},
    spelling::{is_content, is_structural, marks, named, spelled, states},
    tree::{Element, Node},
};

/// Longest text, in characters, that names an element which has no name of its own.
const LONGEST_TEXT: usize = 100;

/// What a role snapshot shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RoleOptions {
    /// Only what a person can operate.
    pub interactive: bool,
    /// Structural elements without a name are left out.
    pub compact: bool,
    /// Elements deeper than this in the page are left out; controls stay in an interactive snapshot.
    pub depth: Option<u32>,
    /// Links say where they lead.
    pub urls: bool,
    /// The listing was limited by a selector or a frame.
    pub scoped: bool,
}

/// The lines of a page in the role style.
pub(super) fn list(forest: &Forest<'_>, options: RoleOptions) -> Listing {
    let mut writer = Writer { options, lines: Vec::new(), met: HashMap::new(), unseen: None };
    let has_content = forest.document.nodes.len() > 1 || options.scoped;
    if has_content && !options.scoped && !options.interactive {
        writer.push(0, named("RootWebArea", &forest.document.title), Line::default());
    }
    writer.write(forest, Above::default());
    let empty = match (options.interactive, options.scoped) {
        (true, _) => "(no interactive elements)",
        (_, true) => "(empty)",
        (_, false) => "(empty page)",
    };
    Listing { lines: writer.lines, deep: forest.is_deep(), empty, trimmed: true, ..Listing::default() }
}

struct Writer {
    options: RoleOptions,
    lines: Vec<Line>,
    /// How many elements of a role and name there were, and the line of the first one.
    met: HashMap<(String, Option<String>), (u32, usize)>,
    /// The level of the last line that the eye cannot see: what is deeper reads as part of it.
    unseen: Option<u32>,
}

/// A node above the present one.
#[derive(Debug, Clone, Copy, Default)]
struct Above<'a> {
    /// Depth in the list.
    depth: u32,
    /// Level in the page.
    level: u32,
    name: &'a str,
    rank: Rank,
    /// The eye does not see what is in it.
    unseen: bool,
    /// Assistive technology does not hear of it.
    hidden: bool,
}

impl Writer {
    fn push(&mut self, level: u32, mut text: String, line: Line) {
        let flat = self.options.scoped && self.options.interactive;
        let indent = if flat { 0 } else { self.options.depth.map_or(level, |depth| level.min(depth)) };
        text.insert_str(0, &" ".repeat(indent as usize * 2));
        self.unseen = self.unseen.filter(|unseen| level > *unseen);
        self.lines.push(Line { text, level, ..line });
    }

    /// `outside`: what holds around the document; its level is that of its top in the page.
    fn write(&mut self, forest: &Forest<'_>, outside: Above<'_>) {
        let document = &forest.document;
        let base = if self.options.urls { base(document) } else { None };
        // Gaps add up along the path, so each open element remembers its own level.
        let mut path: Vec<Above<'_>> = Vec::new();
        for (at, node) in document.nodes.iter().enumerate() {
            while path.last().is_some_and(|above| above.depth >= node.depth()) {
                path.pop();
            }
            let parent = path.last().copied();
            let inner = parent.map_or(outside.level, |parent| parent.level + 1);
            let rank = parent.map_or(Rank::Rest, |parent| parent.rank);
            match node {
                Node::Text { text, .. } => self.text(text, inner, parent),
                Node::Fold { count, more, .. } => {
                    let more = more.map(|(number, from)| (forest.prefix.name(number), from));
                    let more = more.as_ref().map(|(reference, from)| (reference.as_str(), *from));
                    self.push(
                        inner,
                        format!("- {}", folded(*count, more)),
                        Line { rank, rows: *count, ..Line::default() },
                    );
                }
                Node::Element(element) => {
                    let around = parent.unwrap_or(outside);
                    let place = Above {
                        depth: element.depth,
                        level: outside.level + document.level + element.depth + element.gap,
                        name: element.name.as_ref(),
                        rank: Rank::of(element),
                        unseen: around.unseen || element.has(Flags::UNSEEN),
                        hidden: around.hidden || element.has(Flags::ARIA_HIDDEN),
                    };
                    self.element(forest, at, element, place, base.as_ref());
                    path.push(place);
                    if let Some(child) = forest.children.get(&element.number) {
                        self.write(child, Above { level: place.level + 1, ..place });
                    }
                }
            }
        }
    }

    fn text(&mut self, text: &str, level: u32, parent: Option<Above<'_>>) {
        let text = tidy(text);
        let said = self.options.compact && parent.is_some_and(|parent| parent.name == text);
        if !self.options.interactive && !text.is_empty() && !said && self.reaches(level) {
            let rank = parent.map_or(Rank::Rest, |parent| parent.rank);
            self.push(level, named("StaticText", &text), Line { rank, ..Line::default() });
        }
    }

    fn reaches(&self, level: u32) -> bool {
        self.options.depth.is_none_or(|depth| level <= depth)
    }

    fn element(
        &mut self,
        forest: &Forest<'_>,
        at: usize,
        element: &Element<'_>,
        place: Above<'_>,
        base: Option<&Url>,
    ) {
        let level = place.level;
        let role = forest.document.role(element);
        let marks = if is_interactive(role) || role == "iframe" { Vec::new() } else { marks(element) };
        let operable =
            is_interactive(role) || role == "DisclosureTriangle" || role == "iframe" || !marks.is_empty();
        let is_path = forest.is_found && is_place(role, &element.name);
        let is_told = if self.options.interactive { operable || is_path } else { self.reaches(level) };
        if !is_told {
            return;
        }
        let name = match element.name.as_ref() {
            "" if operable || (self.options.interactive && is_row(role)) => text_of(forest, at),
            name => name.to_owned(),
        };
        // Without a box nobody can operate it, and without a name it says nothing.
        if element.number == 0 && !marks.is_empty() && name.is_empty() {
            return;
        }
        if self.options.compact
            && !operable
            && name.is_empty()
            && is_structural(role)
            && !element.has(Flags::UNSEEN)
            && (place.unseen || self.unseen.is_none_or(|unseen| level < unseen))
        {
            return;
        }
        let shown = spelled(role, element);
        let mut text = named(shown, &name);
        let wants_ref = operable || (!name.is_empty() && is_content(role));
        let entry = (wants_ref && element.number > 0).then(|| RefEntry {
            reference: forest.prefix.name(element.number),
            role: shown.to_owned(),
            name: (!name.is_empty()).then_some(name),
            ..RefEntry::default()
        });
        let entry = entry.map(|entry| self.counted(entry, &mut text));
        self.tail(element, &marks, base, &mut text);
        if element.has(Flags::ARIA_HIDDEN) || (place.hidden && operable) {
            text.push_str(" [aria-hidden]");
        }
        // Controls alone are told without the boxes that they are in.
        if element.has(Flags::UNSEEN) || (place.unseen && self.options.interactive) {
            text.push_str(" [unseen]");
        }
        let is_acted = element.has(Flags::ACTED);
        self.push(level, text, Line { entry, rank: Rank::of(element), is_acted, ..Line::default() });
        if element.has(Flags::UNSEEN) {
            self.unseen = Some(level);
        }
    }

    /// Counts elements of the same role and name; only those after the first one say which they are.
    fn counted(&mut self, mut entry: RefEntry, text: &mut String) -> RefEntry {
        text.extend([" [ref=", &entry.reference, "]"]);
        let key = (entry.role.clone(), entry.name.clone());
        let (count, first) = self.met.entry(key).or_insert((0, self.lines.len()));
        if *count > 0 {
            write!(text, " [nth={count}]").expect("a String takes everything");
            entry.nth = Some(*count);
            if let Some(first) = self.lines.get_mut(*first).and_then(|line| line.entry.as_mut()) {
                first.nth = Some(0);
            }
        }
        *count += 1;
        entry
    }

    fn tail(&self, element: &Element<'_>, marks: &[&str], base: Option<&Url>, text: &mut String) {
        text.push_str(&states(element));
        if !element.value().is_empty() {
            text.extend([" value=", &quoted(element.value())]);
        }
        let url = element.extra.as_ref().and_then(|extra| extra.url.as_deref());
        if let Some(url) = url.filter(|_| self.options.urls) {
            text.extend([" [url=", &absolute(base, url), "]"]);
        }
        if !marks.is_empty() {
            text.extend([" [", &marks.join(", "), "]"]);
        }
    }
}

/// What holds things to choose from; they are not what it is called.
pub(super) fn opens_choice(role: &str) -> bool {
    matches!(role, "combobox" | "listbox")
}

/// What such a control holds to choose from.
pub(super) fn is_choice(role: &str) -> bool {
    matches!(role, "option" | "group" | "listbox")
}

/// The text inside an element, shortened to a name.
pub(super) fn text_of(forest: &Forest<'_>, at: usize) -> String {
    let nodes = &forest.document.nodes;
    let depth = nodes[at].depth();
    let inside = nodes[at + 1..].iter().take_while(|node| node.depth() > depth);
    let role =
        |node: &Node<'_>| if let Node::Element(element) = node { forest.document.role(element) } else { "" };
    let chooses = opens_choice(role(&nodes[at]));
    let mut choice = None;
    let texts = inside.filter(|node| {
        if choice.is_none_or(|above| node.depth() <= above) {
            choice = (chooses && is_choice(role(node))).then(|| node.depth());
        }
        choice.is_none()
    });
    let texts = texts.map(|node| match node {
        Node::Text { text, .. } => text.as_ref(),
        Node::Element(element) => element.name.as_ref(),
        Node::Fold { .. } => "",
    });
    let mut text = String::new();
    for piece in texts {
        if text.len() > LONGEST_TEXT * 4 {
            break;
        }
        // A name and the text that it was made of follow each other.
        if !text.trim_end().ends_with(piece.trim()) {
            text.extend([" ", piece]);
        }
    }
    tidy(&text).chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{forest::RefPrefix, rendered::Rendered, tree::Document};
    use super::*;

    const PAGE: &str = r##"{"next":9,"level":2,"base":"http://x.test/a/","title":"Lab","roles":
        ["generic","main","link","button","checkbox","heading"],"nodes":[[0,0,1,1],[1,1,2,0],
        [2,5,3,0,"Top",{"l":1}],[3,"Top"],[2,2,4,512,"Two",{"u":"two.html"}],[3,"Two"],[2,3,5,8,"Dup"],
        [2,0,6,3584],[3,"Click "],[3,"div"],[2,3,7,1048576,"Dup"],[2,4,8,6]]}"##;

    fn show(options: RoleOptions) -> Rendered {
        let document = Document::parse(PAGE).expect("the list is well formed");
        list(&Forest::new(document, RefPrefix::main()), options).assemble(None, None)
    }

    #[test]
    fn interactive_lists_what_can_be_operated() {
        let got = show(RoleOptions { interactive: true, urls: true, ..RoleOptions::default() });
        let want = "- link \"Two\" [ref=e4] [url=http://x.test/a/two.html]\n        - button \"Dup\" [ref=e5] [disabled]\n        \
             - generic \"Click div\" [ref=e6] [cursor:pointer, onclick]\n          - button \"Dup\" [ref=e7] [nth=1]\n        \
             - checkbox [ref=e8] [checked=mixed]";
        assert_eq!(got.text, want);
        assert_eq!((got.stats.refs, got.stats.interactive), (5, 4));
        assert_eq!(got.refs.iter().map(|r| r.nth).collect::<Vec<_>>(), [None, Some(0), None, Some(1), None]);
    }

    #[test]
    fn depth_never_hides_a_control_of_an_interactive_listing() {
        let got = show(RoleOptions { interactive: true, depth: Some(1), ..RoleOptions::default() });
        assert_eq!(got.stats.refs, 5);
        let whole = show(RoleOptions { depth: Some(3), ..RoleOptions::default() });
        assert_eq!(whole.text, "- RootWebArea \"Lab\"\n    - generic\n      - main");
    }

    #[test]
    fn compact_drops_boxes_and_repeated_texts() {
        let got = show(RoleOptions { compact: true, ..RoleOptions::default() });
        assert!(
            !got.text.contains("StaticText \"Two\"") && !got.text.contains("- generic\n"),
            "{}",
            got.text
        );
        assert!(got.text.contains("- heading \"Top\" [ref=e3] [level=1]"), "{}", got.text);
    }

    #[test]
    fn empty_pages_say_so() {
        let document =
            Document::parse(r#"{"next":1,"roles":[],"nodes":[]}"#).expect("the list is well formed");
        let forest = Forest::new(document, RefPrefix::main());
        let text = |interactive, scoped| {
            list(&forest, RoleOptions { interactive, scoped, ..RoleOptions::default() })
                .assemble(None, None)
                .text
        };
        assert_eq!(text(false, false), "(empty page)");
        assert_eq!(text(true, true), "(no interactive elements)");
        assert_eq!(text(false, true), "(empty)");
        assert_eq!(text(true, false), "(no interactive elements)");
    }
}
