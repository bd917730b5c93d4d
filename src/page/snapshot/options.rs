//! What a snapshot is asked to tell, and in which style. Adding a style means a variant here and the file that
//! writes its lines; everything after that (cut, budget, marks, delta) works on lines.

use super::{
    ai::{self, AiOptions},
    budget::Budget,
    find::Find,
    forest::Forest,
    lean::{self, LeanOptions},
    rendered::Listing,
    role::{self, RoleOptions},
};
use crate::page::Reference;

/// How a page is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SnapshotOptions {
    /// The words and the grammar.
    pub style: Style,
    /// Only what is inside the first element that this CSS selector matches.
    pub selector: Option<String>,
    /// Only what is inside the frame whose element this CSS selector matches.
    pub frame: Option<String>,
    /// Only what is inside this element.
    pub within: Option<Reference>,
    /// Of the rows of `within`, those from this one on, counted from 0.
    pub offset: usize,
    /// Of the rows of `within`, at most so many.
    pub limit: Option<usize>,
    /// Only what matches, with its ancestors.
    pub find: Option<Find>,
    /// Only what the viewport shows.
    pub viewport: bool,
    /// Rows of one shape are told by the first few and a count.
    pub fold: bool,
    /// Where links lead, in an appendix.
    pub links: bool,
    /// What the text may cost; what does not fit is left out by rank.
    pub budget: Budget,
    /// The longest text, in UTF-16 units; what does not fit is cut off at its end.
    pub max_chars: Option<usize>,
    /// Only what is different from the last snapshot that was asked with the same words, at most so long.
    pub delta: Option<usize>,
}

/// The styles of telling a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// A YAML outline of the whole page.
    Ai(AiOptions),
    /// One line an element, in the words of Chromium's accessibility tree.
    Role(RoleOptions),
    /// A short line for each control, and what tells them apart.
    Lean(LeanOptions),
}

impl Default for Style {
    fn default() -> Self {
        Self::Ai(AiOptions::default())
    }
}

impl SnapshotOptions {
    /// What the walk in the page is asked to find.
    pub(super) fn walk(&self) -> String {
        // Rows that are left out are asked for by what holds them, and what is seen is asked of what has a number.
        let is_numbered = self.fold || self.budget.is_set() || self.viewport || self.within.is_some();
        format!("{}{}", self.mode(), if is_numbered { ",numbered:true" } else { "" })
    }

    fn mode(&self) -> &'static str {
        match self.style {
            Style::Ai(_) => r#"mode:"ai""#,
            Style::Lean(_) => r#"mode:"lean""#,
            Style::Role(RoleOptions { interactive: true, .. }) if !self.reads_around() => {
                r#"mode:"role",controls:true"#
            }
            Style::Role(_) => r#"mode:"role""#,
        }
    }

    /// Whether what is no control decides what is told: as a row to fold or to count, as a match, by its place.
    fn reads_around(&self) -> bool {
        let selects = self.find.is_some() || self.viewport || self.offset > 0 || self.limit.is_some();
        selects || self.fold || self.budget.is_set()
    }
}

impl Style {
    /// Writes the lines of a page.
    pub(super) fn list(self, forest: &Forest<'_>) -> Listing {
        match self {
            Self::Ai(options) => ai::list(forest, options),
            Self::Role(options) => role::list(forest, options),
            Self::Lean(options) => lean::list(forest, options),
        }
    }

    /// Whether only controls are told.
    pub(super) fn tells_controls_alone(self) -> bool {
        match self {
            Self::Ai(AiOptions { interactive, .. }) | Self::Role(RoleOptions { interactive, .. }) => {
                interactive
            }
            Self::Lean(_) => false,
        }
    }

    /// Whether the text itself says what is new; where every character counts, only the figure is told.
    pub(super) fn marks_new(self) -> bool {
        !matches!(self, Self::Lean(_))
    }

    /// Whether elements are recognised by role and name from snapshot to snapshot, instead of by ref (contract 7.4).
    pub(super) fn knows_by_name(self) -> bool {
        matches!(self, Self::Role(_))
    }
}
