//! What the `ai` style prints, as a tree: boxes that say nothing are folded away, names that only repeat what is
//! printed below them are left out. It decides what stays; it writes no lines.

use super::{
    flags::Flags,
    forest::Forest,
    rendered::tidy,
    tree::{Element, Node},
};

/// Names longer than this many UTF-16 units are not printed.
pub(super) const LONGEST_NAME: usize = 900;

/// A text or an element to print.
#[derive(Debug)]
pub(super) enum Item<'a> {
    Text(String),
    Part(Part<'a>),
    /// Rows that were folded: how many, and where they are.
    Fold(usize, Option<(String, usize)>),
}

/// An element to print.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) element: &'a Element<'a>,
    pub(super) role: &'a str,
    /// Its name as printed; empty when it is left out.
    pub(super) name: &'a str,
    /// Its ref; none when it has no number.
    pub(super) reference: Option<String>,
    pub(super) children: Vec<Item<'a>>,
}

/// The tree of a page, frames included.
pub(super) fn outline<'a>(forest: &'a Forest<'a>) -> Vec<Item<'a>> {
    let grown = grow(forest, &mut 0, 0);
    prune(grown, Surroundings::default())
}

/// Reads the nodes from `at` on that are at least `depth` deep.
fn grow<'a>(forest: &'a Forest<'a>, at: &mut usize, depth: u32) -> Vec<Item<'a>> {
    let document = &forest.document;
    let mut items = Vec::new();
    while let Some(node) = document.nodes.get(*at).filter(|node| node.depth() >= depth) {
        *at += 1;
        match node {
            Node::Text { text, .. } => push_text(&mut items, text),
            Node::Fold { count, more, .. } => {
                items.push(Item::Fold(*count, more.map(|(number, from)| (forest.prefix.name(number), from))));
            }
            Node::Element(element) => {
                let part = part(forest, element, grow(forest, at, element.depth + 1));
                if part.is_wrapper() { items.extend(part.children) } else { items.push(Item::Part(part)) }
            }
        }
    }
    trim(items)
}

fn part<'a>(forest: &'a Forest<'a>, element: &'a Element<'a>, mut children: Vec<Item<'a>>) -> Part<'a> {
    let role = forest.document.role(element);
    if let Some(frame) = forest.children.get(&element.number) {
        children = grow(frame, &mut 0, 0);
    }
    if !element.value().is_empty() {
        children.insert(0, Item::Text(element.value().to_owned()));
    }
    let fits = element.name.len() <= LONGEST_NAME || super::rendered::units(&element.name) <= LONGEST_NAME;
    let name = if fits && role != "iframe" { element.name.as_ref() } else { "" };
    let reference = (element.number > 0).then(|| forest.prefix.name(element.number));
    Part { element, role, name, reference, children }
}

fn push_text(items: &mut Vec<Item<'_>>, text: &str) {
    match items.last_mut() {
        Some(Item::Text(last)) => last.push_str(text),
        _ => items.push(Item::Text(text.to_owned())),
    }
}

/// Trims texts and drops the blank ones.
fn trim(items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items
        .into_iter()
        .filter_map(|item| match item {
            Item::Text(text) => {
                Some(tidy(&text).into_owned()).filter(|text| !text.is_empty()).map(Item::Text)
            }
            other @ (Item::Part(_) | Item::Fold(..)) => Some(other),
        })
        .collect()
}

impl Part<'_> {
    /// A box that is nothing in itself: no name, no mark, nothing that a person could aim at.
    fn is_plain(&self) -> bool {
        self.role == "generic"
            && self.name.is_empty()
            && !self.element.has(Flags::TARGET | Flags::ARIA_HIDDEN)
            && (self.children.is_empty() || !self.element.has(Flags::UNSEEN))
    }

    /// A plain box around one thing that can be aimed at by itself, or around nothing.
    fn is_wrapper(&self) -> bool {
        self.is_plain()
            && match self.children.as_slice() {
                [] => true,
                [Item::Part(only)] => only.reference.is_some(),
                _ => false,
            }
    }

    fn is_leaf(&self) -> bool {
        self.is_plain() && matches!(self.children.as_slice(), [Item::Text(_)])
    }

    /// A picture without a name that nothing happens on.
    fn is_decoration(&self) -> bool {
        self.role == "img"
            && self.name.is_empty()
            && self.children.is_empty()
            && !self.element.has(Flags::TARGET | Flags::ACTIVE)
    }

    /// A box that something might happen on, had it an area.
    fn is_out_of_reach(&self) -> bool {
        self.role == "generic" && self.reference.is_none() && self.name.is_empty() && self.children.is_empty()
    }

    /// Text that the element's own children print, as a name made of content would have it.
    fn printed(&self, out: &mut String) {
        if self.name.is_empty() {
            self.children.iter().for_each(|child| child.printed(out))
        } else {
            squash(self.name, out)
        }
    }
}

impl Item<'_> {
    fn printed(&self, out: &mut String) {
        match self {
            Self::Text(text) => squash(text, out),
            Self::Part(part) => part.printed(out),
            Self::Fold(..) => {}
        }
    }
}

fn squash(text: &str, out: &mut String) {
    out.extend(text.chars().filter(|c| !c.is_whitespace()));
}

/// What has been said already above a node.
#[derive(Debug, Clone, Copy, Default)]
struct Surroundings<'a> {
    /// Name of the parent.
    parent: &'a str,
    /// Name made of content of the nearest ancestor that has one.
    content: &'a str,
}

fn prune<'a>(items: Vec<Item<'a>>, around: Surroundings<'a>) -> Vec<Item<'a>> {
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Item::Text(text) => kept.push(Item::Text(text)),
            Item::Part(part) => kept.extend(prune_part(part, around).map(Item::Part)),
            fold @ Item::Fold(..) => kept.push(fold),
        }
    }
    join_texts(kept)
}

fn prune_part<'a>(mut part: Part<'a>, around: Surroundings<'a>) -> Option<Part<'a>> {
    let content = match part.role {
        "iframe" => "",
        role if !part.name.is_empty() && is_named_by_content(role) => part.name,
        _ => around.content,
    };
    part.children = prune(part.children, Surroundings { parent: part.name, content });
    if let [Item::Part(only)] = part.children.as_mut_slice()
        && part.role == "generic"
        && only.is_leaf()
    {
        part.children = std::mem::take(&mut only.children);
    }
    if part.is_decoration()
        || part.is_out_of_reach()
        || (part.is_plain() && part.children.is_empty())
        || part.is_leaf() && repeats(&part, around)
    {
        return None;
    }
    drop_repetition(&mut part);
    Some(part)
}

/// Whether a leaf only says what the name above it says.
fn repeats(leaf: &Part<'_>, around: Surroundings<'_>) -> bool {
    match leaf.children.as_slice() {
        [Item::Text(text)] => around.parent == text || around.content.contains(text.as_str()),
        _ => false,
    }
}

/// Either the name goes or what repeats it: a single text goes, elements stay and the name goes.
fn drop_repetition(part: &mut Part<'_>) {
    if part.name.is_empty() {
        return;
    }
    let by_content = is_named_by_content(part.role);
    // A field's value may equal its name and still has to be told.
    let fills = part.element.value().is_empty() && (by_content || part.children.len() == 1);
    part.children.retain(|child| !(fills && matches!(child, Item::Text(text) if text == part.name)));
    if by_content && part.children.iter().any(|child| matches!(child, Item::Part(_))) {
        let (mut printed, mut name) = (String::new(), String::new());
        part.children.iter().for_each(|child| child.printed(&mut printed));
        squash(part.name, &mut name);
        if printed == name {
            part.name = "";
        }
    }
}

fn join_texts(items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let mut joined: Vec<Item<'_>> = Vec::with_capacity(items.len());
    for item in items {
        match (joined.last_mut(), item) {
            (Some(Item::Text(last)), Item::Text(text)) => last.extend([" ", &text]),
            (_, item) => joined.push(item),
        }
    }
    joined
}

/// Roles whose name is made of what they contain (WAI-ARIA 1.2, "name from: contents").
fn is_named_by_content(role: &str) -> bool {
    matches!(
        role,
        "button"
            | "cell"
            | "checkbox"
            | "columnheader"
            | "gridcell"
            | "heading"
            | "link"
            | "menuitem"
            | "menuitemcheckbox"
            | "menuitemradio"
            | "option"
            | "radio"
            | "row"
            | "rowheader"
            | "switch"
            | "tab"
            | "treeitem"
    )
}
