//! What was there instead of what was waited for: one look at each condition when the time is over.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;

use super::frames::Milestones;
use super::wait::fits;
use super::world::quoted;
use super::{Condition, Error, LoadState, Page, PageRequest};
use crate::cdp;
use crate::deadline::Deadline;

/// Requests that are named of those that are under way.
const MOST_REQUESTS: usize = 3;

/// Conditions that did not all come true in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// How long was waited, in milliseconds.
    pub millis: u128,
    /// Which of the findings is the one that was waited for to the end.
    pub failed: usize,
    /// One a condition, in their order.
    pub findings: Vec<Finding>,
}

/// What was found of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its name in requests, such as `textGone`.
    pub name: &'static str,
    /// The condition, in words.
    pub condition: String,
    /// Whether it is true; none when nobody could tell, or it came after the one that failed and needs a script.
    pub met: Option<bool>,
    /// What is there instead.
    pub instead: Option<String>,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { millis, failed, findings } = self;
        for (at, Finding { condition, met, instead, .. }) in findings.iter().enumerate() {
            match (at == *failed, met) {
                (true, _) => write!(f, "Timeout {millis}ms exceeded waiting for {condition}")?,
                (false, Some(false)) if at > *failed => write!(f, "; also unmet: {condition}")?,
                _ => continue,
            }
            if let Some(instead) = instead {
                write!(f, ": {instead}")?;
            }
        }
        Ok(())
    }
}

/// What `waits.js` says of one condition.
#[derive(Debug, Deserialize)]
struct Look {
    holds: bool,
    instead: Option<String>,
}

impl Page {
    /// A last look when the time is over at one of the conditions that are waited for: those before it were met.
    ///
    /// # Errors
    /// [`Error::Unmet`], unless that condition has come true at the last moment.
    pub(super) async fn last_look(
        &self,
        conditions: &[Condition],
        failed: usize,
        instead: Option<String>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        let (mut looks, silence) = match self.look_at(&conditions[failed..], deadline).await {
            Ok(looks) => (looks, None),
            Err(Error::Cdp(cdp::Error::Timeout { .. })) => (HashMap::new(), Some(self.silence().to_string())),
            Err(error) => return Err(error),
        };
        let finding = |(at, condition): (usize, &Condition)| {
            let (met, seen) = match condition {
                _ if at < failed => (Some(true), None),
                Condition::Time(_) | Condition::Function(_) => (None, None),
                Condition::Url(pattern) => {
                    let url = self.url();
                    (Some(fits(pattern, &url)), Some(format!("the tab is at {url}")))
                }
                Condition::Load(state) => {
                    let state_of_page = self.state();
                    let main = state_of_page.frames.main();
                    let open = state_of_page.requests.keeping_busy(&main.loader);
                    (Some(main.milestones.has(*state)), Some(main.milestones.so_far(open)))
                }
                Condition::Text(_) | Condition::TextGone(_) | Condition::Selector(_) => {
                    let look = looks.remove(condition.name());
                    look.map_or((None, None), |look| (Some(look.holds), look.instead))
                }
            };
            let (met, instead) = match met {
                // What cannot be asked for once more is not there, as the wait has found.
                None if at == failed => (Some(false), instead.clone().or_else(|| silence.clone())),
                met => (met, seen.filter(|_| met == Some(false))),
            };
            Finding { name: condition.name(), condition: condition.to_string(), met, instead }
        };
        let findings: Vec<Finding> = conditions.iter().enumerate().map(finding).collect();
        if findings[failed].met == Some(true) {
            return Ok(());
        }
        Err(Error::Unmet(Box::new(Unmet { millis: deadline.span().as_millis(), failed, findings })))
    }

    /// One look at those conditions that are about what the page shows.
    async fn look_at(
        &self,
        conditions: &[Condition],
        deadline: Deadline,
    ) -> Result<HashMap<String, Look>, Error> {
        let wanted: Vec<String> = conditions
            .iter()
            .filter_map(|condition| match condition {
                Condition::Text(value) | Condition::TextGone(value) | Condition::Selector(value) => {
                    Some(format!("{}:{}", condition.name(), quoted(value)))
                }
                Condition::Time(_) | Condition::Url(_) | Condition::Load(_) | Condition::Function(_) => None,
            })
            .collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let main = self.state().frames.main().id.to_string();
        let (session, context) = self.world(&main, deadline).await?;
        let expression = format!("__openclaw.unmet({{{}}})", wanted.join(","));
        Ok(self.ask(&session, context, &expression, deadline).await?.unwrap_or_default())
    }
}

impl Milestones {
    fn has(self, state: LoadState) -> bool {
        match state {
            LoadState::DomContentLoaded => self.dom_content_loaded,
            LoadState::Load => self.loaded,
            LoadState::NetworkIdle => self.network_idle,
        }
    }

    /// How far the document has come, in words; `open`: the requests that keep its network from being idle.
    fn so_far<'a>(self, open: impl Iterator<Item = &'a PageRequest>) -> String {
        let said = match self {
            Self { network_idle: true, .. } => "the document is loaded, and the network idle",
            Self { loaded: true, .. } => return busy(open),
            Self { dom_content_loaded: true, .. } => "the markup is parsed, but not all is loaded",
            Self { .. } => "the document is still being parsed",
        };
        said.to_owned()
    }
}

/// What keeps the network of a loaded document from being idle.
fn busy<'a>(open: impl Iterator<Item = &'a PageRequest>) -> String {
    let open: Vec<String> = open.map(|request| format!("{} {}", request.method, request.url)).collect();
    let shown = open.iter().take(MOST_REQUESTS).map(String::as_str).collect::<Vec<_>>().join(", ");
    match open.len() {
        0 => "the document is loaded and no request of it is under way, but there was one in the last half second".to_owned(),
        1 => format!("the document is loaded, but a request is under way: {shown}"),
        count if count <= MOST_REQUESTS => {
            format!("the document is loaded, but {count} requests are under way: {shown}")
        }
        count => format!("the document is loaded, but {count} requests are under way, among them {shown}"),
    }
}
