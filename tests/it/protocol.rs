//! Our own lean protocol types against the protocol of the installed Chromium: every method, parameter and event
//! that we name is one that it has.

use std::collections::{HashMap, HashSet};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use openclaw::cdp::Call;
use openclaw::cdp::protocol::{
    CallFunctionOn, ContinueRequest, CreateIsolatedWorld, DispatchMouseEvent, Evaluate, FailRequest,
    FetchEnable, GetTargets, GetVersion, HeaderEntry, InsertText, Navigate, RequestPattern, SetAutoAttach,
    SetDiscoverTargets, only,
};
use openclaw::chromium::Executable;
use serde_json::Value;

use crate::support::{house, run};

/// Every lean command, with all of its parameters present.
fn commands() -> Vec<Call> {
    let evaluate =
        Evaluate { context_id: Some(1), include_command_line_api: true, ..Evaluate::value("1", None) };
    let call = CallFunctionOn {
        function_declaration: "f",
        object_id: "o",
        arguments: Vec::new(),
        return_by_value: true,
        await_promise: true,
        user_gesture: true,
    };
    let header = HeaderEntry { name: "n", value: "v" };
    let pattern = RequestPattern { url_pattern: "*".into(), resource_type: Some("Document") };
    vec![
        Call::of(&evaluate),
        Call::of(&call),
        Call::of(&CreateIsolatedWorld { frame_id: "f", world_name: "w" }),
        Call::of(&Navigate { url: "u" }),
        Call::of(&DispatchMouseEvent {
            r#type: "mouseMoved",
            x: 0.0,
            y: 0.0,
            modifiers: 0,
            button: "none",
            buttons: 0,
            click_count: 0,
        }),
        Call::of(&InsertText { text: "t" }),
        Call::of(&SetAutoAttach {
            auto_attach: true,
            wait_for_debugger_on_start: true,
            flatten: true,
            filter: only(&["page"]),
        }),
        Call::of(&SetDiscoverTargets { discover: true, filter: only(&["page"]) }),
        Call::of(&GetTargets { filter: only(&["page"]) }),
        Call::of(&FetchEnable { handle_auth_requests: false, patterns: vec![pattern] }),
        Call::of(&ContinueRequest { request_id: "r", headers: Some(vec![header]) }),
        Call::of(&FailRequest { request_id: "r", error_reason: "Aborted" }),
        Call::of(&GetVersion {}),
    ]
}

/// Events that some room of ours acts on.
const EVENTS: &[&str] = &[
    "Fetch.requestPaused",
    "Inspector.targetCrashed",
    "Log.entryAdded",
    "Page.frameAttached",
    "Page.frameDetached",
    "Page.frameNavigated",
    "Page.frameStoppedLoading",
    "Page.javascriptDialogClosed",
    "Page.javascriptDialogOpening",
    "Page.lifecycleEvent",
    "Page.navigatedWithinDocument",
    "Runtime.consoleAPICalled",
    "Runtime.executionContextCreated",
    "Runtime.executionContextDestroyed",
    "Runtime.executionContextsCleared",
    "Target.attachedToTarget",
    "Target.detachedFromTarget",
    "Target.targetCrashed",
    "Target.targetDestroyed",
    "Target.targetInfoChanged",
];

/// `/json/protocol` of a Chromium that is started for this question alone.
pub async fn protocol() -> Value {
    let lookup = |name: &str| std::env::var(name).ok();
    let program = Executable::find(None, &lookup).expect("a browser is installed").path;
    let folder = house::folder();
    let mut command = Command::new(program);
    command.args(["--headless=new", "--remote-debugging-port=0", "--no-first-run"]);
    command.arg(format!("--user-data-dir={}", folder.display())).stdout(Stdio::null()).stderr(Stdio::null());
    if house::is_root() {
        command.arg("--no-sandbox");
    }
    let mut browser = command.spawn().expect("it starts");
    let port_file = folder.join("DevToolsActivePort");
    let patience = Instant::now() + Duration::from_secs(30);
    let port = loop {
        let text = std::fs::read_to_string(&port_file).unwrap_or_default();
        match text.lines().next().and_then(|line| line.parse::<u16>().ok()) {
            Some(port) => break port,
            None if Instant::now() > patience => panic!("no DevToolsActivePort"),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let url = format!("http://127.0.0.1:{port}/json/protocol");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let protocol = client.get(url).send().await.unwrap().json().await.unwrap();
    browser.kill().unwrap();
    browser.wait().unwrap();
    protocol
}

#[test]
fn every_name_of_ours_is_chromiums() {
    let protocol = run(protocol());
    let mut parameters: HashMap<String, HashSet<String>> = HashMap::new();
    let mut events = HashSet::new();
    for domain in protocol["domains"].as_array().unwrap() {
        let full = |entry: &Value| {
            format!("{}.{}", domain["domain"].as_str().unwrap(), entry["name"].as_str().unwrap())
        };
        for command in domain["commands"].as_array().into_iter().flatten() {
            let names = command["parameters"].as_array().into_iter().flatten();
            let names = names.map(|p| p["name"].as_str().unwrap().to_owned()).collect();
            parameters.insert(full(command), names);
        }
        events.extend(domain["events"].as_array().into_iter().flatten().map(full));
    }
    for call in commands() {
        let known = parameters.get(&*call.method).unwrap_or_else(|| panic!("no command {}", call.method));
        let ours: serde_json::Map<String, Value> = serde_json::from_str(&call.params).unwrap();
        let strange: Vec<_> = ours.keys().filter(|name| !known.contains(*name)).collect();
        assert!(strange.is_empty(), "{} has no {strange:?}", call.method);
    }
    for event in EVENTS {
        assert!(events.contains(*event), "no event {event}");
    }
}
