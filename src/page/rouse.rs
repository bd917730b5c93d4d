//! A page that answers nothing: whether it does so still, and the stopping of its scripts. That is all that can be done
//! from within a tab; that it is of use is for the caller to know.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::Page;
use crate::cdp::protocol::Evaluate;
use crate::cdp::{self, Call, Session};
use crate::deadline::Deadline;

/// How long a page may take for a question that any page can answer, once it has owed an answer for long.
const ANSWER: Duration = Duration::from_millis(250);
/// The same after its scripts were stopped: what they have begun is still put in order.
const RECOVER: Duration = Duration::from_millis(500);

/// How a page is that did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roused {
    /// It answers.
    Answers,
    /// It answers since its scripts were stopped.
    Stopped,
    /// It answers nothing, though its scripts were stopped.
    Silent,
}

impl Page {
    /// Returns once the page and all of its frames have answered a question that takes no time.
    pub async fn answers(&self, deadline: Deadline) {
        silent(self.channels(), deadline).await;
    }

    /// Stops the scripts of a page that does not answer. One call does it for all who ask meanwhile.
    pub async fn rouse(&self) -> Roused {
        let asked = Instant::now();
        let mut last = self.roused.lock().await;
        if let Some((at, roused)) = *last
            && at > asked
        {
            return roused;
        }
        let roused = self.stop_silent_scripts().await;
        *last = Some((Instant::now(), roused));
        roused
    }

    fn channels(&self) -> Vec<Session> {
        self.parts().into_iter().map(|(session, _)| session).collect()
    }

    async fn stop_silent_scripts(&self) -> Roused {
        let channels = silent(self.channels(), Deadline::after(ANSWER)).await;
        if channels.is_empty() {
            return Roused::Answers;
        }
        for channel in &channels {
            self.interrupt(channel).await;
        }
        let still = silent(channels, Deadline::after(RECOVER)).await;
        let is_main = |channel: &Session| channel.id() == self.session.id();
        if still.iter().any(is_main) { Roused::Silent } else { Roused::Stopped }
    }
}

/// Those of some channels on which a question that takes no time gets no answer in time.
async fn silent(channels: Vec<Session>, deadline: Deadline) -> Vec<Session> {
    let asked = channels.into_iter().map(async |channel| {
        let answer = channel.call(Call::of(&Evaluate::value("0", None)), deadline).await;
        matches!(answer, Err(cdp::Error::Timeout { .. })).then_some(channel)
    });
    join_all(asked).await.into_iter().flatten().collect()
}
