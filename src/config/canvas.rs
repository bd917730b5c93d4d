//! `canvasHost`. It must not serve anything.

use std::path::PathBuf;

use super::section::Section;

/// The settings of the canvas host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasSettings {
    /// `canvasHost.enabled`.
    pub enabled: bool,
    /// `canvasHost.root`; `None` means `canvas` in the workspace.
    pub root: Option<PathBuf>,
    /// `canvasHost.port`.
    pub port: Option<u16>,
    /// `canvasHost.liveReload`.
    pub live_reload: bool,
}

impl Default for CanvasSettings {
    fn default() -> Self {
        Self { enabled: true, root: None, port: None, live_reload: true }
    }
}

impl CanvasSettings {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let settings = Self {
            enabled: section.boolean("enabled").unwrap_or(true),
            root: section.place_of("root"),
            port: section.port("port"),
            live_reload: section.boolean("liveReload").unwrap_or(true),
        };
        section.finish();
        settings
    }
}
