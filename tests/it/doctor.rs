//! `doctor`: what it looks at, and what it says of what does not work.

use serde_json::{Value, json};

use crate::support::{House, run};

/// `id status` of all checks.
fn checks(diagnosis: &Value) -> Vec<String> {
    let row =
        |check: &Value| format!("{} {}", check["id"].as_str().unwrap(), check["status"].as_str().unwrap());
    diagnosis["checks"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_stopped_browser_is_fine_and_stays_stopped() {
    run(async {
        let mut house = House::with(json!({})).await;
        let told = house.get("/doctor").await.ok();
        assert_eq!(
            (&told["ok"], &told["profile"], &told["transport"]),
            (&json!(true), &json!("openclaw"), &json!("cdp"))
        );
        assert_eq!(
            checks(&told),
            [
                "plugin-enabled pass",
                "profile pass",
                "managed-executable pass",
                "cdp-http info",
                "cdp-websocket info"
            ]
        );
        assert_eq!(
            told["checks"][1],
            json!({"id": "profile", "label": "Profile", "status": "pass", "summary": "openclaw via cdp"})
        );
        assert_eq!((&told["status"]["running"], &told["status"]["graphics"]), (&json!(false), &Value::Null));
        house.stop().await;
    });
}

#[test]
fn a_deep_look_starts_the_browser_and_takes_a_snapshot() {
    run(async {
        let mut house = House::with(json!({})).await;
        let told = house.get("/doctor?live=1").await.ok();
        assert_eq!(
            checks(&told),
            [
                "plugin-enabled pass",
                "profile pass",
                "managed-executable pass",
                "cdp-http pass",
                "cdp-websocket pass",
                "graphics info",
                "live-snapshot pass"
            ]
        );
        let summary = told["checks"][6]["summary"].as_str().unwrap();
        assert!(
            summary.starts_with("CDP accessibility snapshot returned ") && summary.ends_with(" nodes on t1"),
            "{summary}"
        );
        let graphics = &told["status"]["graphics"];
        assert_eq!((&graphics["status"], graphics["featureStatus"].is_object()), (&json!("available"), true));
        assert_eq!(house.get("/").await.ok()["graphics"], *graphics, "asked once a browser");
        house.stop().await;
    });
}

#[test]
fn what_does_not_work_says_what_mends_it() {
    run(async {
        let missing = json!({"browser": {"executablePath": "/nope/chromium"}});
        let mut house = House::with(missing).await;
        let told = house.get("/doctor?deep=true").await.ok();
        assert_eq!((&told["ok"], checks(&told)[2].as_str()), (&json!(false), "managed-executable fail"));
        assert!(told["checks"][2]["fixHint"].as_str().unwrap().contains("browser.executablePath"), "{told}");
        assert_eq!(checks(&told).last().unwrap(), "live-snapshot fail");
        let told = house.get("/doctor?profile=user").await.ok();
        assert_eq!((&told["ok"], checks(&told)[2].as_str()), (&json!(false), "attach-target fail"));
        let told = house.get("/doctor?profile=chrome").await.ok();
        assert_eq!(checks(&told)[2], "extension-relay fail");
        assert_eq!(house.get("/doctor?profile=nope").await.error().0, 404);
        house.stop().await;
    });
}

#[test]
fn a_window_without_a_display_is_told() {
    run(async {
        let mut house = House::with(json!({"browser": {"headless": false}})).await;
        let told = house.get("/doctor").await.ok();
        let checks = checks(&told);
        assert!(!cfg!(target_os = "linux") || checks.contains(&"display fail".to_owned()), "{told}");
        house.stop().await;
    });
}
