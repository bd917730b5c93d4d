//! The few preferences in a profile folder that must stand before a browser starts in it. It touches no others.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use serde_json::{Map, Value};

/// "Never" (`chrome/browser/preloading/prefetch/prefetch_prefs.h`). Pages that are fetched or rendered ahead of a
/// navigation (speculation rules) pass no `Fetch` interception of CDP, at the browser's session or at the page's:
/// seen with Chromium 156. With this preference they are not fetched at all.
const NO_PREDICTION: u64 = 2;

/// Writes them into the folder's preferences and keeps everything else. A file that is no JSON is replaced: the
/// browser would start with defaults, which fetch ahead.
pub(super) fn prepare(user_data_dir: &Path) -> io::Result<()> {
    let folder = user_data_dir.join("Default");
    let path = folder.join("Preferences");
    let text = match fs::read(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        read => read.unwrap_or_default(),
    };
    let mut all: Map<String, Value> = serde_json::from_slice(&text).unwrap_or_default();
    let net = all.entry("net").or_insert_with(|| Map::new().into());
    if net.get("network_prediction_options") == Some(&NO_PREDICTION.into()) {
        return Ok(());
    }
    if !net.is_object() {
        *net = Map::new().into();
    }
    net["network_prediction_options"] = NO_PREDICTION.into();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let fresh = folder.join("Preferences.openclaw");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(Value::Object(all).to_string().as_bytes())?;
    fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prediction_is_off_and_the_rest_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("Default/Preferences");
        let read = || serde_json::from_slice::<Value>(&fs::read(&path).unwrap()).unwrap();
        prepare(dir.path()).unwrap();
        assert_eq!(read(), serde_json::json!({"net": {"network_prediction_options": 2}}));
        for before in
            [r#"{"a":1,"net":{"b":2,"network_prediction_options":0}}"#, r#"{"a":1,"net":5}"#, "garbage"]
        {
            fs::write(&path, before).unwrap();
            prepare(dir.path()).unwrap();
            assert_eq!(read()["net"]["network_prediction_options"], 2, "{before}");
            assert_eq!(read().get("a").is_some(), before.contains('a') && before != "garbage", "{before}");
        }
    }
}
