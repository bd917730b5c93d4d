//! Profiles that are made, removed and emptied while the gateway runs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{House, run};

async fn create(house: &House, body: Value) -> crate::support::house::Answer {
    house.post("/profiles/create", body).await
}

async fn names(house: &House) -> Vec<String> {
    let list = house.get("/profiles").await.ok();
    list["profiles"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// The config as its user wrote it.
const COMMENT: &str = "// written by hand\n";

#[test]
fn a_profile_is_there_as_soon_as_it_is_made_and_gone_as_soon_as_it_is_removed() {
    run(async {
        let mut house = House::empty(json!({}));
        let config = house.state("openclaw.json");
        fs::write(&config, format!("{COMMENT}{}", fs::read_to_string(&config).unwrap())).unwrap();
        house.start().await;
        let made = create(&house, json!({"name": "work", "color": "#0066CC"})).await.ok();
        let port = made["cdpPort"].as_u64().unwrap();
        assert_eq!(
            made,
            json!({"ok": true, "profile": "work", "transport": "cdp", "cdpPort": port, "isRemote": false,
                   "cdpUrl": format!("http://127.0.0.1:{port}"), "userDataDir": null, "color": "#FF4500"})
        );
        assert_eq!(names(&house).await, ["work", "openclaw", "user", "chrome"]);
        let text = fs::read_to_string(&config).unwrap();
        assert!(text.starts_with(COMMENT) && text.contains(&format!("\"cdpPort\": {port}")), "{text}");
        let opened = house.post("/tabs/open?profile=work", json!({"url": "about:blank"})).await.ok();
        assert_eq!(opened["resolvedProfile"], "work");
        assert_eq!(house.get("/?profile=work").await.ok()["cdpPort"], port);
        let gone = house.delete("/profiles/work").await.ok();
        assert_eq!(gone, json!({"ok": true, "profile": "work", "deleted": true}));
        assert_eq!(names(&house).await, ["openclaw", "user", "chrome"]);
        assert!(!fs::read_to_string(&config).unwrap().contains("\"work\""));
        assert!(!house.state("browser").join("work").join("user-data").exists());
        assert_eq!(house.get("/?profile=work").await.error().0, 404);
        house.stop().await;
        crate::support::processes::assert_none(&house.home);
    });
}

#[test]
fn what_was_made_is_there_after_a_restart_and_its_port_is_no_pin() {
    run(async {
        let mut house = House::with(json!({})).await;
        let made = create(&house, json!({"name": "work"})).await.ok();
        let port = u16::try_from(made["cdpPort"].as_u64().unwrap()).unwrap();
        house.stop().await;
        house.start().await;
        assert_eq!(names(&house).await, ["work", "openclaw", "user", "chrome"]);
        let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        house.post("/start?profile=work", json!({})).await.ok();
        assert_ne!(house.get("/?profile=work").await.ok()["cdpPort"], port);
        house.stop().await;
    });
}

#[test]
fn many_profiles_made_at_once_all_stand_in_the_config_with_ports_of_their_own() {
    run(async {
        let mut house = House::with(json!({})).await;
        let made = (0..8).map(|n| create(&house, json!({"name": format!("p{n}")})));
        let made = futures::future::join_all(made).await;
        let ports: std::collections::HashSet<u64> =
            made.into_iter().map(|answer| answer.ok()["cdpPort"].as_u64().unwrap()).collect();
        assert_eq!((ports.len(), names(&house).await.len()), (8, 11));
        let same = futures::future::join_all((0..4).map(|_| create(&house, json!({"name": "same"})))).await;
        assert_eq!(same.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(same.iter().all(|answer| matches!(answer.status, 200 | 409)), "{same:?}");
        house.stop().await;
        house.start().await;
        assert_eq!(names(&house).await.len(), 12);
        house.stop().await;
    });
}

#[test]
fn a_profile_that_cannot_be_made_names_the_field() {
    run(async {
        let mut house = House::with(json!({})).await;
        let before = fs::read(house.state("openclaw.json")).unwrap();
        let name = "invalid profile name: use lowercase letters, numbers, and hyphens only";
        for (body, status, field, text) in [
            (json!({}), 400, "name", "name is required"),
            (json!({"name": 5}), 400, "name", "name is required"),
            (json!({"name": "Bad Name"}), 400, "name", name),
            (json!({"name": "-x"}), 400, "name", name),
            (json!({"name": "openclaw"}), 409, "name", "profile \"openclaw\" already exists"),
            (json!({"name": "chrome"}), 409, "name", "profile \"chrome\" already exists"),
            (
                json!({"name": "x", "driver": "foo"}),
                400,
                "driver",
                "unsupported profile driver \"foo\"; use \"openclaw\", \"clawd\", or \"existing-session\"",
            ),
            (
                json!({"name": "x", "driver": "extension"}),
                400,
                "driver",
                "unsupported profile driver \"extension\"; use \"openclaw\", \"clawd\", or \"existing-session\"",
            ),
            (
                json!({"name": "x", "userDataDir": "/tmp"}),
                400,
                "userDataDir",
                "driver=existing-session is required when userDataDir is provided",
            ),
            (
                json!({"name": "x", "userDataDir": "/nope/zz", "driver": "existing-session"}),
                400,
                "userDataDir",
                "browser user data directory not found: /nope/zz",
            ),
            (json!({"name": "x", "cdpUrl": "foo"}), 400, "cdpUrl", "Invalid URL"),
            (
                json!({"name": "x", "cdpUrl": "ftp://x/"}),
                400,
                "cdpUrl",
                "browser.profiles.cdpUrl must be http(s) or ws(s), got: ftp",
            ),
        ] {
            let answer = create(&house, body).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((status, text), &json!(field)));
        }
        for (path, status, text) in [
            ("/profiles/Bad%20Name", 400, "invalid profile name"),
            (
                "/profiles/openclaw",
                400,
                "cannot delete the default profile \"openclaw\"; change browser.defaultProfile first",
            ),
            ("/profiles/zzz", 404, "profile \"zzz\" not found"),
            ("/profiles/user", 404, "profile \"user\" not found"),
        ] {
            assert_eq!(house.delete(path).await.error(), (status, text));
        }
        assert_eq!(fs::read(house.state("openclaw.json")).unwrap(), before);
        house.stop().await;
    });
}

#[test]
fn a_config_that_cannot_be_edited_is_told_and_no_profile_appears() {
    run(async {
        let mut house = House::with(json!({})).await;
        fs::write(house.state("openclaw.json"), "{browser: ").unwrap();
        let answer = create(&house, json!({"name": "work"})).await;
        assert_eq!((answer.status, answer.code()), (500, "CONFIG_FAILED"), "{answer:?}");
        assert!(answer.error().1.contains("openclaw.json:1:"), "{answer:?}");
        assert_eq!(names(&house).await, ["openclaw", "user", "chrome"]);
        house.stop().await;
    });
}

#[test]
fn profiles_of_other_browsers_are_written_down_and_have_nothing_to_remove() {
    run(async {
        let mut house = House::with(json!({})).await;
        let made = create(&house, json!({"name": "here", "cdpUrl": "http://127.0.0.1:21950"})).await.ok();
        assert_eq!(
            (&made["cdpPort"], &made["isRemote"], &made["cdpUrl"]),
            (&json!(21950), &json!(false), &json!("http://127.0.0.1:21950"))
        );
        let made = create(&house, json!({"name": "far", "cdpUrl": "wss://cdp.example.com/?token=s3cret"}))
            .await
            .ok();
        assert_eq!((&made["isRemote"], &made["cdpUrl"]), (&json!(true), &json!("wss://cdp.example.com?…")));
        let folder = house.home.display().to_string();
        let live = json!({"name": "live", "driver": "existing-session", "userDataDir": folder});
        let made = create(&house, live).await.ok();
        assert_eq!(
            (&made["transport"], &made["cdpPort"], &made["userDataDir"]),
            (&json!("chrome-mcp"), &Value::Null, &json!(folder))
        );
        let answer = house.post("/reset-profile?profile=live", json!({})).await;
        assert_eq!(
            answer.error(),
            (400, "reset-profile is only supported for local profiles (profile \"live\" is remote).")
        );
        assert_eq!(house.delete("/profiles/live").await.ok()["deleted"], false);
        house.stop().await;
        house.start().await;
        assert_eq!(names(&house).await, ["here", "far", "openclaw", "user", "chrome"]);
        house.stop().await;
    });
}

#[test]
fn a_reset_stops_the_browser_and_moves_its_folder_to_the_trash() {
    run(async {
        let mut house = House::with(json!({})).await;
        let reset = house.post("/reset-profile", json!({})).await.ok();
        let from = house.state("browser/openclaw/user-data").display().to_string();
        assert_eq!(reset, json!({"ok": true, "profile": "openclaw", "moved": false, "from": from}));
        house.post("/start", json!({})).await.ok();
        let reset = house.post("/reset-profile", json!({})).await.ok();
        assert_eq!((&reset["moved"], &reset["from"]), (&json!(true), &json!(from)));
        let to = Path::new(reset["to"].as_str().unwrap());
        assert!(
            to.starts_with(house.home.join(".Trash")) && to.ends_with("user-data") && to.is_dir(),
            "{to:?}"
        );
        assert!(!Path::new(&from).exists());
        assert_eq!(house.get("/").await.ok()["running"], false);
        house.post("/start", json!({})).await.ok();
        house.stop().await;
    });
}

#[test]
fn a_dashboard_gets_a_browser_of_ours_or_none() {
    run(async {
        let house = House::shared().await;
        for (path, body) in [
            ("/tabs/action?managedOnly=true&profile=user", json!({"action": "list"})),
            ("/tabs/action?profile=user", json!({"action": "list", "managedOnly": true})),
        ] {
            let answer = house.post(path, body).await;
            assert_eq!(answer.error(), (400, "This dashboard requires a local managed browser profile"));
        }
        house.get("/tabs?managedOnly=true").await.ok();
        house.get("/tabs?managedOnly=no&profile=user").await.ok();
        let answer = house.post("/start?profile=user&headless=true", json!({})).await;
        assert_eq!(
            answer.error(),
            (
                400,
                "Headless start override is only supported for locally launched openclaw profiles. Profile \"user\" is attach-only, remote, or existing-session."
            )
        );
    });
}

#[test]
fn there_are_no_system_profiles_to_import_here() {
    run(async {
        let house = House::shared().await;
        assert_eq!(house.get("/system-profiles?browser=chrome").await.ok(), json!({"systemProfiles": []}));
        assert_eq!(
            house.get("/system-profile-import/status").await.ok(),
            json!({"enabled": false, "systemProfiles": [], "state": null, "suggestedTarget": "imported"})
        );
        let answer = house.post("/profiles/import", json!({"browser": "chrome"})).await;
        assert_eq!(answer.error(), (501, "system profile import is only supported on macOS in this release"));
    });
}
