//! Storage of a page's origin: read and written whatever the page did to its own world.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

#[test]
fn values_are_set_read_and_cleared_as_they_are() {
    run(async {
        let tab = Tab::with("").await;
        for (kind, web) in [("local", "localStorage"), ("session", "sessionStorage")] {
            let at = format!("/storage/{kind}");
            let put = |key: &str, value: Value| json!({"key": key, "value": value});
            for (key, value) in [("theme", json!("dark")), (" sp ", json!(" v \u{1f98a}\"\\"))] {
                let answer = tab.post(&format!("{at}/set"), put(key, value)).await.ok();
                assert_eq!(answer, json!({"ok": true, "targetId": tab.id}));
            }
            assert_eq!(tab.eval(&format!("{web}.theme")).await, "dark");
            let all = tab.get(&at, "").await.ok();
            assert_eq!(all["values"], json!({"theme": "dark", " sp ": " v \u{1f98a}\"\\"}));
            assert_eq!(tab.get(&at, "key=theme").await.ok()["values"], json!({"theme": "dark"}));
            assert_eq!(tab.get(&at, "key=nope").await.ok()["values"], json!({}));
            assert_eq!(tab.post(&format!("{at}/clear"), json!({})).await.ok()["ok"], true);
            assert_eq!(tab.get(&at, "").await.ok()["values"], json!({}));
        }
    });
}

#[test]
fn what_is_no_text_is_stored_as_nothing_and_told() {
    run(async {
        let tab = Tab::with("").await;
        let answer = tab.post("/storage/session/set", json!({"key": "k", "value": 5})).await.ok();
        assert!(answer["warnings"][0].as_str().unwrap().contains("\"value\""), "{answer}");
        tab.post("/storage/session/set", json!({"key": "k2"})).await.ok();
        assert_eq!(tab.get("/storage/session", "").await.ok()["values"], json!({"k": "", "k2": ""}));
    });
}

#[test]
fn a_page_that_broke_its_own_world_is_read_all_the_same() {
    run(async {
        let html = "<script>localStorage.real = 'yes'; Storage.prototype.getItem = () => 'no'; \
                    Storage.prototype.setItem = null; Array.from = JSON.stringify = Object.keys = null; \
                    Object.defineProperty(window, 'localStorage', {value: null})</script>";
        let tab = Tab::with(html).await;
        tab.post("/storage/local/set", json!({"key": "mine", "value": "1"})).await.ok();
        let values = tab.get("/storage/local", "").await.ok()["values"].clone();
        assert_eq!((&values["real"], &values["mine"]), (&json!("yes"), &json!("1")));
    });
}

#[test]
fn mistakes_name_the_field() {
    run(async {
        let tab = Tab::with("").await;
        let bad_kind = (400, "kind must be local|session");
        assert_eq!(tab.get("/storage/foo", "").await.error(), bad_kind);
        assert_eq!(tab.post("/storage/foo/set", json!({"key": "a"})).await.error(), bad_kind);
        assert_eq!(tab.post("/storage/foo/clear", json!({})).await.error(), bad_kind);
        for body in [json!({}), json!({"key": ""}), json!({"key": 5})] {
            let answer = tab.post("/storage/local/set", body).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, "key is required"), &json!("key")));
        }
    });
}

#[test]
fn a_document_without_storage_and_a_full_storage_say_so() {
    run(async {
        let tab = House::shared().await.open("about:blank").await;
        let (status, error) = {
            let answer = tab.get("/storage/local", "").await;
            (answer.status, answer.error().1.to_owned())
        };
        assert!(status == 400 && error.contains("has no localStorage"), "{error}");
        let site = Site::with("").await;
        tab.navigate(&site.url("/")).await.ok();
        let much = json!({"key": "big", "value": "secret".repeat(1 << 20).as_str()[..900_000]});
        let fill =
            "for (let i = 0; ; i++) { try { localStorage['f' + i] = 'x'.repeat(500000) } catch { break } }";
        tab.eval(fill).await;
        let answer = tab.post("/storage/local/set", much).await;
        assert!(answer.error().1.contains("localStorage is full"), "{}", answer.error().1);
        assert!(answer.status == 400 && !answer.body.to_string().contains("secretsecret"));
    });
}
