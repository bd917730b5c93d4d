//! A document as the `lean` style reads it: subtrees, the controls in them, and what is called by its words. Pure.

use super::{
    forest::Forest,
    lean_run::holds,
    lean_words::LONGEST_NAME,
    rendered::tidy,
    role::{is_choice, opens_choice},
    spelling::is_control,
    tree::{Element, Node},
};

/// A document and where the subtree of each of its nodes ends.
pub(super) struct Range<'a> {
    pub(super) forest: &'a Forest<'a>,
    pub(super) ends: Vec<usize>,
}

impl<'a> Range<'a> {
    pub(super) fn of(forest: &'a Forest<'a>) -> Self {
        let nodes = &forest.document.nodes;
        let mut ends = vec![nodes.len(); nodes.len()];
        let mut open: Vec<usize> = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            while let Some(last) = open.pop_if(|last| nodes[*last].depth() >= node.depth()) {
                ends[last] = at;
            }
            open.push(at);
        }
        Self { forest, ends }
    }

    /// The controls below a node.
    pub(super) fn controls(&self, at: usize) -> impl Iterator<Item = &'a Element<'a>> {
        self.forest.document.nodes[at + 1..self.ends[at]].iter().filter_map(|node| match node {
            Node::Element(element) => Some(element).filter(|element| self.is_control(element)),
            Node::Text { .. } | Node::Fold { .. } => None,
        })
    }

    pub(super) fn is_control(&self, element: &Element<'_>) -> bool {
        is_control(self.forest.document.role(element), element)
    }

    /// Whether one of the next texts says as much.
    pub(super) fn follows(&self, at: usize, name: &str) -> bool {
        const SOON: usize = 3;
        let nodes = &self.forest.document.nodes[self.ends[at]..];
        nodes.iter().take(SOON).any(|node| matches!(node, Node::Text { text, .. } if holds(text, name)))
    }

    /// All text below a node that has no name of its own, long enough to be one.
    pub(super) fn text(&self, at: usize) -> String {
        let document = &self.forest.document;
        let role =
            |node: &Node<'_>| if let Node::Element(element) = node { document.role(element) } else { "" };
        let chooses = opens_choice(role(&document.nodes[at]));
        let mut text = String::new();
        let mut named: Option<(&Element<'_>, usize)> = None;
        let (mut cells, mut passed) = (0, 0);
        for (at, node) in (at + 1..).zip(&document.nodes[at + 1..self.ends[at]]) {
            if chooses && is_choice(role(node)) {
                passed = passed.max(self.ends[at]);
            }
            if at < passed {
                continue;
            }
            let named_above = named.filter(|(_, end)| at < *end).map_or("", |(element, _)| &element.name);
            let piece = match node {
                Node::Text { text, .. } => text,
                Node::Element(element) => {
                    if is_cell(document.role(element)) {
                        text.push_str(if cells > 0 { " |" } else { "" });
                        cells += 1;
                    }
                    // What a label calls a field is said by the label.
                    if self.follows(at, &element.name) { "" } else { &element.name }
                }
                Node::Fold { .. } => continue,
            };
            // A name and the text that it was made of follow each other.
            if holds(named_above, piece) {
                continue;
            }
            if let Node::Element(element) = node {
                named = Some((element, self.ends[at]));
            }
            text.extend([" ", piece]);
            if text.len() > 4 * LONGEST_NAME {
                break;
            }
        }
        tidy(text.trim_end_matches(" |")).into_owned()
    }
}

/// Whether it is a column's part of a row.
pub(super) fn is_cell(role: &str) -> bool {
    matches!(role, "cell" | "gridcell" | "columnheader" | "rowheader")
}
