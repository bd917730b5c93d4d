//! What a lease's context begins with: a part of a profile's storage state. The profile keeps it and is not changed.

use std::sync::Arc;
use std::time::Duration;

use super::LeaseError;
use super::grant::START;
use crate::browser::{Browser, Carried, StateScope};
use crate::deadline::Deadline;
use crate::pool::Pool;
use crate::profile::Profile;

/// How long it may take to carry a storage state from one context to another.
const CARRY: Duration = Duration::from_secs(60);

/// What a lease's context begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Whose storage state.
    pub profile: Profile,
    /// How much of it.
    pub scope: StateScope,
}

impl Pool {
    /// Puts a part of a profile's storage state into a context that is empty. The profile's browser is started when it
    /// does not run.
    pub(super) async fn seed(&self, seed: &Seed, browser: &Browser) -> Result<Carried, LeaseError> {
        let Seed { profile, scope } = seed;
        let source = self.start(profile, None, Deadline::after(START)).await?.browser;
        let carried = source.carry_state(browser, scope, Deadline::after(CARRY)).await;
        carried
            .map_err(|error| LeaseError::Seed { profile: profile.name.to_string(), error: Arc::new(error) })
    }
}
