#![doc = include_str!("ARCHITECTURE.md")]

pub mod auth;
pub mod browser;
pub mod canvas;
pub mod cdp;
pub mod chromium;
pub mod cli;
pub mod config;
mod deadline;
pub mod gateway;
pub mod http;
pub mod instance;
mod nearest;
pub mod ops;
pub mod page;
pub mod policy;
pub mod pool;
pub mod profile;
pub mod relay;
pub mod serve;
pub mod service;

pub use deadline::{Deadline, Elapsed};
