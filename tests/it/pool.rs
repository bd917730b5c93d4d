//! Leases of the pool's own browsers: who gets a place, who waits, what is ready before, and when a browser goes.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::processes::browsers;
use crate::support::{Answer, House, Site, run};

/// A house with a pool of these settings.
async fn house(pool: Value) -> House {
    House::with(json!({"browser": {"pool": pool}})).await
}

async fn lease(house: &House, wish: Value) -> Value {
    house.post("/leases", wish).await.ok()
}

async fn of_pool(house: &House) -> Value {
    lease(house, json!({"pool": true})).await
}

async fn release(house: &House, lease: &Value) {
    house.post("/leases/release", json!({"lease": lease["lease"]})).await.ok();
}

/// The pool's browsers, as the list of leases tells them.
async fn members(house: &House) -> Vec<Value> {
    house.get("/leases").await.ok()["pool"].as_array().unwrap().clone()
}

/// Looks at the pool until it is as it should be.
async fn until(house: &House, what: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let members = members(house).await;
        if is_so(&members) {
            return members;
        }
        assert!(since.elapsed() < Duration::from_secs(20), "{what}: {members:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn eval(house: &House, lease: &Value, script: &str) -> Value {
    let body = json!({"kind": "evaluate", "fn": script, "lease": lease["lease"]});
    house.post("/act", body).await.ok()["result"].clone()
}

async fn open(house: &House, lease: &Value, url: &str) -> Value {
    house.post("/tabs/open", json!({"url": url, "lease": lease["lease"]})).await.ok()
}

fn left_in(house: &House, number: usize) -> Vec<String> {
    let folder = house.state(&format!("browser/pool.{number}/user-data"));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| name != ".openclaw.lock").collect()
}

fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.code())
}

fn is_there(pid: &Value) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

#[test]
fn leases_of_the_pool_share_browsers_that_are_nobodys_profile() {
    run(async {
        let mut house = house(json!({"contextsPerBrowser": 2, "spareContexts": 0, "idleMs": 300})).await;
        let site = Site::with("<p>Mine</p>").await;
        let all = futures::future::join_all((0..3).map(|_| of_pool(&house))).await;
        let mut names: Vec<&str> = all.iter().map(|lease| lease["profile"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["pool.1", "pool.1", "pool.2"]);
        assert_eq!(house.get("/").await.ok()["running"], false, "no profile's browser was started");
        for (at, lease) in all.iter().enumerate() {
            open(&house, lease, &site.url("/")).await;
            eval(&house, lease, &format!("document.cookie = 'who={at}'")).await;
        }
        for (at, lease) in all.iter().enumerate() {
            assert_eq!(eval(&house, lease, "document.cookie").await, format!("who={at}"));
        }
        // A lease says whose browser it is in, and nobody reaches that by its name.
        let named = house.post("/tabs/open", json!({"url": "about:blank", "profile": "pool.1"})).await;
        assert_eq!(refusal(&named), (404, "PROFILE_NOT_FOUND"));
        let shown = members(&house).await;
        let leases: Vec<&Value> = shown.iter().map(|member| &member["leases"]).collect();
        assert_eq!((leases, shown[0]["running"].clone()), (vec![&json!(2), &json!(1)], json!(true)));
        // Browsers that come and go keep no port for themselves: there are not many.
        let kept = std::fs::read_to_string(house.state("ports.json")).unwrap_or_default();
        assert!(!kept.contains("pool."), "{kept}");
        for lease in &all {
            release(&house, lease).await;
        }
        // Nobody needs them: they are stopped, and nothing is left of them.
        until(&house, "idle browsers go", <[Value]>::is_empty).await;
        assert!(!is_there(&shown[0]["pid"]) && !is_there(&shown[1]["pid"]));
        until(&house, "their folders are emptied", |_| {
            left_in(&house, 1).is_empty() && left_in(&house, 2).is_empty()
        })
        .await;
        assert_eq!(browsers(&house.home), [0; 0]);
        house.stop().await;
    });
}

#[test]
fn a_lease_of_a_browser_has_a_process_of_its_own_that_goes_with_it() {
    run(async {
        let mut house = house(json!({"spareContexts": 0})).await;
        let wish = || json!({"isolation": "browser"});
        let (one, two) = tokio::join!(lease(&house, wish()), lease(&house, wish()));
        assert_eq!((&one["isolation"], one["profile"] == two["profile"]), (&json!("browser"), false));
        let third = of_pool(&house).await;
        let shown = members(&house).await;
        assert_eq!(shown.len(), 3, "nobody else gets a place in a browser that is leased: {shown:?}");
        assert!(one["endpoint"].as_str().unwrap().starts_with("ws://127.0.0.1:"), "{one}");
        open(&house, &one, "about:blank").await;
        let number = one["profile"].as_str().unwrap().trim_start_matches("pool.").parse::<usize>().unwrap();
        let pid = &shown.iter().find(|member| member["name"] == one["profile"]).unwrap()["pid"];
        release(&house, &one).await;
        until(&house, "it is stopped", |members| members.len() == 2).await;
        assert!(!is_there(pid));
        until(&house, "its folder is emptied", |_| left_in(&house, number).is_empty()).await;
        assert_eq!(eval(&house, &two, "1 + 1").await, 2);
        assert_eq!(eval(&house, &third, "1 + 1").await, 2);
        house.stop().await;
    });
}

#[test]
fn whoever_finds_no_place_is_told_when_or_waits_in_a_line() {
    run(async {
        let pool = json!({"maxBrowsers": 1, "contextsPerBrowser": 1, "spareContexts": 0, "maxWaiting": 8});
        let mut house = house(pool).await;
        let first = of_pool(&house).await;
        let url = format!("{}/leases", house.control());
        let ask = |body: Value| house.bare().post(&url).bearer_auth(&house.token).json(&body);
        let refused = ask(json!({"pool": true})).send().await.unwrap();
        let retry = refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap();
        assert_eq!(refused.status().as_u16(), 429);
        let body: Value = refused.json().await.unwrap();
        assert!((1..=300).contains(&retry) && body["retryAfterMs"].as_u64().unwrap().div_ceil(1000) == retry);
        assert_eq!(body["code"], "LEASES_EXHAUSTED");
        assert_eq!(body["details"]["queue"]["position"], 1, "{body}");
        // Whoever hangs up has left the line; whoever is patient gets the place.
        let waiting = |count: u64| {
            let house = &house;
            async move {
                while house.get("/leases").await.ok()["waiting"] != count {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        let patient = json!({"pool": true, "waitMs": 20_000, "owner": "gone"});
        let gone = tokio::spawn(ask(patient).send());
        waiting(1).await;
        let patient = json!({"pool": true, "waitMs": 20_000, "owner": "ada", "idempotencyKey": "k"});
        let keyed = tokio::spawn(ask(patient).send());
        waiting(2).await;
        let soon = house.post("/leases", json!({"pool": true, "waitMs": 50})).await;
        assert_eq!(
            (refusal(&soon), &soon.body["details"]["queue"]["position"]),
            ((429, "LEASES_EXHAUSTED"), &json!(3))
        );
        gone.abort();
        waiting(1).await;
        release(&house, &first).await;
        let next: Value = keyed.await.unwrap().unwrap().json().await.unwrap();
        assert!(
            next["fence"].as_u64() > first["fence"].as_u64() && next["waitedMs"].as_u64() > Some(0),
            "{next}"
        );
        // Those who asked with a key and went away while they waited are waited for no longer, either.
        let patient = || json!({"pool": true, "waitMs": 20_000, "idempotencyKey": "later"});
        let gone = tokio::spawn(ask(patient()).send());
        waiting(1).await;
        gone.abort();
        waiting(0).await;
        let again = tokio::spawn(ask(patient()).send());
        waiting(1).await;
        release(&house, &next).await;
        assert_eq!(again.await.unwrap().unwrap().status().as_u16(), 200);
        house.stop().await;
    });
}

#[test]
fn a_flood_of_one_owner_takes_no_turn_of_another() {
    run(async {
        let pool = json!({"maxBrowsers": 1, "contextsPerBrowser": 2, "spareContexts": 0, "maxUses": 10_000});
        let mut house = house(pool).await;
        let wish = |owner: &str| json!({"pool": true, "owner": owner, "waitMs": 60_000});
        let (house_ref, counted) = (&house, std::cell::RefCell::new(Vec::<String>::new()));
        let turn = |owner: &'static str| {
            let counted = &counted;
            async move {
                let got = lease(house_ref, wish(owner)).await;
                counted.borrow_mut().push(owner.to_owned());
                release(house_ref, &got).await;
            }
        };
        let worker = |owner: &'static str, turns: usize| async move {
            for _ in 0..turns {
                turn(owner).await;
            }
        };
        // The flood asks ten times as often as each of the others, all at once.
        let flood = futures::future::join_all((0..30).map(|_| turn("flood")));
        let others = futures::future::join_all(["ada", "ben", "cleo"].map(|owner| worker(owner, 8)));
        let flooded = async {
            let () = others.await.into_iter().collect();
            counted.borrow().len()
        };
        let (_, when_others_were_done) = tokio::join!(flood, flooded);
        let counted = counted.into_inner();
        let before = counted[..when_others_were_done].iter().filter(|owner| *owner == "flood").count();
        // As many as the others, who had eight each, and never as many as it asked for.
        assert!(
            (4..=12).contains(&before),
            "{before} of the flood among {when_others_were_done}: {counted:?}"
        );
        house.stop().await;
    });
}

#[test]
fn a_context_is_ready_before_somebody_asks_and_is_used_once() {
    run(async {
        let mut house = house(json!({"spareContexts": 2, "spareBrowsers": 1, "contextsPerBrowser": 4})).await;
        let site = Site::with("<p>Mine</p>").await;
        let ready = |members: &[Value]| members.iter().any(|member| member["spares"] == 2);
        until(&house, "nobody has asked yet", ready).await;
        let one = of_pool(&house).await;
        assert!(one["tabs"].as_array().unwrap().is_empty(), "nobody has opened a tab: {one}");
        let opened = open(&house, &one, &site.url("/")).await;
        let tabs = house.get(&format!("/tabs?lease={}", one["lease"].as_str().unwrap())).await.ok();
        assert_eq!(tabs["tabs"].as_array().unwrap().len(), 1, "{tabs}");
        eval(&house, &one, "document.cookie = 'who=one'").await;
        // The next one is made at once, and each has its own.
        until(&house, "another one is made", ready).await;
        let two = of_pool(&house).await;
        let other = open(&house, &two, &site.url("/")).await;
        assert_ne!(opened["targetId"], other["targetId"]);
        assert_eq!(eval(&house, &two, "document.cookie").await, "");
        // A tab that is asked for without a URL, or implied, is that tab, too.
        until(&house, "another one is made", ready).await;
        let three = of_pool(&house).await;
        assert_eq!(eval(&house, &three, "location.href").await, "about:blank");
        // A spare browser that is stopped with the gateway is not replaced.
        house.stop().await;
        assert_eq!(browsers(&house.home), [0; 0]);
    });
}

#[test]
fn a_browser_that_is_used_up_or_dies_is_replaced() {
    run(async {
        let mut house = house(json!({"maxUses": 2, "spareContexts": 0, "contextsPerBrowser": 8})).await;
        let (one, two, three) = (of_pool(&house).await, of_pool(&house).await, of_pool(&house).await);
        assert_eq!((&one["profile"], &two["profile"]), (&json!("pool.1"), &json!("pool.1")));
        assert_eq!(three["profile"], "pool.2", "two contexts were its share");
        assert_eq!(members(&house).await[0]["draining"], true);
        // Whoever is in it goes on, and it goes with the last one.
        assert_eq!(eval(&house, &one, "1 + 1").await, 2);
        release(&house, &one).await;
        assert_eq!(eval(&house, &two, "1 + 1").await, 2);
        release(&house, &two).await;
        let left = until(&house, "it is stopped", |members| members.len() == 1).await;
        let pid =
            rustix::process::Pid::from_raw(i32::try_from(left[0]["pid"].as_u64().unwrap()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let ended = loop {
            let body = json!({"kind": "evaluate", "fn": "1", "lease": three["lease"]});
            let answer = house.post("/act", body).await;
            if answer.status == 410 {
                break answer;
            }
        };
        assert_eq!(ended.code(), "LEASE_ENDED");
        let next = of_pool(&house).await;
        assert_eq!(eval(&house, &next, "1 + 1").await, 2);
        house.stop().await;
    });
}

#[test]
fn nothing_is_started_on_a_host_without_memory_and_what_is_wrong_is_told_by_its_field() {
    run(async {
        let mut house = house(json!({"minFreeMemoryMb": 1_048_576})).await;
        for wish in [json!({"pool": true}), json!({}), json!({"isolation": "browser", "waitMs": 100})] {
            let answer = house.post("/leases", wish).await;
            assert_eq!(refusal(&answer), (503, "HOST_EXHAUSTED"), "{}", answer.body);
            assert_eq!(answer.body["details"]["reason"], "memory");
            assert!(answer.body["error"].as_str().unwrap().contains("minFreeMemoryMb"), "{}", answer.body);
            assert!(answer.body["retryAfterMs"].as_u64().is_some());
        }
        assert_eq!(browsers(&house.home), [0; 0]);
        for (wish, field, words) in [
            (json!({"pool": true, "isolation": "tab"}), "isolation", "context"),
            (json!({"pool": true, "profile": "openclaw"}), "profile", "leave out"),
            (json!({"isolation": "browser", "profile": "openclaw"}), "profile", "leave out"),
            (json!({"isolation": "browser", "pool": false}), "pool", "leave out"),
            (json!({"waitMs": 600_001}), "waitMs", "600000"),
            (json!({"waitMs": -1}), "waitMs", "waitMs"),
        ] {
            let answer = house.post("/leases", wish.clone()).await;
            assert_eq!(
                (answer.status, &answer.body["field"]),
                (400, &json!(field)),
                "{wish}: {}",
                answer.body
            );
            assert!(answer.body["error"].as_str().unwrap().contains(words), "{wish}: {}", answer.body);
        }
        house.stop().await;
    });
}
