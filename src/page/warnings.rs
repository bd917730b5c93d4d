//! What a call was done with and its caller should know all the same. It does not know how that is told.

use std::sync::{Arc, Mutex, PoisonError};

use super::Page;

/// What one call has to warn of. A page has one for each call; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Page {
    /// The call is done, or goes on, though not as its caller may think.
    pub(super) fn warn(&self, warning: String) {
        let mut all = self.warnings.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&warning) {
            all.push(warning);
        }
    }

    /// What the caller should know of this call.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
