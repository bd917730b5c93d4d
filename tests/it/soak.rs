//! Leases come and go, and nothing is left of them. `make soak` does the same for thousands.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::processes::{browsers, until};
use crate::support::program::GatewayProcess;
use crate::support::{House, Site, run};

/// What a process holds: open files, children that have ended and were not collected.
#[derive(Debug)]
struct Held {
    files: usize,
    zombies: usize,
    /// What is in the state dir, and in what browsers of the pool have left.
    entries: usize,
}

impl Held {
    fn by(gateway: &GatewayProcess, house: &House) -> Self {
        let pid = gateway.pid();
        let count = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
        let stats = fs::read_dir("/proc").unwrap().flatten();
        let stats = stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
        let is_zombie = |stat: &String| {
            let (_, rest) = stat.rsplit_once(')').unwrap();
            let words: Vec<&str> = rest.split_whitespace().take(2).collect();
            words[..] == ["Z", pid.to_string().as_str()]
        };
        Self {
            files: count(Path::new(&format!("/proc/{pid}/fd"))),
            zombies: stats.filter(is_zombie).count(),
            entries: count(&house.state("")) + left_of_browsers(&house.state("browser")),
        }
    }
}

/// The lock of a folder stays, and nothing else.
fn left_of_browsers(all: &Path) -> usize {
    let folders = fs::read_dir(all).into_iter().flatten().flatten();
    let inner = folders.flat_map(|folder| ["user-data", "downloads"].map(|name| folder.path().join(name)));
    let entries = inner.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    entries.filter(|entry| entry.file_name() != ".openclaw.lock").count()
}

#[test]
fn nothing_is_left_of_leases_that_have_come_and_gone() {
    run(async {
        let pool = json!({"maxUses": 12, "spareContexts": 2, "contextsPerBrowser": 4, "idleMs": 200});
        let house = House::empty(json!({"browser": {"pool": pool}}));
        let site = Site::with("<h1>Small</h1>").await;
        let gateway = GatewayProcess::start(&house.home, &[]);
        let cycle = async || {
            let lease = house.post("/leases", json!({"pool": true, "waitMs": 60_000})).await.ok();
            let id = &lease["lease"];
            house.post("/tabs/open", json!({"url": site.url("/"), "lease": id})).await.ok();
            let text = json!({"kind": "evaluate", "fn": "document.body.innerText", "lease": id});
            assert_eq!(house.post("/act", text).await.ok()["result"], "Small");
            house.post("/leases/release", json!({"lease": id})).await.ok();
        };
        let rounds = async |count: usize| {
            let worker = async || {
                for _ in 0..count {
                    cycle().await;
                }
            };
            join_all((0..4).map(|_| worker())).await;
        };
        let is_empty = async || {
            while house.get("/leases").await.ok()["pool"] != json!([]) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        rounds(2).await;
        is_empty().await;
        let before = Held::by(&gateway, &house);
        // Six browsers are used up by that.
        rounds(18).await;
        is_empty().await;
        let settled = || {
            let after = Held::by(&gateway, &house);
            after.files <= before.files + 5 && after.zombies == 0 && after.entries <= before.entries
        };
        let is_settled = until(Duration::from_secs(10), settled).await.is_some();
        assert!(is_settled, "before {before:?}, after {:?}", Held::by(&gateway, &house));
        assert_eq!(browsers(&house.home), [0; 0]);
        let leases: Value = house.get("/leases").await.ok();
        assert_eq!((&leases["leases"], &leases["waiting"]), (&json!([]), &json!(0)));
        assert!(gateway.terminate().success());
    });
}
