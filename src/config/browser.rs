//! `browser`, without its profiles. It must not start or find browsers.

use std::path::PathBuf;
use std::time::Duration;

use super::Problem;
use super::pool::PoolSettings;
use super::profiles;
use super::section::Section;
use crate::profile::{Driver, Profile};

/// The settings of `browser`.
#[derive(Debug, Clone)]
pub struct BrowserSettings {
    /// Whether browsers are served at all.
    pub enabled: bool,
    /// Whether callers may run their own scripts in pages.
    pub evaluate_enabled: bool,
    /// The program file; a bare name is looked up in `PATH`.
    pub executable_path: Option<PathBuf>,
    /// Whether browsers start without a window; `None` lets the display decide.
    pub headless: Option<bool>,
    /// Whether Chromium runs without its sandbox.
    pub no_sandbox: bool,
    /// Whether browsers are only attached to, never started.
    pub attach_only: bool,
    /// The profile of callers that name none.
    pub default_profile: String,
    /// The control API's port instead of the derived one.
    pub control_port: Option<u16>,
    /// First CDP port instead of the derived one.
    pub cdp_port_start: Option<u16>,
    /// Last CDP port instead of the derived one.
    pub cdp_port_end: Option<u16>,
    /// The default profile's endpoint; may hold credentials.
    pub cdp_url: Option<Endpoint>,
    /// The snapshot style of the CLI and the agent tool.
    pub snapshot_mode: Option<SnapshotMode>,
    /// Whether acts tell what is different from the last snapshot.
    pub effects_delta: bool,
    /// More Chromium flags.
    pub extra_args: Vec<String>,
    /// What browsers may reach.
    pub ssrf: SsrfSettings,
    /// Whether idle tabs of agents are closed.
    pub tab_cleanup: bool,
    /// Time for an answer of a remote browser's HTTP endpoint.
    pub remote_cdp_timeout: Option<Duration>,
    /// Time for the WebSocket handshake with a remote browser.
    pub remote_cdp_handshake_timeout: Option<Duration>,
    /// Browsers that belong to no profile.
    pub pool: PoolSettings,
    /// Configured profiles in the file's order, then the built-in ones.
    pub profiles: Vec<Profile>,
}

/// An endpoint that may hold credentials, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(pub String);

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

/// `browser.snapshotDefaults.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotMode {
    /// `efficient`.
    Efficient,
}

/// `browser.ssrfPolicy`, as it stands; what follows from it is the policy's business.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsrfSettings {
    /// `Some(false)` is stricter than `None`: it also inspects redirects of names.
    pub dangerously_allow_private_network: Option<bool>,
    /// Exact names or `*.x`.
    pub allowed_hostnames: Vec<String>,
    /// Wins over everything.
    pub blocked_hostnames: Vec<String>,
    /// 198.18.0.0/15.
    pub allow_rfc2544_benchmark_range: bool,
    /// fc00::/7.
    pub allow_ipv6_unique_local_range: bool,
}

impl Default for BrowserSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            evaluate_enabled: true,
            executable_path: None,
            headless: None,
            no_sandbox: false,
            attach_only: false,
            default_profile: "openclaw".to_owned(),
            control_port: None,
            cdp_port_start: None,
            cdp_port_end: None,
            cdp_url: None,
            snapshot_mode: None,
            effects_delta: false,
            extra_args: Vec::new(),
            ssrf: SsrfSettings::default(),
            tab_cleanup: true,
            remote_cdp_timeout: None,
            remote_cdp_handshake_timeout: None,
            pool: PoolSettings::default(),
            profiles: Profile::with_built_ins(Vec::new()),
        }
    }
}

impl BrowserSettings {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let mut settings = Self {
            enabled: section.boolean("enabled").unwrap_or(true),
            evaluate_enabled: section.boolean("evaluateEnabled").unwrap_or(true),
            cdp_url: endpoint(section, "cdpUrl").map(Endpoint),
            executable_path: program_file(section, "executablePath"),
            headless: section.boolean("headless"),
            no_sandbox: section.boolean("noSandbox").unwrap_or(false),
            attach_only: section.boolean("attachOnly").unwrap_or(false),
            default_profile: section.text("defaultProfile").unwrap_or_else(|| "openclaw".to_owned()),
            control_port: section.port("controlPort"),
            cdp_port_start: section.port("cdpPortRangeStart"),
            cdp_port_end: section.port("cdpPortRangeEnd"),
            snapshot_mode: section
                .section("snapshotDefaults")
                .and_then(|section| read_snapshot_mode(&section)),
            effects_delta: section
                .section("effectsDefaults")
                .and_then(|section| read_effects_defaults(&section))
                .unwrap_or(false),
            ssrf: section
                .section("ssrfPolicy")
                .map(|section| SsrfSettings::read(&section))
                .unwrap_or_default(),
            pool: section.section("pool").map(|section| PoolSettings::read(&section)).unwrap_or_default(),
            profiles: profiles::read(section),
            extra_args: section.texts("extraArgs").unwrap_or_default(),
            tab_cleanup: section
                .section("tabCleanup")
                .and_then(|section| read_tab_cleanup(&section))
                .unwrap_or(true),
            remote_cdp_timeout: section.milliseconds("remoteCdpTimeoutMs"),
            remote_cdp_handshake_timeout: section.milliseconds("remoteCdpHandshakeTimeoutMs"),
        };
        read_foreign(section);
        section.finish();
        settings.settle_default_profile(section);
        settings
    }

    /// The top-level endpoint is the default profile's, unless that has its own.
    fn settle_default_profile(&mut self, section: &Section<'_>) {
        let name = &self.default_profile;
        let Some(profile) = self.profiles.iter_mut().find(|profile| profile.name.as_str() == name) else {
            section.warn(format!(
                "browser.defaultProfile {name:?} is not a profile; add browser.profiles.{name}"
            ));
            return;
        };
        if profile.driver == Driver::Managed && profile.cdp_url.is_none() && profile.cdp_port.is_none() {
            profile.cdp_url = self.cdp_url.clone().map(|Endpoint(url)| url);
        }
    }
}

impl SsrfSettings {
    fn read(section: &Section<'_>) -> Self {
        let mut settings = Self {
            dangerously_allow_private_network: section.boolean("dangerouslyAllowPrivateNetwork"),
            allowed_hostnames: section.texts("allowedHostnames").unwrap_or_default(),
            blocked_hostnames: section.texts("blockedHostnames").unwrap_or_default(),
            allow_rfc2544_benchmark_range: section.boolean("allowRfc2544BenchmarkRange").unwrap_or(false),
            allow_ipv6_unique_local_range: section.boolean("allowIpv6UniqueLocalRange").unwrap_or(false),
        };
        section.former("hostnameAllowlist");
        if let Some(hostnames) = section.texts("hostnameAllowlist") {
            section.warn(format!("{} is retired; use allowedHostnames", section.path("hostnameAllowlist")));
            settings.allowed_hostnames.extend(hostnames);
        }
        section.former("allowPrivateNetwork");
        if let Some(allow) = section.boolean("allowPrivateNetwork") {
            let path = section.path("allowPrivateNetwork");
            section.warn(format!("{path} is retired; use dangerouslyAllowPrivateNetwork"));
            settings.dangerously_allow_private_network.get_or_insert(allow);
        }
        section.finish();
        settings
    }
}

fn read_snapshot_mode(section: &Section<'_>) -> Option<SnapshotMode> {
    let mode = section.choice("mode", &["efficient"]).map(|_| SnapshotMode::Efficient);
    section.finish();
    mode
}

fn read_effects_defaults(section: &Section<'_>) -> Option<bool> {
    let delta = section.boolean("delta");
    section.finish();
    delta
}

fn read_tab_cleanup(section: &Section<'_>) -> Option<bool> {
    let enabled = section.boolean("enabled");
    let fixed = "its value is fixed";
    section.retired(&[("idleMinutes", fixed), ("maxTabsPerSession", fixed), ("sweepMinutes", fixed)]);
    section.finish();
    enabled
}

/// Keys of the existing system that have no effect here: checked, so that slips are found, then left alone.
fn read_foreign(section: &Section<'_>) {
    section.boolean("allowSystemProfileImport");
    if let Some(relay) = section.section("extensionRelay") {
        relay.boolean("allowLegacyAuth");
        relay.finish();
    }
    section.retired(&[
        ("localLaunchTimeoutMs", "its value is fixed"),
        ("localCdpReadyTimeoutMs", "its value is fixed"),
        ("actionTimeoutMs", "set a timeout on the call"),
        ("color", "remove it"),
        ("relayBindHost", "remove it"),
    ]);
}

/// A program file: a bare name stays one, so that it is looked up in `PATH`.
pub(super) fn program_file(section: &Section<'_>, key: &'static str) -> Option<PathBuf> {
    match section.foreign_text(&[key]) {
        Some(name) if !name.contains(['/', '~']) => section.text(key).map(PathBuf::from),
        Some(_) | None => section.place_of(key),
    }
}

/// The address of a browser that runs elsewhere: http(s) or ws(s).
pub(super) fn endpoint(section: &Section<'_>, key: &'static str) -> Option<String> {
    let text = section.substituted(key)?;
    match endpoint_problem(&text) {
        None => Some(text),
        Some(message) => {
            section.problem(Problem::new(&section.path(key), message));
            None
        }
    }
}

/// What is wrong with the address of a browser, in the original's words.
pub fn endpoint_problem(text: &str) -> Option<String> {
    match url::Url::parse(text) {
        Err(_) => Some("Invalid URL".to_owned()),
        Ok(url) if url.host_str().is_none_or(str::is_empty) => Some("Invalid URL".to_owned()),
        Ok(url) if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") => {
            Some(format!("browser.profiles.cdpUrl must be http(s) or ws(s), got: {}", url.scheme()))
        }
        Ok(_) => None,
    }
}
