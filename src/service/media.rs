//! Where pictures are kept: a folder of the state dir that only this user can read.

use std::io::{self, Write};
use std::path::PathBuf;

use super::random_hex;
use crate::instance::file::create_private_dir;

/// The media folder of an instance.
#[derive(Debug, Clone)]
pub struct Media {
    folder: PathBuf,
}

impl Media {
    /// The folder `media/browser` of a state dir; it is created with the first file.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a file under a random name and yields its path.
    ///
    /// # Errors
    /// The file system's.
    pub async fn keep(&self, bytes: &[u8], extension: &str) -> io::Result<PathBuf> {
        let (folder, bytes, extension) = (self.folder.clone(), bytes.to_vec(), extension.to_owned());
        let written = tokio::task::spawn_blocking(move || {
            let (path, mut file) = create(folder, &extension)?;
            file.write_all(&bytes)?;
            Ok(path)
        });
        written.await.map_err(io::Error::other)?
    }

    /// Writes files into an archive (zip) under a random name and yields its path.
    ///
    /// # Errors
    /// The file system's.
    pub async fn keep_archive(&self, files: Vec<(String, Vec<u8>)>) -> io::Result<PathBuf> {
        let folder = self.folder.clone();
        let written = tokio::task::spawn_blocking(move || {
            let (path, file) = create(folder, "zip")?;
            let mut archive = zip::ZipWriter::new(file);
            for (name, bytes) in files {
                archive.start_file(name, zip::write::SimpleFileOptions::default())?;
                archive.write_all(&bytes)?;
            }
            archive.finish()?;
            Ok(path)
        });
        written.await.map_err(io::Error::other)?
    }

    /// Makes an empty file under a random name, for what is written piece by piece.
    ///
    /// # Errors
    /// The file system's.
    pub async fn create(&self, extension: &str) -> io::Result<(PathBuf, tokio::fs::File)> {
        let (folder, extension) = (self.folder.clone(), extension.to_owned());
        let created = tokio::task::spawn_blocking(move || create(folder, &extension)).await;
        let (path, file) = created.map_err(io::Error::other)??;
        Ok((path, file.into()))
    }
}

fn create(folder: PathBuf, extension: &str) -> io::Result<(PathBuf, std::fs::File)> {
    use std::os::unix::fs::OpenOptionsExt;
    create_private_dir(&folder)?;
    let name = random_hex::<16>().map_err(io::Error::other)?;
    let path = folder.join(format!("{name}.{extension}"));
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    Ok((path, file))
}
