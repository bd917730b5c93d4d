//! Profiles and their browsers: status, start, stop, list.

use std::collections::BTreeMap;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Error, OnProfile, Operation, Route, Window};
use crate::browser::Graphics;
use crate::cdp::protocol::system::{Gpu, GpuDevice};
use crate::deadline::Deadline;
use crate::profile::CdpAuth;
use crate::service::{self, Service};

/// The colour that the original shows for every profile; it can no longer be changed there.
pub(super) const COLOR: &str = "#FF4500";

/// Shows a profile's browser: whether it runs, where, and how it is or would be started.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Status {}

/// The state of a profile's browser.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct StatusReport {
    pub enabled: bool,
    pub profile: String,
    pub driver: String,
    pub transport: String,
    pub running: bool,
    pub cdp_ready: bool,
    pub cdp_http: bool,
    pub page_ready: bool,
    pub pid: Option<u32>,
    pub cdp_port: Option<u16>,
    pub cdp_url: Option<String>,
    /// What clients of the CDP port must show: `gateway`, a secret, or `none`.
    pub cdp_auth: String,
    pub chosen_browser: Option<String>,
    pub detected_browser: Option<String>,
    pub detected_executable_path: Option<String>,
    pub detect_error: Option<String>,
    pub user_data_dir: Option<String>,
    pub color: String,
    pub headless: bool,
    pub headless_source: String,
    pub no_sandbox: bool,
    pub executable_path: Option<String>,
    pub attach_only: bool,
    pub graphics: Option<GraphicsReport>,
    pub browser_version: Option<String>,
    /// Of a running browser: `ok`, or `degraded` when it does not answer.
    pub health: Option<String>,
    /// For how long it has not answered, in milliseconds.
    pub silent_ms: Option<u64>,
}

/// How a running browser draws.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct GraphicsReport {
    pub status: String,
    pub observed_at: u64,
    pub acceleration: String,
    pub renderer: String,
    pub vendor: String,
    pub version: String,
    pub backend: String,
    pub devices: Vec<DeviceReport>,
    pub feature_status: BTreeMap<String, String>,
    pub disabled_features: Vec<FeatureReport>,
    pub driver_bug_workarounds: Vec<String>,
    pub video_decoding: Vec<String>,
    pub video_encoding: Vec<String>,
    /// All of it in one line.
    pub summary: String,
}

/// A device that draws.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct DeviceReport {
    pub vendor_id: f64,
    pub device_id: f64,
    pub vendor: String,
    pub device: String,
    pub driver_vendor: String,
    pub driver_version: String,
}

/// A feature that no hardware draws, and why.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct FeatureReport {
    pub feature: String,
    pub status: String,
}

impl From<Graphics> for GraphicsReport {
    fn from(graphics: Graphics) -> Self {
        let since = graphics.observed_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let feature = |(feature, status): (&str, &str)| FeatureReport {
            feature: feature.to_owned(),
            status: status.to_owned(),
        };
        let disabled_features = graphics.disabled().into_iter().map(feature).collect();
        let (acceleration, summary) = (graphics.acceleration().to_owned(), graphics.summary());
        let Gpu { devices, aux_attributes: aux, .. } = graphics.gpu;
        Self {
            status: "available".to_owned(),
            observed_at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            acceleration,
            renderer: aux.gl_renderer,
            vendor: aux.gl_vendor,
            version: aux.gl_version,
            backend: aux.gl_implementation_parts,
            devices: devices.into_iter().map(Into::into).collect(),
            feature_status: graphics.gpu.feature_status,
            disabled_features,
            driver_bug_workarounds: graphics.gpu.driver_bug_workarounds,
            video_decoding: graphics.gpu.video_decoding.into_iter().map(|v| v.profile).collect(),
            video_encoding: graphics.gpu.video_encoding.into_iter().map(|v| v.profile).collect(),
            summary,
        }
    }
}

impl From<GpuDevice> for DeviceReport {
    fn from(device: GpuDevice) -> Self {
        Self {
            vendor_id: device.vendor_id,
            device_id: device.device_id,
            vendor: device.vendor_string,
            device: device.device_string,
            driver_vendor: device.driver_vendor,
            driver_version: device.driver_version,
        }
    }
}

impl StatusReport {
    /// The status of a profile; a running browser is asked how it draws.
    pub(super) async fn of(on: &OnProfile, deadline: Deadline) -> Self {
        let status = on.service.status(on.profile.clone());
        let browser = status.running.as_ref().map(|running| running.browser.clone());
        // One that is known not to answer is not waited for.
        let browser = browser.filter(|browser| browser.silent_for().is_none());
        let graphics = match browser {
            Some(browser) => browser.graphics(deadline.within(service::GRAPHICS)).await,
            None => None,
        };
        Self { graphics: graphics.map(Into::into), ..status.into() }
    }
}

impl From<service::Status> for StatusReport {
    fn from(status: service::Status) -> Self {
        let running = status.running.as_ref();
        let kind = status.executable.as_ref().ok().map(|e| e.kind.as_str().to_owned());
        let path = status.executable.as_ref().ok().map(|e| e.shown.display().to_string());
        let is_running = running.is_some();
        let silence = running.and_then(|running| running.browser.silent_for());
        let answers = is_running && silence.is_none();
        let health = if answers { "ok" } else { "degraded" };
        Self {
            enabled: status.enabled,
            profile: status.profile.name.to_string(),
            driver: status.profile.driver.as_str().to_owned(),
            transport: status.profile.driver.transport().to_owned(),
            running: is_running,
            cdp_ready: answers,
            cdp_http: is_running,
            page_ready: answers,
            pid: running.map(|r| r.process.pid()),
            cdp_port: status.cdp_port,
            cdp_url: status.cdp_port.map(|port| format!("http://127.0.0.1:{port}")),
            cdp_auth: status.profile.cdp_auth.as_str().to_owned(),
            chosen_browser: kind.clone().filter(|_| is_running),
            detected_browser: kind,
            detected_executable_path: path,
            detect_error: status.executable.err(),
            user_data_dir: running.map(|r| r.user_data_dir.display().to_string()),
            color: COLOR.to_owned(),
            headless: status.headless,
            headless_source: status.headless_source.to_owned(),
            no_sandbox: status.no_sandbox,
            executable_path: status.executable_path.map(|path| path.display().to_string()),
            attach_only: status.attach_only,
            graphics: None,
            browser_version: running.map(|r| r.browser.version().product.clone()),
            health: is_running.then(|| health.to_owned()),
            silent_ms: silence.map(|silence| u64::try_from(silence.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl StatusReport {
    fn text(&self) -> String {
        let shown = |value: &Option<String>, absent: &str| value.clone().unwrap_or_else(|| absent.to_owned());
        let port = self.cdp_port.map_or_else(|| "(unset)".to_owned(), |port| port.to_string());
        let error = self.detect_error.as_ref().map(|e| format!("\ndetectError: {e}")).unwrap_or_default();
        let graphics =
            self.graphics.as_ref().map(|g| format!("\ngraphics: {}", g.summary)).unwrap_or_default();
        let silence = self.silent_ms.map(|ms| format!(" (degraded: no answer for {}s)", ms / 1000));
        let silence = silence.unwrap_or_default();
        let access = if self.cdp_auth == CdpAuth::Nothing.as_str() {
            "\ncdpAuth: none (any program of this machine has this whole browser without a token)"
        } else {
            ""
        };
        format!(
            "profile: {}\nenabled: {}\nrunning: {}{silence}\ntransport: {}\ncdpPort: {port}\ncdpUrl: {}{access}\nbrowser: {}\n\
             detectedBrowser: {}\ndetectedPath: {}\nheadless: {} ({})\nprofileColor: {}{graphics}{error}",
            self.profile,
            self.enabled,
            self.running,
            self.transport,
            shown(&self.cdp_url, "(unset)"),
            self.chosen_browser.as_deref().unwrap_or("unknown"),
            shown(&self.detected_browser, "unknown"),
            shown(&self.detected_executable_path, "auto"),
            self.headless,
            self.headless_source,
            self.color,
        )
    }
}

impl Operation for Status {
    const NAME: &'static str = "status";
    const ROUTE: Route = Route::Get("/");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = StatusReport;

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<StatusReport, Error> {
        Ok(StatusReport::of(on, deadline).await)
    }

    fn text(&self, report: &StatusReport) -> String {
        report.text()
    }
}

/// Starts a profile's browser; a running one stays as it is.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Start {
    /// Without a window (true or false), whatever is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    pub headless: Option<String>,
}

/// A profile's browser runs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// Always true.
    pub ok: bool,
    /// The profile.
    pub profile: String,
}

impl Start {
    fn wish(&self) -> Result<Option<bool>, Error> {
        match self.headless.as_deref().map(str::trim) {
            None => Ok(None),
            Some("true" | "1" | "yes") => Ok(Some(true)),
            Some("false" | "0" | "no") => Ok(Some(false)),
            Some(_) => Err(Error::field(
                super::Code::InvalidRequest,
                "headless",
                "Invalid headless value. Use \"true\" or \"false\".",
            )),
        }
    }
}

impl Operation for Start {
    const NAME: &'static str = "start";
    const ROUTE: Route = Route::Post("/start");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Started;

    fn check(&self, service: &Service, scope: &super::Scope) -> Result<(), Error> {
        super::without_lease(Self::NAME, scope)?;
        let wish = self.wish()?;
        let profile = scope.profile(service)?;
        if wish.is_some() && !profile.is_ours() {
            let message = format!(
                "Headless start override is only supported for locally launched openclaw profiles. Profile \"{}\" is \
                 attach-only, remote, or existing-session.",
                profile.name
            );
            return Err(Error::field(super::Code::InvalidRequest, "headless", message));
        }
        Ok(())
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<Started, Error> {
        on.service.start(&on.profile, self.wish()?, deadline).await?;
        Ok(Started { ok: true, profile: on.profile.name.to_string() })
    }

    fn text(&self, started: &Started) -> String {
        format!("🦞 browser [{}] running: true", started.profile)
    }
}

/// Stops a profile's browser.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Stop {}

/// A profile's browser does not run any more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// Always true.
    pub ok: bool,
    /// Whether one ran.
    pub stopped: bool,
    /// The profile.
    pub profile: String,
}

impl Operation for Stop {
    const NAME: &'static str = "stop";
    const ROUTE: Route = Route::Post("/stop");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Stopped;

    fn check(&self, _: &Service, scope: &super::Scope) -> Result<(), Error> {
        super::without_lease(Self::NAME, scope)
    }

    async fn run(self, on: &OnProfile, _: Deadline) -> Result<Stopped, Error> {
        let stopped = on.service.stop(&on.profile).await?;
        Ok(Stopped { ok: true, stopped, profile: on.profile.name.to_string() })
    }

    fn text(&self, stopped: &Stopped) -> String {
        format!("🦞 browser [{}] running: false", stopped.profile)
    }
}

/// Lists the profiles.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct Profiles {}

/// The list of profiles.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProfileList {
    /// In the order of the configuration.
    pub profiles: Vec<ProfileRow>,
}

/// One profile.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct ProfileRow {
    pub name: String,
    pub transport: String,
    pub cdp_port: Option<u16>,
    pub cdp_url: Option<String>,
    pub color: String,
    pub driver: String,
    pub running: bool,
    pub tab_count: usize,
    pub is_default: bool,
    pub is_remote: bool,
    pub reconcile_reason: Option<String>,
}

impl From<service::ProfileStatus> for ProfileRow {
    fn from(status: service::ProfileStatus) -> Self {
        let local = status.cdp_port.map(|port| format!("http://127.0.0.1:{port}"));
        Self {
            name: status.profile.name.to_string(),
            transport: status.profile.driver.transport().to_owned(),
            cdp_port: status.cdp_port,
            cdp_url: status.profile.redacted_cdp_url().or(local),
            color: COLOR.to_owned(),
            driver: status.profile.driver.as_str().to_owned(),
            running: status.running,
            tab_count: status.tabs,
            is_default: status.is_default,
            is_remote: status.profile.is_elsewhere(),
            reconcile_reason: None,
        }
    }
}

impl ProfileRow {
    fn text(&self) -> String {
        let state =
            if self.running { format!("running ({} tabs)", self.tab_count) } else { "stopped".to_owned() };
        let default = if self.is_default { " [default]" } else { "" };
        let driver = if self.driver == "openclaw" { String::new() } else { format!(" [{}]", self.driver) };
        let place = match (self.transport.as_str(), self.cdp_port) {
            ("cdp", _) if self.is_remote => {
                format!("cdpUrl: {}", self.cdp_url.as_deref().unwrap_or("(unset)"))
            }
            ("cdp", Some(port)) => format!("port: {port}"),
            ("cdp", None) => "port: (unset)".to_owned(),
            ("extension", port) => {
                let port = port.map_or_else(|| "(unset)".to_owned(), |port| port.to_string());
                format!("transport: extension, relayPort: {port}")
            }
            (transport, _) => format!("transport: {transport}"),
        };
        format!("{}: {state}{default}{driver}\n  {place}, color: {}", self.name, self.color)
    }
}

impl Operation for Profiles {
    const NAME: &'static str = "profiles";
    const ROUTE: Route = Route::Get("/profiles");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = ProfileList;

    async fn run(self, service: &Service, _: Deadline) -> Result<ProfileList, Error> {
        Ok(ProfileList { profiles: service.profiles().into_iter().map(Into::into).collect() })
    }

    fn text(&self, list: &ProfileList) -> String {
        list.profiles.iter().map(ProfileRow::text).collect::<Vec<_>>().join("\n")
    }
}
