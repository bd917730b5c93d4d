//! Traces: the archive that Playwright's viewer opens.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Value, json};

use crate::support::program::{output, stdout};
use crate::support::{House, Site, Tab, run};

/// What is in the archive that an answer names.
fn files(answer: &Value) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(answer["path"].as_str().unwrap()).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let read = |name: String| {
        let mut bytes = Vec::new();
        archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(read).collect()
}

/// The lines of one of its texts that have this type.
fn lines(files: &BTreeMap<String, Vec<u8>>, name: &str, kind: &str) -> Vec<Value> {
    let text = String::from_utf8(files[name].clone()).unwrap();
    let all = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|line| line["type"] == kind).collect()
}

#[test]
fn a_trace_tells_what_was_done_seen_said_and_asked_for() {
    run(async {
        let site = Site::with(
            "<link rel=stylesheet href=/style.css><button onclick=\"this.textContent = 'Done'; console.log('said'); \
             fetch('/data'); setTimeout(() => null.x)\">Go</button>",
        )
        .await;
        site.answer("/style.css", &[("Content-Type", "text/css")], b"button { color: rgb(1, 2, 3) }");
        site.answer("/data", &[("Content-Type", "application/json"), ("Set-Cookie", "a=sesame")], b"{}");
        let tab = House::shared().await.open(&site.url("/")).await;
        let started = tab.post("/trace/start", json!({})).await.ok();
        assert_eq!(started, json!({"ok": true, "targetId": tab.id, "url": site.url("/")}));
        tab.click("button").await.ok();
        tab.click("#missing").await.error();
        tab.eval("fetch('/data').then(answer => answer.text())").await;
        let stopped = tab.post("/trace/stop", json!({})).await.ok();
        assert_eq!(
            (&stopped["ok"], &stopped["targetId"], &stopped["url"]),
            (&json!(true), &json!(tab.id), &json!(site.url("/")))
        );
        let name = stopped["path"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(name.starts_with("browser-trace-") && name.ends_with(".zip"), "{name}");
        let files = files(&stopped);
        let of = |kind| lines(&files, "trace.trace", kind);
        assert_eq!((of("context-options").len(), &of("context-options")[0]["version"]), (1, &json!(8)));
        let before = of("before");
        let told: Vec<_> = before.iter().map(|line| (&line["method"], &line["params"]["selector"])).collect();
        let (click, evaluate) = (json!("click"), json!("evaluate"));
        assert_eq!(
            told,
            [(&click, &json!("button")), (&click, &json!("#missing")), (&evaluate, &Value::Null)]
        );
        let after = of("after");
        assert!(after[0]["error"].is_null() && after[1]["error"]["message"].is_string(), "{after:?}");
        let shown = |phase: &str| {
            let name = format!("{phase}@call@1");
            let all = of("frame-snapshot");
            all.into_iter().find(|line| line["snapshot"]["snapshotName"] == name).unwrap()["snapshot"]["html"]
                .to_string()
        };
        assert!(shown("before").contains("[\"BUTTON\",{},\"Go\"]"), "{}", shown("before"));
        assert!(shown("after").contains("[\"BUTTON\",{},\"Done\"]"), "{}", shown("after"));
        assert!(shown("after").contains("rgb(1, 2, 3)"), "{}", shown("after"));
        assert_eq!((of("console").len(), &of("console")[0]["text"]), (1, &json!("said")));
        let errors: Vec<Value> =
            of("event").into_iter().filter(|line| line["method"] == "pageError").collect();
        assert_eq!(errors[0]["params"]["error"]["error"]["name"], "TypeError");
        let frames = of("screencast-frame");
        assert!(!frames.is_empty());
        for frame in frames {
            let picture = &files[&format!("resources/{}", frame["sha1"].as_str().unwrap())];
            assert!(picture.starts_with(b"\xff\xd8\xff"));
        }
        let asked = lines(&files, "trace.network", "resource-snapshot");
        let response = &asked[0]["snapshot"]["response"];
        assert_eq!(asked[0]["snapshot"]["request"]["url"], site.url("/data"));
        assert_eq!(
            (&response["status"], &response["content"]["mimeType"]),
            (&json!(200), &json!("application/json"))
        );
        assert!(!files.values().any(|bytes| String::from_utf8_lossy(bytes).contains("sesame")));
    });
}

#[test]
fn passwords_are_in_no_trace() {
    run(async {
        let tab = Tab::with(
            "<input id=secret type=password value=sesame1><input id=shown autocomplete=current-password value=sesame2>\
             <input id=plain><input id=eye type=password value=sesame4>",
        )
        .await;
        tab.post("/trace/start", json!({"screenshots": false})).await.ok();
        tab.type_into("#secret", "sesame3").await.ok();
        tab.type_into("#plain", "plain words").await.ok();
        tab.eval("() => { eye.type = 'text' }").await;
        let files = files(&tab.post("/trace/stop", json!({})).await.ok());
        let text = String::from_utf8(files["trace.trace"].clone()).unwrap();
        assert!(text.contains("plain words") && text.contains("#secret"), "{text}");
        assert!(!text.contains("sesame"), "{text}");
    });
}

#[test]
fn words_that_are_drawn_as_dots_are_in_no_trace() {
    run(async {
        let tab = Tab::with(
            "<style>.dots { -webkit-text-security: disc }</style><div id=pin contenteditable class=dots>sesame1</div>\
             <p class=dots>sesame2</p><div contenteditable><b class=dots>sesame3</b> plain words</div>\
             <div id=eye contenteditable class=dots><i>sesame4</i></div><button>Go</button>",
        )
        .await;
        tab.post("/trace/start", json!({"screenshots": false})).await.ok();
        tab.type_into("#pin", "sesame5").await.ok();
        tab.click("button").await.ok();
        tab.eval("() => { eye.className = '' }").await;
        let files = files(&tab.post("/trace/stop", json!({})).await.ok());
        let text = String::from_utf8(files["trace.trace"].clone()).unwrap();
        assert!(text.contains("plain words") && text.contains("#pin"), "{text}");
        assert!(!text.contains("sesame"), "{text}");
    });
}

#[test]
fn a_form_is_told_whatever_its_fields_are_called() {
    run(async {
        let names = ["attributes", "childNodes", "host", "nodeName", "nodeType", "scrollTop", "shadowRoot"];
        let fields = names.map(|name| format!("<input type=hidden name={name}>")).concat();
        let tab =
            Tab::with(&format!("<form id=order>{fields}<a href=/there>Way</a><p>Words</p></form>")).await;
        tab.post("/trace/start", json!({})).await.ok();
        tab.click("p").await.ok();
        let files = files(&tab.post("/trace/stop", json!({})).await.ok());
        let shown = json!(lines(&files, "trace.trace", "frame-snapshot")).to_string();
        assert!(shown.contains(r#"["FORM",{"id":"order"},["INPUT","#), "{shown}");
        assert!(shown.contains(r#"["P",{},"Words"]"#), "{shown}");
        // A link has a host that is a text.
        assert!(shown.contains(r#"["A",{"href":"/there"},"Way"]"#), "{shown}");
    });
}

#[test]
fn parts_can_be_left_out() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        tab.post("/trace/start", json!({"screenshots": false, "snapshots": "no", "sources": true}))
            .await
            .ok();
        tab.click("button").await.ok();
        let files = files(&tab.post("/trace/stop", json!({})).await.ok());
        for kind in ["screencast-frame", "frame-snapshot"] {
            assert_eq!(lines(&files, "trace.trace", kind).len(), 0, "{kind}");
        }
        assert_eq!(lines(&files, "trace.trace", "before").len(), 1);
    });
}

#[test]
fn a_tab_has_one_trace_and_a_path_that_will_not_do_costs_nothing() {
    run(async {
        let house = House::shared().await;
        let (tab, other) = (Tab::with("").await, Tab::with("").await);
        let none = tab.post("/trace/stop", json!({})).await;
        let sentence = "No active trace. Start a trace before stopping it.";
        assert_eq!((none.error(), none.code()), ((409, sentence), "NO_TRACE"));
        tab.post("/trace/start", json!({})).await.ok();
        let again = tab.post("/trace/start", json!({})).await;
        let sentence = "Trace already running. Stop the current trace before starting a new one.";
        assert_eq!((again.error(), again.code()), ((409, sentence), "TRACE_RUNNING"));
        other.post("/trace/start", json!({})).await.ok();
        for path in ["/etc/x.zip", "../x.zip"] {
            let outside = tab.post("/trace/stop", json!({"path": path})).await;
            assert_eq!(outside.error(), (400, "Invalid path: must stay within trace directory"));
            assert_eq!(outside.body["field"], "path");
        }
        let stopped = tab.post("/trace/stop", json!({"path": "mine/one.zip"})).await.ok();
        let expected = house.state("media/traces/mine/one.zip");
        assert_eq!(stopped["path"], expected.display().to_string());
        assert!(files(&stopped).contains_key("trace.network"));
        other.post("/trace/stop", json!({})).await.ok();
        let nowhere = house.post("/trace/start", json!({"targetId": "nowhere"})).await;
        assert_eq!((nowhere.error().0, nowhere.code()), (404, "TAB_NOT_FOUND"));
    });
}

#[test]
fn the_commands_say_where_the_trace_is() {
    run(async {
        let tab = Tab::with("").await;
        let home = &tab.house.home;
        let said = output(home, &["browser", "trace", "start", "--no-screenshots", "--target-id", &tab.id]);
        assert_eq!(stdout(&said), "trace started\n");
        let said = output(home, &["browser", "trace", "stop", "--out", "cli.zip", "--target-id", &tab.id]);
        assert!(
            stdout(&said).starts_with("TRACE:") && stdout(&said).ends_with("/cli.zip\n"),
            "{}",
            stdout(&said)
        );
    });
}
