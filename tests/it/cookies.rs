//! Cookies: they are listed, set and cleared for the whole browser, and their values are in no error.

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, Tab, run};

async fn set(tab: &Tab<'_>, cookie: Value) -> Answer {
    tab.post("/cookies/set", json!({"cookie": cookie})).await
}

/// The cookie of that name.
async fn named(tab: &Tab<'_>, name: &str) -> Value {
    let all = tab.get("/cookies", "").await.ok();
    let all = all["cookies"].as_array().unwrap().clone();
    all.into_iter().find(|cookie| cookie["name"] == name).unwrap_or_default()
}

#[test]
fn a_cookie_is_set_by_url_and_reaches_the_page() {
    run(async {
        let site = Site::with("").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let answer = set(&tab, json!({"name": "by-url", "value": "abc", "url": site.url("/")})).await.ok();
        assert_eq!(answer, json!({"ok": true, "targetId": tab.id}));
        let expected = json!({"name": "by-url", "value": "abc", "domain": "127.0.0.1", "path": "/",
            "expires": -1, "httpOnly": false, "secure": false, "sameSite": "Lax"});
        assert_eq!(named(&tab, "by-url").await, expected);
        assert!(tab.eval("document.cookie").await.as_str().unwrap().contains("by-url=abc"));
    });
}

#[test]
fn a_cookie_is_set_by_domain_and_path_with_all_its_fields() {
    run(async {
        let tab = Tab::with("").await;
        let cookie = json!({"name": "by-domain", "value": 5, "domain": "127.0.0.1", "path": "/deep",
            "expires": "1900000000", "httpOnly": "yes", "secure": 0, "sameSite": "strict"});
        set(&tab, cookie).await.ok();
        let found = named(&tab, "by-domain").await;
        assert!(found["expires"].as_f64().unwrap() > 1_700_000_000.0, "{found}");
        assert_eq!(
            [&found["value"], &found["path"], &found["httpOnly"], &found["secure"], &found["sameSite"]],
            [&json!("5"), &json!("/deep"), &json!(true), &json!(false), &json!("Strict")]
        );
    });
}

#[test]
fn bad_cookies_are_refused_by_name_and_never_repeat_the_value() {
    run(async {
        let tab = Tab::with("").await;
        let cases = [
            (json!(null), "cookie", "cookie is required"),
            (json!("a=hunter2"), "cookie", "cookie is required"),
            (
                json!({"value": "hunter2", "url": "http://h/"}),
                "cookie.name",
                "cookie name and value are required",
            ),
            (json!({"name": "a", "url": "http://h/"}), "cookie.value", "cookie name and value are required"),
            (json!({"name": "a", "value": "hunter2"}), "cookie.url", "cookie requires url, or domain+path"),
            (
                json!({"name": "a", "value": "hunter2", "domain": "h"}),
                "cookie.url",
                "cookie requires url, or domain+path",
            ),
            (
                json!({"name": "a", "value": "hunter2", "url": "http://h/", "expires": "zz"}),
                "cookie.expires",
                "cookie.expires must be a finite number.",
            ),
            (
                json!({"name": "a", "value": "hunter2", "url": "http://h/", "secure": "maybe"}),
                "cookie.secure",
                "cookie.secure must be true or false.",
            ),
            (
                json!({"name": "a", "value": "hunter2", "url": "http://h/", "sameSite": "some"}),
                "cookie.sameSite",
                "cookie.sameSite must be Strict|Lax|None.",
            ),
            (
                json!({"name": "a", "value": "hunter2", "url": "ftp://h/"}),
                "cookie.url",
                "cookie.url must be an http(s) URL.",
            ),
        ];
        for (cookie, field, error) in cases {
            let answer = set(&tab, cookie).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, error), &json!(field)));
        }
        let secret = json!({"name": "a", "value": "hun\nter2", "url": "http://h/"});
        let answer = set(&tab, secret).await;
        assert!(answer.error().0 == 400 && !answer.body.to_string().contains("ter2"), "{answer:?}");
    });
}

#[test]
fn a_cookie_that_the_browser_drops_is_not_told_as_set() {
    run(async {
        let tab = Tab::with("").await;
        let cookie = |name: &str, more: Value| {
            let mut cookie = json!({"name": name, "value": "hunter2", "domain": "drops.test", "path": "/"});
            cookie.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            cookie
        };
        let host_only = "a name with __Host- needs secure, the path \"/\" and a domain without a leading dot";
        let dropped = [
            ("none", json!({"sameSite": "None"}), "SameSite=None needs secure"),
            ("__Host-plain", json!({}), host_only),
            ("__Host-deep", json!({"secure": true, "path": "/deep"}), host_only),
            ("__Host-wide", json!({"secure": true, "domain": ".drops.test"}), host_only),
            ("__Secure-plain", json!({}), "a name with __Secure- needs secure"),
            ("a=b", json!({}), "a name takes no \"=\" or \";\", and a value no \";\""),
            ("spaced", json!({"value": " hunter2 "}), "names and values neither begin nor end with a space"),
            (
                "long",
                json!({"value": "hunter2".repeat(600)}),
                "name and value together are longer than 4096 bytes",
            ),
            ("pathless", json!({"path": "deep"}), "a path begins with \"/\""),
        ];
        for (name, more, why) in &dropped {
            let answer = set(&tab, cookie(name, more.clone())).await;
            let error = format!("the browser refuses the cookie {name:?}: {why}");
            assert_eq!((answer.error(), &answer.body["field"]), ((400, error.as_str()), &json!("cookie")));
            assert!(!answer.body.to_string().contains("hunter2") && named(&tab, name).await.is_null());
        }
        for (more, why) in [
            (json!({"domain": "bad domain"}), "cookie.domain must be a host name, such as example.com"),
            (
                json!({"domain": "http://drops.test"}),
                "cookie.domain must be a host name, such as example.com",
            ),
            (json!({"url": "http://other.test/"}), "cookie.domain is not the domain of its url"),
        ] {
            let answer = set(&tab, cookie("astray", more)).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, why), &json!("cookie.domain")));
        }
        // What has expired takes away what was there.
        set(&tab, cookie("old", json!({}))).await.ok();
        let past = set(&tab, cookie("old", json!({"expires": 1}))).await.ok();
        let told = "the cookie \"old\" is not kept: its expires lies in the past";
        assert_eq!(past["warnings"], json!([told]));
        assert!(named(&tab, "old").await.is_null());

        let many = [
            cookie("fine", json!({})),
            cookie("none", json!({"sameSite": "None"})),
            cookie("old", json!({"expires": 1})),
        ];
        let answer = tab.post("/cookies/set-many", json!({"cookies": many})).await.ok();
        let none = "the browser refuses the cookie \"none\": SameSite=None needs secure";
        let skipped = json!([{"index": 1, "error": none}, {"index": 2, "error": told}]);
        assert_eq!((&answer["added"], &answer["skipped"]), (&json!(1), &skipped));
    });
}

#[test]
fn a_url_and_a_domain_that_fit_are_both_followed() {
    run(async {
        let tab = Tab::with("").await;
        let cookie = json!({"name": "wide", "value": "1", "url": "https://deep.fits.test/", "domain": ".fits.test",
            "path": "/a"});
        set(&tab, cookie).await.ok();
        let found = named(&tab, "wide").await;
        assert_eq!((&found["domain"], &found["path"]), (&json!(".fits.test"), &json!("/a")));
    });
}

#[test]
fn of_many_cookies_the_bad_ones_are_passed_over_and_told() {
    run(async {
        let tab = Tab::with("").await;
        let many = json!({"cookies": [
            {"name": "m1", "value": "1", "url": "http://127.0.0.1/"},
            {"name": "bad", "value": "1"},
            {"name": "m3", "value": "3\u{7}", "url": "http://127.0.0.1/"},
            {"name": "m4", "value": "4", "url": "http://127.0.0.1/"},
        ]});
        let answer = tab.post("/cookies/set-many", many).await.ok();
        let skipped: Vec<_> =
            answer["skipped"].as_array().unwrap().iter().map(|s| s["index"].clone()).collect();
        assert_eq!((&answer["added"], skipped), (&json!(2), vec![json!(1), json!(2)]));
        assert_eq!(named(&tab, "m4").await["value"], "4");
        for bad in [json!({"cookies": []}), json!({}), json!({"cookies": "a"})] {
            let answer = tab.post("/cookies/set-many", bad).await;
            assert_eq!(answer.error(), (400, "cookies must be a non-empty array"));
        }
    });
}

#[test]
fn clearing_removes_all_cookies() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<script>document.cookie = 'own=1'</script>").await;
        let tab = house.open(&site.url("/")).await;
        assert_eq!(named(&tab, "own").await["value"], "1");
        assert_eq!(tab.post("/cookies/clear", json!({})).await.ok()["ok"], true);
        assert_eq!(tab.get("/cookies", "").await.ok()["cookies"], json!([]));
        house.stop().await;
    });
}
