//! What the browser tells of files: those that it downloads, and those that a page asks for.

use serde::Deserialize;

/// `Page.fileChooserOpened`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FileChooserOpened {
    pub mode: String,
    pub backend_node_id: Option<i64>,
}

/// `Browser.downloadWillBegin`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DownloadWillBegin {
    pub frame_id: String,
    pub guid: String,
    pub url: String,
    pub suggested_filename: String,
}

/// `Browser.downloadProgress`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DownloadProgress {
    pub guid: String,
    pub total_bytes: f64,
    pub received_bytes: f64,
    pub state: String,
}
