//! The pool's own browsers: they belong to no profile, start empty, and are shared by leases that know nothing of each
//! other. They are started before somebody has to wait for them, and stopped when they are idle, old, large or used up.
//!
//! It does not know who leases what.

mod keeper;
mod table;

pub(super) use keeper::Keeper;
pub use table::MemberView;
pub(super) use table::{Chore, Table};

use super::{Error, Pool, Running};
use crate::chromium::UserDataDir;
use crate::deadline::Deadline;
use crate::profile::{Profile, ProfileName};

impl Pool {
    /// What a browser of the pool is in a profile's place.
    pub(super) fn member(&self, number: usize) -> Profile {
        Profile::of_pool(number, self.shared.config.browser.pool.executable_path.clone())
    }

    /// A browser of the pool, started when it does not run.
    pub(super) async fn start_member(&self, number: usize, deadline: Deadline) -> Result<Running, Error> {
        let running = self.start(&self.member(number), None, deadline).await?;
        self.shared.leases.places.fleet(|fleet| fleet.runs(number));
        self.shared.leases.places.woken.notify_one();
        Ok(running)
    }

    /// Stops a browser of the pool and deletes what it left.
    async fn stop_member(&self, number: usize) {
        let profile = self.member(number);
        if let Err(error) = self.stop(&profile).await {
            tracing::warn!(profile = %profile.name, %error, "a browser of the pool was not stopped");
        }
        let folder = self.user_data_dir(&profile.name);
        // Whoever has it by now has emptied it themselves.
        if let Ok(folder) = UserDataDir::lock(&folder, std::time::Instant::now().into()).await
            && let Err(error) = folder.empty()
        {
            tracing::warn!(profile = %profile.name, %error, "what a browser of the pool left was not deleted");
        }
    }

    /// The pool's browsers: what is in them, and where they are.
    pub fn members(&self) -> Vec<(MemberView, Option<Running>)> {
        let views = self.shared.leases.places.fleet(|fleet| fleet.views());
        let running = |view: &MemberView| self.running(&ProfileName::of_pool(view.number));
        views.into_iter().map(|view| (view, running(&view))).collect()
    }
}
