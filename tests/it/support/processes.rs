//! Processes and ports as the system sees them. It ends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

/// The processes that have this folder in their command line. One that has ended and was not collected has none.
pub fn naming(folder: &Path) -> Vec<u32> {
    let folder = folder.to_str().expect("a plain path").as_bytes();
    let entries = std::fs::read_dir("/proc").expect("a Linux system").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let names = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.windows(folder.len()).any(|part| part == folder)
    };
    pids.filter(names).collect()
}

/// The browsers (not their children) whose profiles lie in this folder.
pub fn browsers(folder: &Path) -> Vec<u32> {
    let is_leader = |pid: &u32| {
        let line = command_line(*pid);
        !line.contains("--type=") && !line.contains("crashpad_handler ")
    };
    let leaders: Vec<u32> = naming(folder).into_iter().filter(is_leader).collect();
    // A child bears its parent's command line from its fork to its exec.
    let is_child = |pid: &u32| parent(*pid).is_some_and(|parent| leaders.contains(&parent));
    leaders.iter().copied().filter(|pid| !is_child(pid)).collect()
}

fn parent(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// How long it takes until something is so, or none when it is not within the limit.
pub async fn until(limit: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let begin = Instant::now();
    while !is_so() {
        if begin.elapsed() > limit {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Some(begin.elapsed())
}

/// Fails unless nobody is left there soon: a browser that is killed while the whole machine starts others takes its
/// time. The long form in `kill.rs` holds an unburdened machine to the two seconds that we promise.
#[track_caller]
pub fn assert_none(folder: &Path) {
    let begin = Instant::now();
    while !naming(folder).is_empty() {
        let lines = || naming(folder).iter().map(|pid| command_line(*pid)).collect::<Vec<_>>();
        assert!(begin.elapsed() < Duration::from_secs(30), "{:#?}", lines());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn command_line(pid: u32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    format!("{pid}: {}", String::from_utf8_lossy(&line).replace('\0', " "))
}

/// Whether nobody listens on a port, on either loopback address.
pub fn is_free(port: u16) -> bool {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    addresses.into_iter().all(|address| TcpListener::bind((address, port)).is_ok())
}
