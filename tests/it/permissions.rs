//! Permissions: granted to an origin beforehand, one does not take another away.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

async fn state(tab: &Tab<'_>, name: &str) -> Value {
    tab.eval(&format!("navigator.permissions.query({{name: '{name}'}}).then(status => status.state)")).await
}

#[test]
fn permissions_are_granted_to_the_origin_and_the_rest_stays_as_it_was() {
    run(async {
        let site = Site::with("").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let before = state(&tab, "notifications").await;
        let ask = json!({"origin": site.url("/x"), "permissions": ["geolocation", "audioCapture"],
            "optionalPermissions": ["bogus", "clipboard-read"]});
        let answer = tab.post("/permissions/grant", ask).await.ok();
        let expected = json!({"ok": true, "origin": site.url(""),
            "grantedPermissions": ["geolocation", "audioCapture", "clipboard-read"],
            "unsupportedPermissions": ["bogus"], "grantMethod": "cdp"});
        assert_eq!(answer, expected);
        let more = json!({"origin": site.url(""), "permissions": ["camera"]});
        tab.post("/permissions/grant", more).await.ok();
        for granted in ["geolocation", "microphone", "camera", "clipboard-read"] {
            assert_eq!(state(&tab, granted).await, "granted", "{granted}");
        }
        assert_eq!(state(&tab, "notifications").await, before);
    });
}

#[test]
fn every_name_that_we_know_is_known_to_the_browser() {
    run(async {
        let site = Site::with("").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let names: Vec<&str> = openclaw::browser::Permission::names().collect();
        let ask = json!({"origin": site.url(""), "permissions": ["midi"], "optionalPermissions": names});
        let answer = tab.post("/permissions/grant", ask).await.ok();
        assert_eq!(answer["unsupportedPermissions"], json!([]));
    });
}

#[test]
fn mistakes_name_the_field() {
    run(async {
        let tab = Tab::with("").await;
        let origin = "http://127.0.0.1:1";
        for (body, field, error) in [
            (json!({}), "origin", "origin must be an http(s) origin"),
            (json!({"origin": "foo"}), "origin", "origin must be an http(s) origin"),
            (json!({"origin": "file:///x"}), "origin", "origin must be an http(s) origin"),
            (json!({"origin": origin}), "permissions", "permissions must be a non-empty string array"),
            (
                json!({"origin": origin, "permissions": "midi"}),
                "permissions",
                "permissions must be a non-empty string array",
            ),
            (
                json!({"origin": origin, "permissions": [1]}),
                "permissions",
                "permissions must be a non-empty string array",
            ),
            (
                json!({"origin": origin, "permissions": ["bogus"]}),
                "permissions",
                "Unknown permission type: bogus",
            ),
            (
                json!({"origin": origin, "permissions": ["geolocaton"]}),
                "permissions",
                "Unknown permission type: geolocaton; did you mean geolocation?",
            ),
            (
                json!({"origin": origin, "permissions": ["midi"], "optionalPermissions": [1]}),
                "optionalPermissions",
                "optionalPermissions must be a string array",
            ),
        ] {
            let answer = tab.post("/permissions/grant", body).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, error), &json!(field)));
        }
    });
}

#[test]
fn an_origin_that_browsers_do_not_trust_is_named_and_not_the_permission() {
    run(async {
        let tab = Tab::with("").await;
        for optional in [json!([]), json!(["midi"])] {
            let ask = json!({"origin": "http://insecure.test/x", "permissions": ["geolocation"],
                "optionalPermissions": optional});
            let answer = tab.post("/permissions/grant", ask).await;
            let told = "geolocation cannot be granted to http://insecure.test: the browser grants permissions to https \
                origins and to those of this machine only";
            assert_eq!((answer.error(), &answer.body["field"]), ((400, told), &json!("origin")));
        }
        let ask = json!({"origin": "https://secure.test", "permissions": ["geolocation"]});
        tab.post("/permissions/grant", ask).await.ok();
    });
}
