//! Which nodes of a page are told: those that match, those that the viewport shows, a page of rows. Ancestors stay, so
//! that paths can be read. Pure; it changes the list of nodes before any style writes it.

use std::hash::{Hash, Hasher};

use regex::{Regex, RegexBuilder};

use super::{
    flags::Flags,
    forest::Forest,
    tree::{Document, Element, Node},
};

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
            .filter(|(body, flags)| !body.is_empty() && flags.chars().all(|flag| "imsu".contains(flag)));
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

/// What becomes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is told only if something in it is.
    Path,
    /// It is told.
    Node,
    /// It is told with all that is in it.
    Subtree,
}

/// Keeps what matches, all that is in it, and the path to it. False when there is nothing.
pub(super) fn find(forest: &mut Forest<'_>, find: &Find) -> bool {
    keep(forest, &|document, node, _| {
        if find.matches(document, node) { Verdict::Subtree } else { Verdict::Path }
    })
}

/// Keeps what the viewport shows, and the path to it. What has no box of its own goes with what it is in.
pub(super) fn viewport(forest: &mut Forest<'_>) {
    keep(forest, &|_, node, inside| match node {
        Node::Element(element) if element.number > 0 && !element.has(Flags::IN_VIEW) => Verdict::Path,
        Node::Element(element) if element.number > 0 => Verdict::Node,
        Node::Element(_) | Node::Text { .. } | Node::Fold { .. } => inside,
    });
}

/// True when something of the document is kept. The judge hears what it said of the node around.
fn keep(forest: &mut Forest<'_>, judge: &dyn Fn(&Document<'_>, &Node<'_>, Verdict) -> Verdict) -> bool {
    let mut kept = vec![false; forest.document.nodes.len()];
    let mut path: Vec<(usize, Verdict)> = Vec::new();
    for (at, node) in forest.document.nodes.iter().enumerate() {
        while path.last().is_some_and(|(above, _)| forest.document.nodes[*above].depth() >= node.depth()) {
            path.pop();
        }
        let around = path.last().map_or(Verdict::Path, |(_, verdict)| *verdict);
        let verdict = if around == Verdict::Subtree { around } else { judge(&forest.document, node, around) };
        path.push((at, verdict));
        let frame = match node {
            Node::Element(element) if verdict != Verdict::Subtree => forest.children.get_mut(&element.number),
            Node::Element(_) | Node::Text { .. } | Node::Fold { .. } => None,
        };
        let has_frame = frame.is_some_and(|frame| keep(frame, judge));
        if verdict != Verdict::Path || has_frame {
            for (above, _) in path.iter().rev() {
                if std::mem::replace(&mut kept[*above], true) {
                    break;
                }
            }
        }
    }
    let any = kept.contains(&true);
    let mut kept = kept.into_iter();
    forest.document.nodes.retain(|_| kept.next().unwrap_or(false));
    any
}

/// Keeps a page of the rows of a listing that is limited to one element.
pub(super) fn rows(document: &mut Document<'_>, offset: usize, limit: Option<usize>) {
    let root = match document.nodes.first() {
        Some(Node::Element(element)) if document.nodes[1..].iter().all(|node| node.depth() > 0) => {
            Some(element.number)
        }
        _ => None,
    };
    let depth = u32::from(root.is_some());
    let end = limit.map_or(usize::MAX, |limit| offset.saturating_add(limit));
    let mut rows = 0;
    let mut nodes = Vec::new();
    // A text between rows goes with the row before it.
    let mut shown = offset == 0;
    for node in std::mem::take(&mut document.nodes) {
        if node.depth() == depth && matches!(node, Node::Element(_)) {
            shown = (offset..end).contains(&rows);
            rows += 1;
        }
        if shown || node.depth() < depth {
            nodes.push(node);
        }
    }
    if rows > end {
        let more = root.filter(|number| *number > 0).map(|number| (number, end));
        nodes.push(Node::Fold { depth, count: rows - end, more });
    }
    document.nodes = nodes;
}

#[cfg(test)]
mod tests {
    use super::super::forest::RefPrefix;
    use super::*;

    const PAGE: &str = r#"{"next":1,"roles":["generic","list","listitem","button"],"nodes":[[0,0,1,0],[1,1,2,0],
        [2,2,3,0],[3,"Apple"],[3,3,4,0,"Buy"],[2,2,5,0],[3,"Pear"],[3,3,6,0,"Buy"],[2,2,7,0],[3,"Fig"],[1,"End"]]}"#;

    fn shown(page: &str, change: impl Fn(&mut Forest<'_>)) -> Vec<String> {
        let document = Document::parse(page).expect("the list is well formed");
        let mut forest = Forest::new(document, RefPrefix::main());
        change(&mut forest);
        let told = |node: &Node<'_>| match node {
            Node::Text { text, .. } => text.to_string(),
            Node::Element(element) => format!("e{}", element.number),
            Node::Fold { count, more, .. } => format!("{count} more {more:?}"),
        };
        forest.document.nodes.iter().map(told).collect()
    }

    #[test]
    fn what_is_found_has_its_path_and_its_content() {
        let found = |text: &str| {
            shown(PAGE, |forest| {
                find(forest, &Find::parse(text).expect("it can be read"));
            })
        };
        assert_eq!(found("pear"), ["e1", "e2", "e5", "Pear"]);
        assert_eq!(found("buy"), ["e1", "e2", "e3", "e4", "e5", "e6"]);
        assert_eq!(found("/^listitem/"), &shown(PAGE, |_| ())[..10]);
        assert_eq!(found("/PEAR/"), Vec::<String>::new());
        assert_eq!(found("/PEAR|fig/i"), ["e1", "e2", "e5", "Pear", "e7", "Fig"]);
        assert!(Find::parse("/(/").is_err() && Find::parse("/").is_ok() && Find::parse("a/b").is_ok());
    }

    #[test]
    fn rows_are_paged() {
        let page = r#"{"next":1,"roles":["list","listitem"],"nodes":[[0,0,2,0],[1,1,3,0],[2,"Apple"],[1," "],
            [1,1,5,0],[2,"Pear"],[1,1,7,0],[2,"Fig"]]}"#;
        let paged = |offset, limit| shown(page, |forest| rows(&mut forest.document, offset, limit));
        assert_eq!(paged(1, Some(1)), ["e2", "e5", "Pear", "1 more Some((2, 2))"]);
        assert_eq!(paged(2, None), ["e2", "e7", "Fig"]);
        assert_eq!(paged(7, None), ["e2"]);
    }
}
