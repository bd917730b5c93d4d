//! One tab's page: what is in it and how it is driven. It knows nothing of browsers, tabs or callers.

pub mod snapshot;
