//! The profiles that there are at this moment. They may be made and removed while the gateway runs; whoever asks
//! sees the present ones. It must not know where they are written down.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Profile, ProfileName};

/// The profiles that there are. Cloning it is cheap; all clones show the same.
#[derive(Debug, Clone)]
pub struct Roster(Arc<watch::Sender<Arc<[Profile]>>>);

impl Roster {
    /// A roster of these profiles, the built-in ones among them.
    #[must_use]
    pub fn new(profiles: Vec<Profile>) -> Self {
        Self(Arc::new(watch::Sender::new(profiles.into())))
    }

    /// All of them, in the order of the configuration.
    #[must_use]
    pub fn all(&self) -> Arc<[Profile]> {
        Arc::clone(&self.0.borrow())
    }

    /// The one of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Profile> {
        self.0.borrow().iter().find(|profile| profile.name.as_str() == name).cloned()
    }

    /// Adds one that the config names now, in place of a built-in one of its name.
    pub fn add(&self, profile: Profile) {
        self.change(|configured| {
            configured.retain(|other| other.name != profile.name);
            configured.push(Profile { from_config: true, ..profile });
        });
    }

    /// Takes one out that the config no longer names; a built-in one stays as it is without the config.
    pub fn remove(&self, name: &ProfileName) {
        self.change(|configured| configured.retain(|profile| profile.name != *name));
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Profile>)) {
        self.0.send_modify(|profiles| {
            let mut configured: Vec<Profile> =
                profiles.iter().filter(|profile| profile.from_config).cloned().collect();
            change(&mut configured);
            *profiles = Profile::with_built_ins(configured).into();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Driver;

    #[test]
    fn all_clones_show_the_present_profiles() {
        let roster = Roster::new(Profile::with_built_ins(Vec::new()));
        let other = roster.clone();
        let names = || other.all().iter().map(|profile| profile.name.to_string()).collect::<Vec<_>>();
        let work: ProfileName = "work".parse().unwrap();
        roster.add(Profile::new(work.clone(), Driver::Managed));
        assert_eq!(names(), ["work", "openclaw", "user", "chrome"]);
        assert!(other.find("work").is_some_and(|profile| profile.from_config));
        roster.add(Profile::new("user".parse().unwrap(), Driver::Managed));
        assert_eq!(names(), ["work", "user", "openclaw", "chrome"]);
        roster.remove(&work);
        roster.remove(&"user".parse().unwrap());
        assert_eq!(names(), ["openclaw", "user", "chrome"]);
        assert_eq!(other.find("user").map(|profile| profile.driver), Some(Driver::ExistingSession));
    }
}
