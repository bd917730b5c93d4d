//! The process group of one browser: signalled as a whole, reaped as a whole.
//! It knows no tasks and no clock; the supervisor decides when.

use std::process::Child;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process_group, waitid};

use super::Exit;

/// A process group whose leader is our child. Until [`Group::reap`] the leader stays at least a zombie, so its number, which is
/// the group's, cannot come to name anybody else.
#[derive(Debug)]
pub(super) struct Group {
    leader: Pid,
    is_reaped: bool,
}

impl Group {
    /// The group that `child` was spawned to lead (`process_group(0)`). Nobody else may wait for that child.
    pub(super) fn led_by(child: &Child) -> Self {
        Self { leader: Pid::from_child(child), is_reaped: false }
    }

    /// Signals every process of the group, unless the leader was reaped.
    pub(super) fn signal(&self, signal: Signal) {
        if !self.is_reaped {
            // An error here means that nobody is left to receive it.
            kill_process_group(self.leader, signal).ok();
        }
    }

    /// How the leader ended, when it has. It remains a zombie.
    pub(super) fn ended(&mut self) -> Option<Exit> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(self.leader), options) {
            Ok(status) => status.as_ref().map(exit_of),
            Err(Errno::CHILD) => {
                // Somebody else reaped it: how it ended is lost, and its number may be anybody's.
                self.is_reaped = true;
                Some(Exit::default())
            }
            Err(_) => None,
        }
    }

    /// Collects every process of the group that has ended, the leader included; for use when the leader has ended. Processes
    /// that lost their parent are ours to collect when we are the subreaper. Gives whether no child of ours is left in it.
    pub(super) fn reap(&mut self) -> bool {
        self.is_reaped = true;
        loop {
            match waitid(WaitId::Pgid(Some(self.leader)), WaitIdOptions::EXITED | WaitIdOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    }
}

impl Drop for Group {
    /// Reached without a reap only when the runtime drops the supervisor.
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

fn exit_of(status: &WaitIdStatus) -> Exit {
    Exit { code: status.exit_status(), signal: status.terminating_signal() }
}
