//! The accessible tree of a page as text, at one moment: what the walk in the page found, and the two styles
//! of telling it. Only `capture` asks the browser; the rest is pure.

mod ai;
mod capture;
mod flags;
mod forest;
mod outline;
mod rendered;
mod role;
mod spelling;
mod tree;
mod yaml;

pub use ai::render as render_ai;
pub use capture::SnapshotOptions;
pub use flags::Flags;
pub use forest::{Forest, RefPrefix};
pub use rendered::{RefEntry, Rendered, Stats};
pub use role::{RoleOptions, render as render_role};
pub use tree::{Document, Element, Node, WalkError};
