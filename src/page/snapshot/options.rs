//! What a snapshot is asked to tell, and in which style. Adding a style means a variant here and the file that
//! writes its lines; everything after that (cut, budget, marks, delta) works on lines.

use super::{
    ai::{self, AiOptions},
    forest::Forest,
    lean::{self, LeanOptions},
    rendered::Listing,
    role::{self, RoleOptions},
};

/// How a page is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SnapshotOptions {
    /// The words and the grammar.
    pub style: Style,
    /// Only what is inside the first element that this CSS selector matches.
    pub selector: Option<String>,
    /// Only what is inside the frame whose element this CSS selector matches.
    pub frame: Option<String>,
    /// The longest text, in UTF-16 units.
    pub max_chars: Option<usize>,
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

impl Style {
    /// What the walk in the page has to find for it.
    pub(super) fn walk(self) -> &'static str {
        match self {
            Self::Ai(_) => "ai",
            Self::Lean(_) => "lean",
            Self::Role(_) => "role",
        }
    }

    /// Writes the lines of a page.
    pub(super) fn list(self, forest: &Forest<'_>) -> Listing {
        match self {
            Self::Ai(options) => ai::list(forest, options),
            Self::Role(options) => role::list(forest, options),
            Self::Lean(options) => lean::list(forest, options),
        }
    }
}
