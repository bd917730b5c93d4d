//! Where the registry of this user's instances lives on this host, and the proof that the folder is ours alone.
//! It must not know what is kept there.

use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{Environment, Error, file};

/// Why the registry's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It would lie below the home directory without having been asked for.
    #[error("the registry folder {} lies below the home directory, which other hosts may share; set OPENCLAW_RUNTIME_DIR to a local folder", path.display())]
    BelowHome {
        /// The folder.
        path: PathBuf,
    },
    /// It is a symlink, or no folder at all.
    #[error("the registry folder {} is not a plain folder; remove it, or set OPENCLAW_RUNTIME_DIR", path.display())]
    NotAFolder {
        /// The folder.
        path: PathBuf,
    },
    /// It belongs to another user.
    #[error("the registry folder {} belongs to user {owner}, not to {me}; set OPENCLAW_RUNTIME_DIR to a folder of your own", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// This process's user.
        me: u32,
    },
    /// Others may write in it, so that what it holds may not be ours.
    #[error("others may write in the registry folder {} (mode {mode:o}); remove it, or set OPENCLAW_RUNTIME_DIR", path.display())]
    Open {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The override cannot be made absolute.
    #[error("OPENCLAW_RUNTIME_DIR cannot be used")]
    Override(#[source] Error),
    /// The file system refused.
    #[error("cannot use the registry folder {}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Chooses the folder: `OPENCLAW_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/openclaw` when that is this user's own,
/// else `<temp>/openclaw-<uid>`.
pub(super) fn choose(environment: &Environment) -> Result<PathBuf, RegistryError> {
    if let Some(dir) = environment.path("OPENCLAW_RUNTIME_DIR").map_err(RegistryError::Override)? {
        return Ok(dir);
    }
    let me = rustix::process::geteuid().as_raw();
    let xdg = environment.get("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|dir| dir.is_absolute());
    // After `su` the variable may still name another user's folder.
    let is_mine = |dir: &PathBuf| dir.metadata().is_ok_and(|found| found.is_dir() && found.uid() == me);
    let temp = environment.get("TMPDIR").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let temp = temp.filter(|dir| dir.is_dir()).unwrap_or_else(|| PathBuf::from("/tmp"));
    let candidates =
        [xdg.filter(is_mine).map(|dir| dir.join("openclaw")), Some(temp.join(format!("openclaw-{me}")))];
    let mut below_home = temp;
    for path in candidates.into_iter().flatten() {
        if !is_below_home(&path, environment) {
            return Ok(path);
        }
        below_home = path;
    }
    Err(RegistryError::BelowHome { path: below_home })
}

/// Creates the folder 0700 when it is missing, and refuses one that is not this user's or that others may write in.
/// One that others may only read becomes 0700: the existing system makes `openclaw-<uid>` like that.
pub(super) fn secure(path: &Path) -> Result<(), RegistryError> {
    let io = |source| RegistryError::Io { path: path.to_owned(), source };
    file::create_private_dir(path)
        .or_else(|error| if path.is_symlink() { Ok(()) } else { Err(io(error)) })?;
    // Not following the link: a link that another user planted must not lead us anywhere.
    let found = path.symlink_metadata().map_err(io)?;
    let me = rustix::process::geteuid().as_raw();
    let (path, owner, mode) = (path.to_owned(), found.uid(), found.mode() & 0o777);
    if !found.is_dir() {
        return Err(RegistryError::NotAFolder { path });
    }
    if owner != me {
        return Err(RegistryError::Foreign { path, owner, me });
    }
    if mode & 0o022 != 0 {
        return Err(RegistryError::Open { path, mode });
    }
    if mode == 0o700 {
        return Ok(());
    }
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&path, private).map_err(|source| RegistryError::Io { path, source })
}

/// A home directory may be shared by several hosts; ports are not. A home of `/` (bare containers) says nothing.
fn is_below_home(path: &Path, environment: &Environment) -> bool {
    let home =
        environment.home().ok().map(|home| file::canonical(&home)).filter(|home| home != Path::new("/"));
    home.is_some_and(|home| file::canonical(path).starts_with(home))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn chosen(pairs: &[(&str, &Path)]) -> Result<PathBuf, RegistryError> {
        choose(&Environment::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn the_override_wins_then_xdg_then_temp() {
        let dir = tempfile::tempdir().unwrap();
        let (home, run, temp) = (dir.path().join("home"), dir.path().join("run"), dir.path().join("temp"));
        [&home, &run, &temp].into_iter().for_each(|dir| std::fs::create_dir(dir).unwrap());
        let own = temp.join(format!("openclaw-{}", rustix::process::geteuid().as_raw()));
        let inside = home.join("inside");
        std::fs::create_dir(&inside).unwrap();
        let (h, x, t) =
            (("HOME", home.as_path()), ("XDG_RUNTIME_DIR", run.as_path()), ("TMPDIR", temp.as_path()));
        assert_eq!(chosen(&[h, x, t, ("OPENCLAW_RUNTIME_DIR", &inside)]).unwrap(), inside);
        assert_eq!(chosen(&[h, x, t]).unwrap(), run.join("openclaw"));
        assert_eq!(chosen(&[h, t]).unwrap(), own);
        assert_eq!(chosen(&[h, t, ("XDG_RUNTIME_DIR", &dir.path().join("gone"))]).unwrap(), own);
        assert_eq!(chosen(&[h, t, ("XDG_RUNTIME_DIR", &inside)]).unwrap(), own);
        assert_eq!(chosen(&[t, x, ("HOME", Path::new("/"))]).unwrap(), run.join("openclaw"));
        assert!(matches!(chosen(&[h, ("TMPDIR", &inside)]), Err(RegistryError::BelowHome { .. })));
        assert!(chosen(&[h]).unwrap().starts_with("/tmp"));
    }

    #[test]
    fn only_a_private_plain_folder_of_ours_will_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        secure(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        secure(&path).unwrap();
        let set_mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        for mode in [0o755, 0o750, 0o701] {
            set_mode(mode);
            secure(&path).unwrap();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
        for mode in [0o720, 0o702, 0o777] {
            set_mode(mode);
            assert!(matches!(secure(&path), Err(RegistryError::Open { mode: found, .. }) if found == mode));
        }
        for (name, target) in [("link", path.as_path()), ("dangling", Path::new("/nonexistent/x"))] {
            symlink(target, dir.path().join(name)).unwrap();
            assert!(
                matches!(secure(&dir.path().join(name)), Err(RegistryError::NotAFolder { .. })),
                "{name}"
            );
        }
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert!(secure(&dir.path().join("file")).is_err());
    }

    #[test]
    fn another_user_s_folder_is_refused() {
        // Whoever runs the test, either `/` or the folder of a chown belongs to somebody else.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        secure(&path).unwrap();
        if std::os::unix::fs::chown(&path, Some(65534), None).is_ok() {
            assert!(matches!(secure(&path), Err(RegistryError::Foreign { owner: 65534, .. })));
        } else {
            assert!(matches!(secure(Path::new("/")), Err(RegistryError::Foreign { owner: 0, .. })));
        }
    }
}
