//! Browsers that agents can rely on.

pub mod page;
