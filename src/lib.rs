//! Browsers that agents can rely on.

pub mod auth;
pub mod config;
pub mod instance;
pub mod profile;
