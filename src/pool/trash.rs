//! A profile's folder goes to the trash: moved, never deleted, and only while no browser runs in it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Error, Pool};
use crate::chromium::UserDataDir;
use crate::deadline::Deadline;
use crate::instance::file::create_private_dir;
use crate::profile::Profile;

/// How long a browser that was stopped may hold its folder.
const RELEASE: Duration = Duration::from_secs(3);

/// Where a profile's folder was, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The profile's folder.
    pub from: PathBuf,
    /// Its place in the trash; none when there was no folder.
    pub to: Option<PathBuf>,
}

impl Pool {
    /// Stops the browser of a profile and moves its folder to the trash.
    ///
    /// # Errors
    /// [`Error::Launch`] while another program's browser runs in it, [`Error::Trash`] when it cannot be moved.
    pub async fn clear(&self, profile: &Profile, deadline: Deadline) -> Result<Moved, Error> {
        self.stop(profile).await?;
        let from = self.user_data_dir(&profile.name);
        if !from.exists() {
            return Ok(Moved { from, to: None });
        }
        // Whoever starts a browser meanwhile takes this lock first.
        let folder = UserDataDir::lock(&from, deadline.within(RELEASE).instant()).await?;
        let moved = to_trash(&from, &self.trashes(profile));
        drop(folder);
        let to = moved.map_err(|source| Error::Trash { path: from.clone(), source: Arc::new(source) })?;
        Ok(Moved { from, to: Some(to) })
    }

    /// The user's trash, as the original has it; beside the profiles when that is on another disk or there is no home.
    fn trashes(&self, profile: &Profile) -> Vec<PathBuf> {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut random = [0; 4];
        // Without randomness the moment still names it; a folder that is there already is refused.
        getrandom::fill(&mut random).ok();
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let home = self.shared.environment.home().ok();
        let home = home.map(|home| home.join(".Trash").join(format!(".fs-safe-trash-{millis}-{random}")));
        let own = self.shared.instance.state("trash").join(format!("{}-{millis}-{random}", profile.name));
        home.into_iter().chain([own]).collect()
    }
}

/// Moves a folder into the first of these that lies on the same disk.
fn to_trash(from: &Path, trashes: &[PathBuf]) -> io::Result<PathBuf> {
    let name = from.file_name().unwrap_or_default();
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for trash in trashes {
        let to = trash.join(name);
        outcome = create_private_dir(trash).and_then(|()| std::fs::rename(from, &to)).map(|()| to);
        if outcome.is_ok() {
            break;
        }
        // It is empty, and nobody will put anything into it.
        std::fs::remove_dir(trash).ok();
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_go_to_one_trash_goes_to_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("user-data");
        std::fs::create_dir(&from).unwrap();
        std::fs::write(from.join("cookies"), "x").unwrap();
        let blocked = dir.path().join("file");
        std::fs::write(&blocked, "").unwrap();
        let own = dir.path().join("trash/work-1");
        assert!(to_trash(&from, &[blocked.join("x")]).is_err() && from.exists());
        let to = to_trash(&from, &[blocked.join("x"), own.clone()]).unwrap();
        assert_eq!(to, own.join("user-data"));
        assert!(to.join("cookies").exists() && !from.exists());
    }
}
