//! The canvas host on base+4: our own browsers see it, strangers and climbing paths do not.

use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::wire::{self, Reply};
use crate::support::{House, run};

const MOUNT: &str = "/__openclaw__/canvas/";

async fn ask(house: &House, line: &str, headers: &[&str]) -> Reply {
    let host = format!("Host: 127.0.0.1:{}", house.base + 4);
    let all: Vec<&str> = [host.as_str()].into_iter().chain(headers.iter().copied()).collect();
    wire::send(house.base + 4, &wire::request(line, &all, "")).await
}

async fn ask_with_token(house: &House, path: &str) -> Reply {
    let bearer = format!("Authorization: Bearer {}", house.token);
    ask(house, &format!("GET {path}"), &[&bearer]).await
}

#[test]
fn the_welcome_page_opens_in_our_browser_without_a_token_in_its_url() {
    run(async {
        let house = House::shared().await;
        let url = house.gateway().canvas_url().expect("it listens").to_owned();
        let tab = house.open(&url).await;
        assert!(tab.snapshot("").await.contains("heading"));
        let seen = tab.eval("location.href + document.cookie + document.documentElement.outerHTML").await;
        assert!(seen.as_str().unwrap().starts_with(&url) && !seen.as_str().unwrap().contains(&house.token));
        // Nor does any other site's request carry it.
        assert_eq!(tab.eval("performance.getEntriesByType('navigation')[0].responseStatus").await, 200);
    });
}

#[test]
fn without_the_token_it_shows_nothing() {
    run(async {
        let house = House::shared().await;
        for headers in [vec![], vec!["Authorization: Bearer wrong"], vec!["Cookie: token=x"]] {
            for path in [MOUNT, "/", "/nothing", "/__openclaw__/canvas/../x"] {
                let reply = ask(house, &format!("GET {path}"), &headers).await;
                assert_eq!(reply.status, 401, "{path} {headers:?}");
                assert!(reply.json()["error"].is_string(), "{}", reply.body);
            }
        }
        let query = ask(house, &format!("GET {MOUNT}?token={}", house.token), &[]).await;
        assert_eq!(query.status, 401);
        let bearer = format!("Authorization: Bearer {}", house.token);
        assert_eq!(
            ask(house, &format!("GET {MOUNT}"), &[&bearer, "Origin: http://evil.example"]).await.status,
            403
        );
        assert_eq!(ask(house, &format!("POST {MOUNT}"), &[&bearer]).await.status, 405);
        assert_eq!(ask(house, &format!("GET {MOUNT}"), &[&bearer]).await.status, 200);
    });
}

#[test]
fn paths_that_climb_and_links_lead_nowhere() {
    run(async {
        let mut house = House::with(json!({})).await;
        let workspace = house.gateway().service().instance().workspace.clone();
        let root = workspace.join("canvas");
        std::fs::write(root.join("page.html"), "<p>here").unwrap();
        symlink(house.state("openclaw.json"), root.join("link.json")).unwrap();
        symlink(house.state(""), root.join("state")).unwrap();
        std::fs::hard_link(house.state("openclaw.json"), root.join("hard.json")).unwrap();
        assert_eq!(ask_with_token(&house, &format!("{MOUNT}page.html")).await.body, "<p>here");
        for path in [
            "../../openclaw.json",
            "%2e%2e/%2e%2e/openclaw.json",
            "..%2f..%2fopenclaw.json",
            "..%5c..%5copenclaw.json",
            "%252e%252e/openclaw.json",
            "....//openclaw.json",
            "/etc/passwd",
            "%2fetc%2fpasswd",
            "page.html%00.json",
            "link.json",
            "state/openclaw.json",
            "hard.json",
            "page.html/",
            ".",
            "%c0%ae%c0%ae/openclaw.json",
        ] {
            let reply = ask_with_token(&house, &format!("{MOUNT}{path}")).await;
            assert_eq!(reply.status, 404, "{path}: {reply:?}");
            assert!(!reply.body.contains(&house.token), "{path}");
        }
        house.stop().await;
    });
}

#[test]
fn it_can_be_switched_off() {
    run(async {
        let mut house = House::with(json!({"canvasHost": {"enabled": false}})).await;
        assert!(house.gateway().canvas_url().is_none());
        assert!(crate::support::processes::is_free(house.base + 4));
        house.stop().await;
    });
}
