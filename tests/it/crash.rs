//! Crashes: a renderer that dies fails what is under way at once, and a navigation revives its tab.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{House, Site, run};

/// The renderers below a process, through any number of zygotes.
fn renderers(browser: u64) -> Vec<u64> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids: Vec<u64> = processes.filter_map(|p| p.file_name().to_str()?.parse().ok()).collect();
    let parent = |pid: u64| -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
    };
    let is_below = |pid: u64| std::iter::successors(Some(pid), |pid| parent(*pid)).any(|pid| pid == browser);
    let is_renderer = |pid: &u64| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains("--type=renderer") && is_below(*pid)
    };
    pids.into_iter().filter(is_renderer).collect()
}

#[test]
fn a_dead_renderer_fails_what_is_under_way_and_is_revived_by_a_navigation() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        {
            let tab = house.open(&site.url("/")).await;
            let browser = house.get("/").await.ok()["pid"].as_u64().expect("it runs");
            let began = Instant::now();
            let kill = async {
                tab.house.get("/tabs").await.ok();
                for pid in renderers(browser) {
                    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
                    rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
                }
            };
            let (answer, ()) = tokio::join!(tab.try_eval("new Promise(() => {})"), kill);
            assert_eq!((answer.error().0, answer.code()), (500, "TARGET_CRASHED"), "{answer:?}");
            assert!(began.elapsed() < Duration::from_secs(10), "it did not wait for its deadline");
            assert_eq!(tab.click("p").await.code(), "TARGET_CRASHED");
            assert_eq!(tab.get("/snapshot", "").await.code(), "TARGET_CRASHED");
            tab.navigate(&site.url("/")).await.ok();
            assert!(tab.snapshot("").await.contains("Here"));
            assert_eq!(tab.eval("1 + 1").await, 2);
        }
        house.stop().await;
    });
}
