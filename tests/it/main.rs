//! Every test that needs a browser, a socket or a process: one program, so that all share one house.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say so and end")]

mod support;

mod click;
mod gateway;
mod launch;
