//! Which CDP port each profile had last. A port that we chose is a preference and may change; one that the user
//! wrote into the config is a pin. This file is the difference: it lists the ports that *we* chose.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::config;
use crate::instance::file;
use crate::profile::{Profile, ProfileName};

/// The ports that we chose, by profile, kept in the state dir.
#[derive(Debug)]
pub struct Allotments {
    path: PathBuf,
    config_path: PathBuf,
    /// What the config said when it was read, where the port that we wrote there has been replaced since. Held for
    /// the short, synchronous read-change-write of the files.
    replaced: Mutex<BTreeMap<String, u16>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    /// What a reader should know who opens the file.
    #[serde(default)]
    note: String,
    #[serde(default)]
    ports: BTreeMap<String, u16>,
}

/// What is known of the port that a profile should get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The user wrote it: this one or none.
    Pinned(u16),
    /// We chose it once: rather this one.
    Preferred(u16),
    /// Any.
    Any,
}

impl Allotments {
    /// The file of an instance, and its config, in which a port that we wrote there may have to be replaced.
    pub fn new(path: PathBuf, config_path: PathBuf) -> Self {
        Self { path, config_path, replaced: Mutex::default() }
    }

    /// The port that we chose for a profile.
    pub fn of(&self, profile: &ProfileName) -> Option<u16> {
        self.read().ports.get(profile.as_str()).copied()
    }

    /// All ports that we chose.
    pub fn all(&self) -> Vec<(String, u16)> {
        self.read().ports.into_iter().collect()
    }

    /// The port that the config names for a profile, as far as it still does.
    pub(super) fn configured(&self, profile: &Profile) -> Option<u16> {
        let replaced = self.replaced.lock().expect("nothing panics while it is held");
        profile.cdp_port.filter(|port| replaced.get(profile.name.as_str()) != Some(port))
    }

    pub(super) fn wanted(&self, profile: &Profile) -> Wanted {
        match (self.configured(profile), self.of(&profile.name)) {
            (Some(written), Some(chosen)) if written == chosen => Wanted::Preferred(chosen),
            (Some(written), _) => Wanted::Pinned(written),
            (None, Some(chosen)) => Wanted::Preferred(chosen),
            (None, None) => Wanted::Any,
        }
    }

    /// Writes down the port that a profile got. When the config holds the port that we chose before, the new one
    /// replaces it there.
    pub(super) fn note(&self, profile: &Profile, port: u16) {
        let mut replaced = self.replaced.lock().expect("nothing panics while it is held");
        let mut written = self.read();
        if written.ports.get(profile.name.as_str()) == Some(&port) {
            return;
        }
        "CDP ports that openclaw chose itself; a port that stands only in the config is the user's"
            .clone_into(&mut written.note);
        written.ports.insert(profile.name.as_str().to_owned(), port);
        if let Some(old) = profile.cdp_port {
            let keys = ["browser", "profiles", profile.name.as_str(), "cdpPort"];
            if let Err(error) = config::edit::set(&self.config_path, &keys, port.into()) {
                // The old one stays in both files, so that it stays a preference and does not turn into a pin.
                tracing::warn!(%error, "the chosen CDP port could not be written into the config");
                return;
            }
            replaced.insert(profile.name.as_str().to_owned(), old);
        }
        self.write(&written);
    }

    /// Forgets the port of a profile that is no more.
    pub(super) fn forget(&self, profile: &ProfileName) {
        let mut replaced = self.replaced.lock().expect("nothing panics while it is held");
        replaced.remove(profile.as_str());
        let mut written = self.read();
        if written.ports.remove(profile.as_str()).is_some() {
            self.write(&written);
        }
    }

    fn write(&self, written: &Written) {
        let text = serde_json::to_vec_pretty(written).expect("text and numbers are JSON");
        if let Err(error) = file::write_atomic(&self.path, &text) {
            // The browser works all the same; the next start may get another port.
            tracing::warn!(path = %self.path.display(), %error, "the chosen CDP port could not be written down");
        }
    }

    fn read(&self) -> Written {
        let Ok(bytes) = std::fs::read(&self.path) else { return Written::default() };
        serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::warn!(path = %self.path.display(), %error, "unreadable; CDP ports are chosen anew");
            Written::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Driver;

    #[test]
    fn what_we_chose_is_a_preference_and_what_the_user_wrote_is_a_pin() {
        let dir = tempfile::tempdir().expect("a folder");
        let config = dir.path().join("openclaw.json");
        std::fs::write(&config, "{browser: {profiles: {work: {cdpPort: 18801 /* mine */}}}}")
            .expect("written");
        let allotments = Allotments::new(dir.path().join("ports.json"), config.clone());
        let mut work = Profile::new("work".parse().expect("a name"), Driver::Managed);
        assert_eq!(allotments.wanted(&work), Wanted::Any);
        work.cdp_port = Some(18801);
        assert_eq!(allotments.wanted(&work), Wanted::Pinned(18801));
        work.cdp_port = None;
        allotments.note(&work, 18801);
        assert_eq!(allotments.wanted(&work), Wanted::Preferred(18801));
        work.cdp_port = Some(18801);
        assert_eq!(allotments.wanted(&work), Wanted::Preferred(18801));
        allotments.note(&work, 18805);
        let text = std::fs::read_to_string(&config).expect("readable");
        assert!(text.contains("cdpPort: 18805 /* mine */"), "{text}");
        // The profile is as it was read at the gateway's start; what it says there is out of date, and no pin.
        assert_eq!(
            (allotments.wanted(&work), allotments.configured(&work)),
            (Wanted::Preferred(18805), None)
        );
        allotments.forget(&work.name);
        assert_eq!((allotments.of(&work.name), allotments.wanted(&work)), (None, Wanted::Pinned(18801)));
    }
}
