//! Two instances on one host, as close together as the recommended spacing allows. `OPENCLAW_LONG=1` runs the long
//! form: 20 profiles each, 50 rounds.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Map, Value, json};

use crate::support::house::{folder, free_base};
use crate::support::processes::{assert_none, is_free, until};
use crate::support::program::{GatewayProcess, openclaw, stderr, stdout};
use crate::support::{House, Site, is_long, run};

/// Lighter than the whole Chromium, where it is installed.
const SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// What both instances did, and who holds which port.
struct Town {
    site: Site,
    held: Mutex<HashSet<u64>>,
    /// Gateway, control and canvas ports of both.
    faces: Vec<u64>,
    starts: AtomicUsize,
}

/// An instance whose profiles have ports that it chose itself, the same ones as the other's.
fn instance(base: u16, ports: &Map<String, Value>) -> House {
    let profiles: Map<_, _> =
        ports.iter().map(|(name, port)| (name.clone(), json!({"cdpPort": port}))).collect();
    let mut browser = json!({"profiles": profiles});
    if Path::new(SHELL).exists() {
        browser["executablePath"] = SHELL.into();
    }
    let house = House::empty_at(folder(), base, json!({"browser": browser}));
    std::fs::write(house.state("ports.json"), json!({"ports": ports}).to_string()).unwrap();
    house
}

/// One profile of one instance, through one round.
async fn live(town: &Town, house: &House, profile: &str, round: usize) {
    let page = town.site.url(&format!("/{}/{profile}/{round}", house.base));
    let query = format!("profile={profile}");
    house.post(&format!("/tabs/open?{query}"), json!({"url": page})).await.ok();
    let port = house.get(&format!("/?{query}")).await.ok()["cdpPort"].as_u64().unwrap();
    assert!(town.held.lock().unwrap().insert(port), "port {port} has two holders");
    assert!(!town.faces.contains(&port), "port {port} is a gateway's own");
    let tabs = house.get(&format!("/tabs?{query}")).await.ok();
    let urls = tabs["tabs"].as_array().unwrap().iter().map(|tab| tab["url"].as_str().unwrap());
    let strange: Vec<&str> = urls.filter(|url| *url != page && *url != "about:blank").collect();
    assert!(strange.is_empty(), "{profile} shows {strange:?}");
    let body = json!({"kind": "evaluate", "fn": "location.href"});
    assert_eq!(house.post(&format!("/act?{query}"), body).await.ok()["result"], page);
    // Given up before it is free: afterwards somebody else may have it at once.
    town.held.lock().unwrap().remove(&port);
    assert_eq!(house.post(&format!("/stop?{query}"), json!({})).await.ok()["stopped"], true);
    town.starts.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn two_instances_with_the_same_wishes_never_meet() {
    run(async {
        let (count, rounds) = if is_long() { (20, 50) } else { (5, 3) };
        let (base, registry) = (free_base(), folder());
        let ports: Map<String, Value> = (0..count).map(|n| (format!("p{n}"), json!(base + 31 + n))).collect();
        let mut houses = [instance(base, &ports), instance(base + 20, &ports)];
        let [one, two] = &mut houses;
        tokio::join!(one.start_beside(&registry), two.start_beside(&registry));
        let faces =
            houses.iter().flat_map(|house| [0, 2, 4].map(|distance| u64::from(house.base + distance)));
        let site = Site::new().await;
        ports.keys().for_each(|profile| {
            for (house, round) in houses.iter().flat_map(|house| (0..rounds).map(move |round| (house, round)))
            {
                site.page(&format!("/{}/{profile}/{round}", house.base), "own");
            }
        });
        let (held, starts) = (Mutex::default(), AtomicUsize::new(0));
        let town = Town { site, held, faces: faces.collect(), starts };
        for round in 0..rounds {
            let lives = houses.iter().flat_map(|house| {
                let town = &town;
                ports.keys().map(move |profile| live(town, house, profile, round))
            });
            join_all(lives).await;
        }
        for house in &mut houses {
            house.stop().await;
            assert_none(&house.home);
        }
        // What another test forks at this moment bears our descriptors until its exec.
        let free = until(Duration::from_secs(5), || (base..base + 140).all(is_free)).await;
        assert!(free.is_some(), "all ports are free afterwards");
        let starts = town.starts.load(Ordering::Relaxed);
        assert_eq!(starts, usize::from(count) * rounds * 2);
        println!(
            "2 instances, {count} profiles each, {rounds} rounds: {starts} browsers, no port twice, none astray"
        );
    });
}

/// What `status --all` tells of the instance at this home, as JSON and as text.
fn listed(registry: &Path, home: &Path) -> (Value, String) {
    let status = |arguments: &[&str]| {
        let mut command = openclaw(home);
        let output = command.env("OPENCLAW_RUNTIME_DIR", registry).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let told: Value = serde_json::from_str(&status(&["status", "--all", "--json"])).unwrap();
    let state = json!(home.join(".openclaw"));
    let row = told["instances"].as_array().unwrap().iter().find(|row| row["stateDir"] == state);
    (row.cloned().unwrap_or_default(), status(&["status", "--all"]))
}

#[test]
fn every_instance_of_the_host_is_told_with_its_ports_and_browsers() {
    run(async {
        let registry = folder();
        let (base, other) = (free_base(), free_base());
        let here = House::empty_at(folder(), base, json!({}));
        let mut beside = House::empty_at(folder(), other, json!({}));
        let mut command = openclaw(&here.home);
        command.env("OPENCLAW_RUNTIME_DIR", &registry).arg("gateway");
        let gateway = GatewayProcess::of(command);
        beside.start_beside(&registry).await;
        here.post("/start", json!({})).await.ok();
        let status = here.get("/").await.ok();
        let (port, pid) = (status["cdpPort"].clone(), status["pid"].clone());

        let (row, text) = listed(&registry, &here.home);
        assert_eq!((&row["running"], &row["process"]["pid"]), (&json!(true), &json!(gateway.pid())), "{row}");
        assert!(row["process"]["startTicks"].is_u64() && row["process"]["bootId"].is_string(), "{row}");
        assert_eq!(
            row["ports"],
            json!({"gateway": base, "control": base + 2, "canvas": base + 4, "cdp": [base + 11, base + 110]})
        );
        assert_eq!(row["configPath"], json!(here.state("openclaw.json")));
        assert_eq!(row["browsers"], json!([{"profile": "openclaw", "cdpPort": port, "pid": pid}]));
        assert!(text.contains(&format!("default: running, pid {}\n", gateway.pid())), "{text}");
        assert!(text.contains(&format!("\n  browser openclaw: CDP port {port}, pid {pid}")), "{text}");
        assert!(text.contains(&format!("gateway {other}, ")), "{text}");
        assert!(!text.contains(&here.token) && !row.to_string().contains(&here.token));

        here.post("/stop", json!({})).await.ok();
        let (row, text) = listed(&registry, &here.home);
        assert_eq!((&row["browsers"], &row["running"]), (&json!([]), &json!(true)));
        assert_eq!(row["keeps"], json!([{"profile": "openclaw", "cdpPort": port}]));
        assert!(text.contains(&format!("browser openclaw: stopped, keeps CDP port {port}")), "{text}");

        // Killed with a browser: the entry still says that both run, and the kernel that neither does.
        here.post("/start", json!({})).await.ok();
        gateway.kill();
        assert_none(&here.home);
        let (row, text) = listed(&registry, &here.home);
        assert_eq!(
            (&row["running"], &row["process"], &row["browsers"]),
            (&json!(false), &Value::Null, &json!([]))
        );
        assert!(text.contains("default: stopped\n"), "{text}");
        let refused = openclaw(&here.home).args(["status", "--all", "--port", "1"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
        beside.stop().await;
        assert_eq!(listed(&registry, &beside.home).0["running"], false);
    });
}

#[test]
fn a_base_port_that_another_instance_has_is_named() {
    run(async {
        let (registry, base) = (folder(), free_base());
        let mut one = House::empty_at(folder(), base, json!({}));
        one.start_beside(&registry).await;
        let two = House::empty_at(folder(), base, json!({}));
        let output =
            openclaw(&two.home).env("OPENCLAW_RUNTIME_DIR", &registry).arg("gateway").output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(&format!("the gateway port {base} is already in use")), "{text}");
        assert!(text.contains(&one.home.display().to_string()) && text.contains("--port"), "{text}");
        one.stop().await;
    });
}
