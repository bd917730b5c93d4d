//! The built program as a person runs it: texts, JSON, exit codes, and what it says when something is wrong.

use std::fs;
use std::io::BufRead;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use openclaw::ops::registry::ALL;
use serde_json::{Value, json};

use crate::support::house::{environment, folder, free_base, write_config};
use crate::support::program::{GatewayProcess, openclaw, output, stderr, stdout};
use crate::support::{House, Site, run};

/// What the program printed, when it must succeed.
#[track_caller]
fn said(home: &Path, arguments: &[&str]) -> String {
    let output = output(home, arguments);
    assert!(output.status.success(), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
    stdout(&output).trim_end().to_owned()
}

/// Exit code and standard error, when it must fail.
#[track_caller]
fn refused(home: &Path, arguments: &[&str]) -> (i32, String) {
    let output = output(home, arguments);
    assert!(!output.status.success(), "{arguments:?}: {}", stdout(&output));
    (output.status.code().expect("no signal"), stderr(&output))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn the_configured_mode_of_snapshots_is_the_command_lines_where_no_format_is_named() {
    run(async {
        let mut house = House::with(json!({"browser": {"snapshotDefaults": {"mode": "efficient"}}})).await;
        let site = Site::with("<h1>Title</h1><p>Words</p><button>Go</button>").await;
        {
            let tab = house.open(&site.url("/")).await;
            assert!(tab.snapshot("").await.contains("Words"), "the route does not look there");
            let shown = |more: &[&str]| said(&house.home, &[&["browser", "snapshot"], more].concat());
            let (plain, whole) = (shown(&[]), shown(&["--format", "ai"]));
            assert!(plain.contains("Go") && !plain.contains("Words"), "{plain}");
            assert!(whole.contains("Words"), "{whole}");
        }
        house.stop().await;
    });
}

#[test]
fn json_is_what_the_route_answers_wherever_the_flag_stands() {
    run(async {
        let house = House::shared().await;
        let tab = house.open("about:blank").await;
        let before = json_of(&said(&house.home, &["browser", "--json", "status"]));
        let after = json_of(&said(&house.home, &["browser", "status", "--json"]));
        assert_eq!((&before, before["running"].clone()), (&after, json!(true)));
        let words = ["browser", "evaluate", "--fn", "[1]", "--target-id", &tab.id, "--json"];
        assert_eq!(json_of(&said(&house.home, &words))["result"], json!([1]));
        let (code, text) =
            refused(&house.home, &["browser", "--json", "click", "e99999", "--target-id", &tab.id]);
        assert!(code == 1 && text.starts_with("[openclaw] The CLI command failed."), "{code} {text}");
        let output = output(&house.home, &["browser", "--json", "click", "e99999", "--target-id", &tab.id]);
        let error = json_of(&stdout(&output));
        assert_eq!((error["ok"].clone(), error["error"]["type"].clone()), (json!(false), json!("cli_error")));
        assert_eq!(
            (&error["error"]["code"], &error["error"]["field"]),
            (&json!("UNKNOWN_REF"), &json!("ref"))
        );
    });
}

#[test]
fn a_failure_is_one_line_the_next_step_and_exit_code_1() {
    run(async {
        let house = House::shared().await;
        let tab = house.open("about:blank").await;
        for (words, line) in [
            (
                vec!["press", "Entre", "--target-id", &tab.id],
                "GatewayClientRequestError: keyboard.press: Unknown key: \"Entre\"",
            ),
            (
                vec!["click", "e99999", "--target-id", &tab.id],
                "GatewayClientRequestError: Unknown ref \"e99999\"",
            ),
            (
                vec!["tabs", "--browser-profile", "nope"],
                "GatewayClientRequestError: Profile \"nope\" not found.",
            ),
            (vec!["focus", "t99999"], "GatewayClientRequestError: tab not found"),
            (vec!["open", "file:///etc/passwd"], "GatewayClientRequestError: Navigation blocked"),
            (
                vec!["batch", "--actions", "[{\"kind\": \"wait\", \"timeMs\": 1}, {\"kind\": \"click\"}]"],
                "GatewayClientRequestError: click requires ref or selector\nField: actions[1].ref\n",
            ),
            (vec!["--token", "wrong-token-1", "status"], "gateway connect failed: "),
            (
                vec!["--url", "ws://127.0.0.1:1", "status"],
                "gateway url override requires explicit credentials",
            ),
            (vec!["--port", "1", "status"], "Gateway not reachable at ws://127.0.0.1:1 (ECONNREFUSED)."),
            (vec!["--port", "x", "status"], "Invalid --port."),
        ] {
            let (code, text) = refused(&house.home, &[&["browser"], words.as_slice()].concat());
            assert!(code == 1 && text.starts_with(line), "{words:?}: {code} {text}");
            assert!(!line.starts_with("GatewayClient") || text.contains("\nNext: "), "{text}");
            assert!(!text.contains(&house.token), "{text}");
        }
    });
}

#[test]
fn wrong_words_are_refused_before_any_gateway_is_asked() {
    let home = folder();
    for words in [
        vec!["browser"],
        vec!["browser", "frobnicate"],
        vec!["browser", "click"],
        vec!["browser", "resize", "a", "b"],
        vec!["browser", "click", "e1", "--duble"],
        vec!["browser", "fill", "--fields", "{"],
        vec!["browser", "open"],
        vec!["browser", "status", "--timeout-ms", "soon"],
    ] {
        let (code, text) = refused(&home, &words);
        assert!(code == 1 && !text.is_empty(), "{words:?}: {code} {text}");
    }
    assert_eq!(refused(&home, &["frobnicate"]).0, 2);
    assert!(!home.join(".openclaw").exists(), "nothing is created by a slip");
}

#[test]
fn help_is_the_operations_own_words() {
    let home = folder();
    for (entry, words) in ALL.iter().flat_map(|entry| entry.commands.iter().map(move |words| (entry, words)))
    {
        // A word such as `kind=local` is shown as `local`.
        let words = words.split(' ').map(|word| word.split_once('=').map_or(word, |(_, shown)| shown));
        let words: Vec<&str> = ["browser"].into_iter().chain(words).chain(["--help"]).collect();
        let help = said(&home, &words);
        let schema = (entry.schema)();
        let about = schema.get("description").and_then(Value::as_str).unwrap();
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = about.split(['.', ':', ',', ';']).next().unwrap();
        assert!(flat(&help).contains(&flat(first).replace('`', "")), "{}: {about}\n{help}", entry.name);
    }
    assert!(
        said(&home, &["--help"]).contains("gateway") && said(&home, &["--version"]).starts_with("openclaw ")
    );
}

#[test]
fn an_instance_name_that_is_none_is_refused_with_exit_code_2() {
    let home = folder();
    for name in ["", "A B", "../x", "a/b", "-x"] {
        let profile = format!("--profile={name}");
        for words in [["status"], ["setup"], ["gateway"]] {
            let (code, text) = refused(&home, &[&[profile.as_str()], words.as_slice()].concat());
            assert!(code == 2 && text.to_lowercase().contains("profile"), "{name:?}: {code} {text}");
        }
    }
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0);
}

#[test]
fn status_tells_of_a_gateway_that_runs_and_of_one_that_does_not() {
    run(async {
        let house = House::shared().await;
        let text = said(&house.home, &["status"]);
        assert!(text.contains(&format!("gateway: running, pid {}", std::process::id())), "{text}");
        assert!(
            text.contains(&format!("ports: gateway {}, control {}", house.base, house.base + 2)),
            "{text}"
        );
        let report = json_of(&said(&house.home, &["status", "--json"]));
        assert_eq!((&report["gateway"]["reachable"], &report["config"]["ok"]), (&json!(true), &json!(true)));
        let (home, base) = (folder(), free_base());
        write_config(&home, base, json!({}));
        let output = output(&home, &["status"]);
        let line =
            format!("gateway: not reachable: Gateway not reachable at ws://127.0.0.1:{base} (ECONNREFUSED).");
        assert_eq!(output.status.code(), Some(1));
        assert!(stdout(&output).contains(&line), "{}", stdout(&output));
        let (code, text) = refused(&home, &["browser", "tabs"]);
        assert!(code == 1 && text.contains(&format!("ws://127.0.0.1:{base} (ECONNREFUSED)")), "{text}");
    });
}

#[test]
fn setup_makes_a_private_config_once_and_registers_the_ports() {
    let home = folder();
    let first = said(&home, &["--profile", "work", "setup"]);
    let path = home.join(".openclaw-work/openclaw.json");
    assert!(first.starts_with(&format!("Wrote {}\nWorkspace OK: ", path.display())), "{first}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let config = openclaw::config::Config::load(&path, &environment(&home)).unwrap();
    let port = config.gateway.port.expect("a named instance's port is written down");
    assert!(fs::read_to_string(&path).unwrap().contains("token"));
    let before = fs::read(&path).unwrap();
    let second = said(&home, &["--profile", "work", "setup"]);
    assert!(second.starts_with(&format!("Config OK: {}", path.display())), "{second}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let families = openclaw::instance::HostRegistry::open(&environment(&home)).unwrap().families();
    assert_eq!((families.len(), families[0].ports.gateway), (1, port));
    let (code, text) = refused(&home, &["--profile", "work", "setup", "--from", "ci"]);
    assert!(code == 1 && text.contains("is there already"), "{text}");
}

#[test]
fn setup_starts_from_a_template_or_a_file() {
    let home = folder();
    said(&home, &["--profile", "ci", "setup", "--from", "ci.json5", "--port", "29500"]);
    let config =
        openclaw::config::Config::load(&home.join(".openclaw-ci/openclaw.json"), &environment(&home))
            .unwrap();
    assert_eq!((config.gateway.port, config.browser.headless), (Some(29500), Some(true)));
    let (code, text) = refused(&home, &["--profile", "x", "setup", "--from", "nothing"]);
    assert!(code == 1 && text.contains("main, rescue, remote-chrome, hosted-cdp, ci"), "{text}");
    fs::write(home.join("bad.json5"), "{browser: {headles: true}}").unwrap();
    let (code, text) =
        refused(&home, &["--profile", "x", "setup", "--from", home.join("bad.json5").to_str().unwrap()]);
    assert!(code == 1 && text.contains("did you mean \"headless\""), "{text}");
    assert!(!home.join(".openclaw-x/openclaw.json").exists());
}

#[test]
fn a_second_gateway_on_the_same_state_names_the_first() {
    let house = House::empty(json!({}));
    let gateway = GatewayProcess::start(&house.home, &[]);
    for extra in [vec![], vec!["--port", "29800"]] {
        let (code, text) = refused(&house.home, &[&["gateway"], extra.as_slice()].concat());
        let who = format!("gateway already running (pid {}, port {})", gateway.pid(), house.base);
        assert!(code == 78 && text.contains(&who), "{code} {text}");
    }
    assert!(gateway.terminate().success());
    assert!(GatewayProcess::start(&house.home, &[]).terminate().success());
}

#[test]
fn a_port_from_the_flag_is_found_by_later_commands() {
    let (house, base) = (House::empty(json!({})), free_base());
    let gateway = GatewayProcess::start(&house.home, &["--port", &base.to_string()]);
    assert!(gateway.greeting.contains(&format!("ws://127.0.0.1:{base}\n")), "{}", gateway.greeting);
    assert!(!gateway.greeting.contains(&house.token));
    assert!(said(&house.home, &["browser", "status"]).contains("running: false"));
    assert!(said(&house.home, &["status"]).contains(&format!("ports: gateway {base}, control {}", base + 2)));
    assert!(gateway.terminate().success());
    assert_eq!(refused(&house.home, &["browser", "status"]).0, 1);
}

#[test]
fn ports_that_do_not_fit_are_named_with_their_settings() {
    for (section, arguments, words) in [
        (json!({}), vec!["--port", "65500"], vec!["--port 65500 would put", "past port 65535"]),
        (json!({}), vec!["--port", "0"], vec!["Invalid --port"]),
        (json!({}), vec!["--port", "http"], vec!["Invalid --port"]),
        (
            json!({"browser": {"controlPort": 28_000}, "gateway": {"port": 28_000}}),
            vec![],
            vec!["gateway.port 28000 and browser.controlPort 28000 claim the same port"],
        ),
    ] {
        let house = House::empty(section);
        let (code, text) = refused(&house.home, &[&["gateway"], arguments.as_slice()].concat());
        assert!(code == 1 && words.iter().all(|word| text.contains(word)), "{code} {text}");
    }
    for distance in [0, 2, 4] {
        let house = House::empty(json!({}));
        let _taken = TcpListener::bind(("127.0.0.1", house.base + distance)).unwrap();
        let (code, text) = refused(&house.home, &["gateway"]);
        let port = format!("port {} is already in use; stop what uses it", house.base + distance);
        assert!(code == 1 && text.contains(&port), "{code} {text}");
        assert!(!house.state("gateway.json").exists());
    }
}

#[test]
fn a_config_that_is_wrong_is_told_with_its_place() {
    for (text, words) in [
        ("{gateway: {port: 1", vec!["openclaw.json:1:"]),
        ("{browser: {headles: true}}", vec!["browser", "headles", "did you mean \"headless\"?"]),
        ("{gateway: {port: 'x'}}", vec!["gateway.port", "got"]),
    ] {
        let house = House::empty(json!({}));
        fs::write(house.state("openclaw.json"), text).unwrap();
        let (code, said) = refused(&house.home, &["gateway"]);
        assert!(code == 78 && words.iter().all(|word| said.contains(word)), "{code} {said}");
    }
}

#[test]
fn a_welcomed_gateway_shows_its_page_and_ends_at_sigterm() {
    let house = House::empty(json!({}));
    let mut gateway = GatewayProcess::start(&house.home, &["--welcome"]);
    let mut text = String::new();
    while !text.contains("Press Ctrl-C to stop.") {
        assert!(gateway.rest.read_line(&mut text).unwrap() > 0, "it ended: {text}");
    }
    for words in ["The welcome page, as an agent sees it:", "heading", "[ref=e", "CDP port"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains(&house.token));
    assert!(gateway.terminate().success());
    crate::support::processes::assert_none(&house.home);
}

#[test]
fn an_environment_without_a_home_is_told() {
    let home = folder();
    let output = openclaw(&home).env_remove("HOME").arg("status").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("set HOME to an absolute path"), "{}", stderr(&output));
}

#[test]
fn wrong_words_are_json_too_when_json_is_asked_for() {
    let home = folder();
    for words in [["browser", "--json", "click"], ["browser", "--json", "frobnicate"]] {
        let output = output(&home, &words);
        assert_eq!(output.status.code(), Some(1));
        let error = json_of(&stdout(&output));
        assert_eq!((&error["ok"], &error["error"]["type"]), (&json!(false), &json!("cli_error")));
        assert!(error["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    }
}

#[test]
fn who_stops_reading_is_no_accident() {
    let home = folder();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = openclaw(&home).args(["status", "--json"]).stdout(writer).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{:?}", output.status);
    assert_eq!(stderr(&output), "");
}
