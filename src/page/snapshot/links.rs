//! Where links lead: absolute addresses, and the list of them at the end of a snapshot (contract 7.4).

use std::collections::HashSet;

use url::Url;

use super::{
    forest::Forest,
    forgery::{address, is_unprinted, mentions_marks},
    rendered::{Line, quoted, tidy},
    role::text_of,
    tree::{Document, Node},
};

/// Links that are listed.
const MOST_LINKS: usize = 100;
/// Characters of a link's text.
const LONGEST_TEXT: usize = 120;

/// The base of a document's links.
pub(super) fn base(document: &Document<'_>) -> Option<Url> {
    Url::parse(&document.base).ok()
}

/// A link as the browser reads it.
pub(super) fn absolute(base: Option<&Url>, url: &str) -> String {
    let read = Url::options().base_url(base).parse(url).map_or_else(|_| url.to_owned(), String::from);
    address(&read).into_owned()
}

/// The appendix: a heading, and each address once.
pub(super) fn appendix(forest: &Forest<'_>) -> Vec<Line> {
    let mut found = Found::default();
    found.collect(forest);
    if found.links.is_empty() {
        return Vec::new();
    }
    let line = |level, text| Line { text, level, ..Line::default() };
    let links = found.links.into_iter().zip(1..);
    std::iter::once(line(0, "\nLinks:".to_owned()))
        .chain(links.map(|((text, url), number)| line(1, format!("{number}. {text} -> {url}"))))
        .collect()
}

#[derive(Default)]
struct Found {
    links: Vec<(String, String)>,
    known: HashSet<String>,
}

impl Found {
    fn collect(&mut self, forest: &Forest<'_>) {
        let base = base(&forest.document);
        for (at, node) in forest.document.nodes.iter().enumerate() {
            let Node::Element(element) = node else { continue };
            if let Some(child) = forest.children.get(&element.number) {
                self.collect(child);
            }
            let Some(url) = element.extra.as_ref().and_then(|extra| extra.url.as_deref()) else { continue };
            let url = absolute(base.as_ref(), url);
            if self.links.len() == MOST_LINKS || !self.known.insert(url.clone()) {
                continue;
            }
            let text =
                if element.name.is_empty() { text_of(forest, at) } else { tidy(&element.name).into_owned() };
            let text = if text.is_empty() { url.clone() } else { text };
            let text: String = text.chars().take(LONGEST_TEXT).collect();
            // It must not seem to lead elsewhere, or to be more than a name.
            let is_odd = text.contains(" -> ") || mentions_marks(&text) || text.contains(is_unprinted);
            self.links.push((if is_odd { quoted(&text) } else { text }, url));
        }
    }
}
