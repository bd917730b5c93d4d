//! Repeated rows: runs of siblings of one shape are told by the first few and a count, but for those that are in another
//! state than most. Pure; it changes the list of nodes before any style writes it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    flags::Flags,
    forest::Forest,
    tree::{Document, Node},
};

/// Rows that are always shown of a run.
const SHOWN: usize = 3;
/// Shorter runs are shown whole.
const SHORTEST: usize = 4;
/// The states in which a row may differ from others of its shape.
const STATES: u32 = Flags::CHECKED
    | Flags::MIXED
    | Flags::DISABLED
    | Flags::EXPANDED
    | Flags::PRESSED
    | Flags::SELECTED
    | Flags::INVALID
    | Flags::UNSEEN;
/// One row in so many may have other words, numbers aside, than all the rest, and is shown then.
const RARE: usize = 10;
/// A row may be made of so many siblings: a term and its description, a line and the line below it.
const LONGEST_PERIOD: usize = 3;

/// Folds runs of rows in all documents; yields how many rows are hidden. The places told of them count what is left of the
/// page: who asks for more asks with the same words.
pub(super) fn fold(forest: &mut Forest<'_>, seen: &mut Seen) -> usize {
    let hidden = fold_document(&mut forest.document, seen);
    let mut frames: Vec<_> = forest.children.iter_mut().collect();
    frames.sort_by_key(|(owner, _)| **owner);
    hidden + frames.into_iter().map(|(_, child)| fold(child, seen)).sum::<usize>()
}

/// Somebody is busy with it.
const BUSY: u32 = Flags::ACTIVE | Flags::ACTED;

/// Rows that the viewport shows, and would be folded for their shape.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// How many more may stay.
    pub(super) free: usize,
    /// How many have stayed.
    pub(super) kept: usize,
}

impl Seen {
    fn keep(&mut self) -> bool {
        let keeps = self.free > 0;
        self.free -= usize::from(keeps);
        self.kept += usize::from(keeps);
        keeps
    }
}

/// Rows that are hidden: nodes of the list, and what stands in their place.
struct Hidden {
    from: usize,
    to: usize,
    mark: Node<'static>,
}

fn fold_document(document: &mut Document<'_>, seen: &mut Seen) -> usize {
    let tree = Tree::of(document);
    let mut found = Vec::new();
    for (parent, children) in &tree.children {
        runs(document, &tree, *parent, children, seen, &mut found);
    }
    found.sort_by_key(|hidden| hidden.from);
    let count = |hidden: &Hidden| if let Node::Fold { count, .. } = hidden.mark { count } else { 0 };
    let mut rows = 0;
    let mut kept = Vec::with_capacity(document.nodes.len());
    let mut nodes = std::mem::take(&mut document.nodes).into_iter().enumerate();
    let mut end = 0;
    for hidden in found {
        // A run inside a hidden row is hidden with it.
        if hidden.from < end {
            continue;
        }
        kept.extend(nodes.by_ref().take(hidden.from - end).map(|(_, node)| node));
        nodes.by_ref().take(hidden.to - hidden.from).for_each(drop);
        end = hidden.to;
        rows += count(&hidden);
        kept.push(hidden.mark);
    }
    kept.extend(nodes.map(|(_, node)| node));
    document.nodes = kept;
    rows
}

/// The list of nodes, read as a tree.
struct Tree {
    /// For each node the place after its subtree.
    ends: Vec<usize>,
    /// For each node its shape; 0 for texts and for what is only text.
    shapes: Vec<u64>,
    /// Each parent with its children, the parentless ones first.
    children: Vec<(Option<usize>, Vec<usize>)>,
}

impl Tree {
    fn of(document: &Document<'_>) -> Self {
        let length = document.nodes.len();
        let mut tree = Self { ends: vec![0; length], shapes: vec![0; length], children: Vec::new() };
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut roots = Vec::new();
        for (at, node) in document.nodes.iter().enumerate() {
            while path.last().is_some_and(|(above, _)| document.nodes[*above].depth() >= node.depth()) {
                tree.close(document, path.pop(), at);
            }
            match path.last_mut() {
                Some((_, children)) => children.push(at),
                None => roots.push(at),
            }
            path.push((at, Vec::new()));
        }
        while let Some(open) = path.pop() {
            tree.close(document, Some(open), length);
        }
        tree.children.push((None, roots));
        tree
    }

    fn close(&mut self, document: &Document<'_>, open: Option<(usize, Vec<usize>)>, end: usize) {
        let Some((at, children)) = open else { return };
        self.ends[at] = end;
        if let Node::Element(element) = &document.nodes[at] {
            self.shapes[at] = self.shape(document.role(element), &children);
        }
        if children.len() >= SHORTEST {
            self.children.push((Some(at), children));
        }
    }

    /// Role and shapes of the children, texts aside, and however often one of them follows itself.
    fn shape(&self, role: &str, children: &[usize]) -> u64 {
        let mut inner: Vec<u64> =
            children.iter().map(|child| self.shapes[*child]).filter(|s| *s != 0).collect();
        inner.dedup();
        if inner.is_empty() && is_prose(role) {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        (role, inner).hash(&mut hasher);
        hasher.finish().max(1)
    }
}

/// What is read one by one: without anything in it but text, it is no row.
fn is_prose(role: &str) -> bool {
    matches!(
        role,
        "generic"
            | "paragraph"
            | "heading"
            | "cell"
            | "gridcell"
            | "columnheader"
            | "rowheader"
            | "code"
            | "text"
    )
}

/// Finds the runs among the children of one parent.
fn runs(
    document: &Document<'_>,
    tree: &Tree,
    parent: Option<usize>,
    children: &[usize],
    seen: &mut Seen,
    found: &mut Vec<Hidden>,
) {
    let is_element = |at: &usize| matches!(document.nodes[*at], Node::Element(_));
    // Blank text between rows is nothing; other text ends a run.
    let rows: Vec<usize> = children
        .iter()
        .copied()
        .filter(|at| {
            is_element(at)
                || !matches!(&document.nodes[*at], Node::Text { text, .. } if text.trim().is_empty())
        })
        .collect();
    let shape = |at: usize| tree.shapes[rows[at]];
    let elements_before: Vec<usize> = rows
        .iter()
        .scan(0, |count, at| Some(std::mem::replace(count, *count + usize::from(is_element(at)))))
        .collect();
    let mut at = 0;
    while at < rows.len() {
        let period = (1..=LONGEST_PERIOD).find_map(|period| {
            let repeats = |next: usize| shape(next) == shape(next - period) && is_element(&rows[next]);
            let length = period + (at + period..rows.len()).take_while(|next| repeats(*next)).count();
            let has_shape = (at..rows.len().min(at + period)).any(|row| shape(row) != 0);
            (has_shape && is_element(&rows[at]) && length / period >= SHORTEST)
                .then_some((period, length / period))
        });
        let Some((period, count)) = period else {
            at += 1;
            continue;
        };
        let mut from = at + SHOWN * period;
        let end = at + count * period;
        let odd = odd_rows(
            document,
            (at..end).step_by(period).map(|row| (rows[row], tree.ends[rows[row + period - 1]])),
        );
        while from < end {
            let stays = |row: &usize| {
                let nodes = &document.nodes[rows[*row]..tree.ends[rows[row + period - 1]]];
                let has = |flags: u32| {
                    nodes.iter().any(|node| matches!(node, Node::Element(element) if element.has(flags)))
                };
                odd[(row - at) / period] || has(BUSY) || (has(Flags::IN_VIEW) && seen.keep())
            };
            let to = (from..end).step_by(period).find(stays).unwrap_or(end);
            let nodes = (rows.get(from).copied(), to.checked_sub(1).map(|last| tree.ends[rows[last]]));
            if let (Some(first), Some(last)) = nodes
                && to > from
                && last - first > 1
            {
                let more = parent.and_then(|parent| number_of(document, parent));
                let more = more.map(|number| (number, elements_before[from]));
                let depth = document.nodes[first].depth();
                found.push(Hidden {
                    from: first,
                    to: last,
                    mark: Node::Fold { depth, count: (to - from) / period, more },
                });
            }
            from = to + period;
        }
        at = end;
    }
}

fn number_of(document: &Document<'_>, at: usize) -> Option<u32> {
    match &document.nodes[at] {
        Node::Element(element) => Some(element.number).filter(|number| *number > 0),
        Node::Text { .. } | Node::Fold { .. } => None,
    }
}

/// Of each row, whether it is in another state than most, or the only one with other words.
fn odd_rows(document: &Document<'_>, rows: impl Iterator<Item = (usize, usize)>) -> Vec<bool> {
    let signs: Vec<(u64, u64)> = rows.map(|(from, to)| signs(&document.nodes[from..to])).collect();
    let most = |signs: &mut dyn Iterator<Item = u64>| {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        signs.for_each(|sign| *counts.entry(sign).or_default() += 1);
        counts.into_iter().max_by_key(|(sign, count)| (*count, *sign)).unwrap_or_default()
    };
    let (state, _) = most(&mut signs.iter().map(|(state, _)| *state));
    let (words, alike) = most(&mut signs.iter().map(|(_, words)| *words));
    let is_rare = (signs.len() - alike) * RARE <= signs.len();
    signs.iter().map(|sign| sign.0 != state || (is_rare && sign.1 != words)).collect()
}

/// What tells rows of one shape apart: their states, and their words without numbers.
fn signs(nodes: &[Node<'_>]) -> (u64, u64) {
    let (mut states, mut words) = (DefaultHasher::new(), DefaultHasher::new());
    for (at, node) in nodes.iter().enumerate() {
        let text = match node {
            Node::Text { text, .. } => text,
            Node::Element(element) => {
                let state = element.flags.only(STATES);
                if state != 0 {
                    (at, state).hash(&mut states);
                }
                &element.name
            }
            Node::Fold { .. } => continue,
        };
        text.chars().filter(|c| !c.is_numeric()).for_each(|c| c.hash(&mut words));
    }
    (states.finish(), words.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Depth, count and place of folded rows.
    type Mark = (u32, usize, Option<(u32, usize)>);

    fn folded(nodes: &str) -> (Vec<Mark>, usize, usize) {
        let text = format!(
            r#"{{"next":1,"roles":["list","listitem","button","paragraph","heading"],"nodes":[{nodes}]}}"#
        );
        let mut document = Document::parse(&text).expect("the list is well formed");
        let rows = fold_document(&mut document, &mut Seen::default());
        let marks = document.nodes.iter().filter_map(|node| match node {
            Node::Fold { depth, count, more } => Some((*depth, *count, *more)),
            Node::Element(_) | Node::Text { .. } => None,
        });
        (marks.collect(), rows, document.nodes.len())
    }

    fn rows(count: u32, row: impl Fn(u32) -> String) -> String {
        std::iter::once("[0,0,1,0]".to_owned()).chain((0..count).map(row)).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn rows_of_one_shape_are_counted() {
        let row = |n: u32| format!(r#"[1,1,{},0],[2,"Row {n}"],[2,2,{},0,"Go"]"#, 10 + n, 1000 + n);
        assert_eq!(folded(&rows(3, row)), (vec![], 0, 10));
        assert_eq!(folded(&rows(4, row)), (vec![(1, 1, Some((1, 3)))], 1, 11));
        assert_eq!(folded(&rows(5000, row)), (vec![(1, 4997, Some((1, 3)))], 4997, 11));
    }

    #[test]
    fn pairs_are_rows_too_and_prose_is_none() {
        let pair = |n: u32| format!(r#"[1,1,{n},0,"Term"],[1,2,{n},0,"What it means"]"#);
        assert_eq!(folded(&rows(10, pair)), (vec![(1, 7, Some((1, 6)))], 7, 8));
        assert_eq!(folded(&rows(10, |_| r#"[1,3,5,0],[2,"Words"]"#.to_owned())).1, 0);
    }

    #[test]
    fn the_focused_row_is_shown() {
        let row = |n: u32| format!(r#"[1,1,{},{}],[2,2,{},0,"Go"]"#, 10 + n, u32::from(n == 20), 1000 + n);
        assert_eq!(folded(&rows(40, row)).0, [(1, 17, Some((1, 3))), (1, 19, Some((1, 21)))]);
    }

    #[test]
    fn rows_in_another_state_or_with_other_words_are_shown() {
        let row =
            |n: u32| format!(r#"[1,1,{},0],[2,2,{},{},"Go"]"#, 10 + n, 1000 + n, u32::from(n == 20) * 2);
        assert_eq!(folded(&rows(40, row)).0, [(1, 17, Some((1, 3))), (1, 19, Some((1, 21)))]);
        let word = |n: u32| if n == 20 { "ERROR" } else { "fine" };
        let row = |n: u32| format!(r#"[1,1,{},0,"Row {n} {}"]"#, 10 + n, word(n));
        assert_eq!(folded(&rows(40, row)).0, [(1, 17, Some((1, 3))), (1, 19, Some((1, 21)))]);
        let row = |n: u32| format!(r#"[1,1,{},0,"Row {}"]"#, 10 + n, word(n % 2 * 20));
        assert_eq!(folded(&rows(40, row)).0, [(1, 37, Some((1, 3)))]);
    }

    #[test]
    fn other_shapes_and_texts_end_a_run() {
        let row = |n: u32| match n {
            5 => r#"[1,4,9,0,"Part two"]"#.to_owned(),
            n => format!(r#"[1,1,{n},0],[2,2,{n},0,"Go"]"#),
        };
        assert_eq!(folded(&rows(11, row)).0, [(1, 2, Some((1, 3))), (1, 2, Some((1, 9)))]);
    }
}
