//! Who pages are to servers that ask (HTTP authentication). Nothing in here shows a password.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard};

use super::guard::ANSWER;
use crate::cdp::browser_protocol::fetch::{
    AuthChallengeResponse, AuthChallengeResponseResponse, ContinueWithAuthParams,
};
use crate::cdp::protocol::{AuthChallenge, AuthRequired};
use crate::cdp::{Call, Session};
use crate::deadline::Deadline;

/// Requests that are remembered to have been answered.
const MOST_ANSWERED: usize = 256;

/// Who the browser is to servers that ask (HTTP authentication).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The secret.
    pub password: String,
    /// The only origin that hears them, such as `https://host:8443`; every one that asks, without.
    pub origin: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What servers are told. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry(Arc<Mutex<Told>>);

/// What servers are told, and which requests have been answered once: who asks again was not convinced.
#[derive(Debug, Default)]
struct Told {
    credentials: Option<Credentials>,
    answered: HashSet<String>,
}

impl Entry {
    /// Sets what servers are told that ask.
    pub(super) fn set(&self, credentials: Option<Credentials>) {
        *self.told() = Told { credentials, answered: HashSet::new() };
    }

    /// Whether they are told anything.
    pub(super) fn has_credentials(&self) -> bool {
        self.told().credentials.is_some()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().expect("nothing panics while it is held")
    }

    /// Answers a server that wants to know who asks: once a request, and never a proxy.
    pub(super) async fn answer(&self, session: Session, asked: AuthRequired) {
        let AuthRequired { request_id, auth_challenge, .. } = asked;
        let answer = self.answer_to(&request_id, &auth_challenge);
        let call = Call::of(&ContinueWithAuthParams::new(request_id, answer));
        session.call(call, Deadline::after(ANSWER)).await.ok();
    }

    /// "Default" would open a window that nobody sees, so who is told nothing gets no answer.
    fn answer_to(&self, request: &str, challenge: &AuthChallenge) -> AuthChallengeResponse {
        let nothing = AuthChallengeResponse::new(AuthChallengeResponseResponse::CancelAuth);
        let mut told = self.told();
        let is_meant = |credentials: &Credentials| {
            let only = credentials.origin.as_deref();
            challenge.source != "Proxy" && only.is_none_or(|only| only == challenge.origin)
        };
        let Some(Credentials { username, password, .. }) = told.credentials.clone().filter(is_meant) else {
            return nothing;
        };
        if told.answered.len() >= MOST_ANSWERED {
            told.answered.clear();
        }
        if !told.answered.insert(request.to_owned()) {
            return nothing;
        }
        AuthChallengeResponse {
            username: Some(username),
            password: Some(password),
            ..AuthChallengeResponse::new(AuthChallengeResponseResponse::ProvideCredentials)
        }
    }
}
