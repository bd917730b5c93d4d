//! The one task of all leases: it ends those whose time is over, or whose browser is, and sends out who has ended.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Lease;
use super::table::{Ending, Table};
use crate::deadline::Deadline;

/// How long a browser may take to close somebody's tabs and dispose of their context.
const EVICT: Duration = Duration::from_secs(10);

pub(super) struct Actor {
    table: Arc<Mutex<Table>>,
    woken: Arc<Notify>,
    stop: CancellationToken,
    /// Waiting for the ends of browsers, and sending out who has ended.
    errands: JoinSet<()>,
}

impl Actor {
    pub(super) fn new(table: Arc<Mutex<Table>>, woken: Arc<Notify>, stop: CancellationToken) -> Self {
        Self { table, woken, stop, errands: JoinSet::new() }
    }

    pub(super) async fn run(mut self) {
        loop {
            let next = self.look();
            tokio::select! {
                () = until(next) => {}
                () = self.woken.notified() => {}
                // An errand that panics has logged it; the rest goes on.
                Some(_) = self.errands.join_next() => {}
                () = self.stop.cancelled() => break,
            }
        }
    }

    /// Does what is due; when there will be something again.
    fn look(&mut self) -> Option<Instant> {
        let (next, (arrived, departed)) = {
            let mut table = table(&self.table);
            (table.expire(Instant::now()), table.news())
        };
        for lease in arrived {
            self.errands.spawn(follow(lease, Arc::clone(&self.table), Arc::clone(&self.woken)));
        }
        for lease in departed {
            self.errands.spawn(send_out(lease, Arc::clone(&self.table)));
        }
        next
    }
}

fn table(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().expect("nothing panics while it is held")
}

/// A lease whose browser ends has ended.
async fn follow(lease: Lease, leases: Arc<Mutex<Table>>, woken: Arc<Notify>) {
    tokio::select! {
        reason = lease.browser().closed() => {
            table(&leases).end(lease.id(), Ending::BrowserEnded(reason));
            woken.notify_one();
        }
        () = lease.ended() => {}
    }
}

async fn send_out(lease: Lease, leases: Arc<Mutex<Table>>) {
    lease.browser().evict(Deadline::after(EVICT)).await;
    table(&leases).gone(lease.id());
    lease.0.gone.cancel();
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
