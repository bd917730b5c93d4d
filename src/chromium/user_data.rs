//! Chromium's profile folder on disk, and the lock that says who may start a browser in it.
//! It knows no profiles and no names; it is told a path.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::time::{Instant, sleep_until};

use super::holder::Holder;
use super::{LaunchError, preferences, singleton};

/// Never unlinked: a lock on a file that has lost its name excludes nobody.
const LOCK_FILE: &str = ".openclaw.lock";

/// A browser whose gateway was killed needs about 0.3 s to go, so this many steps are few.
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// After this long a holder whose gateway is gone does not go by itself.
const LEAVE: Duration = Duration::from_secs(2);

/// A profile directory that is ours alone as long as this value, or the browser started in it, lives.
#[derive(Debug)]
pub struct UserDataDir {
    path: PathBuf,
    lock: File,
}

impl UserDataDir {
    /// Takes the directory, creating it (0700) when it is missing, and removes what a dead browser left in it. While another
    /// browser holds it this waits until `deadline`, since the browser of a killed gateway is about to go.
    ///
    /// # Errors
    /// [`LaunchError::ProfileInUse`] after the deadline, [`LaunchError::UserDataDir`] when the directory cannot be made ready.
    pub async fn lock(path: &Path, deadline: Instant) -> Result<Self, LaunchError> {
        let taken = Self::take(path, deadline).await?;
        preferences::prepare(path).map_err(failed(path))?;
        Ok(taken)
    }

    /// The same with nothing in it: what other browsers left there is deleted.
    ///
    /// # Errors
    /// As [`UserDataDir::lock`].
    pub async fn lock_empty(path: &Path, deadline: Instant) -> Result<Self, LaunchError> {
        let taken = Self::take(path, deadline).await?;
        taken.empty().map_err(failed(path))?;
        preferences::prepare(path).map_err(failed(path))?;
        Ok(taken)
    }

    /// Deletes everything in it but the lock.
    ///
    /// # Errors
    /// What the operating system said.
    pub fn empty(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            match entry.file_type()? {
                _ if entry.file_name() == LOCK_FILE => {}
                kind if kind.is_dir() => fs::remove_dir_all(entry.path())?,
                _ => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }

    async fn take(path: &Path, deadline: Instant) -> Result<Self, LaunchError> {
        make_private(path).map_err(failed(path))?;
        let file = path.join(LOCK_FILE);
        let mut lock = open(&file).map_err(failed(&file))?;
        let patience = Instant::now() + LEAVE;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed(&file)(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(LaunchError::ProfileInUse {
                        path: path.to_owned(),
                        holder: Holder::read(&mut lock).map(|holder| holder.pid()),
                    });
                }
                Err(TryLockError::WouldBlock) => {
                    if Instant::now() >= patience {
                        Holder::read(&mut lock).iter().for_each(Holder::end_orphan);
                    }
                    sleep_until(deadline.min(Instant::now() + BETWEEN_TRIES)).await
                }
            }
        }
        Holder::of_self(None).write(&lock).map_err(failed(&file))?;
        let taken = Self { path: path.to_owned(), lock };
        taken.clean().map_err(failed(path))?;
        Ok(taken)
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what the browser left that was started here and has ended.
    pub(super) fn clean(&self) -> io::Result<()> {
        singleton::remove_stale(&self.path)
    }

    /// Writes down which process was started here.
    pub(super) fn note_browser(&self, pid: u32) -> io::Result<()> {
        Holder::of_self(Some(pid)).write(&self.lock)
    }

    /// A second descriptor of the same lock, for the browser: the lock is free when both are closed.
    pub(super) fn share_lock(&self) -> io::Result<OwnedFd> {
        self.lock.try_clone().map(OwnedFd::from)
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> LaunchError {
    let path = path.to_owned();
    move |source| LaunchError::UserDataDir { path: path.clone(), source }
}

fn make_private(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // Cookies and passwords live here; a directory that an older program made may be open to all.
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn open(file: &Path) -> io::Result<File> {
    let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(no_follow)
        .open(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_directory_has_one_holder_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("profile/user-data");
        let first = UserDataDir::lock(&path, Instant::now()).await.unwrap();
        let second = UserDataDir::lock(&path, Instant::now()).await;
        let own_pid = std::process::id();
        assert!(
            matches!(&second, Err(LaunchError::ProfileInUse { holder: Some(pid), .. }) if *pid == own_pid),
            "{second:?}"
        );
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join(LOCK_FILE))), (0o700, 0o600));

        fs::create_dir_all(path.join("Default")).unwrap();
        fs::write(path.join("Default/Cookies"), "").unwrap();
        first.empty().unwrap();
        assert!(!path.join("Default").exists() && path.join(LOCK_FILE).exists());
        let shared = first.share_lock().unwrap();
        drop(first);
        assert!(
            UserDataDir::lock(&path, Instant::now()).await.is_err(),
            "the browser's descriptor still holds it"
        );
        drop(shared);
        assert!(UserDataDir::lock(&path, Instant::now()).await.is_ok());
        assert!(path.join(LOCK_FILE).exists(), "the lock file is never unlinked");
    }

    #[tokio::test]
    async fn a_path_that_cannot_be_a_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = UserDataDir::lock(&file, Instant::now()).await;
        assert!(
            matches!(&refused, Err(LaunchError::UserDataDir { path, .. }) if *path == file),
            "{refused:?}"
        );
        let planted = dir.path().join("planted");
        fs::create_dir(&planted).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", planted.join(LOCK_FILE)).unwrap();
        assert!(matches!(
            UserDataDir::lock(&planted, Instant::now()).await,
            Err(LaunchError::UserDataDir { .. })
        ));
    }
}
