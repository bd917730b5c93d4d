//! The one task of the pool's browsers: it has them started, warmed, measured and stopped in time.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Chore;
use crate::chromium;
use crate::deadline::Deadline;
use crate::pool::lease::{Places, Spare, lease_id};
use crate::pool::{Pool, Shared, Slots};
use crate::profile::ProfileName;

/// How often somebody looks whether a browser is idle or old, or whether the host has memory again.
const TICK: Duration = Duration::from_millis(500);
/// How long a browser may take to start.
const START: Duration = Duration::from_secs(45);
/// How long a browser may take to make a context with a blank tab.
const WARM: Duration = Duration::from_secs(10);

pub(in crate::pool) struct Keeper {
    /// The pool lives as long as somebody else has it.
    pool: (Weak<Shared>, Weak<Mutex<Slots>>),
    places: Places,
    stop: CancellationToken,
    errands: JoinSet<()>,
}

impl Keeper {
    pub(in crate::pool) fn new(pool: &Pool, stop: CancellationToken) -> Self {
        let places = pool.shared.leases.places.clone();
        let pool = (Arc::downgrade(&pool.shared), Arc::downgrade(&pool.slots));
        Self { pool, places, stop, errands: JoinSet::new() }
    }

    pub(in crate::pool) async fn run(mut self) {
        loop {
            let chores = self.places.fleet(|fleet| fleet.chores(Instant::now()));
            let pool = self.pool.0.upgrade().zip(self.pool.1.upgrade());
            let Some((shared, slots)) = pool else { break };
            for chore in chores {
                let pool = Pool { shared: Arc::clone(&shared), slots: Arc::clone(&slots) };
                self.errands.spawn(see_to(pool, chore));
            }
            drop((shared, slots));
            // Without browsers, wishes and waiters there is nothing that time alone could change.
            let is_idle = self.places.fleet(|fleet| fleet.is_idle()) && !self.places.has_waiters();
            tokio::select! {
                () = self.places.woken.notified() => {}
                () = tokio::time::sleep(TICK), if !is_idle => self.places.look(),
                // An errand that panics has logged it; the rest goes on.
                Some(_) = self.errands.join_next() => {}
                () = self.stop.cancelled() => break,
            }
        }
    }
}

async fn see_to(pool: Pool, chore: Chore) {
    let places = pool.shared.leases.places.clone();
    let running = |number| pool.running(&ProfileName::of_pool(number));
    match chore {
        Chore::Start(number) => {
            if let Err(error) = pool.start_member(number, Deadline::after(START)).await {
                tracing::warn!(number, %error, "a spare browser did not start");
                places.fleet(|fleet| fleet.failed(number));
            }
        }
        Chore::Follow(number) => {
            let browser = running(number).map(|running| running.browser);
            // The pool may end while its browser runs: what waits here must not keep it.
            drop(pool);
            if let Some(browser) = browser {
                browser.closed().await;
            }
            places.fleet(|fleet| fleet.ended(number));
            places.woken.notify_one();
        }
        Chore::Warm(number) => {
            let browser = running(number).map(|running| running.browser);
            let spare = match browser {
                Some(browser) => warm(&browser).await,
                None => None,
            };
            if let Some(late) = places.fleet(|fleet| fleet.warmed(number, spare)) {
                late.browser.evict(Deadline::after(WARM)).await;
            }
        }
        Chore::Measure(number) => {
            let most = pool.shared.config.browser.pool.max_memory;
            let pid = running(number).map(|running| running.process.pid());
            if let Some(pid) = pid
                && let Some(used) = chromium::memory_of_group(pid).await
                && used > most
            {
                tracing::info!(
                    number,
                    used,
                    most,
                    "a browser of the pool uses too much memory and gets no more leases"
                );
                places.fleet(|fleet| fleet.drain(number));
                places.woken.notify_one();
            }
        }
        Chore::Stop(number) => pool.stop_member(number).await,
    }
}

/// A context with a blank tab that nobody has leased yet.
async fn warm(browser: &crate::browser::Browser) -> Option<Spare> {
    let id = lease_id();
    let deadline = Deadline::after(WARM);
    let own = browser.admit(&id, true, deadline).await;
    let own = own.inspect_err(|error| tracing::debug!(%error, "no spare context was made")).ok()?;
    if let Err(error) = own.prepare_tab(deadline).await {
        tracing::debug!(%error, "no spare tab was made");
        own.evict(Deadline::after(WARM)).await;
        return None;
    }
    Some(Spare { id, browser: own })
}
