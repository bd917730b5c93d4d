//! A running gateway's entry in the registry, kept up to date. It must not know what its browsers are, nor who asks.

use std::path::Path;
use std::sync::Mutex;

use super::{Family, HostRegistry, RegistryError, Reservations};

/// The entry of this instance. All changes go through it, one at a time, so that none writes over a later one.
#[derive(Debug)]
pub struct Entry {
    registry: HostRegistry,
    /// Held for the short, synchronous write of the file.
    family: Mutex<Family>,
}

impl Entry {
    /// Writes the entry.
    ///
    /// # Errors
    /// [`RegistryError::Io`].
    pub fn register(registry: HostRegistry, family: Family) -> Result<Self, RegistryError> {
        registry.register(&family)?;
        Ok(Self { registry, family: Mutex::new(family) })
    }

    /// Changes the entry and writes it, unless nothing has changed. What cannot be written is told in the log: the
    /// gateway works all the same, and the next change writes the whole entry again.
    pub fn change(&self, change: impl FnOnce(&mut Family)) {
        let mut family = self.family.lock().expect("nothing panics while it is held");
        let before = family.clone();
        change(&mut family);
        if *family != before
            && let Err(error) = self.registry.register(&family)
        {
            tracing::warn!(%error, "other instances do not see what has changed here");
        }
    }

    /// The entry as it is now.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family.lock().expect("nothing panics while it is held").clone()
    }

    /// The ports that other instances keep, read anew.
    #[must_use]
    pub fn others(&self) -> Reservations {
        let me: &Path = &self.family.lock().expect("nothing panics while it is held").state_dir.clone();
        self.registry.reservations(me)
    }
}
