//! A page's documents: the main one, and those of its frames hung under their `iframe` elements.
//! It knows nothing of how they were fetched.

use std::{collections::HashMap, fmt};

use super::tree::Document;

/// One document and the documents of its frames.
#[derive(Debug, Clone)]
pub struct Forest<'a> {
    /// The document itself.
    pub document: Document<'a>,
    /// What its refs begin with.
    pub prefix: RefPrefix,
    /// Documents of child frames, by the ref number of their `iframe` element.
    pub children: HashMap<u32, Forest<'a>>,
    /// Shown frames that could not be told, by the ref number of their element.
    pub(super) missing: Vec<(u32, Missing)>,
    /// Only what was looked for is left, with the path to it.
    pub(super) is_found: bool,
}

/// Why the document of a frame that is shown could not be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It did not answer in time.
    Silent,
    /// Its renderer died.
    Crashed,
}

impl<'a> Forest<'a> {
    /// A document without frames.
    #[must_use]
    pub fn new(document: Document<'a>, prefix: RefPrefix) -> Self {
        Self { document, prefix, children: HashMap::new(), missing: Vec::new(), is_found: false }
    }

    /// A line for each frame that could not be told.
    pub(super) fn gaps(&self) -> Vec<String> {
        let own = self.missing.iter().map(|(owner, why)| {
            let why = match why {
                Missing::Silent => "did not answer in time",
                Missing::Crashed => "has crashed",
            };
            format!("[iframe {} {why}: what it shows is missing]", self.prefix.name(*owner))
        });
        own.chain(self.children.values().flat_map(Self::gaps)).collect()
    }

    /// Whether any of the documents goes deeper than the walk does.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        self.document.deep || self.children.values().any(Self::is_deep)
    }
}

/// What the refs of one document begin with: `e` in the main frame, `f1e` in frame 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefPrefix(String, u32);

impl RefPrefix {
    /// The main frame's.
    #[must_use]
    pub fn main() -> Self {
        Self("e".to_owned(), 0)
    }

    /// That of a numbered frame.
    #[must_use]
    pub fn frame(number: u32) -> Self {
        Self(format!("f{number}e"), number)
    }

    /// The number of the frame; 0 for the main one.
    pub(super) fn number(&self) -> u32 {
        self.1
    }

    /// The ref of one element.
    #[must_use]
    pub fn name(&self, number: u32) -> String {
        format!("{}{number}", self.0)
    }
}

impl fmt::Display for RefPrefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
