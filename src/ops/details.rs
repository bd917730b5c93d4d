//! What exactly is the matter, for programs: what an error says beyond its code and its sentence. Data only.

use std::time::Duration;

use serde::Serialize;

use super::effects::Pending;
use crate::page::{self, Unfinished};
use crate::pool::{Crowd, Ended, Ending, Shortage};

/// The browser, or a page, said nothing.
pub(super) const NO_ANSWER: &str = "noAnswer";

/// What exactly is the matter with an element, a ref, a navigation or a lease.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The kind of it, such as `covered`, `disabled`, `removed` or `navigated`.
    pub reason: &'static str,
    /// What is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the tab shows, when a navigation has not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What goes on nevertheless.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// For how long it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited_ms: Option<u64>,
    /// What was found of each condition that was waited for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionRow>,
    /// What was done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<&'static str>,
    /// What a lost ref named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Candidate>,
    /// What is most like that now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Candidate>,
    /// The tabs that were lost with a lease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Vec<TabLost>>,
    /// How many others want what there was no place for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueRow>,
    /// When it may be worth trying again; the answer itself tells it.
    #[serde(skip)]
    pub retry_after_ms: Option<u64>,
}

/// How many others want what there was no place for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueRow {
    /// How many hold a place.
    pub held: usize,
    /// How many wait for one.
    pub waiting: usize,
    /// How many are to be served before whoever asked, themselves included.
    pub position: usize,
    /// When that may be, judged by how long places were held lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate_ms: Option<u64>,
}

/// A tab that was lost with a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TabLost {
    /// Its stable id.
    pub tab_id: String,
    /// What it showed.
    pub url: String,
}

/// What was found of a condition that was waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionRow {
    /// Its name in the request, such as `textGone`.
    pub name: &'static str,
    /// The condition, in words.
    pub condition: String,
    /// Whether it was true when the time was over; absent when nobody could tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
    /// What was there instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

impl From<&page::Finding> for ConditionRow {
    fn from(finding: &page::Finding) -> Self {
        let page::Finding { name, condition, met, instead } = finding.clone();
        Self { name, condition, met, instead }
    }
}

/// An element that a ref names, or named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its ref.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its role.
    pub role: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl From<&page::Named> for Candidate {
    fn from(named: &page::Named) -> Self {
        Self { reference: None, role: named.role.clone(), name: named.name.clone() }
    }
}

impl Details {
    /// The same of something that may be worth trying again after a while.
    pub(super) fn with_retry(self, after: Duration) -> Self {
        Self { retry_after_ms: u64::try_from(after.as_millis()).ok(), ..self }
    }

    /// Of an element, a ref or a navigation; other errors have none.
    pub(super) fn of(error: &page::Error) -> Option<Self> {
        if let page::Error::Waited { millis, error } = error {
            return Self::of(error).map(|details| Self { waited_ms: Some(*millis), ..details });
        }
        if let page::Error::Unmet(unmet) = error {
            let conditions = unmet.findings.iter().map(ConditionRow::from).collect();
            return Some(Self { reason: "unmet", conditions, ..Self::default() });
        }
        if let page::Error::Element { fault, .. } = error {
            let by = fault.culprit().map(str::to_owned);
            return Some(Self { reason: fault.word(), by, ..Self::default() });
        }
        if let page::Error::TypedInPart { .. } = error {
            return Some(Self { reason: "typedInPart", ..Self::default() });
        }
        if let page::Error::NavigationTimeout { url, shows, unfinished } = error {
            let navigation = match unfinished {
                Unfinished::GivenUp => None,
                Unfinished::OnItsWay => Some(url),
                Unfinished::Loading { navigation } => Some(navigation),
            };
            let pending = navigation.map(|to| Pending { navigation: Some(to.clone()), ..Pending::default() });
            return Some(Self {
                reason: unfinished.word(),
                url: Some(shows.clone()),
                pending,
                ..Self::default()
            });
        }
        let page::Error::UnknownRef { fault, closest, .. } = error else { return None };
        let was = closest.as_ref().map(|closest| Candidate::from(&closest.was));
        let candidate = closest.as_ref().and_then(|closest| closest.now.as_ref());
        let candidate = candidate.map(|(reference, named)| Candidate {
            reference: Some(reference.to_string()),
            ..Candidate::from(named)
        });
        Some(Self { reason: fault.word(), was, candidate, ..Self::default() })
    }
}

impl From<&Ended> for Details {
    fn from(ended: &Ended) -> Self {
        let reason = match ended.why {
            Ending::Expired => "expired",
            Ending::Released => "released",
            Ending::BrowserEnded(_) => "browserEnded",
        };
        let lost = ended.lost.iter().map(|tab| TabLost { tab_id: tab.id.to_string(), url: tab.url.clone() });
        Self { reason, lost: Some(lost.collect()), ..Self::default() }
    }
}

impl From<&Crowd> for Details {
    fn from(crowd: &Crowd) -> Self {
        let Crowd { why, held, waiting, position, estimate, is_full } = *crowd;
        let reason = match why {
            Shortage::Places if is_full => "queueFull",
            Shortage::Places => "noPlace",
            Shortage::Memory { .. } => "memory",
            Shortage::Descriptors { .. } => "descriptors",
        };
        let estimate_ms = estimate.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        Self { reason, queue: Some(QueueRow { held, waiting, position, estimate_ms }), ..Self::default() }
    }
}
