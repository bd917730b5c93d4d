//! Profiles that are made, removed and emptied while the gateway runs. The config file is edited, and everybody who
//! asks for a profile sees the change at once.

use std::path::PathBuf;

use super::{Error, Service};
use crate::config;
use crate::deadline::Deadline;
use crate::pool::Moved;
use crate::profile::{Profile, ProfileName};

impl Service {
    /// Makes a profile and writes it into the config; a browser of ours gets a CDP port of this instance.
    ///
    /// # Errors
    /// [`Error::ProfileExists`], [`Error::Pool`] when no port is free, [`Error::Config`] when the file cannot be edited.
    pub async fn create_profile(&self, mut profile: Profile) -> Result<Profile, Error> {
        self.check_enabled()?;
        let name = profile.name.clone();
        if self.roster.find(name.as_str()).is_some() {
            return Err(Error::ProfileExists(name.to_string()));
        }
        let (service, path) = (self.clone(), self.instance().config_path.clone());
        edit(move || {
            if profile.is_ours() {
                profile.cdp_port = Some(service.pool.choose_port(&profile)?);
            }
            if !config::add_profile(&path, &profile).map_err(Error::config)? {
                return Err(Error::ProfileExists(name.to_string()));
            }
            service.roster.add(profile.clone());
            Ok(profile)
        })
        .await
    }

    /// Takes a profile out of the config, stops its browser and moves its folder to the trash. Yields whether there
    /// was a folder that is in the trash now.
    ///
    /// # Errors
    /// [`Error::DefaultProfile`], [`Error::NotInConfig`], [`Error::Config`] when the file cannot be edited.
    pub async fn delete_profile(&self, name: &ProfileName, deadline: Deadline) -> Result<bool, Error> {
        self.check_enabled()?;
        if name.as_str() == self.config().browser.default_profile {
            return Err(Error::DefaultProfile(name.to_string()));
        }
        let profile = self.roster.find(name.as_str()).filter(|profile| profile.from_config);
        let profile = profile.ok_or_else(|| Error::NotInConfig(name.to_string()))?;
        let (service, path, of) = (self.clone(), self.instance().config_path.clone(), name.clone());
        edit(move || {
            config::remove_profile(&path, &of).map_err(Error::config)?;
            service.roster.remove(&of);
            service.pool.forget_port(&of);
            Ok(())
        })
        .await?;
        if !profile.is_ours() {
            return Ok(false);
        }
        match self.pool.clear(&profile, deadline).await {
            Ok(moved) => Ok(moved.to.is_some()),
            Err(error) => {
                // The profile is gone all the same; the answer says that its folder is not.
                tracing::warn!(profile = %name, %error, "the folder of a removed profile stays");
                Ok(false)
            }
        }
    }

    /// Stops the browser of a profile and moves its folder to the trash: the next start begins anew.
    ///
    /// # Errors
    /// [`Error::NotLocal`] for a profile without a folder of ours, [`Error::Pool`] when it cannot be moved.
    pub async fn reset_profile(&self, profile: &Profile, deadline: Deadline) -> Result<Moved, Error> {
        if !profile.is_ours() {
            return Err(Error::NotLocal(profile.name.to_string()));
        }
        Ok(self.pool.clear(profile, deadline).await?)
    }

    /// The folder of a person's own browser that a caller names; `~` is the home directory.
    ///
    /// # Errors
    /// [`Error::NoFolder`] when there is none.
    pub fn folder_of_a_person(&self, text: &str) -> Result<PathBuf, Error> {
        let home = || self.pool.environment().home().ok();
        let path = match text.strip_prefix("~/") {
            Some(rest) => home().map(|home| home.join(rest)),
            None => Some(PathBuf::from(text)),
        };
        let is_there = |path: &PathBuf| path.is_absolute() && path.is_dir();
        path.filter(is_there).ok_or_else(|| Error::NoFolder(text.to_owned()))
    }
}

/// Editing a file blocks, and waits for other processes of ours that edit it.
async fn edit<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Config(error.to_string()))?
}
