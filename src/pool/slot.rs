//! One profile's place: stopped, starting, running or stopping. Many may ask at once; one start serves them all.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, atomic::AtomicU32};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::breaker::{Breaker, Open};
use super::launch::{GRACE, launch};
use super::port::PortLease;
use super::wish::Wish;
use super::{Error, FrontTasks, Shared};
use crate::browser::Browser;
use crate::chromium::{Executable, Process};
use crate::deadline::Deadline;
use crate::profile::Profile;

/// How long a browser may take to close in order before it is told to go.
const CLOSE: Duration = Duration::from_secs(5);

/// A running browser and what holds it. The last clone to go ends the process and frees the port.
#[derive(Debug, Clone)]
pub struct Running {
    /// The browser, connected.
    pub browser: Browser,
    /// Its process.
    pub process: Process,
    /// Its port.
    pub port: PortLease,
    /// How it was started.
    pub wish: Wish,
    /// Which program it is.
    pub executable: Executable,
    /// Its profile folder.
    pub user_data_dir: PathBuf,
    /// A random name of this run.
    pub(super) run: Arc<str>,
    /// Whoever serves the port.
    pub(super) front: FrontTasks,
    /// Ends them with the last clone, whatever happens.
    pub(super) _front_guard: Arc<DropGuard>,
}

impl Running {
    /// Names the profile's folder without showing it.
    pub fn profile_fingerprint(&self) -> String {
        fingerprint(&[&self.user_data_dir.display().to_string()])
    }

    /// Names this run of the browser, and no other one of the same profile.
    pub fn fingerprint(&self) -> String {
        fingerprint(&[&self.user_data_dir.display().to_string(), &self.process.pid().to_string(), &self.run])
    }
}

fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// One profile's place.
#[derive(Debug, Default)]
pub(super) struct Slot {
    phase: Arc<watch::Sender<Phase>>,
    breaker: Arc<Mutex<Breaker>>,
    numbering: Arc<AtomicU32>,
}

#[derive(Debug, Clone)]
enum Phase {
    /// Nothing runs; what the last start ended with, and its number.
    Stopped {
        attempt: u64,
        outcome: Option<Error>,
    },
    Starting {
        attempt: u64,
        cancel: CancellationToken,
    },
    Running {
        attempt: u64,
        running: Box<Running>,
    },
    Stopping {
        attempt: u64,
    },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Stopped { attempt: 0, outcome: None }
    }
}

impl Phase {
    fn attempt(&self) -> u64 {
        match self {
            Self::Stopped { attempt, .. }
            | Self::Starting { attempt, .. }
            | Self::Running { attempt, .. }
            | Self::Stopping { attempt } => *attempt,
        }
    }
}

impl Slot {
    pub(super) fn running(&self) -> Option<Running> {
        match &*self.phase.borrow() {
            Phase::Running { running, .. } if running.browser.is_open() => Some((**running).clone()),
            Phase::Stopped { .. }
            | Phase::Starting { .. }
            | Phase::Running { .. }
            | Phase::Stopping { .. } => None,
        }
    }

    /// The running browser, or a start that serves everybody who asks meanwhile.
    pub(super) async fn start(
        &self,
        shared: &Arc<Shared>,
        profile: &Profile,
        headless: Option<bool>,
        deadline: Deadline,
    ) -> Result<Running, Error> {
        let mut phases = self.phase.subscribe();
        let mut mine = None;
        loop {
            if mine.is_none() {
                mine = self.begin(shared, profile, headless)?;
            }
            let seen = phases.borrow_and_update().clone();
            match seen {
                Phase::Running { running, .. } if running.browser.is_open() => return Ok(*running),
                Phase::Starting { attempt, .. } => mine = Some(attempt),
                // The start that we waited for is over; an earlier one's end says nothing.
                Phase::Stopped { attempt, outcome } if mine == Some(attempt) => {
                    return Err(outcome.unwrap_or_else(|| Error::Stopped(profile.name.to_string())));
                }
                Phase::Stopped { .. } | Phase::Running { .. } | Phase::Stopping { .. } => mine = None,
            }
            if mine.is_none() && matches!(&*self.phase.borrow(), Phase::Stopped { .. }) {
                continue;
            }
            match deadline.run(phases.changed()).await {
                Ok(_) => {}
                Err(_) => return Err(Error::StillStarting(profile.name.to_string())),
            }
        }
    }

    /// Begins a start when nothing runs; its number.
    fn begin(
        &self,
        shared: &Arc<Shared>,
        profile: &Profile,
        headless: Option<bool>,
    ) -> Result<Option<u64>, Error> {
        let cancel = CancellationToken::new();
        let mut begun = None;
        let mut refused = None;
        self.phase.send_if_modified(|phase| {
            let Phase::Stopped { attempt, .. } = phase else { return false };
            let breaker = self.breaker.lock().expect("nothing panics while it is held");
            if let Err(open) = breaker.check(Instant::now()) {
                refused = Some(open);
                return false;
            }
            let attempt = *attempt + 1;
            begun = Some(attempt);
            *phase = Phase::Starting { attempt, cancel: cancel.clone() };
            true
        });
        if let Some(Open { failures, retry_in, last }) = refused {
            return Err(Error::CoolingDown { profile: profile.name.to_string(), failures, retry_in, last });
        }
        if let Some(attempt) = begun {
            let attempt = Attempt {
                number: attempt,
                phase: Arc::clone(&self.phase),
                breaker: Arc::clone(&self.breaker),
                numbering: Arc::clone(&self.numbering),
                cancel,
            };
            // Its own task: a caller that gives up must not end the start that others wait for.
            tokio::spawn(attempt.run(Arc::clone(shared), profile.clone(), headless));
        }
        Ok(begun)
    }

    /// Stops what runs or starts; false when nothing did. Returns when it is gone.
    pub(super) async fn stop(&self) -> bool {
        let mut stopping = None;
        let mut was_there = true;
        let mut attempt = 0;
        self.phase.send_if_modified(|phase| {
            attempt = phase.attempt();
            match phase {
                Phase::Running { running, .. } => {
                    stopping = Some(running.clone());
                    *phase = Phase::Stopping { attempt };
                    true
                }
                Phase::Starting { cancel, .. } => {
                    cancel.cancel();
                    false
                }
                Phase::Stopping { .. } => false,
                Phase::Stopped { .. } => {
                    was_there = false;
                    false
                }
            }
        });
        if let Some(running) = stopping {
            let phase = Arc::clone(&self.phase);
            // Its own task, so that a caller who gives up does not leave it half stopped.
            tokio::spawn(async move {
                end(*running).await;
                phase.send_replace(Phase::Stopped { attempt, outcome: None });
            });
        }
        let mut phases = self.phase.subscribe();
        // Somebody may start it anew before this task sees that it was stopped; what was to be stopped is gone then, too.
        let is_gone = |phase: &Phase| matches!(phase, Phase::Stopped { .. }) || phase.attempt() != attempt;
        // The sender is ours, so this ends in no other way.
        phases.wait_for(is_gone).await.ok();
        was_there
    }
}

/// One start, from its beginning to the end of the browser.
struct Attempt {
    number: u64,
    phase: Arc<watch::Sender<Phase>>,
    breaker: Arc<Mutex<Breaker>>,
    numbering: Arc<AtomicU32>,
    cancel: CancellationToken,
}

impl Attempt {
    async fn run(self, shared: Arc<Shared>, profile: Profile, headless: Option<bool>) {
        let name = profile.name.to_string();
        let outcome = tokio::select! {
            outcome = launch(&shared, &profile, headless, &self.numbering) => outcome,
            () = self.cancel.cancelled() => Err(Error::Stopped(name.clone())),
        };
        match outcome {
            Ok(running) => self.serve(running, &name).await,
            Err(error) => {
                tracing::warn!(profile = name, %error, "the browser did not start");
                if !matches!(error, Error::Stopped(_)) {
                    let mut breaker = self.breaker.lock().expect("nothing panics while it is held");
                    breaker.failed(error.to_string(), Instant::now());
                }
                self.phase.send_replace(Phase::Stopped { attempt: self.number, outcome: Some(error) });
            }
        }
    }

    /// The browser runs. When it ends by itself, its slot is free for the next start.
    async fn serve(self, running: Running, name: &str) {
        self.breaker.lock().expect("nothing panics while it is held").succeeded();
        tracing::info!(
            profile = name,
            pid = running.process.pid(),
            port = running.port.number(),
            "browser started"
        );
        let browser = running.browser.clone();
        self.phase.send_replace(Phase::Running { attempt: self.number, running: Box::new(running) });
        tokio::select! {
            reason = browser.closed() => tracing::info!(profile = name, %reason, "browser ended"),
            () = browser.until_hung() => tracing::warn!(profile = name, "the browser hangs and is killed"),
            // It may have been stopped in the very moment in which it became ready.
            () = self.cancel.cancelled() => {}
        }
        self.take_back().await;
    }

    /// Ends this attempt's browser unless somebody else already does.
    async fn take_back(&self) {
        let mut taken = None;
        self.phase.send_if_modified(|phase| match phase {
            Phase::Running { attempt, running } if *attempt == self.number => {
                taken = Some(running.clone());
                *phase = Phase::Stopping { attempt: self.number };
                true
            }
            Phase::Running { .. }
            | Phase::Stopped { .. }
            | Phase::Starting { .. }
            | Phase::Stopping { .. } => false,
        });
        if let Some(running) = taken {
            end(*running).await;
            self.phase.send_replace(Phase::Stopped { attempt: self.number, outcome: None });
        }
    }
}

/// Ends a browser: asked first, told then, killed at last. Its port is free when this returns.
async fn end(running: Running) {
    let Running { browser, process, port, front, .. } = running;
    front.stop.cancel();
    let hangs = browser.silent_for().is_some();
    if !hangs && browser.close(Deadline::after(CLOSE)).await.is_ok() {
        Deadline::after(CLOSE).run(process.exited()).await.ok();
    }
    process.terminate(if hangs { Duration::ZERO } else { GRACE }).await;
    front.tracker.wait().await;
    drop(port);
}
