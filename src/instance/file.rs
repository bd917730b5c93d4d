//! Private files and folders: 0600, 0700, written whole or not at all. It must not know what is written.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::OFlags;

/// Creates a folder and its parents; those that are new belong to this user alone.
pub(crate) fn create_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Opens a file for a lock: created 0600, never truncated, never through a symlink.
pub(crate) fn open_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.custom_flags(no_follow()).open(path)
}

/// Replaces a file by `bytes`: readers see the old content or the new one, also after a crash. The file is 0600.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_beside(path);
    let written = write_new(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell; a leftover is harmless.
        drop(std::fs::remove_file(&temporary));
    }
    written
}

/// Removes a file; that it is gone already is fine.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// The real place of a path: symlinks resolved as far as it exists, the rest appended.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => canonical(parent).join(name),
        (None, _) | (_, None) => path.to_owned(),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).custom_flags(no_follow()).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn no_follow() -> i32 {
    i32::try_from(OFlags::NOFOLLOW.bits()).expect("the flag is one low bit on every Unix")
}

/// A name that no other writer uses: process and number of the write.
fn temporary_beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn written_files_and_folders_are_private() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("a/b");
        create_private_dir(&dir).unwrap();
        create_private_dir(&dir).unwrap();
        let path = dir.join("x.json");
        std::fs::write(&path, "old").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!((mode(&dir), mode(dir.parent().unwrap()), mode(&path)), (0o700, 0o700, 0o600));
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1, "no temporary file is left");
        remove(&path).unwrap();
        remove(&path).unwrap();
    }

    #[test]
    fn a_lock_file_is_never_a_symlink() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("target"), "").unwrap();
        std::os::unix::fs::symlink(home.path().join("target"), home.path().join("lock")).unwrap();
        assert!(open_lock_file(&home.path().join("lock")).is_err());
        open_lock_file(&home.path().join("fresh")).unwrap();
        assert_eq!(mode(&home.path().join("fresh")), 0o600);
    }

    #[test]
    fn canonical_resolves_what_exists() {
        let home = tempfile::tempdir().unwrap();
        let real = home.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("dir")).unwrap();
        std::os::unix::fs::symlink(real.join("dir"), real.join("link")).unwrap();
        assert_eq!(canonical(&real.join("link")), real.join("dir"));
        assert_eq!(canonical(&real.join("link/a/b")), real.join("dir/a/b"));
    }
}
