//! The accessible tree of a page as text, at one moment: what the walk in the page found, and the styles
//! of telling it. Only `capture`, `tell` and `aria` ask the browser; the rest is pure.

mod ai;
mod aria;
mod budget;
mod capture;
mod closed;
mod delta;
mod find;
mod flags;
mod fold;
mod forest;
mod forgery;
mod internals;
mod kept;
mod lean;
mod lean_range;
mod lean_run;
mod lean_words;
mod links;
mod memory;
mod options;
mod outline;
mod rendered;
mod role;
mod select;
mod spelling;
mod tell;
mod tree;
mod yaml;

pub use ai::AiOptions;
pub use aria::{AriaNode, AriaOptions};
pub use budget::{Budget, Omitted};
pub use delta::Delta;
pub use find::Find;
pub use flags::Flags;
pub use forest::{Forest, RefPrefix};
pub(super) use kept::Walks;
pub use lean::LeanOptions;
pub(crate) use memory::Memory;
pub use options::{SnapshotOptions, Style};
pub use rendered::{RefEntry, Rendered, Stats};
pub use role::RoleOptions;
pub use tree::{Document, Element, Node, WalkError};
