//! What the host has left: memory, and file descriptors of this process. Nothing is started where it would end others.

use std::fs;

use rustix::process::{Resource, getrlimit};

/// Descriptors that a browser, its port and its clients may need.
const FOR_BROWSER: u64 = 64;

/// What there must be left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Headroom {
    /// Bytes of memory.
    memory: u64,
}

/// What there is too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// As many hold one as may.
    Places,
    /// The host, or the group of processes that this one belongs to, has too little memory left.
    Memory {
        /// Bytes that are left.
        free: u64,
        /// Bytes that must be left.
        least: u64,
    },
    /// This process may open too few files more.
    Descriptors {
        /// How many are open.
        open: u64,
        /// How many may be.
        most: u64,
    },
}

impl Headroom {
    pub(super) fn new(memory: u64) -> Self {
        Self { memory }
    }

    /// Whether there is room for another context.
    pub(super) fn for_context(self) -> Result<(), Shortage> {
        let free = if self.memory > 0 { free_memory() } else { None };
        match free {
            Some(free) if free < self.memory => Err(Shortage::Memory { free, least: self.memory }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether there is room for another browser.
    pub(super) fn for_browser(self) -> Result<(), Shortage> {
        self.for_context()?;
        let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let open = fs::read_dir("/proc/self/fd").map_or(0, |open| open.count() as u64);
        if open + FOR_BROWSER > most { Err(Shortage::Descriptors { open, most }) } else { Ok(()) }
    }
}

/// Bytes of memory that may still be taken; none where the system does not tell.
fn free_memory() -> Option<u64> {
    let host = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available(&text));
    let group = fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| of_group(&text));
    host.into_iter().chain(group).min()
}

/// `MemAvailable` of `/proc/meminfo`, in bytes (proc_meminfo(5)).
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What is left of the memory of a control group (cgroup v2, `memory.max` and `memory.current`); none without a limit.
fn of_group(cgroup: &str) -> Option<u64> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    let read =
        |file: &str| fs::read_to_string(format!("/sys/fs/cgroup{}/{file}", path.trim_end_matches('/'))).ok();
    let most: u64 = read("memory.max")?.trim().parse().ok()?;
    let used: u64 = read("memory.current")?.trim().parse().ok()?;
    // What is kept of files is given up first.
    let stat = read("memory.stat").unwrap_or_default();
    let files = stat.lines().find_map(|line| line.strip_prefix("inactive_file ")?.trim().parse().ok());
    Some(most.saturating_sub(used.saturating_sub(files.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_read() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:   2048 kB\nX: 1 kB\n"), Some(2 << 20));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
        assert_eq!(of_group("1:name=x:/\n"), None);
    }

    #[test]
    fn too_little_memory_is_told_with_its_numbers() {
        assert_eq!(Headroom::new(1).for_browser(), Ok(()));
        let short = Headroom::new(u64::MAX).for_context();
        assert!(matches!(short, Err(Shortage::Memory { free, least: u64::MAX }) if free > 0), "{short:?}");
    }
}
