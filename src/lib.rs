//! Browsers that agents can rely on.

pub mod cdp;
mod deadline;

pub use deadline::Deadline;
