//! Who may come in at the base port: the door's rules, and a budget for guesses. It must not know frames.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::guesses::Guesses;
use super::proof::Rejection;
use crate::auth::{Credential, Door, Knock, Refusal};

/// Who may come in.
#[derive(Debug)]
pub(super) struct Admission {
    door: Door,
    credential: Credential,
    guesses: Mutex<Guesses>,
}

impl Admission {
    pub(super) fn new(credential: &Credential, port: u16) -> Self {
        Self {
            // A page can read what a WebSocket answers, so that only our own pages may open one.
            door: Door::new(credential.clone(), &[port]).for_own_pages(),
            credential: credential.clone(),
            guesses: Mutex::default(),
        }
    }

    /// Whether the secret is a password, not a token.
    pub(super) fn wants_password(&self) -> bool {
        matches!(self.credential, Credential::Password(_))
    }

    /// Checks where a request comes from.
    ///
    /// # Errors
    /// The door's [`Refusal`].
    pub(super) fn check_origin(&self, knock: &Knock<'_>) -> Result<(), Refusal> {
        self.door.check_origin(knock)
    }

    /// Checks the credential in the headers of a request from `origin` (empty when it has none).
    ///
    /// # Errors
    /// A [`Rejection`]; a malformed header counts as a missing credential.
    pub(super) fn check_headers(&self, knock: &Knock<'_>, origin: &str) -> Result<(), Rejection> {
        self.judge(origin, || match self.door.check_credential(knock) {
            Ok(()) => Ok(()),
            Err(refusal) if refusal.is_guess() => Err(Rejection::Wrong),
            Err(_) => Err(Rejection::Missing),
        })
    }

    /// Checks the secret that a client sent in its `connect`.
    ///
    /// # Errors
    /// A [`Rejection`].
    pub(super) fn check_secret(&self, secret: Option<&str>, origin: &str) -> Result<(), Rejection> {
        self.judge(origin, || match secret {
            None => Err(Rejection::Missing),
            Some(secret) if self.credential.secret().matches(secret) => Ok(()),
            Some(_) => Err(Rejection::Wrong),
        })
    }

    /// Looks at a credential and counts it under one lock, so that many at once get no more tries than one by one.
    fn judge(&self, origin: &str, check: impl FnOnce() -> Result<(), Rejection>) -> Result<(), Rejection> {
        let now = Instant::now();
        let mut guesses = self.guesses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = guesses.lockout(origin, now) {
            return Err(Rejection::LockedOut(left.max(Duration::from_secs(1))));
        }
        check().inspect_err(|rejection| {
            if *rejection == Rejection::Wrong {
                guesses.record(origin, now);
            }
        })
    }
}
