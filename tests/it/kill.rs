//! Endings without notice: of the gateway, of a browser, of a start. `OPENCLAW_LONG=1` runs the long form.

use std::fs;
use std::time::Duration;

use futures::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::house::{folder, free_base};
use crate::support::processes::{assert_none, browsers, is_free, naming, until};
use crate::support::program::{GatewayProcess, signal};
use crate::support::{House, Site, is_long, run};

const PROFILES: [&str; 3] = ["openclaw", "one", "two"];

/// A house for the built program, with three profiles, two of them on ports of their own.
fn house() -> House {
    let base = free_base();
    let profiles = json!({"one": {"cdpPort": base + 51}, "two": {"cdpPort": base + 52}});
    House::empty_at(folder(), base, json!({"browser": {"profiles": profiles}}))
}

/// Starts the three browsers side by side; their ports.
async fn start_all(house: &House) -> Vec<u16> {
    let start = async |profile: &str| {
        house.post(&format!("/start?profile={profile}"), json!({})).await.ok();
        let status = house.get(&format!("/?profile={profile}")).await.ok();
        u16::try_from(status["cdpPort"].as_u64().unwrap()).unwrap()
    };
    join_all(PROFILES.map(start)).await
}

#[test]
fn a_killed_gateway_leaves_no_browser_no_port_and_no_obstacle() {
    run(async {
        let (house, rounds) = (house(), if is_long() { 100 } else { 3 });
        let mut longest = Duration::ZERO;
        for round in 0..rounds {
            let gateway = GatewayProcess::start(&house.home, &[]);
            let ports = start_all(&house).await;
            assert_eq!(browsers(&house.home).len(), 3, "round {round}");
            gateway.kill();
            let limit = Duration::from_secs(if is_long() { 2 } else { 30 });
            let gone = until(limit, || naming(&house.home).is_empty()).await;
            longest = longest.max(gone.unwrap_or_else(|| panic!("round {round}: {:?}", naming(&house.home))));
            let family = [house.base, house.base + 2, house.base + 4];
            let held = || ports.iter().chain(&family).filter(|port| !is_free(**port)).collect::<Vec<_>>();
            assert!(
                until(Duration::from_secs(2), || held().is_empty()).await.is_some(),
                "{round}: {:?}",
                held()
            );
        }
        println!(
            "{rounds} gateways with 3 browsers killed; the last process was gone after at most {longest:?}"
        );
    });
}

#[test]
fn a_gateway_killed_while_it_launches_leaves_nothing_either() {
    run(async {
        let house = house();
        // With no browser yet, with the first and with the last of the three: however fast they start.
        for begun in [0, 1, 3] {
            let gateway = GatewayProcess::start(&house.home, &[]);
            let starting = tokio::spawn(join_all(PROFILES.map(|profile| {
                let request = house.bare().post(format!("{}/start?profile={profile}", house.control()));
                request.bearer_auth(&house.token).send()
            })));
            tokio::time::sleep(Duration::from_millis(20)).await;
            let seen = until(Duration::from_secs(30), || browsers(&house.home).len() >= begun).await;
            assert!(seen.is_some(), "{begun} browsers never began");
            gateway.kill();
            assert_none(&house.home);
            starting.await.expect("no panic");
        }
        let gateway = GatewayProcess::start(&house.home, &[]);
        start_all(&house).await;
        assert!(gateway.terminate().success());
        assert_none(&house.home);
    });
}

#[test]
fn calls_in_flight_fail_with_the_browser_and_the_next_starts_it_anew() {
    run(async {
        let mut house = House::with(json!({})).await;
        let tab = house.open(&Site::with("").await.url("/")).await;
        let pid = u32::try_from(house.get("/").await.ok()["pid"].as_u64().unwrap()).unwrap();
        let waits = join_all([
            tab.act(json!({"kind": "wait", "text": "never", "timeoutMs": 30_000})),
            tab.act(json!({"kind": "evaluate", "fn": "new Promise(() => {})", "timeoutMs": 30_000})),
        ]);
        let killing = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            signal(pid, Signal::KILL);
        };
        let (answers, ()) = tokio::join!(waits, killing);
        for answer in answers {
            assert_eq!((answer.error().0, answer.code()), (503, "BROWSER_GONE"), "{}", answer.body);
        }
        let answer = house.post("/tabs/open", json!({"url": "about:blank"})).await.ok();
        assert_ne!(answer["tabId"], "t1", "a tab's id is not given twice");
        assert_ne!(house.get("/").await.ok()["pid"], pid);
        house.stop().await;
        assert_none(&house.home);
    });
}

#[test]
fn a_gateway_that_is_stopped_takes_its_browsers_along() {
    run(async {
        let house = house();
        let gateway = GatewayProcess::start(&house.home, &[]);
        let ports = start_all(&house).await;
        assert!(gateway.terminate().success());
        assert_eq!(naming(&house.home), [0; 0]);
        assert!(ports.into_iter().all(is_free));
        assert!(!house.state("gateway.json").exists());
    });
}

#[test]
fn starts_and_stops_from_all_sides_end_in_one_state() {
    run(async {
        let mut house = House::with(json!({})).await;
        for last in ["/start", "/stop"] {
            let calls = (0..20).map(|n| house.post(if n % 2 == 0 { "/start" } else { "/stop" }, json!({})));
            let watching = async {
                for _ in 0..20 {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    assert!(browsers(&house.home).len() <= 1, "two browsers of one profile");
                }
            };
            let (answers, ()) = tokio::join!(join_all(calls), watching);
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                assert!(answer.error().1.contains("was stopped while it started"), "{}", answer.body);
            }
            house.post(last, json!({})).await.ok();
            let running = house.get("/").await.ok()["running"] == true;
            assert_eq!(
                (running, browsers(&house.home).len()),
                (last == "/start", usize::from(last == "/start"))
            );
        }
        assert_none(&house.home);
        let written = fs::read_to_string(house.state("ports.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap()["ports"].as_object().unwrap().len(), 1);
        house.stop().await;
    });
}

#[test]
fn a_program_that_hangs_does_not_outlive_the_next_start_of_a_killed_gateway() {
    run(async {
        let (home, base) = (folder(), free_base());
        let path = home.join("browser");
        fs::write(&path, "#!/bin/sh\nsleep 771 & sleep 772\n").unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let house = House::empty_at(home.clone(), base, json!({"browser": {"executablePath": path}}));
        let gateway = GatewayProcess::start(&home, &[]);
        let starting =
            house.bare().post(format!("{}/start", house.control())).bearer_auth(&house.token).send();
        assert!(tokio::time::timeout(Duration::from_millis(700), starting).await.is_err(), "it hangs");
        gateway.kill();
        assert!(!naming(&home).is_empty(), "a shell does not notice that its gateway is gone");
        let house = House::empty_at(home.clone(), base, json!({}));
        let gateway = GatewayProcess::start(&home, &[]);
        house.post("/start", json!({})).await.ok();
        assert!(gateway.terminate().success());
        assert_none(&home);
    });
}
