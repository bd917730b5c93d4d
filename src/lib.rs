//! Browsers that agents can rely on.
