//! What a running gateway leaves in its state dir, so that every later command of the instance finds it, also when the
//! port came from a flag. It must not connect to it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::family::WrittenPorts;
use super::{Ports, ProcessMark, file};

const FILE: &str = "gateway.json";

/// A gateway that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Its process.
    pub process: ProcessMark,
    /// The ports it really listens on.
    pub ports: Ports,
    /// Its version.
    pub version: String,
    /// When it started, to the millisecond.
    pub started_at: SystemTime,
}

/// The file's shape.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(flatten)]
    process: ProcessMark,
    ports: WrittenPorts,
    version: String,
    started_at_ms: u64,
}

impl Live {
    /// This process as a gateway on these ports, started now.
    #[must_use]
    pub fn of_self(ports: Ports) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { process: ProcessMark::of_self(), ports, version, started_at: SystemTime::now() }
    }

    /// Writes it into the state dir, whole and 0600. Only the holder of the [`GatewayLock`](super::GatewayLock) may.
    ///
    /// # Errors
    /// The file system's.
    pub fn write(&self, state_dir: &Path) -> io::Result<()> {
        let since = self.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let written = Written {
            process: self.process.clone(),
            ports: WrittenPorts::from(&self.ports),
            version: self.version.clone(),
            started_at_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        };
        file::write_atomic(&path(state_dir), &serde_json::to_vec_pretty(&written)?)
    }

    /// The gateway that runs on this state dir now: a file of a process that is gone, or one that cannot be read, is none.
    #[must_use]
    pub fn read(state_dir: &Path) -> Option<Self> {
        let written: Written = serde_json::from_slice(&std::fs::read(path(state_dir)).ok()?).ok()?;
        let started_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(written.started_at_ms))?;
        let live = Self {
            process: written.process,
            ports: written.ports.into(),
            version: written.version,
            started_at,
        };
        live.process.is_alive().then_some(live)
    }

    /// Takes the file away at the end.
    ///
    /// # Errors
    /// The file system's; a file that is not there is fine.
    pub fn remove(state_dir: &Path) -> io::Result<()> {
        file::remove(&path(state_dir))
    }
}

fn path(state_dir: &Path) -> PathBuf {
    state_dir.join(FILE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::instance::PortOverrides;

    fn live() -> Live {
        Live::of_self(Ports::derive(20000, &PortOverrides::default()).unwrap())
    }

    #[test]
    fn a_living_gateway_is_found_with_its_ports() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(Live::read(state.path()), None);
        live().write(state.path()).unwrap();
        let found = Live::read(state.path()).unwrap();
        assert_eq!((found.process, found.ports), (live().process, live().ports));
        assert!(found.started_at.elapsed().unwrap() < Duration::from_secs(60));
        assert_eq!(std::fs::metadata(path(state.path())).unwrap().permissions().mode() & 0o777, 0o600);
        Live::remove(state.path()).unwrap();
        Live::remove(state.path()).unwrap();
        assert_eq!(Live::read(state.path()), None);
    }

    #[test]
    fn a_dead_or_corrupt_one_is_none() {
        let state = tempfile::tempdir().unwrap();
        let mut dead = live();
        dead.process.start_ticks = Some(1);
        dead.write(state.path()).unwrap();
        assert_eq!(Live::read(state.path()), None);
        for text in ["", "{", "[]", r#"{"pid":1}"#, "\u{0}\u{0}"] {
            std::fs::write(path(state.path()), text).unwrap();
            assert_eq!(Live::read(state.path()), None, "{text:?}");
        }
    }
}
