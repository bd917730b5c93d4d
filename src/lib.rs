//! Browsers that agents can rely on.
//!
//! Most users run the program `openclaw` and ask its control API or its gateway. As a library, the same rooms can be
//! used one by one; the smallest is a connection to a browser that somebody else started:
//!
//! ```no_run
//! use std::time::Duration;
//! use openclaw::cdp::{Connection, protocol::GetVersion, transport::Socket};
//! use openclaw::Deadline;
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! let deadline = Deadline::after(Duration::from_secs(5));
//! let socket = Socket::connect("ws://127.0.0.1:9222/devtools/browser/ID", deadline).await?;
//! let version = Connection::open(socket).browser().send(&GetVersion {}, deadline).await?;
//! println!("{}", version.product);
//! # Ok(())
//! # }
//! ```
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
mod mark;
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
