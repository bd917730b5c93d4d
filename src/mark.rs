//! A mark of one process that a later process cannot inherit: pids are used again, start times of a boot are not.
//! It must not signal anything.

use serde::{Deserialize, Serialize};

/// Which process it was: its pid, and on Linux the moment it started and the boot it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessMark {
    /// The process id.
    pub pid: u32,
    /// Field 22 of `/proc/PID/stat`: clock ticks from boot to its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_ticks: Option<u64>,
    /// The kernel's random id of this boot: after a reboot the same pid can start at the same tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
}

impl ProcessMark {
    /// The mark of this process.
    #[must_use]
    pub fn of_self() -> Self {
        Self::of(std::process::id())
    }

    /// The mark of a process that runs, or that was not reaped yet.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        Self { pid, start_ticks: start_ticks(pid), boot_id: boot_id() }
    }

    /// Whether that very process still runs. A zombie does not: its files and ports are gone.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        match self.start_ticks {
            Some(ticks) => start_ticks(self.pid) == Some(ticks) && boot_id() == self.boot_id,
            None => exists(self.pid),
        }
    }
}

/// Whether a process of that pid, whichever it is, still runs; a zombie does not.
pub(crate) fn runs(pid: u32) -> bool {
    if cfg!(target_os = "linux") { start_ticks(pid).is_some() } else { exists(pid) }
}

fn start_ticks(pid: u32) -> Option<u64> {
    ticks_of_living(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn boot_id() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

/// Reads `/proc/PID/stat`. The second field is the program's name in parentheses and may hold spaces and parentheses.
fn ticks_of_living(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X" | "x") {
        return None;
    }
    // Field 22, and the state just taken was field 3.
    fields.nth(18)?.trim().parse().ok()
}

/// For systems without `/proc`: whether a process with this pid exists.
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    // A refused signal (EPERM) means that it exists and is somebody else's.
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_very_process_is_alive() {
        let me = ProcessMark::of_self();
        assert!(me.is_alive());
        assert!(ProcessMark { start_ticks: None, ..me.clone() }.is_alive());
        if let Some(ticks) = me.start_ticks {
            assert!(!ProcessMark { start_ticks: Some(ticks + 1), ..me.clone() }.is_alive());
            assert!(!ProcessMark { boot_id: Some("other".to_owned()), ..me.clone() }.is_alive());
        }
        assert!(!ProcessMark { pid: u32::MAX, start_ticks: None, boot_id: None }.is_alive());
    }

    #[test]
    fn stat_lines_are_read_past_odd_names() {
        let tail = "1 7 7 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 4711 1000 200";
        assert_eq!(ticks_of_living(&format!("7 (a) b (c) S {tail}\n")), Some(4711));
        assert_eq!(ticks_of_living(&format!("7 (gone) Z {tail}\n")), None);
        assert_eq!(ticks_of_living("7 (short) S 1 2"), None);
        assert_eq!(ticks_of_living("rubbish"), None);
    }
}
