//! A tab as callers know it: its names, and why their words find none. Pure.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, atomic::AtomicU32};

use super::moves::MovedTab;
use crate::page::Page;

/// The longest label (contract 6.2).
const LONGEST_LABEL: usize = 64;

/// A tab's stable name: `t1`, `t2`, … counted a profile, never reused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct TabId(u32);

impl TabId {
    /// The next one of a profile.
    pub(super) fn next(numbering: &AtomicU32) -> Self {
        Self(super::next(numbering))
    }
}

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// A name that a caller gave a tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tab label must be 1-64 chars and use only letters, numbers, _, ., :, or -")]
pub struct LabelError;

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
        let is_label = !text.is_empty() && text.len() <= LONGEST_LABEL && text.chars().all(fits);
        is_label.then(|| Self(text.to_owned())).ok_or(LabelError)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One tab, as it is at one moment.
#[derive(Debug, Clone)]
pub struct TabView {
    /// Its stable id.
    pub id: TabId,
    /// The browser's id of its target.
    pub target_id: Arc<str>,
    /// The name that a caller gave it.
    pub label: Option<Label>,
    /// Its title.
    pub title: String,
    /// Its URL.
    pub url: String,
    /// What is in it.
    pub page: Page,
}

impl TabView {
    /// The name that callers should use: the label, else the id.
    pub fn suggested(&self) -> String {
        self.label.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }
}

impl From<&TabView> for MovedTab {
    fn from(view: &TabView) -> Self {
        Self { id: view.id, target_id: Arc::clone(&view.target_id), url: view.page.url() }
    }
}

/// Why a caller's words find no tab.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// None fits.
    #[error(
        "tab not found: browser tab \"{0}\" not found. Use action=tabs and pass suggestedTargetId, tabId, label, or \
         raw targetId."
    )]
    NotFound(String),
    /// A bare number is no name of a tab.
    #[error(
        "tab not found: browser tab \"{0}\" not found. Numeric values are not tab targets; use a stable tab id like \
         \"t1\", a label, or a raw targetId. For positional selection, use \"openclaw browser tab select {0}\"."
    )]
    Numeric(String),
    /// Several fit.
    #[error("ambiguous browser tab reference")]
    Ambiguous,
    /// The one that fits is another one's.
    #[error("browser tab \"{tab}\" {}", belongs_to(.holder.as_deref()))]
    Foreign {
        /// What was asked for.
        tab: String,
        /// Whose it is; none when it is nobody's in particular.
        holder: Option<Arc<str>>,
    },
}

fn belongs_to(holder: Option<&str>) -> String {
    match holder {
        Some(name) => format!("belongs to {name}, and to nobody else until that ends"),
        None => "belongs to all who share the browser, and not to you alone".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_a_small_alphabet() {
        for good in ["a", "A_b.c:d-1", &"x".repeat(64)] {
            assert!(good.parse::<Label>().is_ok(), "{good}");
        }
        for bad in ["", "  ", "a b", "é", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Label>(), Err(LabelError), "{bad}");
        }
    }
}
