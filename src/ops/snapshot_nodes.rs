//! A page as data: the answer of a snapshot in the `aria` format.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::BrowserState;
use crate::page::snapshot::AriaNode;
use crate::service::Tab;

/// How far the tree is indented at most, in levels (contract 10.2).
const MOST_INDENT: u32 = 20;

/// A page as data.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotNodes {
    /// Always true.
    pub ok: bool,
    /// Always `aria`.
    pub format: String,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The dialogs of the tab, when it ever had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_state: Option<BrowserState>,
    /// Its nodes, depth first.
    pub nodes: Vec<NodeRow>,
}

/// A node of the page.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct NodeRow {
    /// Its ref, such as `ax12`, or `f1e12` in a frame; absent for a text that a style has made.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its role as Chromium spells it; `StaticText` for a text.
    pub role: String,
    /// Its name, or the text.
    pub name: String,
    /// The value of a field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is said of it beside its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether the eye cannot see it, though it is rendered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// What other clients of the browser know it by.
    #[serde(rename = "backendDOMNodeId", default, skip_serializing_if = "Option::is_none")]
    pub backend_node_id: Option<i64>,
    /// How many nodes it is in.
    pub depth: u32,
}

impl From<AriaNode> for NodeRow {
    fn from(node: AriaNode) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        Self {
            reference: node.reference.map(|reference| reference.aria()),
            role: node.role,
            name: node.name,
            value: some(node.value),
            description: some(node.description),
            unseen: node.unseen,
            backend_node_id: node.backend_node_id,
            depth: node.depth,
        }
    }
}

impl SnapshotNodes {
    pub(super) fn new(tab: &Tab, nodes: Vec<AriaNode>) -> Self {
        Self {
            ok: true,
            format: "aria".to_owned(),
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            browser_state: BrowserState::of(tab),
            nodes: nodes.into_iter().map(NodeRow::from).collect(),
        }
    }

    /// The nodes as a tree.
    pub(super) fn text(&self) -> String {
        self.nodes.iter().map(NodeRow::line).collect::<Vec<_>>().join("\n")
    }
}

impl NodeRow {
    fn line(&self) -> String {
        let indent = "  ".repeat(self.depth.min(MOST_INDENT) as usize);
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let name = if self.name.is_empty() { String::new() } else { format!(" {}", quoted(&self.name)) };
        let value = self.value.as_deref().map(|value| format!(" = {}", quoted(value))).unwrap_or_default();
        let reference = self.reference.as_ref().map(|name| format!(" [ref={name}]")).unwrap_or_default();
        let unseen = if self.unseen { " [unseen]" } else { "" };
        format!("{indent}- {}{name}{value}{reference}{unseen}", self.role)
    }
}
