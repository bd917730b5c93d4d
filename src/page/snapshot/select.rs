//! Which nodes of a page are told: those that the viewport shows, a page of rows. Ancestors stay, so that paths can be
//! read. Pure; it changes the list of nodes before any style writes it.

use super::{
    flags::Flags,
    forest::Forest,
    tree::{Document, Node},
};

/// Keeps what the viewport shows, and the path to it. What has no box of its own goes with what it is in.
pub(super) fn viewport(forest: &mut Forest<'_>) {
    seen(forest);
}

/// True when something of the document is kept.
fn seen(forest: &mut Forest<'_>) -> bool {
    let mut kept = vec![false; forest.document.nodes.len()];
    let mut path: Vec<(usize, bool)> = Vec::new();
    for (at, node) in forest.document.nodes.iter().enumerate() {
        while path.pop_if(|(above, _)| forest.document.nodes[*above].depth() >= node.depth()).is_some() {}
        let around = path.last().is_some_and(|(_, is_seen)| *is_seen);
        let (is_seen, frame) = match node {
            Node::Element(element) if element.place > 0 => {
                (element.has(Flags::IN_VIEW), forest.children.get_mut(&element.number))
            }
            Node::Element(_) | Node::Text { .. } | Node::Fold { .. } => (around, None),
        };
        path.push((at, is_seen));
        if frame.is_some_and(seen) || is_seen {
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

/// Keeps a page of the rows of a listing that is limited to one element; yields how many rows there are.
pub(super) fn rows(document: &mut Document<'_>, offset: usize, limit: Option<usize>) -> usize {
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
    rows
}

#[cfg(test)]
mod tests {
    use super::super::forest::RefPrefix;
    use super::*;

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
    fn rows_are_paged() {
        let page = r#"{"next":1,"roles":["list","listitem"],"nodes":[[0,0,2,0],[1,1,3,0],[2,"Apple"],[1," "],
            [1,1,5,0],[2,"Pear"],[1,1,7,0],[2,"Fig"]]}"#;
        let paged =
            |offset, limit| shown(page, |forest| assert_eq!(rows(&mut forest.document, offset, limit), 3));
        assert_eq!(paged(1, Some(1)), ["e2", "e5", "Pear", "1 more Some((2, 2))"]);
        assert_eq!(paged(2, None), ["e2", "e7", "Fig"]);
        assert_eq!(paged(7, None), ["e2"]);
    }
}
