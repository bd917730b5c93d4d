//! What is looked for in a page, and what is told of it: each match by itself, with the path to it. The path is what the
//! match is in, the headings above it, and the words of its row. Pure; it changes the list of nodes before any style
//! writes it.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use regex::{Regex, RegexBuilder};

use super::{
    flags::Flags,
    forest::Forest,
    lean_words::place,
    outline::LONGEST_NAME,
    rendered::{quoted, units},
    spelling::is_control,
    tree::{Document, Element, Node},
};

/// What may follow a regular expression; `g` goes without saying.
const FLAGS: &str = "gimsu";

/// The words of a row say which one it is as long as they are no longer than this, in UTF-16 units.
const LONGEST_ROW: usize = 200;

/// What is looked for: plain text whatever its case, or `/regular expression/flags`.
#[derive(Debug, Clone)]
pub struct Find {
    source: String,
    regex: Regex,
    /// A regular expression is held against the whole line of an element, plain text against what a person reads.
    whole_line: bool,
}

impl Find {
    /// Reads what is looked for.
    ///
    /// # Errors
    /// Saying what is wrong with a regular expression.
    pub fn parse(source: &str) -> Result<Self, String> {
        let expression = source.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
        let expression = expression
            .filter(|(body, flags)| !body.is_empty() && flags.chars().all(|flag| FLAGS.contains(flag)));
        let (body, flags) = match expression {
            Some((body, flags)) => (body.to_owned(), flags),
            None => (regex::escape(source), "i"),
        };
        let regex = RegexBuilder::new(&body)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .build();
        let regex = regex.map_err(|error| {
            // The last line has the reason; the others draw an arrow.
            let message = error.to_string();
            message.lines().last().unwrap_or_default().trim().to_owned()
        })?;
        Ok(Self { source: source.to_owned(), regex, whole_line: expression.is_some() })
    }

    /// What somebody may have meant otherwise than it is read.
    #[must_use]
    pub fn doubt(source: &str) -> Option<String> {
        if source.trim().is_empty() {
            return Some("find is empty: nothing is looked for".to_owned());
        }
        let (_, flags) = source.strip_prefix('/')?.rsplit_once('/')?;
        let is_odd = (1..=3).contains(&flags.len()) && flags.chars().all(|c| c.is_ascii_lowercase());
        let flag = flags.chars().find(|flag| is_odd && !FLAGS.contains(*flag))?;
        Some(format!("find {} is looked for as plain text: \"{flag}\" is no flag", quoted(source)))
    }

    /// As it was asked for.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    fn matches(&self, document: &Document<'_>, node: &Node<'_>) -> bool {
        match node {
            Node::Text { text, .. } => self.regex.is_match(text),
            Node::Element(element) => self.matches_element(document.role(element), element),
            Node::Fold { .. } => false,
        }
    }

    fn matches_element(&self, role: &str, element: &Element<'_>) -> bool {
        let placeholder = element.extra.as_ref().and_then(|extra| extra.placeholder.as_deref());
        let said = [element.name.as_ref(), element.value(), placeholder.unwrap_or_default()];
        if self.whole_line {
            let [name, value, _] = said;
            if self
                .regex
                .is_match(&format!("{role} \"{name}\"{}{value}", if value.is_empty() { "" } else { ": " }))
            {
                return true;
            }
        }
        said.iter().any(|text| !text.is_empty() && self.regex.is_match(text))
    }
}

impl PartialEq for Find {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Find {}

impl Hash for Find {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

/// What a search has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// Nothing matches.
    Nothing,
    /// Controls alone were asked for, and something else matches.
    Words,
    /// What is left of the page.
    Something,
}

/// Keeps what matches and the path to it; `controls`: only controls are asked for.
pub(super) fn find(forest: &mut Forest<'_>, find: &Find, controls: bool) -> Found {
    forest.is_found = true;
    let mut found = Found::Nothing;
    let mut frames = HashSet::new();
    for (owner, child) in &mut forest.children {
        let inside = self::find(child, find, controls);
        found = found.max(inside);
        if inside == Found::Something {
            frames.insert(*owner);
        }
    }
    let mut search = Search::new(&forest.document);
    found = found.max(search.matches(find, controls));
    search.kept = search.matched.clone();
    search.contents();
    if !controls {
        search.lines();
    }
    search.rows();
    search.frames(&frames);
    search.headings();
    search.paths();
    let Search { matched, kept, .. } = search;
    let mut fates = matched.into_iter().zip(kept);
    forest.document.nodes.retain_mut(|node| {
        let (is_match, is_kept) = fates.next().unwrap_or_default();
        if let (true, Node::Element(element)) = (is_match, node) {
            element.flags.set(Flags::FOUND);
        }
        is_kept
    });
    found
}

/// The nodes of one document while they are looked through, by their place in the list.
struct Search<'a> {
    document: &'a Document<'a>,
    /// What each node is in.
    parents: Vec<Option<usize>>,
    is_control: Vec<bool>,
    matched: Vec<bool>,
    kept: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(document: &'a Document<'a>) -> Self {
        let nodes = &document.nodes;
        let mut path: Vec<usize> = Vec::new();
        let mut parents = Vec::with_capacity(nodes.len());
        for (at, node) in nodes.iter().enumerate() {
            while path.pop_if(|above| nodes[*above].depth() >= node.depth()).is_some() {}
            parents.push(path.last().copied());
            path.push(at);
        }
        let is_control = |node: &Node<'_>| matches!(node, Node::Element(element) if is_control(document.role(element), element));
        let is_control = nodes.iter().map(is_control).collect();
        Self { document, parents, is_control, matched: Vec::new(), kept: Vec::new() }
    }

    fn element(&self, at: usize) -> Option<&'a Element<'a>> {
        match &self.document.nodes[at] {
            Node::Element(element) => Some(element),
            Node::Text { .. } | Node::Fold { .. } => None,
        }
    }

    fn role(&self, at: usize) -> &'a str {
        self.element(at).map_or("", |element| self.document.role(element))
    }

    /// Whether no style tells it by its name.
    fn is_nameless(&self, at: usize) -> bool {
        let length = |name: &str| if name.len() <= LONGEST_NAME { name.len() } else { units(name) };
        self.element(at).is_some_and(|element| !(1..=LONGEST_NAME).contains(&length(&element.name)))
    }

    /// What a node is in, from the inside out.
    fn above(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents[at], |above| self.parents[*above])
    }

    /// What is in a node, in reading order.
    fn below(&self, at: usize) -> impl Iterator<Item = usize> {
        let depth = self.document.nodes[at].depth();
        (at + 1..self.document.nodes.len()).take_while(move |next| self.document.nodes[*next].depth() > depth)
    }

    fn matches(&mut self, find: &Find, controls: bool) -> Found {
        let nodes = &self.document.nodes;
        self.matched = nodes.iter().map(|node| find.matches(self.document, node)).collect();
        // The words in a control that has no name are what it is called.
        for at in 0..nodes.len() {
            if self.matched[at] && !self.is_control[at] {
                let control = self.above(at).find(|above| self.is_control[*above]);
                if let Some(control) = control.filter(|control| self.is_nameless(*control)) {
                    self.matched[control] = true;
                }
            }
        }
        let has_any = self.matched.contains(&true);
        if controls {
            self.matched.iter_mut().zip(&self.is_control).for_each(|(is, control)| *is &= control);
        }
        match (self.matched.contains(&true), has_any) {
            (true, _) => Found::Something,
            (false, true) => Found::Words,
            (false, false) => Found::Nothing,
        }
    }

    /// A match without a name is told by what is in it, but for controls.
    fn contents(&mut self) {
        let mut inside = vec![false; self.parents.len()];
        for at in 0..self.parents.len() {
            let parent = self.parents[at].filter(|_| !self.is_control[at]);
            inside[at] =
                parent.is_some_and(|above| inside[above] || (self.matched[above] && self.is_nameless(above)));
            self.kept[at] |= inside[at];
        }
    }

    /// A text is told with the rest of the line that it stands in.
    fn lines(&mut self) {
        for at in 0..self.parents.len() {
            if self.matched[at] && self.element(at).is_none() {
                let outermost = self.above(at).take_while(|above| self.is_inline(*above)).last();
                self.line(outermost.unwrap_or(at));
            }
        }
    }

    fn is_inline(&self, at: usize) -> bool {
        !self.is_control[at] && self.element(at).is_none_or(|element| element.has(Flags::INLINE))
    }

    /// Keeps a node and those beside it up to the next block or control.
    fn line(&mut self, at: usize) {
        let nodes = &self.document.nodes;
        let depth = nodes[at].depth();
        let is_beside = |next: &usize| nodes[*next].depth() >= depth;
        let goes_on =
            |next: &usize| !self.is_control[*next] && (nodes[*next].depth() > depth || self.is_inline(*next));
        let end = (at + 1..nodes.len()).find(|next| !is_beside(next) || !goes_on(next));
        // What is in one of those before it is met before that itself.
        let mut first = at;
        for before in (0..at).rev().take_while(is_beside).take_while(goes_on) {
            if nodes[before].depth() == depth {
                first = before;
            }
        }
        self.kept[first..end.unwrap_or(nodes.len())].fill(true);
    }

    /// Of what is in a row of a table or of a list, the words of the row are told, too; of words, what can be done with
    /// their row.
    fn rows(&mut self) {
        let mut known = HashSet::new();
        for at in 0..self.parents.len() {
            if !self.matched[at] {
                continue;
            }
            let row = std::iter::once(at).chain(self.above(at)).find(|above| is_row(self.role(*above)));
            let names_control = |part: usize| self.is_control[part] && self.matched[part];
            let has_controls = !std::iter::once(at).chain(self.above(at)).any(|part| self.is_control[part])
                && !self.below(at).any(names_control);
            let Some(row) = row.filter(|row| known.insert((*row, has_controls))) else { continue };
            let length = |at: &usize| match &self.document.nodes[*at] {
                Node::Text { text, .. } => units(text),
                Node::Element(element) => units(&element.name),
                Node::Fold { .. } => 0,
            };
            for controls in [false, true].into_iter().take(1 + usize::from(has_controls)) {
                let parts = self.parts(row, controls);
                if parts.iter().map(length).sum::<usize>() > LONGEST_ROW {
                    break;
                }
                parts.into_iter().for_each(|part| self.kept[part] = true);
            }
        }
    }

    /// What a row says, with or without its controls and always without the rows and tables in it.
    fn parts(&self, row: usize, controls: bool) -> Vec<usize> {
        let mut parts = Vec::new();
        let mut outside: Option<u32> = None;
        for at in self.below(row) {
            let depth = self.document.nodes[at].depth();
            outside = outside.filter(|other| depth > *other);
            if outside.is_none()
                && ((self.is_control[at] && !controls) || is_row(self.role(at)) || is_rows(self.role(at)))
            {
                outside = Some(depth);
            }
            if outside.is_none() {
                parts.push(at);
            }
        }
        parts
    }

    fn frames(&mut self, owners: &HashSet<u32>) {
        for at in 0..self.parents.len() {
            self.kept[at] |= self.element(at).is_some_and(|element| owners.contains(&element.number));
        }
    }

    /// The headings that what is kept stands under, each within the part of the page that it is in.
    fn headings(&mut self) {
        let mut headings: Vec<(u32, Option<usize>)> = Vec::new();
        let mut places: Vec<(u32, usize)> = Vec::new();
        for at in 0..self.parents.len() {
            let depth = self.document.nodes[at].depth();
            while let Some((_, outer)) = places.pop_if(|(place, _)| *place >= depth) {
                headings.truncate(outer);
            }
            let outer = places.last().map_or(0, |(_, outer)| *outer);
            let heading = self.element(at).filter(|_| self.role(at) == "heading");
            if let Some(element) = heading {
                let level = element.extra.as_ref().and_then(|extra| extra.level).unwrap_or(2);
                while headings.len() > outer && headings.last().is_some_and(|(above, _)| *above >= level) {
                    headings.pop();
                }
            }
            if self.kept[at] {
                let above = headings.iter().filter_map(|(_, at)| *at).collect::<Vec<_>>();
                above.into_iter().for_each(|heading| self.kept[heading] = true);
            }
            if let Some(element) = heading {
                let level = element.extra.as_ref().and_then(|extra| extra.level).unwrap_or(2);
                // One that is part of a control cannot be told without it.
                let is_told = !element.name.is_empty() && !self.above(at).any(|above| self.is_control[above]);
                headings.push((level, is_told.then_some(at)));
            }
            let name = self.element(at).map_or("", |element| &element.name);
            if heading.is_none() && !is_row(self.role(at)) && is_place(self.role(at), name) {
                places.push((depth, headings.len()));
            }
        }
    }

    fn paths(&mut self) {
        for at in (0..self.parents.len()).rev() {
            if let Some(parent) = self.parents[at].filter(|_| self.kept[at]) {
                self.kept[parent] = true;
            }
        }
    }
}

/// Whether it tells where a match is.
pub(super) fn is_place(role: &str, name: &str) -> bool {
    place(role, name).is_some() || role == "heading" || is_row(role) || is_rows(role)
}

/// Whether it is one of many of its kind.
pub(super) fn is_row(role: &str) -> bool {
    matches!(role, "row" | "listitem")
}

/// Whether it holds rows.
pub(super) fn is_rows(role: &str) -> bool {
    matches!(role, "list" | "table" | "grid" | "treegrid")
}

#[cfg(test)]
mod tests {
    use super::super::forest::RefPrefix;
    use super::*;

    const ROLES: &str =
        r#"["generic","list","listitem","button","heading","main","complementary","paragraph","link"]"#;

    fn told(nodes: &str, text: &str, controls: bool) -> (Vec<String>, Found) {
        let page = format!(r#"{{"next":1,"roles":{ROLES},"nodes":{nodes}}}"#);
        let document = Document::parse(&page).expect("the list is well formed");
        let mut forest = Forest::new(document, RefPrefix::main());
        let found = find(&mut forest, &Find::parse(text).expect("it can be read"), controls);
        let told = |node: &Node<'_>| match node {
            Node::Text { text, .. } => text.to_string(),
            Node::Element(element) => format!("e{}", element.number),
            Node::Fold { .. } => unreachable!("nothing was folded"),
        };
        (forest.document.nodes.iter().map(told).collect(), found)
    }

    #[test]
    fn a_match_has_its_path_and_the_words_of_its_row_and_nothing_else() {
        const PAGE: &str = r#"[[0,0,1,0],[1,1,2,0,"Fruit"],[2,2,3,0],[3,"Apple"],[3,3,4,0,"Buy"],[2,2,5,0],[3,"Pear"],
            [3,3,6,0,"Buy"],[2,2,7,0],[3,"Fig"],[1,"End"]]"#;
        let found = |text: &str| told(PAGE, text, false).0;
        assert_eq!(found("pear"), ["e1", "e2", "e5", "Pear", "e6"]);
        assert_eq!(found("buy"), ["e1", "e2", "e3", "Apple", "e4", "e5", "Pear", "e6"]);
        assert_eq!(found("fruit"), ["e1", "e2"]);
        assert_eq!(found("/^listitem/"), ["e1", "e2", "e3", "Apple", "e4", "e5", "Pear", "e6", "e7", "Fig"]);
        assert_eq!(found("/PEAR/"), Vec::<String>::new());
        assert_eq!(found("/PEAR|fig/gi"), ["e1", "e2", "e5", "Pear", "e6", "e7", "Fig"]);
        assert_eq!(told(PAGE, "buy", true).0, found("buy"));
        assert_eq!(told(PAGE, "pear", true), (Vec::new(), Found::Words));
        assert_eq!(told(PAGE, "plum", true), (Vec::new(), Found::Nothing));
        assert!(Find::parse("/(/").is_err() && Find::parse("/").is_ok() && Find::parse("a/b").is_ok());
    }

    #[test]
    fn headings_are_part_of_the_path_within_their_part_of_the_page() {
        let page = r#"[[0,6,1,0],[1,4,2,0,"Beside",{"l":1}],[0,5,3,0],[1,4,4,0,"Top",{"l":1}],[1,4,5,0,"One",{"l":2}],
            [1,"x"],[1,0,6,0],[2,4,7,0,"Two",{"l":2}],[1,4,8,0,"Deep",{"l":3}],[1,"here"],[1,8,9,0,"Three"],
            [2,4,10,0,"Three",{"l":2}],[1,"there"]]"#;
        assert_eq!(told(page, "/^here/", false).0, ["e3", "e4", "e6", "e7", "e8", "here"]);
        assert_eq!(told(page, "/^there/", false).0, ["e3", "e4", "there"]);
    }

    #[test]
    fn a_text_has_the_rest_of_its_line() {
        let page = r#"[[0,7,1,0],[1,"Sum: "],[1,0,2,131072],[2,"42"],[1," only "],[1,3,3,0,"Pay"],[1,"now"],[1,0,4,0],[2,"Else"]]"#;
        for text in ["sum", "42", "only"] {
            assert_eq!(told(page, text, false).0, ["e1", "Sum: ", "e2", "42", " only "], "{text}");
        }
        assert_eq!(told(page, "pay", false).0, ["e1", "e3"]);
    }

    #[test]
    fn words_in_a_control_without_a_name_are_its_name() {
        let page = r#"[[0,0,1,2048],[1,"Add "],[1,0,2,131072],[2,"this"],[1,3,3,0,"Other"],[0,"this"]]"#;
        assert_eq!(told(page, "add", true).0, ["e1", "Add ", "e2", "this"]);
        assert_eq!(told(page, "other", true).0, ["e1", "e3"]);
    }
}
