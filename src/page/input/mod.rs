//! Acting on elements: aim, then press. Each action is two flights: one in-page call that scrolls, checks and
//! hit-tests, and one group of input events.

mod aim;
mod drag;
mod form;
mod keyboard;
pub mod keys;
mod pointer;
mod typed;

pub(in crate::page) use aim::{Point, Spot};
pub use drag::Way;
pub use form::{Field, FieldKind};
pub use pointer::{Button, Press};
pub use typed::Held;
