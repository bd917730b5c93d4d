//! What all of somebody's tabs are made to believe: those that are open, those that open later and popups.

use std::collections::BTreeMap;

use futures::future::join_all;

use super::{Browser, Credentials, Error, Tenant};
use crate::cdp::Call;
use crate::deadline::Deadline;
use crate::page::{Headers, Position, Surroundings};

impl Browser {
    /// Takes the network away from all tabs, or gives it back.
    pub async fn set_offline(&self, offline: bool, deadline: Deadline) {
        self.surround(|around| around.offline = offline, deadline).await;
    }

    /// Sends these headers with every request of all tabs, in place of earlier ones.
    pub async fn set_headers(&self, headers: BTreeMap<String, String>, deadline: Deadline) {
        self.surround(|around| around.headers = Headers(headers), deadline).await;
    }

    /// Puts all tabs somewhere on earth, or nowhere in particular.
    pub async fn set_position(&self, position: Option<Position>, deadline: Deadline) {
        self.surround(|around| around.position = position, deadline).await;
    }

    /// Answers servers that want to know who asks, in all tabs.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn set_credentials(
        &self,
        credentials: Option<Credentials>,
        deadline: Deadline,
    ) -> Result<(), Error> {
        self.tenant.as_ref().map_or(&self.entry, Tenant::entry).set(credentials);
        let has_credentials = self.entry.has_credentials()
            || self.tabs.borrow().tenants().iter().any(|tenant| tenant.entry().has_credentials());
        self.session.call(Call::of(&self.guard.enable(has_credentials)), deadline).await?;
        Ok(())
    }

    /// Tabs that attach at this moment read the new state, or hear of it when they are attached.
    async fn surround(&self, change: impl FnOnce(&mut Surroundings), deadline: Deadline) {
        let tenant = self.tenant.as_ref();
        let around = tenant.map_or(&*self.around, Tenant::around);
        let before = around.borrow().clone();
        around.send_modify(change);
        let pages: Vec<_> = self.tabs.borrow().of(tenant).cloned().collect();
        join_all(pages.iter().map(|page| page.catch_up_with(before.clone(), deadline))).await;
    }
}
