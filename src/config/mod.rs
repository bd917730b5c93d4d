//! The instance's JSON5 file: read strictly where it is ours, left alone where it is not, edited without losing a comment.
//!
//! `browser`, `canvasHost` and `gateway.port|bind|mode|auth` are ours: an unknown or mistyped key there is refused, all
//! of them at once. Every other section and key belongs to somebody else and passes untouched. It must not know what
//! the settings lead to, and it remembers nothing of its own in the file: what only we need lies in the state dir.

mod browser;
mod canvas;
mod create;
mod credential;
mod document;
pub mod edit;
mod error;
mod gateway;
mod pool;
mod ports;
mod problem;
mod profiles;
mod section;
pub mod templates;
#[cfg(test)]
mod tests;
mod value;

use std::path::{Path, PathBuf};

pub use browser::endpoint_problem;
pub use browser::{BrowserSettings, Endpoint, SnapshotMode, SsrfSettings};
pub use canvas::CanvasSettings;
pub use create::create;
pub use credential::CredentialError;
pub use error::Error;
pub use gateway::{AuthMode, AuthSettings, Bind, GatewayMode, GatewaySettings};
pub use pool::PoolSettings;
pub use ports::{PortChoiceError, ports};
pub use problem::{Problem, UnknownKey};
pub use profiles::{add as add_profile, remove as remove_profile};

use crate::instance::Environment;
use section::{Reader, Section};

/// What a config file says, with the defaults filled in.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `gateway.port|bind|mode|auth`.
    pub gateway: GatewaySettings,
    /// `browser`.
    pub browser: BrowserSettings,
    /// `canvasHost`.
    pub canvas_host: CanvasSettings,
    /// `agents.defaults.workspace`; `None` means the instance's default one.
    pub workspace: Option<PathBuf>,
    /// What is accepted but deserves a word: retired keys, likely slips in sections that are not ours.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Unreadable`], [`Error::Syntax`] with line and column, or [`Error::Invalid`] with every problem.
    pub fn load(path: &Path, environment: &Environment) -> Result<Self, Error> {
        let text = edit::read(path)?.ok_or_else(|| Error::Missing { path: path.to_owned() })?;
        let mut config = Self::parse(path, &text, environment)?;
        config.warnings.extend(create::exposure(path, &config));
        Ok(config)
    }

    /// Reads `text` as the file at `path`, which need not exist: errors and relative paths refer to it.
    ///
    /// # Errors
    /// [`Error::Syntax`] or [`Error::Invalid`].
    pub fn parse(path: &Path, text: &str, environment: &Environment) -> Result<Self, Error> {
        let document = document::parse(text).map_err(|error| error.in_file(path))?;
        let reader = Reader::new(environment, path.parent().unwrap_or(Path::new("/")));
        let root = Section::root(&reader, &document);
        let config = root.map(|root| Self::read(&root)).unwrap_or_default();
        let (problems, warnings) = reader.into_findings();
        if problems.is_empty() {
            Ok(Self { warnings, ..config })
        } else {
            Err(Error::Invalid { path: path.to_owned(), problems })
        }
    }

    fn read(root: &Section<'_>) -> Self {
        let (gateway, browser, canvas) =
            (root.section("gateway"), root.section("browser"), root.section("canvasHost"));
        let config = Self {
            gateway: gateway.map(|section| GatewaySettings::read(&section)).unwrap_or_default(),
            browser: browser.map(|section| BrowserSettings::read(&section)).unwrap_or_default(),
            canvas_host: canvas.map(|section| CanvasSettings::read(&section)).unwrap_or_default(),
            workspace: root
                .foreign_text(&["agents", "defaults", "workspace"])
                .and_then(|path| root.place(&path)),
            warnings: Vec::new(),
        };
        root.warn_of_slips(&["gateway", "browser", "canvasHost"]);
        config
    }
}
