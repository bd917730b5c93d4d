//! The accessible tree of a page as text, at one moment: what the walk in the page found, and the two styles
//! of telling it. It never asks the browser anything; `scripts/walk.js` has done that.

mod ai;
mod flags;
mod forest;
mod outline;
mod rendered;
mod role;
mod script;
mod spelling;
mod tree;
mod yaml;

pub use ai::render as render_ai;
pub use flags::Flags;
pub use forest::{Forest, RefPrefix};
pub use rendered::{RefEntry, Rendered, Stats};
pub use role::{RoleOptions, render as render_role};
pub use script::{LISTENERS, WALK, WORLD};
pub use tree::{Document, Element, Node, WalkError};
