//! Navigation: when it is done, what it cannot do, and that the tab stays usable either way.

use serde_json::{Value, json};

use crate::support::program::{output, stdout};
use crate::support::{House, Site, Tab, run};

#[test]
fn it_is_done_when_the_page_has_loaded() {
    run(async {
        let tab = Tab::with("").await;
        let site = Site::with("<script>document.write('<p>Written</p>')</script>").await;
        let body = tab.navigate(&site.url("/")).await.ok();
        assert_eq!(
            (&body["ok"], &body["targetId"], &body["url"]),
            (&json!(true), &json!(tab.id), &json!(site.url("/")))
        );
        assert_eq!(tab.eval("document.readyState").await, "complete");
        assert!(tab.snapshot("").await.contains("Written"));
    });
}

#[test]
fn redirects_are_followed_and_the_last_url_is_told() {
    run(async {
        let site = Site::with("<p>Arrived</p>").await;
        site.redirect("/first", "/second");
        site.redirect("/second", "/");
        let tab = Tab::with("").await;
        assert_eq!(tab.navigate(&site.url("/first")).await.ok()["url"], site.url("/"));
        assert_eq!(site.asked(), ["/first", "/second", "/"]);
    });
}

#[test]
fn a_page_that_is_missing_is_a_page() {
    run(async {
        let site = Site::new().await;
        let tab = Tab::with("").await;
        tab.navigate(&site.url("/nowhere")).await.ok();
        assert!(tab.snapshot("").await.contains("no such page"));
    });
}

#[test]
fn a_server_that_refuses_is_named() {
    run(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let tab = Tab::with("").await;
        let answer = tab.navigate(&format!("http://{free}/")).await;
        let (status, error) = answer.error();
        assert_eq!((status, answer.code()), (502, "NAVIGATION_FAILED"));
        assert_eq!(error, format!("net::ERR_CONNECTION_REFUSED at http://{free}/"));
        let site = Site::with("<p>Fine</p>").await;
        tab.navigate(&site.url("/")).await.ok();
    });
}

#[test]
fn a_page_that_cannot_be_loaded_is_told_by_the_call_that_asked_for_it_and_by_no_later_act() {
    run(async {
        let house = House::shared().await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let press = json!({"kind": "press", "key": "a"});
        for (url, why) in [
            (format!("http://{free}/"), "net::ERR_CONNECTION_REFUSED"),
            ("http://no-such-host.invalid/".to_owned(), "net::ERR_NAME_NOT_RESOLVED"),
            ("http://127.0.0.1:1/".to_owned(), "net::ERR_UNSAFE_PORT"),
        ] {
            let opened = house.post("/tabs/open", json!({"url": url})).await.ok();
            assert_eq!(
                opened["warnings"],
                json!([format!("the page could not be loaded: {why} at {url}")]),
                "{opened}"
            );
            let effects = &opened["effects"];
            assert_eq!(
                (&effects["newDocument"], &effects["pending"]),
                (&json!(true), &json!(null)),
                "{effects}"
            );
            let failed = format!("GET {url}: {why}");
            assert_eq!(effects["failedRequests"]["messages"], json!([failed]), "{effects}");
            let id = opened["targetId"].as_str().unwrap();
            let mut act = press.clone();
            act["targetId"] = id.into();
            let told = house.post("/act", act.clone()).await.ok()["effects"].clone();
            assert_eq!(
                [&told["newDocument"], &told["url"], &told["pending"]["navigation"]],
                [&json!(null); 3],
                "{told}"
            );
            // An error page has no origin, and is asked like any other.
            house.get(&format!("/snapshot?targetId={id}")).await.ok();
            assert_eq!(house.post("/act", act).await.ok()["effects"], json!({"effect": "none"}), "{url}");
            house.delete(&format!("/tabs/{id}")).await.ok();

            let tab = Tab::with("").await;
            assert_eq!(tab.navigate(&url).await.error().1, format!("{why} at {url}"));
            let told = tab.act(press.clone()).await.ok()["effects"].clone();
            assert_eq!(
                [&told["newDocument"], &told["url"], &told["pending"]["navigation"]],
                [&json!(null); 3],
                "{told}"
            );
        }
    });
}

#[test]
fn a_refused_redirect_leaves_nothing_pending() {
    run(async {
        let mut house =
            House::with(json!({"browser": {"ssrfPolicy": {"blockedHostnames": ["localhost"]}}})).await;
        let site = Site::with("").await;
        site.redirect("/away", "http://localhost:9/");
        let tab = house.open(&site.url("/")).await;
        assert_eq!(tab.navigate(&site.url("/away")).await.code(), "NAVIGATION_BLOCKED");
        let act = tab.act(json!({"kind": "press", "key": "a"})).await.ok();
        assert_eq!(act["effects"], json!({"effect": "none"}));
        house.stop().await;
    });
}

#[test]
fn a_part_of_the_same_document_is_gone_to_without_loading() {
    run(async {
        let site = Site::with("<h2 id=part>Part</h2>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let part = tab.find("Part").await;
        assert_eq!(tab.navigate(&site.url("/#part")).await.ok()["url"], site.url("/#part"));
        assert_eq!((site.asked().len(), tab.find("Part").await), (1, part));
    });
}

#[test]
fn a_server_that_never_answers_costs_the_deadline_and_no_more() {
    run(async {
        // It accepts through its backlog and never reads.
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", mute.local_addr().unwrap());
        let site = Site::with("<button>Here</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let answer = tab.post("/navigate", json!({"url": url, "timeoutMs": 1000})).await;
        assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"));
        let told = format!("given up; the tab shows {}. Raise timeoutMs", site.url("/"));
        assert!(answer.error().1.contains(&told), "{answer:?}");
        let details = json!({"reason": "givenUp", "url": site.url("/")});
        assert_eq!(answer.body["details"], details, "{answer:?}");
        // The next call finds the tab as if nothing had been asked.
        let click = tab.click("button").await.ok();
        assert_eq!(click["effects"]["pending"], json!(null), "{click}");
        assert_eq!(tab.eval("location.href").await, site.url("/"));
    });
}

#[test]
fn a_picture_that_never_comes_keeps_no_one_from_the_page() {
    run(async {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let site =
            Site::with(&format!("<p>Here</p><img src='http://{}/'>", mute.local_addr().unwrap())).await;
        let tab = Tab::with("").await;
        let answer = tab.post("/navigate", json!({"url": site.url("/"), "timeoutMs": 1000})).await;
        assert_eq!(answer.code(), "TIMEOUT", "{answer:?}");
        assert!(answer.error().1.contains("its document is there and goes on loading"), "{answer:?}");
        let pending = json!({"navigation": site.url("/")});
        let details = json!({"reason": "loading", "url": site.url("/"), "pending": pending});
        assert_eq!(answer.body["details"], details, "{answer:?}");
        assert!(tab.snapshot("").await.contains("Here"));
        // Nobody has stopped it.
        assert_eq!(tab.eval("document.readyState").await, "interactive");
    });
}

#[test]
fn a_page_that_goes_on_to_a_server_that_says_nothing_names_where_it_goes() {
    run(async {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let next = format!("http://{}/", mute.local_addr().unwrap());
        let site = Site::with(&format!("<script>location.href = '{next}'</script>")).await;
        let tab = Tab::with("").await;
        let answer = tab.post("/navigate", json!({"url": site.url("/"), "timeoutMs": 1000})).await;
        let details = json!({"reason": "loading", "url": site.url("/"), "pending": {"navigation": next}});
        assert_eq!((answer.code(), &answer.body["details"]), ("TIMEOUT", &details), "{answer:?}");
        assert!(answer.error().1.contains(&format!("goes on to {next}")), "{answer:?}");
    });
}

#[test]
fn the_command_line_tells_where_a_navigation_has_come_to() {
    run(async {
        let house = House::shared().await;
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", mute.local_addr().unwrap());
        let tab = Tab::with("").await;
        let shown = tab.eval("location.href").await;
        let arguments =
            ["browser", "--json", "navigate", &url, "--target-id", &tab.id, "--timeout-ms", "1000"];
        let asked = tokio::task::spawn_blocking({
            let (home, arguments) = (house.home.clone(), arguments.map(str::to_owned));
            move || output(&home, &arguments.each_ref().map(String::as_str))
        });
        let printed = asked.await.unwrap();
        let error = serde_json::from_str::<Value>(&stdout(&printed)).unwrap()["error"].clone();
        assert_eq!(error["details"], json!({"reason": "givenUp", "url": shown}), "{error}");
        assert!(error["message"].as_str().unwrap().contains("given up; the tab shows"), "{error}");
    });
}

#[test]
fn a_download_is_no_page() {
    run(async {
        let site = Site::with("<p>Here</p>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let file = "data:application/octet-stream,bytes";
        tab.eval(&format!(
            "Object.assign(document.createElement('a'), {{href: '{file}', download: 'f'}}).click()"
        ))
        .await;
        assert_eq!(tab.eval("location.href").await, site.url("/"));
    });
}

#[test]
fn urls_that_lead_nowhere_good_are_refused() {
    run(async {
        let tab = Tab::with("").await;
        for (url, error) in [
            ("file:///etc/passwd", "Navigation blocked: unsupported protocol \"file:\""),
            ("chrome://crash", "Navigation blocked: unsupported protocol \"chrome:\""),
            ("javascript:alert(1)", "Navigation blocked: unsupported protocol \"javascript:\""),
            ("nonsense", "Invalid URL: nonsense"),
        ] {
            let answer = tab.navigate(url).await;
            assert_eq!((answer.error(), answer.code()), ((400, error), "NAVIGATION_BLOCKED"));
            assert_eq!(answer.body["reason"], "navigation_blocked");
        }
        assert_eq!(tab.navigate(" ").await.error(), (400, "url is required"));
        tab.navigate("about:blank").await.ok();
    });
}

#[test]
fn going_back_to_back_ends_on_the_last() {
    run(async {
        let site = Site::new().await;
        let tab = Tab::with("").await;
        for n in 0..10 {
            site.page(&format!("/{n}"), &format!("<h1>Page {n}</h1>"));
            tab.navigate(&site.url(&format!("/{n}"))).await.ok();
            assert!(tab.snapshot("").await.contains(&format!("Page {n}")));
        }
    });
}

#[test]
fn a_page_that_goes_on_by_itself_is_followed() {
    run(async {
        let site = Site::with("<script>location.replace('/next')</script>").await;
        site.page("/next", "<p>Next</p>");
        let tab = Tab::with("").await;
        tab.navigate(&site.url("/")).await.ok();
        tab.act(json!({"kind": "wait", "text": "Next"})).await.ok();
        assert_eq!(tab.eval("location.pathname").await, "/next");
    });
}
