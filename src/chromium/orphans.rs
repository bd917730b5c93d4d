//! Crash handlers that browsers leave behind: they live in sessions of their own, so that they are in no group of
//! ours, end by themselves with their browser, and become our children, for the gateway is a subreaper.
//! It touches no other child.

use std::fs;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How such a process calls itself, cut to the kernel's 15 characters.
const NAME: &str = "chrome_crashpad";

/// Collects those that have ended. Only where the kernel lists children (Linux); elsewhere they go to the system.
pub(super) fn collect() {
    for pid in children().into_iter().filter(|pid| is_ended_handler(*pid)) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // A child that somebody collected meanwhile is what we wanted.
            waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG).ok();
        }
    }
}

/// Our children, as each of our threads has them.
fn children() -> Vec<u32> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// `PID (name) state …`: the name may hold blanks, so it is read from the brackets.
fn is_ended_handler(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((head, tail)) = stat.rsplit_once(')') else { return false };
    head.split_once('(').is_some_and(|(_, name)| name == NAME) && tail.trim_start().starts_with('Z')
}
