//! From a place to an open file that really lies below the root.
//! It must not know HTTP. Calls block; run them where blocking is allowed.
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};
use rustix::io::Errno;

use super::path::Place;

/// What a directory is shown as.
pub(super) const INDEX: &str = "index.html";

/// A regular file below the root, open for reading.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    /// Bytes at the moment of opening.
    pub(super) length: u64,
    /// Its own name, without directories.
    pub(super) name: String,
}

/// Opens the file at a place, or the `index.html` of a directory. `None` when there is nothing that may be served:
/// nothing at all, a link (symbolic or hard) anywhere below the root, or something that is not a file.
///
/// Only what was opened is judged, never a path, so no swap in between can lead outside. The root itself may be
/// reached over links: that is the owner's choice.
///
/// # Errors
/// Troubles of the machine, such as missing permission or too many open files.
pub(super) fn find(root: &Path, place: &Place) -> io::Result<Option<Found>> {
    let mut here = match open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(root) => root,
        Err(error) => return absent(error),
    };
    let mut name = INDEX;
    for (n, next) in place.names.iter().enumerate() {
        name = next;
        let is_last = n + 1 == place.names.len();
        here = match enter(&here, name, !is_last || place.is_directory) {
            Ok(opened) => opened,
            Err(error) => return absent(error),
        };
    }
    if FileType::from_raw_mode(fstat(&here)?.st_mode).is_dir() {
        name = INDEX;
        here = match enter(&here, INDEX, false) {
            Ok(opened) => opened,
            Err(error) => return absent(error),
        };
    }
    served(here, name)
}

/// Opens one name inside a directory, following nothing.
fn enter(directory: &OwnedFd, name: &str, must_be_directory: bool) -> Result<OwnedFd, Errno> {
    // NONBLOCK: opening a FIFO would otherwise wait for a writer. NOCTTY: a terminal must not become ours.
    let mut flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    flags.set(OFlags::DIRECTORY, must_be_directory);
    openat(directory, name, flags, Mode::empty())
}

/// A second hard link may be the name of a file outside the root, so only the single name counts.
fn served(file: OwnedFd, name: &str) -> io::Result<Option<Found>> {
    let stat = fstat(&file)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() || stat.st_nlink != 1 {
        return Ok(None);
    }
    let length = u64::try_from(stat.st_size).map_err(io::Error::other)?;
    Ok(Some(Found { file: file.into(), length, name: name.to_owned() }))
}

/// Sorts "there is nothing to serve" from troubles of the machine. LOOP is how a link answers NOFOLLOW (NOTDIR where
/// a directory was wanted, MLINK on FreeBSD); NXIO and NODEV how sockets and dead devices do.
fn absent(error: Errno) -> io::Result<Option<Found>> {
    const ABSENT: [Errno; 7] = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::MLINK,
        Errno::NAMETOOLONG,
        Errno::NXIO,
        Errno::NODEV,
    ];
    if ABSENT.contains(&error) { Ok(None) } else { Err(error.into()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::fs::{CWD, mkfifoat};
    use tempfile::TempDir;

    use super::super::path::{MOUNT, place};
    use super::*;

    /// A root with a few files, and a file outside that must never be seen.
    fn site() -> TempDir {
        let house = TempDir::new().expect("a temporary directory");
        let root = house.path().join("root");
        fs::create_dir_all(root.join("docs/deep")).expect("directories");
        fs::create_dir(house.path().join("outside")).expect("a directory");
        for (file, text) in [
            ("root/index.html", "welcome"),
            ("root/docs/index.html", "docs"),
            ("root/docs/a b.txt", "a b"),
            ("root/docs/deep/x", ""),
            ("outside/secret", "secret"),
            ("outside/index.html", "secret"),
        ] {
            fs::write(house.path().join(file), text).expect("a file");
        }
        house
    }

    /// The text served below the mount, with the name it has.
    fn seen(house: &TempDir, below: &str) -> Option<(String, String)> {
        let place = place(&format!("{MOUNT}{below}"))?;
        let mut found = find(&house.path().join("root"), &place).expect("no trouble of the machine")?;
        let mut text = String::new();
        found.file.read_to_string(&mut text).expect("readable");
        assert_eq!(usize::try_from(found.length).expect("small"), text.len());
        Some((found.name, text))
    }

    #[track_caller]
    fn check(house: &TempDir, below: &str, expected: Option<(&str, &str)>) {
        let seen = seen(house, below);
        assert_eq!(seen.as_ref().map(|(name, text)| (name.as_str(), text.as_str())), expected, "{below}");
    }

    #[test]
    fn files_and_indexes() {
        let house = site();
        for below in ["", "index.html"] {
            check(&house, below, Some(("index.html", "welcome")));
        }
        for below in ["docs", "docs/"] {
            check(&house, below, Some(("index.html", "docs")));
        }
        check(&house, "docs/a%20b.txt", Some(("a b.txt", "a b")));
        check(&house, "docs/deep/x", Some(("x", "")));
        let endless = "n".repeat(5_000);
        for below in ["nothing", "docs/deep", "docs/deep/", "docs/a%20b.txt/", "index.html/x", &endless] {
            check(&house, below, None);
        }
        fs::remove_dir_all(house.path().join("root")).expect("removable");
        check(&house, "", None);
    }

    #[test]
    fn links_and_special_files_are_not_there() {
        let house = site();
        let root = house.path().join("root");
        let outside = house.path().join("outside");
        symlink(outside.join("secret"), root.join("absolute")).expect("a link");
        symlink("../outside/secret", root.join("relative")).expect("a link");
        symlink("index.html", root.join("inside")).expect("a link");
        symlink("nowhere", root.join("dangling")).expect("a link");
        symlink("loop", root.join("loop")).expect("a link");
        symlink(&outside, root.join("dir")).expect("a link");
        fs::hard_link(outside.join("secret"), root.join("hard")).expect("a hard link");
        fs::create_dir(root.join("trap")).expect("a directory");
        symlink(outside.join("index.html"), root.join("trap/index.html")).expect("a link");
        fs::create_dir_all(root.join("odd/index.html")).expect("directories");
        mkfifoat(CWD, root.join("fifo"), Mode::RUSR | Mode::WUSR).expect("a FIFO");
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).expect("a socket file");
        for below in [
            "absolute",
            "relative",
            "inside",
            "dangling",
            "loop",
            "dir",
            "dir/",
            "dir/secret",
            "hard",
            "trap",
            "trap/",
            "odd",
            "fifo",
            "fifo/",
            "socket",
        ] {
            check(&house, below, None);
        }
    }

    #[test]
    fn the_root_itself_may_be_a_link() {
        let house = site();
        fs::rename(house.path().join("root"), house.path().join("real")).expect("renamed");
        symlink("real", house.path().join("root")).expect("a link");
        check(&house, "docs/", Some(("index.html", "docs")));
    }

    #[test]
    fn a_link_that_comes_and_goes_never_leads_outside() {
        let house = site();
        let (root, done) = (house.path().join("root"), AtomicBool::new(false));
        symlink(house.path().join("outside"), root.join("away")).expect("a link");
        fs::create_dir(root.join("here")).expect("a directory");
        fs::write(root.join("here/secret"), "plain").expect("a file");
        let mut served = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    for (from, to) in [("here", "kept"), ("away", "here"), ("here", "away"), ("kept", "here")]
                    {
                        fs::rename(root.join(from), root.join(to)).expect("renamed");
                    }
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                let text = seen(&house, "here/secret").map(|(_, text)| text);
                assert_ne!(text.as_deref(), Some("secret"));
                served += usize::from(text.is_some());
            }
        });
        assert!(served > 0, "the plain file was never there");
    }
}
