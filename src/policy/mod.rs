//! Which URL, host, address and script is allowed: the one answer that navigation, tabs and every request ask.
//! Pure: it never resolves a name, opens a socket or reads a file, and knows neither browsers nor the config file.
//!
//! A name is judged twice: [`Policy::navigation`] judges its spelling and answers [`Verdict::Resolve`] when only
//! its addresses can tell, then [`Policy::addresses`] judges those.
//!
//! **Invariant**: whatever is not understood (an odd spelling, an empty answer, a pattern that does not parse) is
//! refused, never passed.
//!
//! Why not one call that resolves by itself: then every rule would need a resolver in its test, and whoever connects
//! could not be held to the addresses that were judged.
mod address;
mod host;
#[cfg(test)]
mod matrix;
mod navigation;
mod refusal;
mod settings;
#[cfg(test)]
mod spellings;

use std::sync::Arc;

pub use host::PatternError;
pub use navigation::Verdict;
pub use refusal::{Cause, Refusal};
pub use settings::PolicySettings;
use settings::Rules;
use url::Origin;

/// What one instance allows its browsers; cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Arc<Rules>,
}

impl Policy {
    /// A policy from the instance's settings. `own_origins` are origins that the instance serves itself (its canvas
    /// host): they are allowed whatever the settings say.
    ///
    /// # Errors
    /// A host pattern that does not parse: skipping it would open what it was written to close.
    pub fn new(settings: &PolicySettings, own_origins: Vec<Origin>) -> Result<Self, PatternError> {
        Ok(Self { rules: Arc::new(Rules::new(settings, own_origins)?) })
    }

    /// May a caller run script of its own in a page (`evaluate`)?
    ///
    /// # Errors
    /// [`Refusal::EvaluateDisabled`] when `browser.evaluateEnabled` is false.
    pub fn evaluate(&self) -> Result<(), Refusal> {
        if self.rules.evaluate_enabled { Ok(()) } else { Err(Refusal::EvaluateDisabled) }
    }

    /// May a caller wait for a script predicate of its own (`wait --fn`)? The same switch as [`Policy::evaluate`].
    ///
    /// # Errors
    /// [`Refusal::WaitFnDisabled`] when `browser.evaluateEnabled` is false.
    pub fn wait_fn(&self) -> Result<(), Refusal> {
        if self.rules.evaluate_enabled { Ok(()) } else { Err(Refusal::WaitFnDisabled) }
    }
}
