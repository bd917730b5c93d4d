//! Which CDP ports this instance's browsers hold, as the other instances of this host read it in the registry.

use std::sync::Arc;

use crate::instance::{Entry, HeldPort, ProcessMark, Reservations};
use crate::profile::ProfileName;

/// What this instance tells of its CDP ports.
#[derive(Debug)]
pub(super) struct Ledger {
    entry: Arc<Entry>,
}

impl Ledger {
    pub(super) fn new(entry: Arc<Entry>) -> Self {
        Self { entry }
    }

    /// The ports that other instances keep.
    pub(super) fn others(&self) -> Reservations {
        self.entry.others()
    }

    /// A browser runs on a port, until the answer is dropped.
    pub(super) fn occupy(self: &Arc<Self>, profile: &ProfileName, port: u16, pid: u32) -> Occupied {
        let held = HeldPort { profile: profile.to_string(), port, process: ProcessMark::of(pid) };
        self.entry.change(|family| family.browsers.push(held));
        Occupied { ledger: Arc::clone(self), port }
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
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.ledger.entry.change(|family| family.browsers.retain(|held| held.port != self.port));
    }
}
