//! One browser endpoint of the Chrome DevTools Protocol: a [`Connection`] whose one task owns the pipe or the
//! socket, and the [`Session`]s that share it.
//!
//! It routes messages and nothing else: it does not know what a page, a tab or a profile is, starts no
//! process, and never waits for a subscriber.
//!
//! Why not `chromiumoxide::Browser`: it attaches to every page of a browser, parses each message into generated
//! types on the reading task, and drops the replies that do not fit them, so that the caller waits 30 seconds
//! for nothing. Its protocol types are used here for commands off the hot path, through its `Command` trait,
//! which our own lean types implement too.

mod actor;
mod connection;
mod error;
mod feed;
mod fence;
mod gate;
mod message;
mod pending;
pub mod protocol;
mod session;
mod subscribers;
pub mod transport;

pub use connection::{Connection, Traffic};
pub use error::Error;
pub use feed::{Delivery, Feed, FeedSink};
pub use fence::{Asker, Fence, Waiting};
pub use gate::Gate;
pub use message::{Call, Event, Refusal, Reply, SessionId};
pub use session::{InFlight, Session};
pub use subscribers::{Mailbox, Subscription};

pub use chromiumoxide_cdp::cdp::{browser_protocol, js_protocol};
pub use chromiumoxide_types::{Command, Method};
