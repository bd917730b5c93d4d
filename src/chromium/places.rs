//! Where browsers are installed, by system: names in PATH, well-known places, wrapper scripts, caches of test tools.
//! Facts only; it opens nothing but the listing of one cache directory.

use std::path::{Path, PathBuf};

use super::BrowserKind::{self, Brave, Canary, Chrome, Chromium, Edge};

/// Program names looked for in PATH, best first. The branded builds come first because they play licensed media.
pub(super) const NAMES: &[(&str, BrowserKind)] = &[
    ("google-chrome-stable", Chrome),
    ("google-chrome", Chrome),
    ("chrome", Chrome),
    ("brave-browser-stable", Brave),
    ("brave-browser", Brave),
    ("brave", Brave),
    ("microsoft-edge-stable", Edge),
    ("microsoft-edge", Edge),
    ("chromium", Chromium),
    ("chromium-browser", Chromium),
    ("google-chrome-unstable", Canary),
    ("google-chrome-canary", Canary),
];

/// Absolute places looked at when PATH has none, best first.
#[cfg(not(target_os = "macos"))]
pub(super) const PLACES: &[(&str, BrowserKind)] = &[
    ("/usr/bin/google-chrome-stable", Chrome),
    ("/usr/bin/google-chrome", Chrome),
    ("/usr/bin/chrome", Chrome),
    ("/opt/google/chrome/chrome", Chrome),
    ("/usr/bin/brave-browser-stable", Brave),
    ("/usr/bin/brave-browser", Brave),
    ("/usr/bin/brave", Brave),
    ("/snap/bin/brave", Brave),
    ("/opt/brave.com/brave/brave-browser", Brave),
    ("/usr/bin/microsoft-edge-stable", Edge),
    ("/usr/bin/microsoft-edge", Edge),
    ("/opt/microsoft/msedge/msedge", Edge),
    ("/usr/bin/chromium", Chromium),
    ("/usr/bin/chromium-browser", Chromium),
    ("/usr/lib/chromium/chromium", Chromium),
    ("/usr/lib/chromium-browser/chromium-browser", Chromium),
    ("/usr/lib64/chromium-browser/chromium-browser", Chromium),
    ("/snap/bin/chromium", Chromium),
];

/// Absolute places looked at when PATH has none, best first.
#[cfg(target_os = "macos")]
pub(super) const PLACES: &[(&str, BrowserKind)] = &[
    ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", Chrome),
    ("/Applications/Brave Browser.app/Contents/MacOS/Brave Browser", Brave),
    ("/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge", Edge),
    ("/Applications/Chromium.app/Contents/MacOS/Chromium", Chromium),
    ("/Applications/Google Chrome Canary.app/Contents/MacOS/Google Chrome Canary", Canary),
    ("/opt/homebrew/bin/chromium", Chromium),
    ("/usr/local/bin/chromium", Chromium),
];

/// Wrapper scripts of distributions and the program behind each. The wrapper adds flags of its own (an empty
/// `--load-extension=` on Debian), reorders ours and costs 50 ms.
pub(super) const WRAPPERS: &[(&str, &str)] = &[
    ("/usr/bin/chromium", "/usr/lib/chromium/chromium"), // Debian
    ("/usr/bin/chromium", "/usr/lib64/chromium/chromium"), // openSUSE
    ("/usr/bin/chromium-browser", "/usr/lib/chromium-browser/chromium-browser"), // Raspberry Pi OS
    ("/usr/lib/chromium/chromium-launcher.sh", "/usr/lib/chromium/chromium"), // Alpine
    ("/usr/lib64/chromium-browser/chromium-browser.sh", "/usr/lib64/chromium-browser/chromium-browser"), // Fedora
    ("/opt/google/chrome/google-chrome", "/opt/google/chrome/chrome"),
    ("/opt/google/chrome-beta/google-chrome-beta", "/opt/google/chrome-beta/chrome"),
    ("/opt/google/chrome-unstable/google-chrome-unstable", "/opt/google/chrome-unstable/chrome"),
    ("/opt/brave.com/brave/brave-browser", "/opt/brave.com/brave/brave"),
    ("/opt/microsoft/msedge/microsoft-edge", "/opt/microsoft/msedge/msedge"),
];

/// Where the program lies inside a `chromium-<revision>` folder of Playwright's cache, by its versions and systems.
const PLAYWRIGHT_PROGRAMS: &[&str] = &[
    "chrome-linux64/chrome",
    "chrome-linux/chrome",
    "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
    "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
];

/// The programs in Playwright's cache, newest revision first; none when there is no such cache.
pub(super) fn playwright(env: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let Some(cache) = playwright_cache(env) else { return Vec::new() };
    let mut revisions: Vec<(u64, PathBuf)> = std::fs::read_dir(cache)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let revision = entry.file_name().to_str()?.strip_prefix("chromium-")?.parse().ok()?;
            Some((revision, entry.path()))
        })
        .collect();
    revisions.sort_unstable_by(|a, b| b.cmp(a));
    revisions
        .iter()
        .flat_map(|(_, folder)| PLAYWRIGHT_PROGRAMS.iter().map(|inner| folder.join(inner)))
        .collect()
}

fn playwright_cache(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // `0` means "beside the tool's own package", a place that is not ours to know.
    if let Some(path) = set("PLAYWRIGHT_BROWSERS_PATH").filter(|path| path.is_absolute()) {
        return Some(path);
    }
    let caches = if cfg!(target_os = "macos") {
        set("HOME")?.join("Library/Caches")
    } else {
        set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?
    };
    Some(caches.join("ms-playwright"))
}

/// The command that installs a browser on this system, for an error's next step.
pub(super) fn install_command() -> &'static str {
    if cfg!(target_os = "macos") {
        return "brew install --cask google-chrome";
    }
    [
        ("/usr/bin/apt-get", "apt-get install chromium"),
        ("/usr/bin/dnf", "dnf install chromium"),
        ("/usr/bin/pacman", "pacman -S chromium"),
        ("/usr/bin/zypper", "zypper install chromium"),
        ("/sbin/apk", "apk add chromium"),
    ]
    .iter()
    .find(|(tool, _)| Path::new(tool).exists())
    .map_or("your system's package manager (package `chromium`)", |(_, command)| command)
}
