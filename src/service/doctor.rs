//! Whether a profile's browser can do its work: what is so, what is wrong, and what mends it.

use std::time::Duration;

use super::{Error, Service, Status};
use crate::cdp::protocol::system::CountAccessibleNodes;
use crate::deadline::Deadline;
use crate::page;
use crate::profile::{CdpAuth, Driver, Profile};

/// More nodes than this are not counted (contract 5.2).
const MOST_NODES: usize = 25;
/// Levels of the tree that hold them.
const LEVELS: u32 = 4;
/// How long a page may take to show them.
const PROBE: Duration = Duration::from_secs(5);

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// As it should be.
    Pass,
    /// It works, and deserves a word.
    Warn,
    /// It does not work.
    Fail,
    /// Nothing to judge.
    Info,
}

impl CheckStatus {
    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Info => "info",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name for programs.
    pub id: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// How it went.
    pub status: CheckStatus,
    /// What is so.
    pub summary: String,
    /// What mends it.
    pub fix_hint: Option<&'static str>,
}

impl Check {
    fn new(id: &'static str, label: &'static str, status: CheckStatus, summary: impl Into<String>) -> Self {
        Self { id, label, status, summary: summary.into(), fix_hint: None }
    }

    fn pass(id: &'static str, label: &'static str, summary: impl Into<String>) -> Self {
        Self::new(id, label, CheckStatus::Pass, summary)
    }

    fn info(id: &'static str, label: &'static str, summary: impl Into<String>) -> Self {
        Self::new(id, label, CheckStatus::Info, summary)
    }

    fn fail(id: &'static str, label: &'static str, summary: impl Into<String>, hint: &'static str) -> Self {
        Self { fix_hint: Some(hint), ..Self::new(id, label, CheckStatus::Fail, summary) }
    }
}

impl Service {
    /// Looks at a profile; `deep` also takes a snapshot, for which a browser is started and a tab opened when needed.
    pub async fn doctor(&self, profile: &Profile, deep: bool, deadline: Deadline) -> Vec<Check> {
        let mut checks = vec![
            Check::pass("plugin-enabled", "Browser plugin", "enabled"),
            Check::pass("profile", "Profile", format!("{} via {}", profile.name, profile.driver.transport())),
        ];
        let unsupported = self.pool.supports(profile).err().map(|error| error.to_string());
        let managed = "use a managed profile such as \"openclaw\"";
        match (profile.driver, unsupported) {
            (Driver::ExistingSession, Some(why)) => {
                checks.push(Check::fail("attach-target", "Existing browser attach", why, managed));
            }
            (Driver::Extension, Some(why)) => {
                checks.push(Check::fail("extension-relay", "Extension relay", why, managed));
            }
            (Driver::Managed, Some(why)) => checks.push(Check::fail("cdp-http", "CDP HTTP", why, managed)),
            (_, None) => {
                // Before the status, which a start changes.
                let live = if deep { Some(self.live_snapshot(profile, deadline).await) } else { None };
                let status = self.status(profile.clone());
                checks.extend(of_launch(&status, self.pool.has_display()));
                checks.extend(self.of_connection(&status, deadline).await);
                checks.extend(of_access(profile));
                checks.extend(live);
            }
        }
        checks
    }

    async fn of_connection(&self, status: &Status, deadline: Deadline) -> Vec<Check> {
        let (http, socket) = (("cdp-http", "CDP HTTP"), ("cdp-websocket", "CDP WebSocket"));
        let Some(running) = &status.running else {
            return vec![
                Check::info(http.0, http.1, "Browser is not currently running"),
                Check::info(socket.0, socket.1, "Browser is launchable but not running"),
            ];
        };
        let http = Check::pass(http.0, http.1, "CDP HTTP endpoint is reachable");
        if let Some(silence) = running.browser.silent_for() {
            let why = format!("the browser has not answered for {}s", silence.as_secs());
            let hint = "wait, as a browser that stays so is killed and started anew; or stop it";
            return vec![http, Check::fail(socket.0, socket.1, why, hint)];
        }
        let connected = "CDP is connected through a pipe of this gateway's own";
        let mut checks = vec![http, Check::pass(socket.0, socket.1, connected)];
        let graphics = running.browser.graphics(deadline.within(super::GRAPHICS)).await;
        let graphics = graphics.map(|graphics| Check::info("graphics", "Graphics", graphics.summary()));
        checks.extend(graphics);
        checks
    }

    async fn live_snapshot(&self, profile: &Profile, deadline: Deadline) -> Check {
        let (id, label) = ("live-snapshot", "Live snapshot");
        match self.count_nodes(profile, deadline).await {
            Ok((nodes, tab)) => {
                let summary = format!("CDP accessibility snapshot returned {nodes} nodes on {tab}");
                Check::pass(id, label, summary)
            }
            Err(error) => {
                Check::fail(id, label, error.to_string(), "start the browser and look at its first tab")
            }
        }
    }

    async fn count_nodes(&self, profile: &Profile, deadline: Deadline) -> Result<(usize, String), Error> {
        let tab = self.tab(profile, None, None, deadline).await?;
        let ask = CountAccessibleNodes { depth: LEVELS };
        let told = tab.page().session().send(&ask, deadline.within(PROBE)).await;
        let told = told.map_err(|error| Error::Browser(page::Error::from(error).into()))?;
        Ok((told.nodes.len().min(MOST_NODES), tab.view.suggested()))
    }
}

/// Whether somebody has the browser who need not show the secret.
fn of_access(profile: &Profile) -> Option<Check> {
    let summary = format!(
        "any program of this machine has this whole browser without a token: browser.profiles.{}.cdpAuth is \"none\"",
        profile.name
    );
    let check = Check {
        fix_hint: Some(
            "remove cdpAuth once no client needs it; clients that send no header take ?token= in the URL",
        ),
        ..Check::new("cdp-auth", "CDP access", CheckStatus::Warn, summary)
    };
    (profile.cdp_auth == CdpAuth::Nothing).then_some(check)
}

/// Whether a browser can be started here.
fn of_launch(status: &Status, has_display: bool) -> Vec<Check> {
    let executable = match &status.executable {
        Ok(found) => {
            let summary = format!("{} at {}", found.kind.as_str(), found.shown.display());
            Check::pass("managed-executable", "Chromium executable", summary)
        }
        Err(why) => Check::fail(
            "managed-executable",
            "Chromium executable",
            why.clone(),
            "install Chromium, or set browser.executablePath",
        ),
    };
    let mut checks = vec![executable];
    if status.headless_source == "linux-display-fallback" {
        let why = "headless, because neither DISPLAY nor WAYLAND_DISPLAY is set";
        checks.push(Check::info("headless-mode", "Headless mode", why));
    }
    if !status.headless && !has_display {
        let why = "a window is wanted, and neither DISPLAY nor WAYLAND_DISPLAY is set";
        checks.push(Check::fail("display", "Display", why, "set DISPLAY, or browser.headless=true"));
    }
    if cfg!(target_os = "linux") && !status.no_sandbox && rustix::process::geteuid().is_root() {
        let why = "Chromium's sandbox does not work for root";
        let hint = "run the gateway as another user, or set browser.noSandbox=true";
        checks.push(Check::fail("linux-sandbox", "Linux sandbox", why, hint));
    }
    checks
}
