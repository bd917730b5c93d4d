//! The `aria` format: every node of the page as one row of data, as Chromium's accessibility tree has it, with a ref for
//! whatever can be named again.

use super::capture::Start;
use super::spelling::spelled;
use super::{Flags, Forest, Node, RefEntry};
use crate::deadline::Deadline;
use crate::page::{Error, Page, Reference};

/// Which nodes are told.
#[derive(Debug, Clone, Default)]
pub struct AriaOptions {
    /// The first so many.
    pub limit: usize,
    /// Only what is inside the first element that this CSS selector matches.
    pub selector: Option<String>,
    /// Only what is inside the frame whose element this CSS selector matches.
    pub frame: Option<String>,
    /// Only what is inside this element.
    pub within: Option<Reference>,
}

/// A node of the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AriaNode {
    /// Its ref; none for a text that a style has made.
    pub reference: Option<Reference>,
    /// Its role as Chromium spells it.
    pub role: String,
    /// Its name, or the text.
    pub name: String,
    /// The value of a field, never of a password; empty when there is none.
    pub value: String,
    /// What is said of it beside its name; empty when there is nothing.
    pub description: String,
    /// How many nodes it is in.
    pub depth: u32,
    /// The eye cannot see it, though it is rendered.
    pub unseen: bool,
    /// The browser's number of it, for other clients of the same browser.
    pub backend_node_id: Option<i64>,
}

impl Page {
    /// Tells the page as data, frames included.
    ///
    /// # Errors
    /// As [`Page::snapshot`].
    pub async fn aria(&self, options: &AriaOptions, deadline: Deadline) -> Result<Vec<AriaNode>, Error> {
        let frame = self.frame_told(options.within, options.frame.as_deref(), deadline).await?;
        let start = Start { selector: options.selector.as_deref(), within: options.within };
        let mode = format!("mode:\"aria\",most:{}", options.limit);
        let captured = self.capture(frame, &mode, start, deadline).await?;
        let mut nodes = Vec::new();
        list(&captured.forest()?, 0, false, options.limit, &mut nodes);
        let references = nodes.iter().filter_map(|node| node.reference);
        let ids = self.backend_ids(references, deadline).await;
        let entry = |node: &AriaNode| {
            let (role, name) = (node.role.clone(), (!node.name.is_empty()).then(|| node.name.clone()));
            Some(RefEntry { reference: node.reference?.to_string(), role, name, ..RefEntry::default() })
        };
        let entries: Vec<RefEntry> = nodes.iter().filter_map(entry).collect();
        self.state.send_if_modified(|state| {
            state.names.learn(&entries);
            // Nobody waits for it.
            false
        });
        for node in &mut nodes {
            node.backend_node_id = node.reference.and_then(|reference| ids.get(&reference).copied());
        }
        Ok(nodes)
    }
}

/// `above`: how many nodes the document is in; `unseen`: the eye sees nothing of it.
fn list(forest: &Forest<'_>, above: u32, unseen: bool, limit: usize, nodes: &mut Vec<AriaNode>) {
    let frame = forest.prefix.number();
    for node in &forest.document.nodes {
        // All of them are elements: texts have numbers here, too.
        let Node::Element(element) = node else { continue };
        if nodes.len() >= limit {
            return;
        }
        let number = element.number;
        nodes.push(AriaNode {
            reference: (number > 0).then_some(Reference { frame, number }),
            role: spelled(forest.document.role(element), element).to_owned(),
            name: element.name.to_string(),
            value: element.value().to_owned(),
            description: element
                .extra
                .as_ref()
                .map_or_else(String::new, |extra| extra.description.to_string()),
            depth: above + element.depth,
            unseen: unseen || element.has(Flags::UNSEEN),
            backend_node_id: None,
        });
        if let Some(child) = forest.children.get(&number) {
            list(child, above + element.depth + 1, unseen || element.has(Flags::UNSEEN), limit, nodes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, RefPrefix};
    use super::*;

    fn forest(nodes: &'static str, prefix: RefPrefix) -> Forest<'static> {
        Forest::new(Document::parse(nodes).expect("the list is well formed"), prefix)
    }

    #[test]
    fn frames_are_told_where_they_are_up_to_the_limit() {
        let roles = r#"{"next":9,"roles":["RootWebArea","iframe","StaticText"],"nodes":[[0,0,1,0,"Top"],[1,1,2,0],[1,2,0,0,"made"]]}"#;
        let inner = r#"{"next":9,"roles":["RootWebArea"],"nodes":[[0,0,1,0,"In",{"d":"told"}]]}"#;
        let mut page = forest(roles, RefPrefix::main());
        page.children.insert(2, forest(inner, RefPrefix::frame(1)));
        let told = |limit| {
            let mut nodes = Vec::new();
            list(&page, 0, false, limit, &mut nodes);
            let row = |node: AriaNode| {
                let reference = node.reference.map(|reference| reference.to_string()).unwrap_or_default();
                format!("{} {reference} {} {}{}", node.depth, node.role, node.name, node.description)
            };
            nodes.into_iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(
            told(9),
            ["0 e1 RootWebArea Top", "1 e2 Iframe ", "2 f1e1 RootWebArea Intold", "1  StaticText made"]
        );
        assert_eq!(told(2), ["0 e1 RootWebArea Top", "1 e2 Iframe "]);
    }
}
