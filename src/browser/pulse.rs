//! Whether the browser still answers. Chromium never says that it hangs, so one that has been quiet for a while is
//! asked; while it talks anyway, nothing is.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::Browser;
use crate::cdp::protocol::GetVersion;
use crate::deadline::Deadline;

/// After how much silence the browser is asked whether it is there.
const QUIET: Duration = Duration::from_secs(2);
/// An idle browser answers in a millisecond, and a busy one within this.
const SLOW: Duration = Duration::from_secs(2);
/// How much longer is waited before it is given up.
const HUNG: Duration = Duration::from_secs(30);

impl Browser {
    /// For how long the browser has said nothing, once it is known that it does not answer.
    pub fn silent_for(&self) -> Option<Duration> {
        self.silent_since.borrow().map(|since| since.elapsed())
    }

    /// Whether the browser answers in time.
    pub async fn answers(&self, deadline: Deadline) -> bool {
        self.base.send(&GetVersion {}, deadline).await.is_ok()
    }

    /// Feels the browser's pulse, and returns when waiting for it any longer is in vain. One whose connection ends has
    /// ended, and does not hang.
    pub async fn until_hung(&self) {
        let connection = self.base.connection();
        loop {
            let quiet = connection.quiet_for();
            if quiet < QUIET {
                tokio::time::sleep(QUIET - quiet).await;
                continue;
            }
            // How long it may take is decided here, step by step.
            let mut answer = pin!(self.base.send(&GetVersion {}, Deadline::after(2 * HUNG)));
            let mut is_answered = Deadline::after(SLOW).run(&mut answer).await.is_ok();
            // Somebody else may be answered meanwhile.
            if !is_answered && connection.quiet_for() >= SLOW {
                self.silent_since.send_replace(Some(Instant::now() - connection.quiet_for()));
                is_answered = Deadline::after(HUNG).run(&mut answer).await.is_ok();
                // A gateway that was stopped itself first reads what came meanwhile.
                is_answered = is_answered || Deadline::after(SLOW).run(&mut answer).await.is_ok();
                if !is_answered {
                    return;
                }
                self.silent_since.send_replace(None);
            }
            if !connection.is_open() {
                std::future::pending::<()>().await;
            }
        }
    }
}
