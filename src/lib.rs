//! Browsers that agents can rely on.
pub mod canvas;
pub mod policy;
