//! Who holds the lock of a profile directory, as written in its file: advice, for the lock itself is the truth.
//! It ends what a killed gateway left behind, and never signals a process by its bare pid.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use serde::{Deserialize, Serialize};

use crate::mark::ProcessMark;

/// Bytes that are read of the file; what we write is shorter.
const MOST: u64 = 1024;

/// A gateway, and its browser once that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    gateway: ProcessMark,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<ProcessMark>,
}

impl Holder {
    /// This process, with the browser of this pid, which it has not reaped.
    pub(super) fn of_self(browser: Option<u32>) -> Self {
        Self { gateway: ProcessMark::of_self(), browser: browser.map(ProcessMark::of) }
    }

    pub(super) fn write(&self, mut lock: &File) -> io::Result<()> {
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&serde_json::to_vec(self)?)
    }

    /// None when it was written otherwise, or only half.
    pub(super) fn read(lock: &mut File) -> Option<Self> {
        let mut text = Vec::new();
        lock.rewind().ok()?;
        lock.take(MOST).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The browser, else the gateway; to be shown.
    pub(super) fn pid(&self) -> u32 {
        self.browser.as_ref().unwrap_or(&self.gateway).pid
    }

    /// Ends a program that its gateway's death did not end: one that hangs, or is no browser at all.
    pub(super) fn end_orphan(&self) {
        if let Some(browser) = self.browser.as_ref().filter(|_| !self.gateway.is_alive()) {
            end_group(browser);
        }
    }
}

/// Kills the process group that this very process leads. Pids are used again at any moment, so that members are first
/// held by a descriptor each; that their leader lives after that proves that the group was its group until then.
#[cfg(target_os = "linux")]
fn end_group(leader: &ProcessMark) {
    use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

    let Ok(group) = i32::try_from(leader.pid) else { return };
    let members = procfs::process::all_processes().into_iter().flatten().flatten();
    let open = |member: procfs::process::Process| {
        let held = pidfd_open(Pid::from_raw(member.pid)?, PidfdFlags::empty()).ok()?;
        // Asked once it is held: a later process with its pid is another one, to which the descriptor does not lead.
        (procfs::process::Process::new(member.pid).ok()?.stat().ok()?.pgrp == group).then_some(held)
    };
    let held: Vec<_> = members.filter_map(open).collect();
    if leader.start_ticks.is_some() && leader.is_alive() {
        tracing::warn!(pid = leader.pid, "ending a browser that its gateway left behind");
        // An error means that it has just gone by itself.
        for member in held {
            pidfd_send_signal(member, Signal::KILL).ok();
        }
    }
}

/// Nothing here tells a process from a later one with its pid.
#[cfg(not(target_os = "linux"))]
fn end_group(_: &ProcessMark) {}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command};

    use rustix::process::{Pid, Signal};

    use super::*;

    const KILL: i32 = 9;
    const TERM: i32 = 15;

    fn child(group: i32) -> Child {
        Command::new("sleep").arg("1000").process_group(group).spawn().expect("started")
    }

    fn group() -> Child {
        child(0)
    }

    /// A gateway that is gone.
    fn gone() -> ProcessMark {
        ProcessMark { start_ticks: Some(1), ..ProcessMark::of_self() }
    }

    /// How it ended, having been told to at last.
    fn end(mut child: Child) -> Option<i32> {
        rustix::process::kill_process(Pid::from_child(&child), Signal::TERM).expect("not reaped yet");
        child.wait().expect("ours").signal()
    }

    #[test]
    fn only_the_very_process_that_was_written_down_is_ended_with_its_group() {
        let leader = group();
        let pid = i32::try_from(leader.id()).expect("small");
        let member = child(pid);
        let stranger = group();
        let right = ProcessMark::of(leader.id());
        Holder { gateway: gone(), browser: Some(right) }.end_orphan();
        assert_eq!([leader, member, stranger].map(end), [Some(KILL), Some(KILL), Some(TERM)]);

        let others: [fn(ProcessMark) -> ProcessMark; 3] = [
            |mark| ProcessMark { start_ticks: mark.start_ticks.map(|ticks| ticks + 1), ..mark },
            |mark| ProcessMark { boot_id: Some("another".to_owned()), ..mark },
            |mark| ProcessMark { start_ticks: None, ..mark },
        ];
        for other in others {
            let later = group();
            let browser = other(ProcessMark::of(later.id()));
            Holder { gateway: gone(), browser: Some(browser) }.end_orphan();
            assert_eq!(end(later), Some(TERM));
        }
        let of_a_living_gateway = group();
        Holder::of_self(Some(of_a_living_gateway.id())).end_orphan();
        assert_eq!(end(of_a_living_gateway), Some(TERM));
    }

    #[test]
    fn what_is_written_is_read_back_and_rubbish_is_nobody() {
        let mut file = tempfile::tempfile().expect("a file");
        let holder = Holder::of_self(Some(std::process::id()));
        holder.write(&file).expect("written");
        assert_eq!(Holder::read(&mut file), Some(holder.clone()));
        let alone = Holder::of_self(None);
        alone.write(&file).expect("written");
        assert_eq!(Holder::read(&mut file), Some(alone), "nothing of the longer text stays");
        for text in ["", "12 34\n", "{\"gateway\":{}}", "\u{0}"] {
            file.set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| file.write_all(text.as_bytes()))
                .expect("written");
            assert_eq!(Holder::read(&mut file), None, "{text:?}");
        }
    }
}
