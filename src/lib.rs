//! Browsers that agents can rely on.

pub mod cdp;
mod deadline;
pub mod page;
pub mod policy;

pub use deadline::Deadline;
