//! How a lease comes to be: a wish, a place, perhaps after a wait, and a part of a browser.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::FutureExt;
use tokio_util::sync::CancellationToken;

use super::places::{Entry, Place, Spare, Waiter};
use super::table::Known;
use super::{Ending, Endpoint, Grant, Granting, Held, Isolation, Lease, LeaseError, LeaseWish, lease_id};
use crate::auth::Token;
use crate::deadline::Deadline;
use crate::pool::{Error, Pool};
use crate::profile::Profile;

/// How long the browser of a lease may take to start, whoever still waits for it.
pub(super) const START: Duration = Duration::from_secs(45);
/// How long a browser may take to let somebody in.
const ADMIT: Duration = Duration::from_secs(10);
/// How long it may take to forget somebody again.
const FORGET: Duration = Duration::from_secs(10);

/// Somebody who asks for a lease; several do who name the same key. When all have gone before it was granted, nobody
/// waits for it any more.
#[derive(Debug, Default)]
pub(super) struct Asker(CancellationToken, AtomicBool);

impl Asker {
    fn is_served(&self) {
        self.1.store(true, Ordering::Relaxed);
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        if !self.1.load(Ordering::Relaxed) {
            self.0.cancel();
        }
    }
}

/// A wish on its way: who waits, for how long, and whether anybody still wants it.
struct Asked {
    wish: LeaseWish,
    entry: Entry,
    wait: Duration,
    abandoned: CancellationToken,
}

impl Pool {
    /// Leases tabs of one's own in a browser, which is started when it does not run; `profile` is the wish's own, and means
    /// nothing where that is the pool. When there is no place, one is waited for as long as `wait`. A wish that has a key is
    /// granted once: whoever asks again gets the same lease for as long as there is one.
    ///
    /// # Errors
    /// [`LeaseError`] saying why not.
    pub async fn acquire(
        &self,
        profile: &Profile,
        wish: LeaseWish,
        wait: Duration,
        deadline: Deadline,
    ) -> Result<Held, LeaseError> {
        loop {
            let (granting, asker) = self.granting(profile, &wish, wait)?;
            let granted = deadline
                .run(granting)
                .await
                .map_err(|_| LeaseError::StillGranting { has_key: wish.key.is_some() });
            let lease = match granted? {
                // Whoever asked first went away while it waited; this caller has not.
                Err(LeaseError::Left) => continue,
                other => other?,
            };
            let held = self.shared.leases.table().held(lease.id())?;
            asker.as_deref().map(Asker::is_served);
            return Ok(held);
        }
    }

    fn granting(
        &self,
        profile: &Profile,
        wish: &LeaseWish,
        wait: Duration,
    ) -> Result<(Granting, Option<Arc<Asker>>), LeaseError> {
        let mut table = self.shared.leases.table();
        if let Some(key) = &wish.key
            && let Some(known) = table.granting(key)
        {
            let is_same = known.wish == *wish;
            let known = is_same.then(|| (known.granting.clone(), known.askers.upgrade()));
            return known.ok_or_else(|| LeaseError::KeyInUse(key.clone()));
        }
        let owner = Arc::from(wish.owner.as_deref().unwrap_or_default());
        let entry = self.shared.leases.places.enter(&owner, wish.wanted(), !wait.is_zero());
        let entry = entry.map_err(|crowd| LeaseError::crowded(crowd, table.first_end()))?;
        let asker = Arc::new(Asker::default());
        let abandoned = asker.0.clone();
        let (pool, profile) = (self.clone(), profile.clone());
        let asked = Asked { wish: wish.clone(), entry, wait, abandoned };
        // Its own task: a caller that gives up must not leave half a lease behind.
        let task = tokio::spawn(async move { pool.grant(profile, asked).await });
        let granting = async move { task.await.unwrap_or(Err(LeaseError::Lost)) }.boxed().shared();
        if let Some(key) = &wish.key {
            let (wish, granting, askers) = (wish.clone(), granting.clone(), Arc::downgrade(&asker));
            table.note(key.clone(), Known { wish, granting, askers });
        }
        Ok((granting, Some(asker)))
    }

    async fn grant(self, profile: Profile, asked: Asked) -> Result<Lease, LeaseError> {
        let key = asked.wish.key.clone();
        let abandoned = asked.abandoned.clone();
        let made = self.make_lease(profile, asked).await;
        let mut table = self.shared.leases.table();
        match made {
            Ok((lease, place)) => {
                table.granted(lease.clone(), place, Instant::now());
                drop(table);
                self.shared.leases.woken.notify_one();
                // A lease that nobody can name is of no use to whoever asks again.
                if key.is_none() && abandoned.is_cancelled() {
                    self.shared.leases.end(lease.id(), Ending::Released);
                }
                Ok(lease)
            }
            Err(error) => {
                table.forget_key(key.as_deref());
                Err(error)
            }
        }
    }

    async fn make_lease(&self, profile: Profile, asked: Asked) -> Result<(Lease, Place), LeaseError> {
        let Asked { wish, entry, wait, abandoned } = asked;
        let since = Instant::now();
        let place = match entry {
            Entry::Seated(place) => place,
            Entry::Waiting(waiter) => self.wait_for(waiter, wait, &abandoned).await?,
        };
        let waited = since.elapsed();
        let (profile, running) = match place.member {
            Some(number) => (self.member(number), self.start_member(number, Deadline::after(START)).await?),
            None => {
                let running = self.start(&profile, None, Deadline::after(START)).await?;
                (profile, running)
            }
        };
        let (browser, port) = (running.browser.clone(), running.port.number());
        // What holds the browser's process is the slot alone.
        drop(running);
        let fence = self.shared.leases.fences.next()?;
        let own_context = wish.isolation != Isolation::Tab;
        let token = own_context.then(Token::generate).transpose().map_err(|_| LeaseError::Lost)?;
        let endpoint = token.map(|token| Endpoint { port, token });
        // Taken last: what could fail before would leave it to nobody.
        let spare = place.member.and_then(|number| self.spare_of(number));
        let (id, browser) = match spare {
            Some(Spare { id, browser }) => (id, browser),
            None => {
                let id = lease_id();
                let admitted = browser.admit(&id, own_context, Deadline::after(ADMIT)).await;
                (id, admitted.map_err(Error::Takeover)?)
            }
        };
        let mut seeded = None;
        if let Some(seed) = &wish.seed {
            match self.seed(seed, &browser).await {
                Ok(carried) => seeded = Some(carried),
                Err(error) => {
                    browser.evict(Deadline::after(FORGET)).await;
                    return Err(error);
                }
            }
        }
        let gone = CancellationToken::new();
        let grant = Grant { id, fence, wish, profile, waited, browser, seeded, endpoint, gone };
        Ok((Lease(Arc::new(grant)), place))
    }

    async fn wait_for(
        &self,
        mut waiter: Waiter,
        wait: Duration,
        abandoned: &CancellationToken,
    ) -> Result<Place, LeaseError> {
        tokio::select! {
            place = waiter.place() => place.ok_or(LeaseError::Lost),
            () = tokio::time::sleep(wait) => {
                let crowd = waiter.crowd();
                drop(waiter);
                Err(LeaseError::crowded(crowd, self.shared.leases.table().first_end()))
            }
            () = abandoned.cancelled() => Err(LeaseError::Left),
        }
    }

    /// A context that was made in a browser of the pool before anybody asked, if it is still there.
    fn spare_of(&self, number: usize) -> Option<Spare> {
        let spare = self.shared.leases.places.fleet(|fleet| fleet.take_spare(number))?;
        self.shared.leases.places.woken.notify_one();
        spare.browser.is_open().then_some(spare)
    }

    /// How many wait for a place, in all lines.
    pub fn waiting(&self) -> usize {
        self.shared.leases.places.waiting()
    }
}
