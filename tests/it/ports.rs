//! CDP ports: leased by listening, never another program's, never another instance's.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openclaw::config::Config;
use openclaw::instance::{Environment, HostRegistry, Instance, Selection};
use serde_json::{Value, json};

use crate::support::house::{browser_section, environment, folder, free_base, runtime_dir};
use crate::support::processes::{is_free, until};
use crate::support::wire;
use crate::support::{House, run};

/// A program of somebody else, which counts who comes to it.
struct Foreign {
    visits: Arc<AtomicUsize>,
}

impl Foreign {
    fn at(address: &str, port: u16) -> Self {
        let address: SocketAddr = format!("{address}:{port}").parse().unwrap();
        let listener = TcpListener::bind(address).unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&visits);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { visits }
    }

    #[track_caller]
    fn assert_unnoticed(&self) {
        assert_eq!(self.visits.load(Ordering::Relaxed), 0, "somebody connected");
    }
}

/// The ports that the house wrote down as chosen by itself.
fn chosen(house: &House) -> Value {
    let text = std::fs::read_to_string(house.state("ports.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["ports"].clone()
}

/// Makes a port one that the house chose itself, earlier.
fn choose(house: &House, profile: &str, port: u16) {
    std::fs::write(house.state("ports.json"), json!({"ports": {profile: port}}).to_string()).unwrap();
}

/// The port that the config names for a profile.
fn configured(house: &House, profile: &str) -> Option<u16> {
    let environment = environment(&house.home);
    let instance = Instance::resolve(&Selection::default(), &environment).unwrap();
    let config = Config::load(&instance.config_path, &environment).unwrap();
    config.browser.profiles.iter().find(|p| p.name.as_str() == profile).unwrap().cdp_port
}

/// A foreign program on the first port: another one is leased, and the program notices nothing.
async fn evade(addresses: &[&str]) {
    let mut house = House::empty(json!({}));
    let wanted = house.base + 11;
    let foreign: Vec<Foreign> = addresses.iter().map(|address| Foreign::at(address, wanted)).collect();
    house.start().await;
    house.get("/").await.ok();
    house.post("/start", json!({})).await.ok();
    house.post("/tabs/open", json!({"url": "about:blank"})).await.ok();
    let status = house.get("/").await.ok();
    let port = status["cdpPort"].as_u64().unwrap();
    assert_ne!(port, u64::from(wanted), "{addresses:?}");
    assert!((house.base + 11..=house.base + 110).contains(&u16::try_from(port).unwrap()));
    assert_eq!(chosen(&house), json!({"openclaw": port}));
    house.stop().await;
    foreign.iter().for_each(Foreign::assert_unnoticed);
}

#[test]
fn a_foreign_program_on_ipv4_is_evaded() {
    run(evade(&["127.0.0.1"]));
}

#[test]
fn a_foreign_program_on_ipv6_is_evaded() {
    run(evade(&["[::1]"]));
}

#[test]
fn a_foreign_program_on_both_is_evaded() {
    run(evade(&["127.0.0.1", "[::1]"]));
}

#[test]
fn a_foreign_program_on_every_address_is_evaded() {
    run(evade(&["0.0.0.0"]));
}

#[test]
fn a_pinned_port_that_is_taken_is_an_error_that_names_both() {
    run(async {
        let base = free_base();
        let pinned = base + 60;
        let section = json!({"browser": {"profiles": {"work": {"cdpPort": pinned}}}});
        let mut house = House::empty_at(folder(), base, section);
        let foreign = Foreign::at("127.0.0.1", pinned);
        house.start().await;
        for _ in 0..2 {
            let answer = house.post("/start?profile=work", json!({})).await;
            let (status, error) = answer.error();
            assert_eq!((status, answer.code()), (409, "PORT_TAKEN"));
            assert!(
                error.starts_with(&format!("browser.profiles.work.cdpPort {pinned} is already in use")),
                "{error}"
            );
        }
        assert_eq!(configured(&house, "work"), Some(pinned));
        // Other profiles are not concerned.
        house.post("/start", json!({})).await.ok();
        house.stop().await;
        foreign.assert_unnoticed();
    });
}

#[test]
fn a_port_that_we_chose_gives_way_and_the_config_learns_the_new_one() {
    run(async {
        let base = free_base();
        let old = base + 60;
        let section = json!({"browser": {"profiles": {"work": {"cdpPort": old}}}});
        let mut house = House::empty_at(folder(), base, section);
        choose(&house, "work", old);
        let foreign = Foreign::at("127.0.0.1", old);
        house.start().await;
        // More than once: what the config said at the start of the gateway is no pin later on.
        for _ in 0..3 {
            house.post("/start?profile=work", json!({})).await.ok();
            let port = house.get("/?profile=work").await.ok()["cdpPort"].clone();
            assert_ne!(port, old);
            assert_eq!(chosen(&house)["work"], port);
            assert_eq!(json!(configured(&house, "work")), port);
            house.post("/stop?profile=work", json!({})).await.ok();
            assert_eq!(house.get("/?profile=work").await.ok()["cdpPort"], port);
        }
        house.stop().await;
        foreign.assert_unnoticed();
    });
}

#[test]
fn the_leased_port_answers_whoever_has_the_token_and_is_free_after_the_stop() {
    run(async {
        let mut house = House::with(json!({})).await;
        house.post("/start", json!({})).await.ok();
        let port = u16::try_from(house.get("/").await.ok()["cdpPort"].as_u64().unwrap()).unwrap();
        let token = house.token.clone();
        let basic = {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(format!("any:{token}"))
        };
        let ask = async |path: &str, host: &str, extra: &str| {
            let headers: Vec<&str> = [host, extra].into_iter().filter(|header| !header.is_empty()).collect();
            wire::send(port, &wire::request(&format!("GET {path}"), &headers, "")).await
        };
        let own = format!("Host: 127.0.0.1:{port}");
        let bearer = format!("Authorization: Bearer {token}");
        for (path, host, extra, status) in [
            ("/json/version", own.as_str(), "", 401),
            ("/json/version", &own, "Authorization: Bearer wrong", 401),
            ("/json/version?token=wrong", &own, "", 401),
            ("/json/list", &own, "", 401),
            ("/devtools/browser/x", &own, "", 401),
            ("/json/version", "Host: evil.example", bearer.as_str(), 403),
            ("/json/version", "", &bearer, 403),
            ("/json/version", &own, &bearer, 200),
            ("/json/version/", &own, &format!("Authorization: Basic {basic}"), 200),
            (&format!("/json/version?token={token}"), &own, "", 200),
            ("/json/list", &own, &bearer, 200),
        ] {
            let reply = ask(path, host, extra).await;
            assert_eq!(reply.status, status, "{path} {host} {extra}: {reply:?}");
            assert_eq!(reply.json()["error"].is_string(), status != 200);
        }
        assert!(!is_free(port));
        house.post("/stop", json!({})).await.ok();
        assert!(is_free(port));
        house.stop().await;
    });
}

#[test]
fn ports_of_another_instance_are_never_taken_even_when_it_does_not_run() {
    run(async {
        let registry = folder();
        let mut first = House::empty(json!({}));
        let base = first.base;
        // Another instance, registered and stopped, whose ports are all of ours but one.
        let mut other = House::empty_at(
            folder(),
            base + 7,
            json!({
                "browser": {"controlPort": base + 11}, "canvasHost": {"port": base + 13},
            }),
        );
        other.start_beside(&registry).await;
        other.stop().await;
        first.start_beside(&registry).await;
        let kept = [base + 7, base + 11, base + 13];
        let mut seen = Vec::new();
        for _ in 0..2 {
            first.post("/start", json!({})).await.ok();
            let port = u16::try_from(first.get("/").await.ok()["cdpPort"].as_u64().unwrap()).unwrap();
            assert!(!kept.contains(&port), "{port}");
            seen.push(port);
            first.post("/stop", json!({})).await.ok();
        }
        assert_eq!(seen[0], seen[1], "what was chosen once is kept");
        first.stop().await;
    });
}

#[test]
fn what_another_instance_has_written_down_for_a_profile_is_never_taken() {
    run(async {
        let registry = folder();
        let base = free_base();
        let configured = base + 71;
        let section = json!({"browser": {"profiles": {"work": {"cdpPort": configured}}}});
        let mut other = House::empty_at(folder(), base, section);
        other.start_beside(&registry).await;
        other.post("/start", json!({})).await.ok();
        let chosen = u16::try_from(other.get("/").await.ok()["cdpPort"].as_u64().unwrap()).unwrap();
        // Chosen while its gateway ran, and free, for its browser does not run.
        other.post("/stop", json!({})).await.ok();
        assert!(is_free(chosen) && is_free(configured));
        let mut house = House::empty_at(folder(), base - 20, json!({}));
        for port in [chosen, configured] {
            choose(&house, "openclaw", port);
            house.start_beside(&registry).await;
            house.post("/start", json!({})).await.ok();
            let mine = house.get("/").await.ok()["cdpPort"].clone();
            assert_ne!(mine, port);
            house.stop().await;
        }
        other.stop().await;
    });
}

#[test]
fn a_range_without_a_free_port_says_who_has_which() {
    run(async {
        let (registry, base) = (folder(), free_base());
        let (first, last) = (base + 11, base + 14);
        let of_other = json!({"browser": {"profiles": {"p": {"cdpPort": first + 1}}}});
        let mut other = House::empty_at(folder(), base + 40, of_other);
        other.start_beside(&registry).await;
        let range = json!({"browser": {
            "cdpPortRangeStart": first, "cdpPortRangeEnd": last,
            "profiles": {"pinned": {"cdpPort": first + 2}},
        }});
        let mut house = House::empty_at(folder(), base, range);
        house.start_beside(&registry).await;
        let foreign = Foreign::at("127.0.0.1", last);
        house.post("/start", json!({})).await.ok();
        let answer = house.post("/profiles/create", json!({"name": "two"})).await;
        let (status, error) = answer.error();
        assert_eq!((status, answer.code()), (507, "PORTS_EXHAUSTED"), "{error}");
        for words in [
            format!("no CDP port is free in {first}-{last}: "),
            format!("profile \"openclaw\" of this instance has {first}"),
            format!("instance \"default\" ({}) has {}", other.state("").display(), first + 1)
                .replace("/)", ")"),
            format!("profile \"pinned\" of this instance has {}", first + 2),
            format!("(pid {}) has {last}", std::process::id()),
            "stop browsers, or give this instance another base port".to_owned(),
        ] {
            assert!(error.contains(&words), "{words:?} is not in {error:?}");
        }
        house.stop().await;
        other.stop().await;
        foreign.assert_unnoticed();
    });
}

#[test]
fn a_port_that_a_removed_profile_had_is_not_the_next_one_s() {
    run(async {
        let mut house = House::with(json!({})).await;
        let made = async |name: &str| {
            let made = house.post("/profiles/create", json!({"name": name})).await.ok();
            house.post(&format!("/start?profile={name}"), json!({})).await.ok();
            made["cdpPort"].clone()
        };
        let first = made("one").await;
        house.delete("/profiles/one").await.ok();
        let number = u16::try_from(first.as_u64().unwrap()).unwrap();
        assert!(until(Duration::from_secs(5), || is_free(number)).await.is_some());
        assert_ne!(made("two").await, first);
        house.stop().await;
    });
}

#[test]
fn the_registry_keeps_what_an_instance_leaves() {
    run(async {
        let mut house = House::with(json!({"browser": browser_section()})).await;
        house.stop().await;
        let path = runtime_dir(&house.home).display().to_string();
        let environment = Environment::from_pairs([("OPENCLAW_RUNTIME_DIR", path)]);
        let families = HostRegistry::open(&environment).unwrap().families();
        assert_eq!(families.len(), 1);
        assert_eq!((families[0].ports.gateway, families[0].is_running()), (house.base, false));
    });
}

#[test]
fn a_pin_stays_a_pin_after_it_was_used_and_no_other_profile_takes_it() {
    run(async {
        let base = free_base();
        // The very port that the default profile would take first.
        let pinned = base + 11;
        let section = json!({"browser": {"profiles": {"work": {"cdpPort": pinned}}}});
        let mut house = House::empty_at(folder(), base, section);
        house.start().await;
        house.post("/start", json!({})).await.ok();
        assert_ne!(house.get("/").await.ok()["cdpPort"], pinned);
        house.post("/start?profile=work", json!({})).await.ok();
        house.post("/stop?profile=work", json!({})).await.ok();
        // The listener goes with the browser, a moment after it.
        assert!(until(Duration::from_secs(5), || is_free(pinned)).await.is_some());
        for address in ["127.0.0.1", "[::1]"] {
            let foreign = Foreign::at(address, pinned);
            let answer = house.post("/start?profile=work", json!({})).await;
            assert_eq!((answer.error().0, answer.code()), (409, "PORT_TAKEN"), "{}", answer.body);
            foreign.assert_unnoticed();
        }
        assert_eq!(configured(&house, "work"), Some(pinned));
        house.stop().await;
    });
}
