//! The accessible tree of a page as text, at one moment: what the walk in the page found, and the two styles
//! of telling it. Only `capture` and `tell` ask the browser; the rest is pure.

mod ai;
mod capture;
mod closed;
mod flags;
mod forest;
mod kept;
mod lean;
mod lean_words;
mod options;
mod outline;
mod rendered;
mod role;
mod spelling;
mod tell;
mod tree;
mod yaml;

pub use ai::AiOptions;
pub use flags::Flags;
pub use forest::{Forest, RefPrefix};
pub(super) use kept::Walks;
pub use lean::LeanOptions;
pub use options::{SnapshotOptions, Style};
pub use rendered::{RefEntry, Rendered, Stats};
pub use role::RoleOptions;
pub use tree::{Document, Element, Node, WalkError};
