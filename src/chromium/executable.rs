//! Which program file is executed: the configured one, one in PATH, or one in a well-known place.
//! It decides by looking at files only; nothing is executed to find out, not even `--version`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::LaunchError;
use super::places::{NAMES, PLACES, WRAPPERS, install_command, playwright};

/// The family of a browser, as status reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserKind {
    /// Configured by path, so its family is not our claim.
    Custom,
    /// Google Chrome.
    Chrome,
    /// Brave.
    Brave,
    /// Microsoft Edge.
    Edge,
    /// Chromium.
    Chromium,
    /// A development channel of Google Chrome.
    Canary,
}

impl BrowserKind {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Chrome => "chrome",
            Self::Brave => "brave",
            Self::Edge => "edge",
            Self::Chromium => "chromium",
            Self::Canary => "canary",
        }
    }
}

/// A browser's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executable {
    /// The file that is executed.
    pub path: PathBuf,
    /// The family, as far as the place tells.
    pub kind: BrowserKind,
    /// The file as configured or found, which may be a wrapper script; this is what status shows.
    pub shown: PathBuf,
}

impl Executable {
    /// Finds the browser: `configured` (with `~` already expanded; a bare name is looked up in PATH), else PATH, else the
    /// well-known places, else Playwright's cache. `env` reads the environment.
    ///
    /// # Errors
    /// [`LaunchError::NotFound`] and [`LaunchError::NotExecutable`]. A configured path is never replaced by another browser.
    pub fn find(
        configured: Option<&Path>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, LaunchError> {
        match configured {
            Some(path) => Self::configured(path, env),
            None => Self::installed(env)
                .ok_or_else(|| LaunchError::NotFound { path: None, install: install_command() }),
        }
    }

    fn configured(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, LaunchError> {
        let is_bare_name = path.components().count() == 1 && !path.is_absolute();
        let in_path = is_bare_name.then(|| in_path(path, env)).flatten();
        let shown = in_path.unwrap_or_else(|| path.to_owned());
        match flaw(&shown) {
            None => Ok(Self::new(shown, BrowserKind::Custom)),
            Some(Flaw::Missing) => {
                Err(LaunchError::NotFound { path: Some(shown), install: install_command() })
            }
            Some(Flaw::Unusable(reason)) => Err(LaunchError::NotExecutable { path: shown, reason }),
        }
    }

    fn installed(env: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let named = NAMES.iter().find_map(|&(name, kind)| Some((in_path(Path::new(name), env)?, kind)));
        let placed = || PLACES.iter().map(|&(place, kind)| (PathBuf::from(place), kind)).find(is_usable);
        let cached = || playwright(env).into_iter().map(|path| (path, BrowserKind::Chromium)).find(is_usable);
        let (shown, kind) = named.or_else(placed).or_else(cached)?;
        Some(Self::new(shown, kind))
    }

    fn new(shown: PathBuf, kind: BrowserKind) -> Self {
        Self { path: program_behind(&shown, WRAPPERS), kind, shown }
    }
}

fn is_usable((path, _): &(PathBuf, BrowserKind)) -> bool {
    flaw(path).is_none()
}

/// The first usable file of this name in PATH. Relative entries are skipped: what is executed must not depend on the
/// directory that the gateway was started in.
fn in_path(name: &Path, env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let path = env("PATH")?;
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| flaw(file).is_none())
}

enum Flaw {
    Missing,
    Unusable(&'static str),
}

fn flaw(path: &Path) -> Option<Flaw> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            Some(Flaw::Unusable("this user may not look into its directory"))
        }
        Err(_) => Some(Flaw::Missing),
        Ok(found) if found.is_dir() => Some(Flaw::Unusable("it is a directory")),
        Ok(found) if !found.is_file() => Some(Flaw::Unusable("it is not a file")),
        Ok(_) if access(path, Access::EXEC_OK).is_err() => {
            Some(Flaw::Unusable("this user has no permission to execute it"))
        }
        Ok(_) => None,
    }
}

/// The program behind a distribution's wrapper script; the file itself when it is a program, or a script that we do not know.
fn program_behind(found: &Path, wrappers: &[(&str, &str)]) -> PathBuf {
    if !is_script(found) {
        return found.to_owned();
    }
    let real = fs::canonicalize(found).unwrap_or_else(|_| found.to_owned());
    wrappers
        .iter()
        .filter(|(wrapper, _)| real == Path::new(wrapper))
        .map(|(_, program)| PathBuf::from(program))
        .find(|program| flaw(program).is_none() && !is_script(program))
        .unwrap_or_else(|| found.to_owned())
}

fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && &start == b"#!"
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn place(folder: &Path, name: &str, content: &str, mode: u32) -> PathBuf {
        let file = folder.join(name);
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn path_is(folder: &Path) -> impl Fn(&str) -> Option<String> {
        let path = format!("relative:/nonexistent:{}", folder.display());
        move |name| (name == "PATH").then(|| path.clone())
    }

    #[test]
    fn a_configured_path_is_taken_or_refused_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let env = path_is(dir.path());
        let good = place(dir.path(), "mine", "program", 0o755);
        place(dir.path(), "chromium", "program", 0o755);
        let plain = place(dir.path(), "plain", "text", 0o644);

        let found = Executable::find(Some(&good), &env).unwrap();
        assert_eq!((found.path.clone(), found.kind), (good.clone(), BrowserKind::Custom));
        assert_eq!(Executable::find(Some(Path::new("mine")), &env).unwrap(), found);

        let missing = Executable::find(Some(&dir.path().join("no")), &env);
        assert!(matches!(missing, Err(LaunchError::NotFound { path: Some(_), .. })), "{missing:?}");
        let folder = Executable::find(Some(dir.path()), &env);
        assert!(matches!(folder, Err(LaunchError::NotExecutable { reason: "it is a directory", .. })));
        let text = Executable::find(Some(&plain), &env);
        assert!(matches!(text, Err(LaunchError::NotExecutable { .. })), "{text:?}");
    }

    #[test]
    fn path_comes_before_the_places_and_chrome_before_chromium() {
        let dir = tempfile::tempdir().unwrap();
        let env = path_is(dir.path());
        let chromium = place(dir.path(), "chromium", "program", 0o755);
        let found = Executable::find(None, &env).unwrap();
        assert_eq!((found.shown, found.kind), (chromium, BrowserKind::Chromium));
        let chrome = place(dir.path(), "google-chrome", "program", 0o755);
        let found = Executable::find(None, &env).unwrap();
        assert_eq!((found.shown, found.kind), (chrome, BrowserKind::Chrome));
    }

    #[test]
    fn a_known_wrapper_gives_way_to_its_program_and_a_custom_script_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(dir.path()).unwrap();
        let wrapper = place(&folder, "wrapper", "#!/bin/sh\n", 0o755);
        let program = place(&folder, "program", "\x7fELF", 0o755);
        let custom = place(&folder, "custom", "#!/bin/sh\n", 0o755);
        let link = folder.join("link");
        std::os::unix::fs::symlink(&wrapper, &link).unwrap();

        let table = [(wrapper.to_str().unwrap(), program.to_str().unwrap())];
        assert_eq!(program_behind(&wrapper, &table), program);
        assert_eq!(program_behind(&link, &table), program);
        assert_eq!(program_behind(&custom, &table), custom);
        assert_eq!(program_behind(&program, &table), program);
        let broken = [(wrapper.to_str().unwrap(), "/nonexistent")];
        assert_eq!(program_behind(&wrapper, &broken), wrapper);
    }

    #[test]
    fn the_newest_revision_of_playwrights_cache_is_offered_first() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["chromium-999", "chromium-1200", "firefox-1", "chromium-x"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        let cache = dir.path().to_str().unwrap().to_owned();
        let env = |name: &str| (name == "PLAYWRIGHT_BROWSERS_PATH").then(|| cache.clone());
        let found = playwright(&env);
        assert!(found[0].starts_with(dir.path().join("chromium-1200")));
        assert!(found.last().unwrap().starts_with(dir.path().join("chromium-999")));
    }
}
