//! Browsers that agents can rely on.

pub mod auth;
pub mod instance;
pub mod profile;
