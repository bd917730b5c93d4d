//! The canvas host on base+4: files of the instance's canvas folder, served to its own browsers and callers.
//! It must not know credentials (an [`Admission`] decides), browsers, or the other faces.
//!
//! **Invariants**: nothing is answered before admission; no byte comes from outside the root, whatever the path, the
//! links inside the root or their timing.
//!
//! Why not a ready-made file service: those check a path and open it afterwards, so that a link which is put there in
//! between is followed. Here each component is opened relative to the one before, and what was opened is checked.
mod answer;
mod files;
mod media_type;
mod path;
mod router;
mod welcome;

pub use path::MOUNT;
pub use router::{Admission, router};
pub use welcome::{WelcomeError, welcome};
