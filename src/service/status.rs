//! What is so right now: a profile's browser, and the list of profiles. Nothing is started to find out.

use std::path::PathBuf;

use super::Service;
use crate::chromium::Executable;
use crate::pool::Running;
use crate::profile::{Driver, Profile};

/// A profile's browser, or how it would be started.
#[derive(Debug, Clone)]
pub struct Status {
    /// The profile.
    pub profile: Profile,
    /// `browser.enabled`.
    pub enabled: bool,
    /// The running browser.
    pub running: Option<Running>,
    /// The CDP port that it has, had, or is configured to have.
    pub cdp_port: Option<u16>,
    /// Whether it has, or would have, no window; and who said so.
    pub headless: bool,
    /// Who decided that.
    pub headless_source: &'static str,
    /// `browser.noSandbox`.
    pub no_sandbox: bool,
    /// The configured program.
    pub executable_path: Option<PathBuf>,
    /// The program that is or would be started, or why there is none.
    pub executable: Result<Executable, String>,
    /// Whether it is only attached to.
    pub attach_only: bool,
}

/// One row of the list of profiles.
#[derive(Debug, Clone)]
pub struct ProfileStatus {
    /// The profile.
    pub profile: Profile,
    /// Whether its browser runs.
    pub running: bool,
    /// How many tabs it has.
    pub tabs: usize,
    /// The CDP port that it has, had, or is configured to have.
    pub cdp_port: Option<u16>,
    /// Whether calls that name no profile mean this one.
    pub is_default: bool,
}

impl Service {
    /// The status of a profile.
    pub fn status(&self, profile: Profile) -> Status {
        let browser = &self.config().browser;
        let running = self.running(&profile.name);
        let wish = running.as_ref().map_or_else(|| self.pool.wish(&profile), |running| running.wish.clone());
        let executable = match &running {
            Some(running) => Ok(running.executable.clone()),
            None => self.pool.executable(&wish).map_err(|e| e.to_string()),
        };
        Status {
            enabled: browser.enabled,
            cdp_port: self.pool.expected_port(&profile),
            headless: wish.headless,
            headless_source: wish.headless_source.as_str(),
            no_sandbox: browser.no_sandbox,
            executable_path: wish.executable_path,
            executable,
            attach_only: profile.driver != Driver::Managed
                || profile.attach_only.unwrap_or(browser.attach_only),
            running,
            profile,
        }
    }

    /// All profiles, in the order of the configuration.
    pub fn profiles(&self) -> Vec<ProfileStatus> {
        let browser = &self.config().browser;
        let row = |profile: &Profile| {
            let running = self.running(&profile.name);
            ProfileStatus {
                running: running.is_some(),
                tabs: running.map_or(0, |running| running.browser.tabs().len()),
                cdp_port: self.pool.expected_port(profile),
                is_default: profile.name.as_str() == browser.default_profile,
                profile: profile.clone(),
            }
        };
        self.roster.all().iter().map(row).collect()
    }
}
