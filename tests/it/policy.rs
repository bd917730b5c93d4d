//! Policy: what is refused is never asked for, whoever asks, and the tab stays where it was.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

/// A house with the default policy, but for localhost, where tests have their pages. 127.0.0.1 is refused.
async fn guarded() -> House {
    let policy = json!({"dangerouslyAllowPrivateNetwork": null, "allowedHostnames": ["localhost"]});
    House::with(json!({"browser": {"ssrfPolicy": policy}})).await
}

/// Waits until the browser of a house has refused a request of its pages.
async fn refused(house: &House) {
    let service = house.gateway().service();
    let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
    let refusals = || browser.tabs().iter().map(|tab| tab.page.refusals()).sum::<u64>();
    until(|| refusals() > 0).await;
}

/// Waits for something outside the browser.
async fn until(is_true: impl Fn() -> bool) {
    let seen = async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), seen).await.expect("it happens");
}

/// Opens a page that has the sink's address, does something there, and shows that the sink was never asked.
async fn never_reached(page: impl Fn(&str) -> String, act: Option<Value>) {
    let (mut house, site, sink) = (guarded().await, Site::new().await, Site::with("<p>Secret</p>").await);
    site.page("/", &page(&sink.url("/secret")));
    let here = site.url_as("localhost", "/");
    {
        let tab = house.open(&here).await;
        if let Some(act) = act {
            let answer = tab.act(act).await;
            assert!(answer.status == 200 || answer.body["reason"] == "navigation_blocked", "{answer:?}");
        }
        refused(&house).await;
        assert_eq!(sink.asked(), Vec::<String>::new());
        let shown = tab.act(json!({"kind": "evaluate", "fn": "location.href"})).await.ok();
        assert_eq!(shown["result"], here);
    }
    house.stop().await;
}

fn click(selector: &str) -> Option<Value> {
    Some(json!({"kind": "click", "selector": selector}))
}

#[test]
fn private_hosts_are_refused_by_default() {
    run(async {
        let mut house = House::with(json!({"browser": {"ssrfPolicy": null}})).await;
        let sink = Site::with("<p>Secret</p>").await;
        for url in [
            sink.url("/"),
            sink.url_as("localhost", "/"),
            sink.url_as("[::1]", "/"),
            sink.url_as("2130706433", "/"),
            "http://10.0.0.1/".to_owned(),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            house.control(),
        ] {
            let answer = house.post("/tabs/open", json!({"url": url})).await;
            assert_eq!(answer.error(), (400, "browser navigation blocked by policy"), "{url}");
            assert_eq!(
                (answer.code(), &answer.body["reason"]),
                ("NAVIGATION_BLOCKED", &json!("navigation_blocked"))
            );
            assert_eq!(house.post("/navigate", json!({"url": url})).await.error().0, 400);
        }
        assert_eq!((sink.asked().len(), house.get("/tabs").await.ok()["running"].clone()), (0, json!(false)));
        house.stop().await;
    });
}

#[test]
fn a_redirect_hop_is_refused() {
    run(async {
        let (mut house, site, sink) = (guarded().await, Site::with("<p>Here</p>").await, Site::new().await);
        site.redirect("/away", &sink.url("/secret"));
        let (here, away) = (site.url_as("localhost", "/"), site.url_as("localhost", "/away"));
        {
            let tab = house.open(&here).await;
            let answer = tab.navigate(&away).await;
            assert_eq!(
                (answer.error(), answer.code()),
                ((400, "browser navigation blocked by policy"), "NAVIGATION_BLOCKED")
            );
            assert_eq!(tab.eval("location.href").await, here);
            let answer = house.post("/tabs/open", json!({"url": away})).await;
            assert_eq!(answer.error().0, 400);
            assert_eq!(
                house.get("/tabs").await.ok()["tabs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|row| row["url"] != "about:blank")
                    .count(),
                1,
                "a refused tab is none"
            );
        }
        assert_eq!(sink.asked(), Vec::<String>::new());
        house.stop().await;
    });
}

#[test]
fn a_link_is_refused() {
    run(never_reached(|sink| format!("<a href='{sink}'>Away</a>"), click("a")));
}

#[test]
fn a_form_is_refused() {
    run(never_reached(
        |sink| format!("<form method=post action='{sink}'><button>Send</button></form>"),
        click("button"),
    ));
}

#[test]
fn a_script_is_refused() {
    run(never_reached(
        |sink| format!("<button onclick='location = \"{sink}\"'>Go</button>"),
        click("button"),
    ));
}

#[test]
fn a_popup_is_refused() {
    run(never_reached(
        |sink| format!("<button onclick='window.open(\"{sink}\")'>Go</button>"),
        click("button"),
    ));
}

#[test]
fn a_link_into_a_new_tab_is_refused() {
    run(async {
        let (mut house, site, sink) = (guarded().await, Site::new().await, Site::new().await);
        let away = format!("<a id=away href='{}' target=_blank>Away</a>", sink.url("/secret"));
        site.page("/", &format!("{away}<a id=near href='/near' target=_blank>Near</a>"));
        let tab = house.open(&site.url_as("localhost", "/")).await;
        tab.click("#away").await.ok();
        tab.click("#near").await.ok();
        // The later one is asked for; so the one before it would have been, too.
        until(|| site.asked().iter().any(|path| path == "/near")).await;
        assert_eq!(sink.asked(), Vec::<String>::new());
        house.stop().await;
    });
}

#[test]
fn a_frame_is_refused() {
    run(never_reached(|sink| format!("<iframe src='{sink}'></iframe>"), None));
}

#[test]
fn a_refresh_is_refused() {
    run(never_reached(|sink| format!("<meta http-equiv=refresh content='0; url={sink}'>"), None));
}

#[test]
fn a_popup_that_goes_on_later_is_refused() {
    run(never_reached(
        |sink| {
            format!(
                "<button onclick='const w = window.open(\"about:blank\"); w.location = \"{sink}\"'>Go</button>"
            )
        },
        click("button"),
    ));
}

#[test]
fn an_evaluated_navigation_is_refused() {
    run(never_reached(
        |sink| format!("<script>sink = '{sink}'</script>"),
        Some(json!({"kind": "evaluate", "fn": "location = sink; null"})),
    ));
}

/// The canvas of a house with the default policy, with a picture and a script in it.
async fn canvas() -> (House, String) {
    let house = House::with(json!({"browser": {"ssrfPolicy": {
        "dangerouslyAllowPrivateNetwork": null, "allowedHostnames": ["localhost"]}}}))
    .await;
    let url = house.gateway().canvas_url().expect("it listens").to_owned();
    let folder = house.home.join(".openclaw/workspace/canvas");
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    std::fs::write(folder.join("dot.svg"), svg).expect("the canvas folder");
    std::fs::write(folder.join("leak.js"), "window.leaked = true").expect("the canvas folder");
    std::fs::write(folder.join("own.html"), "<p>Mine</p><img src=dot.svg><iframe src=./></iframe>").unwrap();
    (house, url)
}

#[test]
fn the_canvas_is_allowed_and_gets_its_credential() {
    run(async {
        let (mut house, url) = canvas().await;
        {
            let tab = house.open(&url).await;
            assert!(tab.snapshot("").await.contains("heading"), "{}", tab.snapshot("").await);
            assert!(!tab.eval("location.href").await.to_string().contains(&house.token));
            tab.navigate(&format!("{url}own.html")).await.ok();
            let text = tab.snapshot("").await;
            assert!(text.contains("Mine") && text.contains("[ref=f1e"), "{text}");
            assert_eq!(tab.property("img", "naturalWidth").await, 9);
        }
        house.stop().await;
    });
}

/// What a page of localhost sees of the canvas when it embeds it.
async fn embedded(tab: &Tab<'_>, html: &str) -> Value {
    let script = format!(
        "new Promise(seen => {{ document.body.innerHTML = {}; const it = document.body.firstChild; \
         it.onload = () => seen('load'); it.onerror = () => seen('error') }})",
        json!(html)
    );
    tab.eval(&script).await
}

#[test]
fn a_foreign_page_gets_nothing_of_the_canvas() {
    run(async {
        let (mut house, url) = canvas().await;
        let site = Site::with("<body>").await;
        {
            let tab = house.open(&site.url_as("localhost", "/")).await;
            assert_eq!(embedded(&tab, &format!("<img src='{url}dot.svg'>")).await, "error");
            let script = format!(
                "new Promise(seen => {{ const it = document.createElement('script'); it.src = '{url}leak.js'; \
                 it.onload = it.onerror = e => seen(e.type + window.leaked); document.body.append(it) }})"
            );
            assert_eq!(tab.eval(&script).await, "errorundefined");
            embedded(&tab, &format!("<iframe src='{url}'></iframe>")).await;
            let text = tab.snapshot("").await;
            assert!(text.contains("iframe") && !text.contains("heading"), "{text}");
            let fetched = tab.eval(&format!("fetch('{url}').then(r => r.status, e => e.name)")).await;
            assert_eq!(fetched, "TypeError");
        }
        house.stop().await;
    });
}

#[test]
fn what_a_page_wants_fetched_ahead_is_not_fetched() {
    run(async {
        let page = |sink: &str| {
            let rules = json!({
                "prefetch": [{"source": "list", "urls": [sink], "eagerness": "immediate"}],
                "prerender": [{"source": "list", "urls": ["/ahead"], "eagerness": "immediate"}],
            });
            format!(
                "<script type=speculationrules>{rules}</script><script>go = () => {{ location = '{sink}' }}</script>"
            )
        };
        // Long enough for a prefetch, which would then serve the navigation without asking anybody.
        let act = json!({"kind": "evaluate", "fn": "new Promise(done => setTimeout(done, 700)).then(go)"});
        never_reached(page, Some(act)).await;
    });
}
