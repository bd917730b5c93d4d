//! Settings: what all tabs of a browser, or one tab, are made to believe, from the first request on.

use serde_json::{Value, json};

use crate::support::processes::end_renderers;
use crate::support::{House, Site, Tab, run};

/// A house whose browser no other test shares: these settings hold for all of its tabs.
async fn alone() -> House {
    House::with(json!({})).await
}

/// A site whose main page has a frame of another site, and so of another process.
async fn with_foreign_frame() -> (Site, String) {
    let site = Site::new().await;
    site.page("/inner", "<p>inner</p>");
    site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/inner")));
    let main = site.url("/");
    (site, main)
}

/// What JavaScript yields in the only frame of a tab.
async fn in_frame(tab: &Tab<'_>, script: &str) -> Value {
    let reference = tab.find("inner").await;
    let act = json!({"kind": "evaluate", "ref": reference, "fn": format!("el => {script}")});
    tab.act(act).await.ok()["result"].clone()
}

#[test]
fn offline_holds_for_open_and_later_tabs_and_frames_until_it_ends() {
    run(async {
        let mut house = alone().await;
        let (site, main) = with_foreign_frame().await;
        {
            let tab = house.open(&main).await;
            let answer = tab.post("/set/offline", json!({"offline": "yes"})).await.ok();
            assert_eq!(answer, json!({"ok": true, "targetId": tab.id}));
            let can_fetch = "fetch('/inner').then(() => true, () => false)";
            assert_eq!(tab.eval(can_fetch).await, false);
            assert_eq!(in_frame(&tab, can_fetch).await, false);
            let asked = site.asked().len();
            let later = house.open(&site.url("/later")).await;
            assert!(later.navigate(&main).await.error().1.contains("net::ERR_INTERNET_DISCONNECTED"));
            assert_eq!(site.asked().len(), asked);
            tab.post("/set/offline", json!({"offline": false})).await.ok();
            assert_eq!(tab.eval(can_fetch).await, true);
            assert_eq!(in_frame(&tab, can_fetch).await, true);
            later.navigate(&main).await.ok();
        }
        house.stop().await;
    });
}

#[test]
fn headers_go_with_every_request_also_a_popups_first_and_a_frames() {
    run(async {
        let mut house = alone().await;
        let (site, main) = with_foreign_frame().await;
        {
            let tab = house.open("about:blank").await;
            let headers = json!({"headers": {"X-Secret": "hunter2", "n": 5}});
            let answer = tab.post("/set/headers", headers).await.ok();
            assert!(answer["warnings"][0].as_str().unwrap().contains("\"n\""), "{answer}");
            tab.navigate(&main).await.ok();
            tab.eval("fetch('/sub').then(() => {})").await;
            tab.eval("open('/popup') && true").await;
            let later = house.open(&site.url("/later")).await;
            in_frame(&tab, "fetch('/of-frame').then(() => {})").await;
            tab.until("opened = performance.now() > 0").await;
            for path in ["/", "/inner", "/sub", "/later", "/of-frame"] {
                assert_eq!(site.header(path, "x-secret").as_deref(), Some("hunter2"), "{path}");
            }
            while site.header("/popup", "host").is_none() {
                tokio::task::yield_now().await;
            }
            assert_eq!(site.header("/popup", "x-secret").as_deref(), Some("hunter2"));
            tab.post("/set/headers", json!({"headers": {}})).await.ok();
            later.navigate(&site.url("/bare")).await.ok();
            assert_eq!(site.header("/bare", "x-secret"), None);
        }
        house.stop().await;
    });
}

#[test]
fn credentials_answer_who_asks_and_only_the_origin_that_is_meant() {
    run(async {
        let mut house = alone().await;
        let site = Site::with("").await;
        for path in ["/secret", "/part"] {
            site.guarded(path, "Basic dTpw", "<h1>inside</h1>");
        }
        {
            let tab = house.open(&site.url("/")).await;
            let status = "fetch('/part').then(answer => answer.status)";
            tab.navigate(&site.url("/secret")).await.ok();
            assert!(tab.snapshot("").await.contains("who are you?"));
            let origin = "http://127.0.0.1:1";
            let other = json!({"username": "u", "password": "p", "origin": origin});
            tab.post("/set/credentials", other).await.ok();
            assert_eq!(tab.eval(status).await, 401);
            tab.post("/set/credentials", json!({"username": "u", "password": "wrong"})).await.ok();
            assert_eq!(tab.eval(status).await, 401);
            tab.post("/set/credentials", json!({"username": "u", "password": "p"})).await.ok();
            assert_eq!(tab.eval(status).await, 200);
            let later = house.open(&site.url("/secret")).await;
            assert!(later.snapshot("").await.contains("inside"));
            tab.post("/set/credentials", json!({"clear": true})).await.ok();
            site.guarded("/other", "Basic eDp5", "");
            tab.navigate(&site.url("/other")).await.ok();
            assert!(tab.snapshot("").await.contains("who are you?"));
        }
        house.stop().await;
    });
}

#[test]
fn geolocation_holds_for_all_tabs_and_clearing_takes_permissions_back() {
    run(async {
        let mut house = alone().await;
        let site = Site::with("").await;
        let look = "new Promise(done => navigator.geolocation.getCurrentPosition(\
            ({coords: c}) => done([c.latitude, c.longitude, c.accuracy]), e => done(e.code)))";
        let query = "navigator.permissions.query({name: 'geolocation'}).then(status => status.state)";
        {
            let tab = house.open(&site.url("/")).await;
            let place = json!({"latitude": "51.5", "longitude": -0.12, "accuracy": 25});
            tab.post("/set/geolocation", place).await.ok();
            let later = house.open(&site.url("/later")).await;
            for tab in [&tab, &later] {
                assert_eq!(tab.eval(look).await, json!([51.5, -0.12, 25]));
            }
            tab.post("/set/geolocation", json!({"clear": true})).await.ok();
            assert_eq!(tab.eval(query).await, "prompt");
        }
        house.stop().await;
    });
}

#[test]
fn media_timezone_and_locale_survive_navigations_reach_frames_and_end() {
    run(async {
        let (site, main) = with_foreign_frame().await;
        let tab = House::shared().await.open(&site.url("/before")).await;
        tab.post("/set/media", json!({"colorScheme": "dark"})).await.ok();
        tab.post("/set/timezone", json!({"timezoneId": "Asia/Tokyo"})).await.ok();
        tab.post("/set/locale", json!({"locale": "de-DE"})).await.ok();
        tab.navigate(&main).await.ok();
        let look = "[matchMedia('(prefers-color-scheme: dark)').matches, \
            Intl.DateTimeFormat().resolvedOptions().timeZone, (1234.5).toLocaleString(), \
            navigator.language, navigator.languages.join()]";
        let expected = json!([true, "Asia/Tokyo", "1.234,5", "de-DE", "de-DE,de"]);
        assert_eq!(tab.eval(look).await, expected);
        assert_eq!(in_frame(&tab, look).await, expected);
        for path in ["/", "/inner"] {
            assert_eq!(site.header(path, "accept-language").as_deref(), Some("de-DE,de;q=0.9"), "{path}");
        }
        tab.post("/set/media", json!({"colorScheme": "none"})).await.ok();
        tab.post("/set/timezone", json!({"clear": true})).await.ok();
        tab.post("/set/locale", json!({"clear": true})).await.ok();
        tab.navigate(&main).await.ok();
        let plain = House::shared().await.open(&main).await;
        let own = plain.eval(look).await;
        assert_ne!(own, expected);
        assert_eq!((tab.eval(look).await, in_frame(&tab, look).await), (own.clone(), own));
    });
}

#[test]
fn a_device_is_believed_in_and_composes_with_resize_until_it_is_cleared() {
    run(async {
        let (site, main) = with_foreign_frame().await;
        let tab = House::shared().await.open(&main).await;
        let look = "[innerWidth, innerHeight, devicePixelRatio, screen.width, navigator.maxTouchPoints, \
            /Pixel 7/.test(navigator.userAgent), matchMedia('(pointer: coarse)').matches, \
            navigator.userAgentData?.mobile]";
        let before = tab.eval(look).await;
        let own_agent = tab.eval("navigator.userAgent").await;
        site.page("/", "<meta name=viewport content='width=device-width'><p>Here</p>");
        tab.post("/set/device", json!({"name": "Pixel 7"})).await.ok();
        tab.navigate(&main).await.ok();
        let hints = tab.eval("navigator.userAgentData?.mobile").await;
        assert_eq!(tab.eval(look).await, json!([412, 839, 2.625, 412, 5, true, true, hints]));
        let version = own_agent
            .as_str()
            .unwrap()
            .split("Chrome/")
            .nth(1)
            .unwrap()
            .split('.')
            .next()
            .unwrap()
            .to_owned();
        let agent = site.header("/", "user-agent").unwrap();
        assert!(agent.contains("Pixel 7") && agent.contains(&format!("Chrome/{version}.")), "{agent}");
        tab.act(json!({"kind": "resize", "width": 500, "height": 700})).await.ok();
        assert_eq!(tab.eval(look).await, json!([500, 700, 2.625, 412, 5, true, true, hints]));
        tab.post("/set/device", json!({"clear": true})).await.ok();
        tab.navigate(&main).await.ok();
        assert_eq!((tab.eval(look).await, tab.eval("navigator.userAgent").await), (before, own_agent));
    });
}

#[test]
fn a_device_reaches_frames_of_other_processes() {
    run(async {
        let (site, main) = with_foreign_frame().await;
        let tab = House::shared().await.open("about:blank").await;
        tab.post("/set/device", json!({"name": "iPhone 14"})).await.ok();
        tab.navigate(&main).await.ok();
        let look = "[navigator.platform, navigator.userAgent.includes('iPhone'), navigator.maxTouchPoints]";
        assert_eq!(in_frame(&tab, look).await, json!(["iPhone", true, 5]));
        assert!(site.header("/inner", "user-agent").unwrap().contains("iPhone"));
    });
}

#[test]
fn settings_survive_a_crash_of_the_page() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Here</p>").await;
        {
            let tab = house.open(&site.url("/")).await;
            tab.post("/set/timezone", json!({"timezoneId": "Pacific/Auckland"})).await.ok();
            tab.post("/set/device", json!({"name": "Galaxy S24"})).await.ok();
            let ask = tab.act(json!({"kind": "wait", "text": "never", "timeoutMs": 60_000}));
            let (answer, ()) = tokio::join!(ask, async { end_renderers(&house).await });
            assert_eq!(answer.code(), "TARGET_CRASHED");
            tab.navigate(&site.url("/")).await.ok();
            let look = "[Intl.DateTimeFormat().resolvedOptions().timeZone, devicePixelRatio]";
            assert_eq!(tab.eval(look).await, json!(["Pacific/Auckland", 3]));
        }
        house.stop().await;
    });
}

#[test]
fn headers_with_which_the_browser_sends_nothing_are_refused_and_the_others_are_sent() {
    run(async {
        let mut house = alone().await;
        let site = Site::with("").await;
        let tab = house.open(&site.url("/")).await;
        for name in [
            "Host",
            "Content-Length",
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Proxy-Authorization",
            "Proxy-Anything",
            "Set-Cookie",
            "Cookie2",
        ] {
            let answer = tab.post("/set/headers", json!({"headers": {name: "1"}})).await;
            let field = format!("headers.{name}");
            assert_eq!((answer.error().0, &answer.body["field"]), (400, &json!(field)), "{answer:?}");
            assert!(answer.error().1.starts_with(&field) && answer.error().1.contains(": "), "{answer:?}");
        }
        for (name, value) in [
            ("X-HTTP-Method-Override", "PUT, TRACE"),
            ("X-HTTP-Method", "connect"),
            ("Referer", "nonsense"),
            ("Referer", ""),
        ] {
            let answer = tab.post("/set/headers", json!({"headers": {name: value}})).await;
            assert_eq!(answer.body["field"], format!("headers.{name}"), "{answer:?}");
        }
        let answer = tab.post("/set/headers", json!({"headers": {"X-A": "1", "x-a": "2"}})).await;
        assert_eq!(
            answer.error(),
            (400, "headers.x-a is there twice, in other letters: one of them would be lost")
        );
        for name in ["Cookie", "Origin", "User-Agent", "Via", "Sec-Anything", "Content-Type", "Authorization"]
        {
            tab.post("/set/headers", json!({"headers": {name: "a=1"}})).await.ok();
            tab.navigate(&site.url("/")).await.ok();
            assert_eq!(site.header("/", &name.to_lowercase()).as_deref(), Some("a=1"), "{name}");
        }
        house.stop().await;
    });
}

/// Headers, whether they are told as what may not be sent as they are, and whether they are: with a document, and with what
/// its scripts ask for.
const SENT: &[(&str, &str, bool, [bool; 2])] = &[
    ("X-Plain", "a  b", false, [true, true]),
    ("X-HTTP-Method-Override", "PUT", false, [true, true]),
    ("Sec-CH-UA", "x", false, [true, true]),
    ("Referer", "http://other.test/", false, [true, true]),
    ("Accept", "x/y", true, [false, true]),
    ("Origin", "http://other.test", true, [true, false]),
    ("Sec-Anything", "1", true, [true, false]),
    ("Sec-Fetch-Site", "cross-site", true, [false, false]),
    ("Referer", "http://other.test/path", true, [false, false]),
    ("Referer", "https://other.test/", true, [false, false]),
];

#[test]
fn what_the_browser_does_not_send_as_it_is_is_told() {
    run(async {
        let mut house = alone().await;
        let site = Site::with("").await;
        let tab = house.open(&site.url("/")).await;
        for (at, (name, value, is_told, sent)) in SENT.iter().enumerate() {
            let answer = tab.post("/set/headers", json!({"headers": {*name: value}})).await.ok();
            let told = answer["warnings"][0].as_str().unwrap_or_default();
            assert_eq!(told.starts_with(&format!("header \"{name}\" ")), *is_told, "{name}: {answer}");
            let (page, part) = (format!("/page{at}"), format!("/part{at}"));
            site.page(&page, "");
            tab.navigate(&site.url(&page)).await;
            tab.eval(&format!("fetch('{part}').then(() => 0, () => 0)")).await;
            let got =
                [page, part].map(|path| site.header(&path, &name.to_lowercase()).as_deref() == Some(*value));
            assert_eq!(got, *sent, "{name}: {value}");
        }
        house.stop().await;
    });
}

#[test]
fn a_place_that_no_page_may_ask_for_is_told() {
    run(async {
        let tab = Tab::with("").await;
        let mut place = json!({"latitude": 1, "longitude": 2, "origin": "http://insecure.test"});
        let answer = tab.post("/set/geolocation", place.clone()).await;
        assert_eq!((answer.error().0, &answer.body["field"]), (400, &json!("origin")), "{answer:?}");
        place["origin"] = "https://secure.test".into();
        assert_eq!(tab.post("/set/geolocation", place).await.ok().get("warnings"), None);
        tab.post("/set/geolocation", json!({"clear": true})).await.ok();
    });
}

#[test]
fn mistakes_are_the_callers_and_name_the_field() {
    run(async {
        let tab = Tab::with("").await;
        let geo = |latitude: Value, longitude: Value| json!({"latitude": latitude, "longitude": longitude});
        let needs_place = "latitude and longitude are required (or set clear=true)";
        for (what, body, field, error) in [
            ("offline", json!({}), "offline", "offline is required"),
            ("offline", json!({"offline": "maybe"}), "offline", "offline is required"),
            ("headers", json!({}), "headers", "headers is required"),
            ("headers", json!({"headers": "a: b"}), "headers", "headers is required"),
            ("headers", json!({"headers": {"a b": "c"}}), "headers", "headers has an invalid name: \"a b\""),
            (
                "headers",
                json!({"headers": {"Host": "other.test"}}),
                "headers.Host",
                "headers.Host is made of the URL: go to a URL with that host",
            ),
            (
                "headers",
                json!({"headers": {"set-cookie": "a=b"}}),
                "headers.set-cookie",
                "headers.set-cookie is no header of requests: set cookies with /cookies/set, or send Cookie",
            ),
            (
                "headers",
                json!({"headers": {"a": "b\r\nc: d"}}),
                "headers.a",
                "headers.a must be a single line",
            ),
            ("credentials", json!({}), "username", "username is required (or set clear=true)"),
            (
                "credentials",
                json!({"username": "u", "origin": "x"}),
                "origin",
                "origin must be an http(s) origin",
            ),
            ("geolocation", json!({}), "latitude", needs_place),
            ("geolocation", geo(json!(1), json!(null)), "longitude", needs_place),
            ("geolocation", geo(json!(100), json!(0)), "latitude", "latitude must be between -90 and 90."),
            (
                "geolocation",
                geo(json!(0), json!(-181)),
                "longitude",
                "longitude must be between -180 and 180.",
            ),
            ("geolocation", geo(json!("north"), json!(0)), "latitude", "latitude must be a finite number."),
            ("media", json!({}), "colorScheme", "colorScheme must be dark|light|no-preference|none"),
            (
                "media",
                json!({"colorScheme": "x"}),
                "colorScheme",
                "colorScheme must be dark|light|no-preference|none",
            ),
            ("timezone", json!({}), "timezoneId", "timezoneId is required"),
            ("timezone", json!({"timezoneId": "Foo/Bar"}), "timezoneId", "Invalid timezone ID: Foo/Bar"),
            ("locale", json!({}), "locale", "locale is required"),
            ("device", json!({}), "name", "name is required"),
        ] {
            let answer = tab.post(&format!("/set/{what}"), body).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, error), &json!(field)), "{what}");
        }
        let mut place = geo(json!(0), json!(0));
        for (key, bad, error) in [
            ("accuracy", json!(-1), "accuracy must be a non-negative number."),
            ("origin", json!("foo"), "origin must be an http(s) origin"),
        ] {
            place[key] = bad;
            assert_eq!(tab.post("/set/geolocation", place.clone()).await.error(), (400, error));
            place[key].take();
        }
        for (what, body, words) in [
            ("locale", json!({"locale": "!!"}), "Invalid locale name: !!"),
            ("locale", json!({"locale": "en\r\nx"}), "Invalid locale name"),
            ("device", json!({"name": "Foo"}), "Unknown device \"Foo\"."),
            ("device", json!({"name": "iPhone14"}), "Unknown device \"iPhone14\". Known ones are iPhone 14"),
        ] {
            let answer = tab.post(&format!("/set/{what}"), body).await;
            assert!(answer.error().0 == 400 && answer.error().1.starts_with(words), "{answer:?}");
        }
        assert!(tab.eval("Intl.DateTimeFormat().resolvedOptions().timeZone").await != "Foo/Bar");
    });
}
