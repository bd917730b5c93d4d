//! Profiles: made, removed, emptied; and the profiles of a person's own browsers, which only macOS lets us read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bits::said;
use super::lifecycle::COLOR;
use super::{Access, Code, Error, OnProfile, Operation, Route, Scope, Window};
use crate::config;
use crate::deadline::Deadline;
use crate::profile::{Driver, DriverError, Profile, ProfileName};
use crate::service::Service;

/// Makes a profile and writes it into the config.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default, rename_all = "camelCase")]
pub struct CreateProfile {
    /// Its name: lowercase letters, numbers, and hyphens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, required = true, value_name = "name")]
    pub name: Option<String>,
    /// Accepted and ignored, as in the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "hex")]
    pub color: Option<String>,
    /// The address of a browser that runs already: http, https, ws or wss.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "url")]
    pub cdp_url: Option<String>,
    /// The folder of your own browser, with driver existing-session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "path")]
    pub user_data_dir: Option<String>,
    /// How it gets its browser: openclaw (default) or existing-session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub driver: Option<String>,
}

/// A profile that was made.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct ProfileCreated {
    pub ok: bool,
    pub profile: String,
    pub transport: String,
    pub cdp_port: Option<u16>,
    pub cdp_url: Option<String>,
    pub user_data_dir: Option<String>,
    pub color: String,
    pub is_remote: bool,
}

impl CreateProfile {
    fn read(&self, service: &Service) -> Result<Profile, Error> {
        let wrong = |field: &str, message: String| Error::field(Code::InvalidRequest, field, message);
        let name = said(self.name.as_ref()).ok_or_else(|| wrong("name", "name is required".to_owned()))?;
        let name: ProfileName = name.parse().map_err(|error| wrong("name", format!("{error}")))?;
        let driver = match said(self.driver.as_ref()).map(str::parse::<Driver>).transpose() {
            Ok(Some(Driver::Extension)) => Err(DriverError(Driver::Extension.to_string())),
            other => other,
        };
        let driver = driver.map_err(|error| wrong("driver", error.to_string()))?.unwrap_or(Driver::Managed);
        let folder = said(self.user_data_dir.as_ref());
        if folder.is_some() && driver != Driver::ExistingSession {
            let why = "driver=existing-session is required when userDataDir is provided";
            return Err(wrong("userDataDir", why.to_owned()));
        }
        let user_data_dir = folder.map(|folder| service.folder_of_a_person(folder)).transpose()?;
        let cdp_url = said(self.cdp_url.as_ref()).map(str::to_owned);
        if let Some(problem) = cdp_url.as_deref().and_then(config::endpoint_problem) {
            return Err(wrong("cdpUrl", problem));
        }
        Ok(Profile { cdp_url, user_data_dir, ..Profile::new(name, driver) })
    }
}

impl Operation for CreateProfile {
    const NAME: &'static str = "create-profile";
    const ROUTE: Route = Route::Post("/profiles/create");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = ProfileCreated;

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        self.read(service).map(drop)
    }

    async fn run(self, service: &Service, _: Deadline) -> Result<ProfileCreated, Error> {
        let profile = service.create_profile(self.read(service)?).await?;
        let cdp_port = profile.cdp_port.or_else(|| profile.endpoint_port());
        let is_existing = profile.driver == Driver::ExistingSession;
        let own = profile.cdp_port.map(|port| format!("http://127.0.0.1:{port}"));
        Ok(ProfileCreated {
            ok: true,
            profile: profile.name.to_string(),
            transport: profile.driver.transport().to_owned(),
            cdp_port: cdp_port.filter(|_| !is_existing),
            cdp_url: profile.redacted_cdp_url().or(own),
            user_data_dir: profile.user_data_dir.as_ref().map(|path| path.display().to_string()),
            color: COLOR.to_owned(),
            is_remote: profile.is_elsewhere(),
        })
    }

    fn text(&self, made: &ProfileCreated) -> String {
        let place = match (made.cdp_port, &made.cdp_url) {
            (Some(port), _) => format!("port: {port}"),
            (None, Some(url)) => format!("cdpUrl: {url}"),
            (None, None) => format!("transport: {}", made.transport),
        };
        format!("🦞 Created profile \"{}\"\n  {place}\n  color: {}", made.profile, made.color)
    }
}

/// Takes a profile out of the config, stops its browser and moves its folder to the trash.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct DeleteProfile {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, required = true, value_name = "name")]
    pub name: Option<String>,
}

/// A profile that is no more.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProfileDeleted {
    /// Always true.
    pub ok: bool,
    /// The profile.
    pub profile: String,
    /// Whether it had a folder, which is in the trash now.
    pub deleted: bool,
}

impl DeleteProfile {
    fn read(&self) -> Result<ProfileName, Error> {
        let wrong = |message: &str| Error::field(Code::InvalidRequest, "name", message);
        let name = said(self.name.as_ref()).ok_or_else(|| wrong("name is required"))?;
        name.parse().map_err(|_| wrong("invalid profile name"))
    }
}

impl Operation for DeleteProfile {
    const NAME: &'static str = "delete-profile";
    const ROUTE: Route = Route::Delete("/profiles/:name");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = ProfileDeleted;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        self.read().map(drop)
    }

    async fn run(self, service: &Service, deadline: Deadline) -> Result<ProfileDeleted, Error> {
        let name = self.read()?;
        let deleted = service.delete_profile(&name, deadline).await?;
        Ok(ProfileDeleted { ok: true, profile: name.to_string(), deleted })
    }

    fn text(&self, gone: &ProfileDeleted) -> String {
        let data = if gone.deleted { "user data removed" } else { "user data removal not confirmed" };
        format!("🦞 Deleted profile \"{}\" ({data})", gone.profile)
    }
}

/// Stops a profile's browser and moves its folder to the trash, so that the next start begins anew.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ResetProfile {}

/// A profile that begins anew.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProfileReset {
    /// Always true.
    pub ok: bool,
    /// The profile.
    pub profile: String,
    /// Whether there was a folder to move.
    pub moved: bool,
    /// Where it was.
    pub from: String,
    /// Where it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Operation for ResetProfile {
    const NAME: &'static str = "reset-profile";
    const ROUTE: Route = Route::Post("/reset-profile");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = ProfileReset;

    fn check(&self, _: &Service, scope: &Scope) -> Result<(), Error> {
        super::without_lease(Self::NAME, scope)
    }

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<ProfileReset, Error> {
        let moved = on.service.reset_profile(&on.profile, deadline).await?;
        Ok(ProfileReset {
            ok: true,
            profile: on.profile.name.to_string(),
            moved: moved.to.is_some(),
            from: moved.from.display().to_string(),
            to: moved.to.map(|path| path.display().to_string()),
        })
    }

    fn text(&self, reset: &ProfileReset) -> String {
        match &reset.to {
            Some(path) => format!("🦞 browser profile moved to Trash ({path})"),
            None => "🦞 browser profile already missing.".to_owned(),
        }
    }
}

/// Lists the profiles of a person's own browsers whose cookies could be imported: none but on macOS.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct SystemProfiles {
    /// Only those of this browser: chrome, brave, edge or chromium.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub browser: Option<String>,
}

/// Profiles of a person's own browsers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemProfileList {
    /// Their names.
    pub system_profiles: Vec<String>,
}

impl Operation for SystemProfiles {
    const NAME: &'static str = "system-profiles";
    const ROUTE: Route = Route::Get("/system-profiles");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = SystemProfileList;

    async fn run(self, _: &Service, _: Deadline) -> Result<SystemProfileList, Error> {
        Ok(SystemProfileList { system_profiles: Vec::new() })
    }

    fn text(&self, list: &SystemProfileList) -> String {
        if list.system_profiles.is_empty() {
            return "No system browser profiles found.".to_owned();
        }
        list.system_profiles.join("\n")
    }
}

/// Says whether importing cookies is offered: only on macOS.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct ImportStatus {}

/// Whether importing is offered.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct ImportOffer {
    pub enabled: bool,
    pub system_profiles: Vec<String>,
    pub state: Option<String>,
    pub suggested_target: String,
}

impl Operation for ImportStatus {
    const NAME: &'static str = "import-status";
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Get("/system-profile-import/status");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = ImportOffer;

    async fn run(self, _: &Service, _: Deadline) -> Result<ImportOffer, Error> {
        let suggested_target = "imported".to_owned();
        Ok(ImportOffer { enabled: false, system_profiles: Vec::new(), state: None, suggested_target })
    }

    fn text(&self, _: &ImportOffer) -> String {
        NO_IMPORT.to_owned()
    }
}

/// Lets an offer of importing cookies rest; there is one on macOS only.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
pub struct DismissImport {}

/// It rests.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Dismissed {
    /// Always true.
    pub ok: bool,
}

impl Operation for DismissImport {
    const NAME: &'static str = "dismiss-import";
    const COMMANDS: &'static [&'static str] = &[];
    const ROUTE: Route = Route::Post("/system-profile-import/dismiss");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = Dismissed;

    async fn run(self, _: &Service, _: Deadline) -> Result<Dismissed, Error> {
        Ok(Dismissed { ok: true })
    }

    fn text(&self, _: &Dismissed) -> String {
        NO_IMPORT.to_owned()
    }
}

/// Imports cookies from a person's own browser: only on macOS.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default, rename_all = "camelCase")]
pub struct ImportProfile {
    /// The browser: chrome (default), brave, edge or chromium.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub browser: Option<String>,
    /// Its profile's folder (default: Default).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "system", value_name = "PROFILE")]
    pub system_profile: Option<String>,
    /// The profile that gets them (default: imported).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "PROFILE")]
    pub into: Option<String>,
    /// Only cookies of these domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[arg(long, value_delimiter = ',', value_name = "DOMAINS")]
    pub domains: Vec<String>,
    /// Whether calls that name no profile mean it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub make_default: Option<bool>,
}

/// Contract 5.9, word for word.
const NO_IMPORT: &str = "system profile import is only supported on macOS in this release";

impl Operation for ImportProfile {
    const NAME: &'static str = "import-profile";
    const COMMANDS: &'static [&'static str] = &["import-profile", "cookie-sync"];
    const ROUTE: Route = Route::Post("/profiles/import");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window::START;
    type On = Service;
    type Output = ImportOffer;

    async fn run(self, _: &Service, _: Deadline) -> Result<ImportOffer, Error> {
        Err(Error::new(Code::Unsupported, NO_IMPORT))
    }

    fn text(&self, _: &ImportOffer) -> String {
        NO_IMPORT.to_owned()
    }
}
