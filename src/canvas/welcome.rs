//! The first page of a new canvas folder.
//! It must not touch a page that is already there, nor serve anything.
use std::fs::{DirBuilder, File, OpenOptions, remove_file};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::files::INDEX;

/// The page, complete in itself: no script, style or picture from elsewhere.
const PAGE: &str = include_str!("welcome.html");

/// The canvas folder cannot be given its first page.
#[derive(Debug, Error)]
#[error(
    "cannot write the welcome page {}; make its folder writable or set `canvasHost.root` to another one",
    path.display()
)]
pub struct WelcomeError {
    /// What could not be made.
    pub path: PathBuf,
    source: io::Error,
}

/// Creates the folder (0700) when it is missing and writes the welcome page as its `index.html` (0600) when it has
/// none. Tells whether the page was written.
///
/// # Errors
/// The folder or the page cannot be created.
pub fn welcome(root: &Path) -> Result<bool, WelcomeError> {
    let path = root.join(INDEX);
    write_new(root, &path).map_err(|source| WelcomeError { path, source })
}

fn write_new(root: &Path, path: &Path) -> io::Result<bool> {
    DirBuilder::new().recursive(true).mode(0o700).create(root)?;
    // `create_new` is one step in the kernel: a page, or a link, that comes in between is left alone.
    let file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error),
    };
    fill(file).inspect_err(|_| {
        // Half a page would count as a page next time. When it cannot be removed either, the first error tells more.
        drop(remove_file(path));
    })?;
    Ok(true)
}

fn fill(mut file: File) -> io::Result<()> {
    file.write_all(PAGE.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it exists").permissions().mode() & 0o777
    }

    #[test]
    fn the_page_is_written_once() {
        let house = TempDir::new().expect("a temporary directory");
        let root = house.path().join("workspace/canvas");
        assert!(welcome(&root).expect("written"));
        assert_eq!(fs::read_to_string(root.join(INDEX)).expect("readable"), PAGE);
        assert_eq!((mode(&root), mode(&root.join(INDEX))), (0o700, 0o600));
        fs::write(root.join(INDEX), "mine").expect("writable");
        assert!(!welcome(&root).expect("left alone"));
        assert_eq!(fs::read_to_string(root.join(INDEX)).expect("readable"), "mine");
    }

    #[test]
    fn a_link_is_not_written_through() {
        let house = TempDir::new().expect("a temporary directory");
        symlink(house.path().join("elsewhere"), house.path().join(INDEX)).expect("a link");
        assert!(!welcome(house.path()).expect("left alone"));
        assert!(!house.path().join("elsewhere").exists());
    }

    #[test]
    fn a_root_that_is_a_file_is_named() {
        let house = TempDir::new().expect("a temporary directory");
        fs::write(house.path().join("root"), "").expect("a file");
        let error = welcome(&house.path().join("root")).expect_err("a file is no folder");
        assert!(error.to_string().contains("root/index.html"), "{error}");
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        for outside in ["=\"http", "=\"//", "src=", "@import", "url(", "fetch("] {
            assert!(!PAGE.contains(outside), "{outside}");
        }
    }
}
