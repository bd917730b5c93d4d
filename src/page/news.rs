//! What a page said and asked for: all that is kept of it, or what is new since a moment.

use std::time::Instant;

use super::Page;
use super::exception::PageError;
use super::record::ConsoleMessage;
use super::request::PageRequest;

/// Where the records of a page stood at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    messages: u64,
    errors: u64,
    pub(super) requests: u64,
    at: Instant,
}

impl Mark {
    /// Before a page said or asked for anything.
    pub(super) fn at_first(at: Instant) -> Self {
        Self { messages: 0, errors: 0, requests: 0, at }
    }
}

/// What a page said and asked for since a moment.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// Console messages, oldest first.
    pub messages: Vec<ConsoleMessage>,
    /// Exceptions that nothing caught, oldest first.
    pub errors: Vec<PageError>,
    /// Requests that failed or were answered with an error since then, whenever they were made.
    pub failed: Vec<PageRequest>,
    /// How many requests that were made since then have not ended. Streams count until they are answered.
    pub pending: usize,
}

impl Page {
    /// The last console messages, oldest first: all that were said before the last answer of the page.
    pub async fn console(&self) -> Vec<ConsoleMessage> {
        self.caught_up().await;
        self.state().console.iter().cloned().collect()
    }

    /// The last exceptions that nothing caught, oldest first.
    pub async fn errors(&self) -> Vec<PageError> {
        self.caught_up().await;
        self.state().exceptions.iter().cloned().collect()
    }

    /// The same, and forgets them.
    pub async fn take_errors(&self) -> Vec<PageError> {
        self.caught_up().await;
        let mut errors = Vec::new();
        self.modify(|state| errors = state.exceptions.take());
        errors
    }

    /// The last requests of the page and its frames, oldest first.
    pub async fn requests(&self) -> Vec<PageRequest> {
        self.caught_up().await;
        self.state().requests.iter().cloned().collect()
    }

    /// The same, and forgets them.
    pub async fn take_requests(&self) -> Vec<PageRequest> {
        self.caught_up().await;
        let mut requests = Vec::new();
        self.modify(|state| requests = state.requests.take());
        requests
    }

    /// Where the records stand, for [`Page::since`].
    pub fn mark(&self) -> Mark {
        let state = self.state();
        Mark {
            messages: state.console.next(),
            errors: state.exceptions.next(),
            requests: state.requests.next(),
            at: Instant::now(),
        }
    }

    /// What is new since then, as far as events have arrived.
    pub async fn since(&self, mark: Mark) -> News {
        self.caught_up().await;
        let state = self.state();
        News {
            messages: state.console.since(mark.messages).cloned().collect(),
            errors: state.exceptions.since(mark.errors).cloned().collect(),
            failed: state.requests.failed(mark.at).cloned().collect(),
            pending: state.requests.pending(mark.requests),
        }
    }
}
