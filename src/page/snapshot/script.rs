//! The scripts of a snapshot, as the binary carries them. It knows nothing of how they are evaluated.

/// The ref table of a document: to be evaluated first in its isolated world, once.
pub const WORLD: &str = include_str!("../scripts/world.js");

/// The walk, in the order of evaluation after [`WORLD`]; then `__openclaw.snapshotText({mode, selector, clickable})`
/// answers with the text that [`Document::parse`](super::Document::parse) reads.
pub const WALK: [&str; 5] = [
    include_str!("../scripts/style.js"),
    include_str!("../scripts/role.js"),
    include_str!("../scripts/name.js"),
    include_str!("../scripts/describe.js"),
    include_str!("../scripts/walk.js"),
];

/// An expression for the page's own world, evaluated with `includeCommandLineAPI`: the walk's `clickable`.
pub const LISTENERS: &str = include_str!("../scripts/listeners.js");
