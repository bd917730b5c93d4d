//! Which files callers may name: downloads, uploads and traces lie in folders of the instance, and no path leads out of
//! them. It does not know what a file is for.
//!
//! Why not the original's one folder of the host alone: two instances would find each other's files. Each has folders
//! in its own state dir; the host's is used when a caller names it in full, as clients of the original do.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use crate::instance::file::create_private_dir;

/// The folder that the original has for all of its files on a host.
const HOST: &str = "/tmp/openclaw";

/// The folders of an instance that callers name files in.
#[derive(Debug, Clone)]
pub struct Files {
    media: PathBuf,
}

/// Why a path is not taken. The sentences are the contract's, and the rest says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not lie in its folder.
    #[error("Invalid path: must stay within {0}")]
    Outside(String),
    /// The folder of that path is not there, or not a file's place.
    #[error("Invalid path: {path}: {why}")]
    Unusable {
        /// As the caller spelled it.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file to send is not there, or is not a plain file.
    #[error(
        "Invalid path: must stay within inbound media directory ({inbound}) and be a regular non-symlink file: {path:?} \
         {why}"
    )]
    NoFile {
        /// The folder for files that came in.
        inbound: String,
        /// As the caller spelled it.
        path: String,
        /// `does not exist` and the like.
        why: String,
    },
    /// A `media:` reference to another place than `inbound`.
    #[error("Unsupported media reference location: {0}")]
    Location(String),
}

/// A kind of files, with the folder that the instance has for it and the one of the host.
struct Place {
    own: &'static str,
    host: &'static str,
    name: &'static str,
}

const DOWNLOADS: Place = Place { own: "downloads", host: "downloads", name: "downloads directory" };
const UPLOADS: Place = Place { own: "uploads", host: "uploads", name: "uploads directory" };
const TRACES: Place = Place { own: "traces", host: "", name: "trace directory" };

impl Files {
    /// The files below a media folder.
    pub fn new(media: PathBuf) -> Self {
        Self { media }
    }

    /// Where a download should go that a caller wants there. Folders on the way are made.
    ///
    /// # Errors
    /// [`PathError`] for a path that leads elsewhere.
    pub fn for_download(&self, path: &str) -> Result<PathBuf, PathError> {
        self.to_write(&DOWNLOADS, path)
    }

    /// Where a trace should go that a caller wants there.
    ///
    /// # Errors
    /// [`PathError`] for a path that leads elsewhere.
    pub fn for_trace(&self, path: &str) -> Result<PathBuf, PathError> {
        self.to_write(&TRACES, path)
    }

    /// The files that a caller wants to send, each a plain file in the folder for uploads or the one for media that came
    /// in.
    ///
    /// # Errors
    /// [`PathError`] naming the first that is not.
    pub fn to_send(&self, paths: &[String]) -> Result<Vec<PathBuf>, PathError> {
        paths.iter().map(|path| self.file_to_send(path)).collect()
    }

    fn inbound(&self) -> PathBuf {
        self.media.join("inbound")
    }

    fn file_to_send(&self, text: &str) -> Result<PathBuf, PathError> {
        let text = text.trim();
        let inbound = self.inbound();
        let outside = || PathError::Outside(format!("inbound media directory ({})", inbound.display()));
        let reference = text.strip_prefix("media://").map(|rest| match rest.split_once('/') {
            Some(("inbound", name)) => Ok(name),
            Some((location, _)) => Err(PathError::Location(location.to_owned())),
            None => Err(PathError::Location(rest.to_owned())),
        });
        let id = reference.transpose()?.or_else(|| text.strip_prefix("media/inbound/"));
        let candidates: Vec<(PathBuf, &Path)> = match id {
            Some(id) => vec![(inbound.clone(), Path::new(id))],
            None => {
                let path = Path::new(text);
                let own = self.media.join(UPLOADS.own);
                let roots = [own, Path::new(HOST).join(UPLOADS.host), inbound.clone()];
                let within = |root: PathBuf| Some((root.clone(), beneath(&root, path)?));
                roots.into_iter().filter_map(within).collect()
            }
        };
        let found = candidates.iter().filter(|(_, rest)| is_plain(rest));
        let mut missing = None;
        for (root, rest) in found {
            match plain_file(root, rest) {
                Ok(file) => return Ok(file),
                Err(why) => drop(missing.get_or_insert(why)),
            }
        }
        let inbound = inbound.display().to_string();
        Err(missing.map_or_else(outside, |why| PathError::NoFile { inbound, path: text.to_owned(), why }))
    }

    fn to_write(&self, place: &Place, text: &str) -> Result<PathBuf, PathError> {
        let text = text.trim();
        let outside = || PathError::Outside(place.name.to_owned());
        let unusable =
            |error: io::Error| PathError::Unusable { path: text.to_owned(), why: error.to_string() };
        let path = Path::new(text);
        let own = self.media.join(place.own);
        let host = Path::new(HOST).join(place.host);
        let (root, rest) = match (beneath(&own, path), beneath(&host, path)) {
            (Some(rest), _) => (own, rest),
            (None, Some(rest)) => (host, rest),
            (None, None) => return Err(outside()),
        };
        if !is_plain(rest) {
            return Err(outside());
        }
        own_folder(&root).map_err(unusable)?;
        let to = root.join(rest);
        let parent = to.parent().ok_or_else(outside)?;
        // Folders are made one by one, so that none is made behind a link.
        let mut made = root.clone();
        for part in rest.parent().into_iter().flat_map(Path::components) {
            made.push(part);
            match DirBuilder::new().mode(0o700).create(&made) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(unusable(error)),
                Ok(()) | Err(_) => {}
            }
            if !is_own_folder(&made).map_err(unusable)? {
                return Err(outside());
            }
        }
        let real = |path: &Path| path.canonicalize().map_err(unusable);
        if !real(parent)?.starts_with(real(&root)?) {
            return Err(outside());
        }
        match fs::symlink_metadata(&to) {
            Ok(there) if there.is_file() => Ok(to),
            Ok(there) if there.is_symlink() => Err(outside()),
            Ok(_) => Err(PathError::Unusable { path: text.to_owned(), why: "it is no file".to_owned() }),
            Err(_) => Ok(to),
        }
    }

    /// Moves a complete file to where a caller wants it, in place of what was there.
    ///
    /// # Errors
    /// The file system's.
    pub async fn move_to(from: &Path, to: &Path) -> io::Result<()> {
        match tokio::fs::rename(from, to).await {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                // Beside its new place first, so that nobody sees half of it.
                let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let own = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let beside = to.with_file_name(format!(".{name}.{own}"));
                tokio::fs::copy(from, &beside).await?;
                tokio::fs::rename(&beside, to).await?;
                tokio::fs::remove_file(from).await
            }
            outcome => outcome,
        }
    }
}

/// The part of a path below a root; all of a relative path.
fn beneath<'a>(root: &Path, path: &'a Path) -> Option<&'a Path> {
    if path.is_relative() {
        return Some(path);
    }
    path.strip_prefix(root).ok()
}

/// Only names, and at least one: no way up, no root, nothing that the system would cut off.
fn is_plain(path: &Path) -> bool {
    let is_name = |part: Component<'_>| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().contains(&0));
    path.components().next().is_some() && path.components().all(is_name)
}

/// A plain file that lies below a root, with no link on the way.
fn plain_file(root: &Path, rest: &Path) -> Result<PathBuf, String> {
    let path = root.join(rest);
    let real_root = root.canonicalize().map_err(|_| "does not exist".to_owned())?;
    let kind = fs::symlink_metadata(&path).map_err(|_| "does not exist".to_owned())?;
    if !kind.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let real = path.canonicalize().map_err(|error| error.to_string())?;
    if real != real_root.join(rest) {
        return Err("lies behind a symlink".to_owned());
    }
    Ok(real)
}

/// Makes a folder and its parents for this user alone; one that is there must belong to the user.
fn own_folder(folder: &Path) -> io::Result<()> {
    create_private_dir(folder)?;
    let host = Path::new(HOST);
    let judged = if folder.starts_with(host) { vec![host, folder] } else { vec![folder] };
    for folder in judged {
        if !is_own_folder(folder)? {
            let why = format!("{} belongs to somebody else, or others can write in it", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    Ok(())
}

/// Whether it is a folder, and no link to one, that nobody else can write in.
fn is_own_folder(folder: &Path) -> io::Result<bool> {
    let there = fs::symlink_metadata(folder)?;
    let is_ours = there.uid() == rustix::process::getuid().as_raw();
    Ok(there.is_dir() && is_ours && there.mode() & 0o022 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn files() -> (tempfile::TempDir, Files) {
        let home = tempfile::tempdir().unwrap();
        let files = Files::new(home.path().join("media"));
        (home, files)
    }

    #[test]
    fn names_lie_in_their_folder_or_nowhere() {
        let (home, files) = files();
        let folder = home.path().join("media/downloads");
        let absolute = folder.join("b.txt").display().to_string();
        for (path, expected) in [
            ("a.txt", "a.txt"),
            (" a.txt ", "a.txt"),
            ("sub/deep/a.txt", "sub/deep/a.txt"),
            (&absolute, "b.txt"),
        ] {
            assert_eq!(files.for_download(path), Ok(folder.join(expected)), "{path}");
        }
        for path in
            ["../x", "/etc/x", "a/../../x", "", ".", "..", "a\0b", "/", "/tmp/openclaw/downloads/../x"]
        {
            let error = files.for_download(path).expect_err(path).to_string();
            assert_eq!(error, "Invalid path: must stay within downloads directory", "{path}");
        }
        let error = files.for_trace("/etc/x.zip").expect_err("outside").to_string();
        assert_eq!(error, "Invalid path: must stay within trace directory");
    }

    #[test]
    fn a_link_leads_nowhere() {
        let (home, files) = files();
        let folder = home.path().join("media/downloads");
        files.for_download("x").expect("the folder is made");
        symlink("/tmp", folder.join("out")).unwrap();
        symlink("/tmp/target", folder.join("link.txt")).unwrap();
        for path in ["out/x.txt", "link.txt"] {
            assert!(files.for_download(path).is_err(), "{path}");
        }
        fs::create_dir(folder.join("folder")).unwrap();
        assert!(files.for_download("folder").expect_err("a folder").to_string().contains("it is no file"));
    }

    #[test]
    fn files_to_send_come_from_uploads_and_inbound() {
        let (home, _) = files();
        let media = home.path().canonicalize().unwrap().join("media");
        let files = Files::new(media.clone());
        for folder in ["uploads", "inbound"] {
            fs::create_dir_all(media.join(folder)).unwrap();
            fs::write(media.join(folder).join(format!("{folder}.txt")), "x").unwrap();
        }
        let absolute = media.join("uploads/uploads.txt").display().to_string();
        for (path, expected) in [
            ("uploads.txt", "uploads/uploads.txt"),
            (&absolute, "uploads/uploads.txt"),
            ("media://inbound/inbound.txt", "inbound/inbound.txt"),
            ("media/inbound/inbound.txt", "inbound/inbound.txt"),
        ] {
            assert_eq!(files.to_send(&[path.to_owned()]), Ok(vec![media.join(expected)]), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        let (home, files) = files();
        let media = home.path().join("media");
        fs::create_dir_all(media.join("uploads")).unwrap();
        symlink("/etc/passwd", media.join("uploads/link")).unwrap();
        let error = |path: &str| files.to_send(&[path.to_owned()]).expect_err(path).to_string();
        let outside = format!(
            "Invalid path: must stay within inbound media directory ({})",
            media.join("inbound").display()
        );
        for path in ["/etc/passwd", "../x", "media://inbound/../x", ""] {
            assert_eq!(error(path), outside, "{path}");
        }
        assert_eq!(error("media://foo/x"), "Unsupported media reference location: foo");
        for (path, why) in [("none.txt", "does not exist"), ("link", "is not a regular file")] {
            let said = error(path);
            assert!(said.starts_with(&outside) && said.ends_with(&format!("{path:?} {why}")), "{said}");
        }
    }
}
