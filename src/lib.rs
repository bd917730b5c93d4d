//! Browsers that agents can rely on.

pub mod auth;
pub mod browser;
pub mod canvas;
pub mod cdp;
pub mod chromium;
pub mod config;
mod deadline;
pub mod gateway;
pub mod instance;
pub mod page;
pub mod policy;
pub mod profile;

pub use deadline::Deadline;
