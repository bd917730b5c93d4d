//! Which CDP ports this instance's browsers hold, as the other instances of this host read it in the registry; and
//! which they held a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::instance::{Entry, HeldPort, ProcessMark, Reservations};
use crate::profile::ProfileName;

/// A client of a browser that has ended may come back to its port for this long, and must not find another profile's
/// browser there.
const COOL_DOWN: Duration = Duration::from_secs(60);

/// What this instance knows, and tells, of its CDP ports.
#[derive(Debug)]
pub(super) struct Ledger {
    entry: Arc<Entry>,
    past: Mutex<Past>,
}

/// Who had a port last, and when it was given up.
#[derive(Debug, Clone, Default)]
pub(super) struct Past(HashMap<u16, (String, Instant)>);

impl Past {
    /// Whether a port must not go to this profile yet.
    pub(super) fn is_hot(&self, port: u16, profile: &str, now: Instant) -> bool {
        let last = self.0.get(&port);
        last.is_some_and(|(of, at)| of != profile && now.saturating_duration_since(*at) < COOL_DOWN)
    }

    /// When a port was given up; never is earlier than everything.
    pub(super) fn since(&self, port: u16) -> Option<Instant> {
        self.0.get(&port).map(|(_, at)| *at)
    }

    pub(super) fn release(&mut self, port: u16, profile: &str, now: Instant) {
        self.0.insert(port, (profile.to_owned(), now));
    }
}

impl Ledger {
    pub(super) fn new(entry: Arc<Entry>) -> Self {
        Self { entry, past: Mutex::default() }
    }

    /// The ports that other instances keep.
    pub(super) fn others(&self) -> Reservations {
        self.entry.others()
    }

    /// The ports that browsers of this instance have, with their profiles.
    pub(super) fn occupied(&self) -> HashMap<u16, String> {
        self.entry.family().browsers.into_iter().map(|held| (held.port, held.profile)).collect()
    }

    pub(super) fn past(&self) -> Past {
        self.past.lock().expect("nothing panics while it is held").clone()
    }

    /// A browser runs on a port, until the answer is dropped.
    pub(super) fn occupy(self: &Arc<Self>, profile: &ProfileName, port: u16, pid: u32) -> Occupied {
        let held = HeldPort { profile: profile.to_string(), port, process: ProcessMark::of(pid) };
        self.entry.change(|family| family.browsers.push(held));
        Occupied { ledger: Arc::clone(self), port, profile: profile.to_string() }
    }

    /// A profile keeps this port and no other from now on, whether its browser runs or not.
    pub(super) fn keep(&self, profile: &ProfileName, port: u16) {
        self.entry.change(|family| {
            family.pinned.retain(|(name, _)| name != profile.as_str());
            family.pinned.push((profile.to_string(), port));
            family.pinned.sort();
        });
    }

    /// A profile is no more.
    pub(super) fn forget(&self, profile: &ProfileName) {
        self.entry.change(|family| family.pinned.retain(|(name, _)| name != profile.as_str()));
    }
}

/// A port on which a browser runs.
#[derive(Debug)]
pub(super) struct Occupied {
    ledger: Arc<Ledger>,
    port: u16,
    profile: String,
}

impl Drop for Occupied {
    fn drop(&mut self) {
        let mut past = self.ledger.past.lock().expect("nothing panics while it is held");
        past.release(self.port, &self.profile, Instant::now());
        drop(past);
        self.ledger.entry.change(|family| family.browsers.retain(|held| held.port != self.port));
    }
}
