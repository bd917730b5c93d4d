//! The environment that a browser is started in.
//! Pure: it is handed the gateway's environment and gives the child's.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Variables by which the environment would choose the proxy; the configuration alone does. Compared without case.
const PROXY: [&str; 6] = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "auto_proxy", "no_proxy"];

/// Without keys Chromium shows a bar about missing keys across every window; `no` says that none are wanted.
const NO_KEYS: [&str; 3] = ["GOOGLE_API_KEY", "GOOGLE_DEFAULT_CLIENT_ID", "GOOGLE_DEFAULT_CLIENT_SECRET"];

/// Folders that Chromium and the libraries under it use below HOME, and the folder of the profile that takes their place, so
/// that profiles share no caches and HOME may be missing or not writable.
const FOLDERS: [(&str, &str); 3] =
    [("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data")];

/// The child's environment: `inherited` without proxies and without our own variables (the gateway's token is among them), with
/// the private folders below `folders` unless the user chose some, and with `added` as the last word.
pub(super) fn of_child(
    inherited: impl Iterator<Item = (OsString, OsString)>,
    folders: &Path,
    added: &[(String, String)],
) -> Vec<(OsString, OsString)> {
    let mut environment: Vec<(OsString, OsString)> =
        inherited.filter(|(name, _)| is_passed_on(name)).collect();
    let defaults = NO_KEYS
        .map(|name| (name, OsString::from("no")))
        .into_iter()
        .chain(FOLDERS.map(|(name, folder)| (name, folders.join(folder).into_os_string())));
    for (name, value) in defaults {
        if !environment.iter().any(|(known, _)| known == name) {
            environment.push((name.into(), value));
        }
    }
    for (name, value) in added {
        environment.retain(|(known, _)| known != OsStr::new(name));
        environment.push((name.into(), value.into()));
    }
    environment
}

fn is_passed_on(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    !PROXY.contains(&name.to_ascii_lowercase().as_str()) && !name.starts_with("OPENCLAW_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(inherited: &[(&str, &str)], added: &[(&str, &str)]) -> Vec<String> {
        let inherited = inherited.iter().map(|(name, value)| (name.into(), value.into()));
        let added: Vec<_> =
            added.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        of_child(inherited, Path::new("/p"), &added)
            .into_iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect()
    }

    #[test]
    fn proxies_and_our_secrets_stay_behind() {
        let given = [
            ("HTTP_PROXY", "a"),
            ("https_proxy", "b"),
            ("No_Proxy", "c"),
            ("OPENCLAW_GATEWAY_TOKEN", "secret"),
            ("DISPLAY", ":0"),
        ];
        let child = child(&given, &[]);
        assert!(child.contains(&"DISPLAY=:0".to_owned()));
        assert!(
            !child.iter().any(|line| line.to_lowercase().contains("proxy") || line.contains("secret")),
            "{child:?}"
        );
    }

    #[test]
    fn folders_and_keys_are_ours_unless_chosen() {
        let plain = child(&[], &[]);
        assert!(plain.contains(&"XDG_CACHE_HOME=/p/cache".to_owned()), "{plain:?}");
        assert!(plain.contains(&"GOOGLE_API_KEY=no".to_owned()));
        let chosen =
            child(&[("XDG_CACHE_HOME", "/mine"), ("TZ", "UTC")], &[("TZ", "CET"), ("HTTP_PROXY", "wanted")]);
        assert!(chosen.contains(&"XDG_CACHE_HOME=/mine".to_owned()));
        assert!(chosen.contains(&"TZ=CET".to_owned()) && !chosen.contains(&"TZ=UTC".to_owned()));
        assert!(chosen.contains(&"HTTP_PROXY=wanted".to_owned()));
    }
}
