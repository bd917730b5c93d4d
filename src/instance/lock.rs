//! One gateway per state dir: the kernel's lock on a file that is never unlinked, so that it ends with the process,
//! however that ends. It must not trust what is written in the file; that is advice for the message only.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Instance, Live, file};
use crate::mark::runs;

const FILE: &str = "gateway.lock";

/// The right to be the gateway of an instance, held until dropped.
#[derive(Debug)]
pub struct GatewayLock {
    /// The file stays: unlinking would let two processes hold "the" lock.
    file: File,
}

impl Drop for GatewayLock {
    /// Closing frees the lock, too, but only once no child that was forked meanwhile has the file open any more.
    fn drop(&mut self) {
        self.file.unlock().ok();
    }
}

/// Why this process cannot be the gateway.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process is.
    #[error("gateway already running ({}) on {}; stop it first, or choose another instance with --profile NAME", holder(*.pid, *.port), state_dir.display())]
    Held {
        /// The state dir.
        state_dir: PathBuf,
        /// Its pid, unless it has not written it yet.
        pid: Option<u32>,
        /// Its gateway port, once it listens.
        port: Option<u16>,
    },
    /// The lock file cannot be used.
    #[error("cannot lock {}; make its folder writable for this user, on a local file system", path.display())]
    Unusable {
        /// The lock file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl LockError {
    /// Whether it may be over in a moment: what a killed holder had just forked bears its lock and its ports until it
    /// executes the browser, and who only looks whether a gateway runs holds the lock while it does.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Held { pid, .. } if pid.is_none_or(|pid| !runs(pid)))
    }
}

impl GatewayLock {
    /// Whether some gateway holds the lock of this state dir now, whichever way it came to run there.
    #[must_use]
    pub fn is_held(state_dir: &Path) -> bool {
        let file = File::open(state_dir.join(FILE));
        // Shared, so that two who look do not take each other for a gateway.
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Takes the lock at once or not at all; creates the state dir when it is missing.
    ///
    /// # Errors
    /// [`LockError::Held`] with pid and port of the holder, as far as they are known.
    pub fn acquire(instance: &Instance) -> Result<Self, LockError> {
        let path = instance.state(FILE);
        let unusable = |source| LockError::Unusable { path: path.clone(), source };
        file::create_private_dir(&instance.state_dir).map_err(unusable)?;
        let mut lock = file::open_lock_file(&path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
            Err(TryLockError::WouldBlock) => return Err(held(instance, lock)),
        }
        let line = format!("{}\n", std::process::id());
        lock.set_len(0).and_then(|()| lock.write_all(line.as_bytes())).map_err(unusable)?;
        Ok(Self { file: lock })
    }
}

fn held(instance: &Instance, mut lock: File) -> LockError {
    let live = Live::read(&instance.state_dir);
    let pid = live.as_ref().map(|live| live.process.pid).or_else(|| written_pid(&mut lock));
    LockError::Held { state_dir: instance.state_dir.clone(), pid, port: live.map(|live| live.ports.gateway) }
}

/// The pid that the holder wrote, between taking the lock and listening.
fn written_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn holder(pid: Option<u32>, port: Option<u16>) -> String {
    match (pid, port) {
        (Some(pid), Some(port)) => format!("pid {pid}, port {port}"),
        (Some(pid), None) => format!("pid {pid}, still starting"),
        (None, _) => "just starting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{Environment, PortOverrides, Ports, Selection};

    fn instance(state: &std::path::Path) -> Instance {
        let environment = Environment::from_pairs([("OPENCLAW_STATE_DIR", state.join("state"))]);
        Instance::resolve(&Selection::default(), &environment).unwrap()
    }

    #[test]
    fn it_is_free_when_it_is_dropped_whoever_has_inherited_its_file() {
        let home = tempfile::tempdir().unwrap();
        let instance = instance(home.path());
        let lock = GatewayLock::acquire(&instance).unwrap();
        let inherited = lock.file.try_clone().unwrap();
        drop(lock);
        GatewayLock::acquire(&instance).unwrap();
        drop(inherited);
    }

    #[test]
    fn the_second_is_told_who_holds_it() {
        let home = tempfile::tempdir().unwrap();
        let instance = instance(home.path());
        let first = GatewayLock::acquire(&instance).unwrap();
        let me = std::process::id();
        let starting = GatewayLock::acquire(&instance).unwrap_err().to_string();
        assert!(
            starting.starts_with(&format!("gateway already running (pid {me}, still starting) on ")),
            "{starting}"
        );
        Live::of_self(Ports::derive(20000, &PortOverrides::default()).unwrap())
            .write(&instance.state_dir)
            .unwrap();
        match GatewayLock::acquire(&instance).unwrap_err() {
            LockError::Held { pid, port, .. } => assert_eq!((pid, port), (Some(me), Some(20000))),
            LockError::Unusable { .. } => panic!("it is held"),
        }
        assert!(GatewayLock::is_held(&instance.state_dir));
        drop(first);
        assert!(!GatewayLock::is_held(&instance.state_dir));
        drop(GatewayLock::acquire(&instance).unwrap());
    }

    #[test]
    fn who_only_looks_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let instance = instance(home.path());
        drop(GatewayLock::acquire(&instance).unwrap());
        let looking = File::open(instance.state(FILE)).unwrap();
        looking.try_lock_shared().unwrap();
        assert!(!GatewayLock::is_held(&instance.state_dir));
        // Above the largest pid of Linux: a gateway that is gone.
        for written in ["", "4194305\n"] {
            std::fs::write(instance.state(FILE), written).unwrap();
            assert!(GatewayLock::acquire(&instance).unwrap_err().passes(), "{written:?}");
        }
        assert!(!GatewayLock::is_held(&home.path().join("nowhere")));
        drop(looking);
        GatewayLock::acquire(&instance).unwrap();
    }

    #[test]
    fn leftovers_of_a_dead_gateway_do_not_block() {
        let home = tempfile::tempdir().unwrap();
        let instance = instance(home.path());
        file::create_private_dir(&instance.state_dir).unwrap();
        std::fs::write(instance.state("gateway.lock"), "1\nand more than that").unwrap();
        let _lock = GatewayLock::acquire(&instance).unwrap();
        assert_eq!(
            std::fs::read_to_string(instance.state("gateway.lock")).unwrap(),
            format!("{}\n", std::process::id())
        );
    }

    #[test]
    fn an_unusable_file_is_named() {
        let home = tempfile::tempdir().unwrap();
        let instance = instance(home.path());
        std::fs::write(&instance.state_dir, "a file, not a folder").unwrap();
        let text = GatewayLock::acquire(&instance).unwrap_err().to_string();
        assert!(text.contains("gateway.lock"), "{text}");
    }
}
