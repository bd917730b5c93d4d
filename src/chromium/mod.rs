//! The operating-system process of a browser: which program, with which flags, in which profile directory, and how it ends.
//! It starts a process and yields the ends of its pipe; it never opens a connection, speaks no CDP and knows no profiles of ours.
//!
//! **Unix only** (Linux, macOS): the pipe is placed on file descriptors 3 and 4, the profile lock is an inherited `flock`, and a
//! browser is ended as a process group. Windows has none of the three and would need its own room.
//!
//! **Invariants.** A browser never outlives the last [`Process`] handle, nor the pipe ends of its gateway, however that ended:
//! Chromium leaves by itself when its pipe closes. A process group is signalled only while its leader is not reaped, so that a
//! reused pid is never hit. The lock of a profile directory is held as long as the gateway or the browser lives.
//!
//! Why not a TCP debugging port: Chromium that finds its port taken listens elsewhere without a word, a port outlives its gateway,
//! and anybody on the machine may speak to it. A pipe has one owner, and its end is the browser's end.
//!
//! Why not `PR_SET_PDEATHSIG`: it fires when the *thread* that spawned ends, and a runtime retires idle threads.

mod environment;
mod error;
mod executable;
mod extra_args;
mod flags;
mod group;
mod holder;
mod launch;
mod limits;
mod memory;
mod orphans;
mod places;
mod preferences;
mod process;
mod singleton;
mod stderr;
mod supervisor;
mod user_data;

pub use error::LaunchError;
pub use executable::{BrowserKind, Executable};
pub use extra_args::{names_a_proxy, refuse_dangerous};
pub use flags::Flags;
pub use launch::{LaunchOptions, Launched, PipeEnds, launch};
pub use limits::{become_subreaper, raise_file_limit};
pub use memory::memory_of_group;
pub use process::{Exit, Process};
pub use user_data::UserDataDir;
