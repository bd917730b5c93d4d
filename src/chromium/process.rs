//! A running browser process, as others hold it: a cheap handle.
//! It gives no access to the pipe; whoever launched it got the ends.

use std::fmt;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::stderr::Tail;

/// How a process ended. Both are absent when that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exit {
    /// The exit code, when it ended by itself.
    pub code: Option<i32>,
    /// The number of the signal that ended it.
    pub signal: Option<i32>,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => write!(f, "signal {signal}"),
            (None, None) => f.write_str("an unknown exit code"),
        }
    }
}

/// A running browser process. Dropping the last clone kills its process group.
#[derive(Clone)]
pub struct Process {
    pid: u32,
    /// When the group is to be killed; written by [`Process::terminate`]. The supervisor sees the last clone go.
    kill_at: watch::Sender<Option<Instant>>,
    exit: watch::Receiver<Option<Exit>>,
    stderr: watch::Receiver<Tail>,
}

impl fmt::Debug for Process {
    /// Without stderr, which only [`Process::stderr_tail`] makes safe to print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("pid", &self.pid)
            .field("exit", &*self.exit.borrow())
            .finish_non_exhaustive()
    }
}

impl Process {
    pub(super) fn new(
        pid: u32,
        kill_at: watch::Sender<Option<Instant>>,
        exit: watch::Receiver<Option<Exit>>,
        stderr: watch::Receiver<Tail>,
    ) -> Self {
        Self { pid, kill_at, exit, stderr }
    }

    /// The pid of the main process, to be shown; signals go through [`Process::terminate`], which knows whether it still names
    /// this process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the process has not ended yet.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.exit.borrow().is_none()
    }

    /// Waits until the process has ended, its group is reaped and its profile directory is free. The future does not keep the
    /// process alive.
    pub fn exited(&self) -> impl Future<Output = Exit> + Send + 'static {
        let mut exit = self.exit.clone();
        async move {
            match exit.wait_for(Option::is_some).await {
                Ok(exit) => (*exit).unwrap_or_default(),
                Err(_) => Exit::default(), // the runtime that watched it is gone
            }
        }
    }

    /// The end of what the process wrote to stderr (8 KiB), safe to print.
    #[must_use]
    pub fn stderr_tail(&self) -> String {
        self.stderr.borrow().text()
    }

    /// Waits until it says which port it listens on; `None` when it has ended without.
    pub async fn debugging_port(&self) -> Option<u16> {
        let mut stderr = self.stderr.clone();
        tokio::select! {
            biased;
            told = stderr.wait_for(|tail| tail.debugging_port().is_some()) => told.ok()?.debugging_port(),
            _ = self.exited() => None,
        }
    }

    /// Asks the whole group to end (SIGTERM), kills it after `grace`, and waits for the end. Giving up the wait does not call
    /// the end off; a shorter grace wins over a longer one. The polite way, `Browser.close`, is the caller's to try first.
    pub async fn terminate(&self, grace: Duration) -> Exit {
        let wanted = Instant::now() + grace;
        self.kill_at.send_modify(|at| *at = Some(at.map_or(wanted, |at| at.min(wanted))));
        self.exited().await
    }
}
