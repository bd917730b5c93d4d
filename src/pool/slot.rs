//! One profile's place: stopped, starting, running or stopping. Many may ask at once; one start serves them all.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, atomic::AtomicU32};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::breaker::{Breaker, Open};
use super::launch::{GRACE, launch};
use super::port::PortLease;
use super::recovery::{Loss, News};
use super::wish::Wish;
use super::{Error, FrontTasks, Shared};
use crate::browser::Browser;
use crate::chromium::{Executable, Exit, Process};
use crate::deadline::Deadline;
use crate::profile::Profile;

/// How long a browser may take to close in order before it is told to go.
const CLOSE: Duration = Duration::from_secs(5);
/// How long the tabs of one that ended may take to come back before the browser is handed out.
const RESTORE: Duration = Duration::from_secs(10);

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
    /// What became of browsers that ended by themselves, until somebody is told.
    news: Arc<Mutex<Vec<News>>>,
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
        /// Calls off the start of another one in its place.
        cancel: CancellationToken,
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
            | Self::Stopping { attempt, .. } => *attempt,
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

    /// The running browser; when it has just ended by itself, the one that is started in its place.
    pub(super) async fn settled(&self, deadline: Deadline) -> Option<Running> {
        let mut phases = self.phase.subscribe();
        let is_settled = |phase: &Phase| match phase {
            Phase::Running { running, .. } => running.browser.is_open(),
            Phase::Stopped { .. } => true,
            Phase::Starting { .. } | Phase::Stopping { .. } => false,
        };
        deadline.run(phases.wait_for(is_settled)).await.ok();
        self.running()
    }

    /// What became of browsers that ended by themselves, once.
    pub(super) fn take_news(&self) -> Vec<String> {
        let news = std::mem::take(&mut *self.news.lock().expect("nothing panics while it is held"));
        news.iter().map(News::text).collect()
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
                news: Arc::clone(&self.news),
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
                    *phase = Phase::Stopping { attempt, cancel: CancellationToken::new() };
                    true
                }
                Phase::Starting { cancel, .. } | Phase::Stopping { cancel, .. } => {
                    cancel.cancel();
                    false
                }
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

/// One start, from its beginning to the end of the browser, and of those that are started in its place when it ends by
/// itself.
struct Attempt {
    number: u64,
    phase: Arc<watch::Sender<Phase>>,
    breaker: Arc<Mutex<Breaker>>,
    numbering: Arc<AtomicU32>,
    news: Arc<Mutex<Vec<News>>>,
    cancel: CancellationToken,
}

impl Attempt {
    async fn run(mut self, shared: Arc<Shared>, profile: Profile, headless: Option<bool>) {
        let name = profile.name.to_string();
        let mut loss: Option<Loss> = None;
        loop {
            let lost = loss.as_ref().map(|loss| loss.tabs.clone()).unwrap_or_default();
            let starting = async {
                let running = launch(&shared, &profile, headless, &self.numbering).await?;
                let tabs = running.browser.restore(lost, Deadline::after(RESTORE)).await;
                Ok((running, tabs))
            };
            let outcome = tokio::select! {
                outcome = starting => outcome,
                () = self.cancel.cancelled() => Err(Error::Stopped(name.clone())),
            };
            match outcome {
                Ok((running, tabs)) => {
                    if let Some(loss) = loss.take() {
                        self.note(News { loss, outcome: Ok(tabs) });
                    }
                    loss = self.serve(running, &name, profile.name.is_of_pool()).await;
                }
                Err(error) => {
                    tracing::warn!(profile = name, %error, "the browser did not start");
                    if !matches!(error, Error::Stopped(_)) {
                        self.breaker().failed(error.to_string(), Instant::now());
                    }
                    if let Some(loss) = loss.take() {
                        self.note(News { loss, outcome: Err(error.to_string()) });
                    }
                    self.phase.send_replace(Phase::Stopped { attempt: self.number, outcome: Some(error) });
                }
            }
            if loss.is_none() {
                return;
            }
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().expect("nothing panics while it is held")
    }

    fn note(&self, news: News) {
        tracing::warn!("{}", news.text());
        self.news.lock().expect("nothing panics while it is held").push(news);
    }

    /// The browser runs until it ends. When it does so by itself, its slot is free for the next start, or its place is
    /// another one's, which has its tabs.
    async fn serve(&mut self, running: Running, name: &str, is_of_pool: bool) -> Option<Loss> {
        self.breaker().succeeded();
        tracing::info!(
            profile = name,
            pid = running.process.pid(),
            port = running.port.number(),
            "browser started"
        );
        let (browser, began) = (running.browser.clone(), Instant::now());
        self.phase.send_replace(Phase::Running { attempt: self.number, running: Box::new(running) });
        let hangs = tokio::select! {
            reason = browser.closed() => {
                tracing::info!(profile = name, %reason, "browser ended");
                false
            }
            () = browser.until_hung() => true,
            // It may have been stopped in the very moment in which it became ready.
            () = self.cancel.cancelled() => false,
        };
        let exit = self.take_back().await?;
        let when = Instant::now();
        let how = if hangs { "it did not answer and was killed".to_owned() } else { exit.to_string() };
        let loss = Loss { how, when, tabs: browser.kept_tabs() };
        // Who ends it in order wants it to end.
        let is_wished = self.cancel.is_cancelled() || (!hangs && exit.code == Some(0));
        // Leases end with their browser, and those of the pool are the fleet's to start.
        if is_wished || is_of_pool || loss.tabs.is_empty() {
            self.phase.send_replace(Phase::Stopped { attempt: self.number, outcome: None });
            return None;
        }
        let pause = self.breaker().ended(when - began);
        let Some(pause) = pause else {
            let why = "it has done so several times soon after its start".to_owned();
            self.note(News { loss, outcome: Err(why) });
            self.phase.send_replace(Phase::Stopped { attempt: self.number, outcome: None });
            return None;
        };
        self.number += 1;
        self.phase.send_replace(Phase::Starting { attempt: self.number, cancel: self.cancel.clone() });
        // A stop calls off the start that comes after it.
        Deadline::after(pause).run(self.cancel.cancelled()).await.ok();
        Some(loss)
    }

    /// Ends this attempt's browser unless somebody else already does; how it ended.
    async fn take_back(&self) -> Option<Exit> {
        let mut taken = None;
        self.phase.send_if_modified(|phase| match phase {
            Phase::Running { attempt, running } if *attempt == self.number => {
                taken = Some(running.clone());
                *phase = Phase::Stopping { attempt: self.number, cancel: self.cancel.clone() };
                true
            }
            Phase::Running { .. }
            | Phase::Stopped { .. }
            | Phase::Starting { .. }
            | Phase::Stopping { .. } => false,
        });
        Some(end(*taken?).await)
    }
}

/// Ends a browser: asked first, told then, killed at last. Its port is free when this returns.
async fn end(running: Running) -> Exit {
    let Running { browser, process, port, front, .. } = running;
    front.stop.cancel();
    let hangs = browser.silent_for().is_some();
    if !hangs && browser.close(Deadline::after(CLOSE)).await.is_ok() {
        Deadline::after(CLOSE).run(process.exited()).await.ok();
    }
    if !browser.is_open() {
        // One that ends by itself is about to be gone, and how it ended is its own.
        Deadline::after(GRACE).run(process.exited()).await.ok();
    }
    let exit = process.terminate(if hangs { Duration::ZERO } else { GRACE }).await;
    front.tracker.wait().await;
    drop(port);
    exit
}
