//! Leases as faces ask for them: by name, and by fence where the caller knows it.

use std::time::Duration;

use super::{Error, Service};
use crate::deadline::Deadline;
use crate::pool::{Held, LeaseError, LeaseWish, MemberView, Running};
use crate::profile::Profile;

impl Service {
    /// Leases tabs of one's own in a browser, which is started when it does not run; when there is no place for another
    /// lease, one is waited for as long as `wait`.
    ///
    /// # Errors
    /// [`Error::Lease`] saying why not.
    pub async fn acquire_lease(
        &self,
        profile: &Profile,
        wish: LeaseWish,
        wait: Duration,
        deadline: Deadline,
    ) -> Result<Held, Error> {
        Ok(self.pool.acquire(profile, wish, wait, deadline).await?)
    }

    /// The pool's own browsers, and what is in them.
    pub fn pool_members(&self) -> Vec<(MemberView, Option<Running>)> {
        self.pool.members()
    }

    /// How many wait for a lease.
    pub fn waiting_for_leases(&self) -> usize {
        self.pool.waiting()
    }

    /// A lease that has not ended; whoever names a fence means the lease of that fence and no other one.
    ///
    /// # Errors
    /// [`Error::Lease`]: unknown, ended, or of another fence.
    pub fn lease(&self, id: &str, fence: Option<u64>) -> Result<Held, Error> {
        let held = self.pool.held(id)?;
        let own = held.lease.fence();
        match fence {
            Some(given) if given != own => Err(LeaseError::Fence { id: id.into(), given, fence: own }.into()),
            Some(_) | None => Ok(held),
        }
    }

    /// All leases that have not ended, the oldest first.
    pub fn leases(&self) -> Vec<Held> {
        self.pool.leases()
    }

    /// Gives a lease so much time from now on; as much as it had at first or last, when nothing is said.
    ///
    /// # Errors
    /// As [`Service::lease`].
    pub fn renew_lease(&self, id: &str, fence: Option<u64>, ttl: Option<Duration>) -> Result<Held, Error> {
        self.lease(id, fence)?;
        Ok(self.pool.renew(id, ttl)?)
    }

    /// Ends a lease and returns when nothing is left of it; false when it had ended before.
    ///
    /// # Errors
    /// [`Error::Lease`]: unknown, or of another fence.
    pub async fn release_lease(
        &self,
        id: &str,
        fence: Option<u64>,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        match self.lease(id, fence) {
            Ok(_) | Err(Error::Lease(LeaseError::Ended(_))) => Ok(self.pool.release(id, deadline).await?),
            Err(error) => Err(error),
        }
    }
}
