//! Processes and ports as the system sees them. It ends nothing but the renderers of a house.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::House;
use super::program::signal;

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

/// The browsers (not their children) whose profiles lie in this folder: leaders of process groups. What they fork has
/// their command line too, until it executes something else.
pub fn browsers(folder: &Path) -> Vec<u32> {
    let all = naming(folder);
    let is_leader = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let facts = stat.rsplit(") ").next().unwrap_or_default();
        let facts: Vec<u32> = facts.split(' ').skip(1).take(2).filter_map(|word| word.parse().ok()).collect();
        facts.len() == 2 && facts[1] == *pid && !all.contains(&facts[0])
    };
    all.iter().copied().filter(is_leader).collect()
}

/// The renderers below a process, through any number of zygotes.
fn renderers(browser: u64) -> Vec<u64> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids: Vec<u64> = processes.filter_map(|p| p.file_name().to_str()?.parse().ok()).collect();
    let parent = |pid: u64| -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
    };
    let is_below = |pid: u64| std::iter::successors(Some(pid), |pid| parent(*pid)).any(|pid| pid == browser);
    let is_renderer = |pid: &u64| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("--type=renderer") && is_below(*pid)
    };
    pids.into_iter().filter(is_renderer).collect()
}

/// Ends all renderers of a house's browser, as the system does when it has no memory left.
pub async fn end_renderers(house: &House) {
    let browser = house.get("/").await.ok()["pid"].as_u64().expect("it runs");
    for pid in renderers(browser) {
        signal(u32::try_from(pid).expect("a process id"), Signal::KILL);
    }
}

/// The renderer of a tab: of those of its browser, the one that works while a script of the tab's does.
pub async fn renderer_of(house: &House, tab: &str) -> u32 {
    let browser = house.get("/").await.ok()["pid"].as_u64().expect("it runs");
    let worked = |pid: &u64| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let facts = stat.rsplit(") ").next().unwrap_or_default();
        facts.split(' ').nth(11).and_then(|ticks| ticks.parse().ok()).unwrap_or_default()
    };
    let before: Vec<(u64, u64)> = renderers(browser).into_iter().map(|pid| (pid, worked(&pid))).collect();
    let work = "const end = performance.now() + 500; while (performance.now() < end); return 1";
    house.post("/act", json!({"kind": "evaluate", "fn": work, "targetId": tab})).await.ok();
    let (pid, _) = before.into_iter().max_by_key(|(pid, ticks)| worked(pid) - ticks).expect("a renderer");
    u32::try_from(pid).expect("a process id")
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

/// Fails unless nobody is left there soon; on a busy machine a browser that is just starting takes its time to go.
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
