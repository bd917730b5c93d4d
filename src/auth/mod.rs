//! Who may come in: the secret of an instance and the one decision that every listener of ours asks.
//!
//! It must not know routes, sockets, files or the config: a caller hands it a secret and the headers of a
//! request and gets an answer. Nothing in here logs, and no error holds a secret.

mod door;
mod knock;
mod refusal;
mod token;

pub use door::{Credential, Door};
pub use knock::Knock;
pub use refusal::Refusal;
pub use token::{Token, TokenError};
