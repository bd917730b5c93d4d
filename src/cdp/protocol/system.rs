//! What is asked to find out whether a browser works: how it draws, and whether its pages tell what they hold.

use super::super::{Command, Method};
use serde::{Deserialize, Serialize};

/// `SystemInfo.getInfo`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetSystem {}
command!("SystemInfo.getInfo", GetSystem -> System);

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct System {
    pub gpu: Gpu,
}

/// How the browser draws, as far as it says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Gpu {
    pub devices: Vec<GpuDevice>,
    pub aux_attributes: GpuAttributes,
    pub feature_status: std::collections::BTreeMap<String, String>,
    pub driver_bug_workarounds: Vec<String>,
    pub video_decoding: Vec<VideoProfile>,
    pub video_encoding: Vec<VideoProfile>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GpuDevice {
    pub vendor_id: f64,
    pub device_id: f64,
    pub vendor_string: String,
    pub device_string: String,
    pub driver_vendor: String,
    pub driver_version: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GpuAttributes {
    pub gl_renderer: String,
    pub gl_vendor: String,
    pub gl_version: String,
    pub gl_implementation_parts: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VideoProfile {
    pub profile: String,
}

/// `Accessibility.getFullAXTree`, when only the number of nodes is asked.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CountAccessibleNodes {
    pub depth: u32,
}
command!("Accessibility.getFullAXTree", CountAccessibleNodes -> AccessibleNodes);

#[derive(Debug, Deserialize)]
pub struct AccessibleNodes {
    pub nodes: Vec<serde::de::IgnoredAny>,
}
