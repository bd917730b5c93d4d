//! Which leases there are, which end, and how the last ones ended. It waits for nothing and sends nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use super::grant::Asker;
use super::places::Place;
use super::{Granting, Isolation, Lease, LeaseError, LeaseWish};
use crate::browser::MovedTab;
use crate::profile::ProfileName;

/// Leases whose end is remembered.
const MOST_ENDED: usize = 1024;

/// A lease, and until when.
#[derive(Debug, Clone)]
pub struct Held {
    /// The lease.
    pub lease: Lease,
    /// For how long it was asked for, or renewed, last.
    pub ttl: Duration,
    /// When it ends if nobody renews it.
    pub expires: Instant,
}

impl Held {
    /// When it ends, as clocks on walls have it.
    pub fn expires_at(&self) -> SystemTime {
        SystemTime::now() + self.expires.saturating_duration_since(Instant::now())
    }
}

/// How a lease ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Its time was over.
    Expired,
    /// Somebody gave it back.
    Released,
    /// Its browser ended, and why.
    BrowserEnded(Arc<str>),
}

/// A lease that has ended, and what was lost with it.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Its name.
    pub id: Arc<str>,
    /// Its fence.
    pub fence: u64,
    /// In whose browser it was.
    pub profile: ProfileName,
    /// How it ended.
    pub why: Ending,
    /// Whether it had cookies and storage of its own.
    pub had_context: bool,
    /// The tabs that it had.
    pub lost: Vec<MovedTab>,
}

/// All leases.
#[derive(Debug, Default)]
pub(super) struct Table {
    held: HashMap<Arc<str>, Held>,
    /// Have come since the task of the leases looked last.
    arrived: Vec<Lease>,
    /// Have ended since then.
    departed: Vec<Lease>,
    /// Have ended, and something is left of them.
    ending: HashMap<Arc<str>, Lease>,
    ended: VecDeque<Arc<Ended>>,
    /// Wishes by their keys, for as long as they are being granted or held.
    keys: HashMap<String, Known>,
    /// The places of those that are held, or of which something is left.
    places: HashMap<Arc<str>, Place>,
}

/// A wish that has a key.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) wish: LeaseWish,
    pub(super) granting: Granting,
    /// Those who wait for it.
    pub(super) askers: Weak<Asker>,
}

impl Table {
    /// When the next one ends, if nobody renews it.
    pub(super) fn first_end(&self) -> Option<Duration> {
        let first = self.held.values().map(|held| held.expires).min()?;
        Some(first.saturating_duration_since(Instant::now()))
    }

    /// What a key stands for.
    pub(super) fn granting(&self, key: &str) -> Option<&Known> {
        self.keys.get(key)
    }

    pub(super) fn note(&mut self, key: String, known: Known) {
        self.keys.insert(key, known);
    }

    pub(super) fn forget_key(&mut self, key: Option<&str>) {
        key.and_then(|key| self.keys.remove(key));
    }

    pub(super) fn granted(&mut self, lease: Lease, place: Place, now: Instant) {
        let ttl = lease.wish().ttl;
        self.places.insert(Arc::clone(lease.id()), place);
        self.arrived.push(lease.clone());
        self.held.insert(Arc::clone(lease.id()), Held { lease, ttl, expires: now + ttl });
    }

    pub(super) fn held(&self, id: &str) -> Result<Held, LeaseError> {
        self.held.get(id).cloned().ok_or_else(|| self.missing(id))
    }

    fn missing(&self, id: &str) -> LeaseError {
        let ended = self.ended.iter().rev().find(|ended| *ended.id == *id);
        ended.map_or_else(|| LeaseError::Unknown(id.to_owned()), |ended| LeaseError::Ended(Arc::clone(ended)))
    }

    /// One that has ended while something is left of it; none when nothing is.
    pub(super) fn ending(&self, id: &str) -> Result<Option<Lease>, LeaseError> {
        match (self.ending.get(id), self.missing(id)) {
            (Some(lease), _) => Ok(Some(lease.clone())),
            (None, LeaseError::Ended(_)) => Ok(None),
            (None, error) => Err(error),
        }
    }

    pub(super) fn all(&self) -> Vec<Held> {
        let mut all: Vec<Held> = self.held.values().cloned().collect();
        all.sort_by_key(|held| held.lease.fence());
        all
    }

    pub(super) fn renew(
        &mut self,
        id: &str,
        ttl: Option<Duration>,
        now: Instant,
    ) -> Result<Held, LeaseError> {
        let missing = self.missing(id);
        let held = self.held.get_mut(id).ok_or(missing)?;
        held.ttl = ttl.unwrap_or(held.ttl);
        held.expires = now + held.ttl;
        Ok(held.clone())
    }

    /// Ends one, if it has not ended: from here on nothing is done under it.
    pub(super) fn end(&mut self, id: &str, why: Ending) {
        let Some(Held { lease, .. }) = self.held.remove(id) else { return };
        let lost = lease.browser().at_stake();
        let (profile, isolation) = (lease.profile().name.clone(), lease.wish().isolation);
        tracing::info!(lease = id, fence = lease.fence(), ?why, "lease ended");
        if self.ended.len() == MOST_ENDED {
            self.ended.pop_front();
        }
        let had_context = isolation != Isolation::Tab;
        let ended = Ended { id: id.into(), fence: lease.fence(), profile, why, had_context, lost };
        self.ended.push_back(Arc::new(ended));
        self.forget_key(lease.wish().key.as_deref());
        // Whoever is stopped by that finds the reason in its place.
        if let Some(tenant) = lease.browser().tenant() {
            tenant.gate().close();
        }
        self.ending.insert(id.into(), lease.clone());
        self.departed.push(lease);
    }

    /// Ends those that are in one profile's browser.
    pub(super) fn end_all(&mut self, profile: &ProfileName, why: &Ending) {
        let theirs = self.held.values().filter(|held| held.lease.profile().name == *profile);
        let theirs: Vec<Arc<str>> = theirs.map(|held| Arc::clone(held.lease.id())).collect();
        theirs.iter().for_each(|id| self.end(id, why.clone()));
    }

    /// Ends those whose time is over; when the next one's will be.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Instant> {
        let due = self.held.values().filter(|held| held.expires <= now);
        let due: Vec<Arc<str>> = due.map(|held| Arc::clone(held.lease.id())).collect();
        due.iter().for_each(|id| self.end(id, Ending::Expired));
        self.held.values().map(|held| held.expires).min()
    }

    /// Those that have come, and those that have ended, since this was asked last.
    pub(super) fn news(&mut self) -> (Vec<Lease>, Vec<Lease>) {
        (std::mem::take(&mut self.arrived), std::mem::take(&mut self.departed))
    }

    /// Nothing is left of it.
    pub(super) fn gone(&mut self, id: &str) {
        self.ending.remove(id);
        self.places.remove(id);
    }
}
