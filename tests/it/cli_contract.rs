//! The command line against the original's (contract 10.2): a row per command with its text, its JSON and its exit
//! code, and a row per slip.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::house::folder;
use crate::support::program::{openclaw, output, stderr, stdout};
use crate::support::{House, Site, run};

/// Runs `openclaw browser …`.
fn browser(home: &Path, arguments: &[&str]) -> Output {
    output(home, &[&["browser"], arguments].concat())
}

/// The same with something on standard input.
fn browser_reading(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = openclaw(home);
    command
        .arg("browser")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// What it printed, when it must succeed and say nothing else.
#[track_caller]
fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
    assert_eq!(stderr(output), "");
    stdout(output).trim_end_matches('\n').to_owned()
}

#[track_caller]
fn json_of(output: &Output) -> Value {
    let text = stdout(output);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}{}", stderr(output)))
}

/// What was printed without the line about effects, which the original has not.
fn without_effects(printed: &str) -> String {
    printed.lines().filter(|line| !line.starts_with("effects: ")).map(|line| format!("{line}\n")).collect()
}

/// Whether a text is what a pattern says, whose `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| text.char_indices().any(|(at, _)| fits(rest, &text[at..]))),
        None => pattern == text,
    }
}

/// The words of a command; quotes hold blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('\'').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Slips that are found before anything is reached: the command, and what standard error says.
const SLIPS: &[(&str, &str)] = &[
    ("frobnicate", "OpenClaw browser has no command \"frobnicate\".\nTry: openclaw browser --help"),
    (
        "snapsht",
        "OpenClaw browser has no command \"snapsht\".\nDid you mean this?\n  openclaw browser snapshot\nTry: openclaw \
         browser --help",
    ),
    ("set frob", "OpenClaw browser set has no command \"frob\".\nTry: openclaw browser set --help"),
    (
        "tab clos",
        "OpenClaw browser tab has no command \"clos\".\nDid you mean this?\n  openclaw browser tab close\nTry: \
                  openclaw browser tab --help",
    ),
    ("click", "Missing required argument \"ref\".\nTry: openclaw browser click --help"),
    ("type e1", "Missing required argument \"text\".\nTry: openclaw browser type --help"),
    ("press", "Missing required argument \"key\".\nTry: openclaw browser press --help"),
    ("hover", "Missing required argument \"ref\".\nTry: openclaw browser hover --help"),
    ("scrollintoview", "Missing required argument \"ref\".\nTry: openclaw browser scrollintoview --help"),
    ("highlight", "Missing required argument \"ref\".\nTry: openclaw browser highlight --help"),
    ("drag", "Missing required argument \"startRef\".\nTry: openclaw browser drag --help"),
    ("drag e1", "Missing required argument \"endRef\".\nTry: openclaw browser drag --help"),
    ("select e1", "Missing required argument \"values\".\nTry: openclaw browser select --help"),
    ("upload", "Missing required argument \"paths\".\nTry: openclaw browser upload --help"),
    ("download e1", "Missing required argument \"path\".\nTry: openclaw browser download --help"),
    ("navigate", "Missing required argument \"url\".\nTry: openclaw browser navigate --help"),
    ("responsebody", "Missing required argument \"url\".\nTry: openclaw browser responsebody --help"),
    ("open", "Missing required argument \"url\".\nTry: openclaw browser open --help"),
    ("focus", "Missing required argument \"targetId\".\nTry: openclaw browser focus --help"),
    ("resize 5", "Missing required argument \"height\".\nTry: openclaw browser resize --help"),
    ("click-coords 5", "Missing required argument \"y\".\nTry: openclaw browser click-coords --help"),
    ("tab label t1", "Missing required argument \"label\".\nTry: openclaw browser tab label --help"),
    ("tab select", "Missing required argument \"index\".\nTry: openclaw browser tab select --help"),
    ("cookies set a", "Missing required argument \"value\".\nTry: openclaw browser cookies set --help"),
    (
        "storage local set a",
        "Missing required argument \"value\".\nTry: openclaw browser storage local set --help",
    ),
    ("set timezone", "Missing required argument \"timezoneId\".\nTry: openclaw browser set timezone --help"),
    ("set locale", "Missing required argument \"locale\".\nTry: openclaw browser set locale --help"),
    ("set device", "Missing required argument \"name\".\nTry: openclaw browser set device --help"),
    ("set offline", "Missing required argument \"on|off\".\nTry: openclaw browser set offline --help"),
    (
        "create-profile",
        "Missing required option \"--name <name>\".\nTry: openclaw browser create-profile --help",
    ),
    (
        "delete-profile",
        "Missing required option \"--name <name>\".\nTry: openclaw browser delete-profile --help",
    ),
    (
        "click e1 --duble",
        "OpenClaw does not recognize option \"--duble\".\nDid you mean this?\n  --double\nTry: openclaw browser click \
         --help",
    ),
    ("click e1 e2", "Too many arguments for this command.\nTry: openclaw browser click --help"),
    ("status now", "Too many arguments for this command.\nTry: openclaw browser status --help"),
    (
        "click e1 --target-id",
        "OpenClaw could not parse this command: option '--target-id <id>' argument missing\nTry: openclaw browser \
         click --help",
    ),
    (
        "click e14 --button foo",
        "OpenClaw could not parse this command: option '--button <left|right|middle>' argument 'foo' is invalid. \
         --button must be left, right, or middle.\nTry: openclaw browser click --help",
    ),
    (
        "click e14 --modifiers Shift,Hyper",
        "OpenClaw could not parse this command: option '--modifiers <list>' argument 'Hyper' is invalid. --modifiers \
         must be Alt, Control, ControlOrMeta, Meta, or Shift.\nTry: openclaw browser click --help",
    ),
    (
        "click-coords 1 2 --delay-ms -1",
        "OpenClaw could not parse this command: option '--delay-ms <ms>' argument '-1' is invalid. --delay-ms must be a \
         non-negative integer.\nTry: openclaw browser click-coords --help",
    ),
    (
        "wait --time soon",
        "OpenClaw could not parse this command: option '--time <ms>' argument 'soon' is invalid. --time must be a \
         non-negative integer.\nTry: openclaw browser wait --help",
    ),
    (
        "wait --text x --timeout-ms 0",
        "OpenClaw could not parse this command: option '--timeout-ms <ms>' argument '0' is invalid. --timeout-ms must \
         be a positive integer.\nTry: openclaw browser wait --help",
    ),
    (
        "snapshot --timeout 1.5",
        "OpenClaw could not parse this command: option '--timeout <ms>' argument '1.5' is invalid. --timeout must be a \
         positive integer.\nTry: openclaw browser snapshot --help",
    ),
    ("wait --load x", "Error: Invalid --load value: x"),
    ("resize a 5", "Invalid width: must be a positive integer"),
    ("resize 5 0", "Invalid height: must be a positive integer"),
    ("set viewport 8193 5", "Invalid width: maximum is 8192"),
    ("click-coords x 3", "Invalid x: must be a finite number"),
    ("set geo north 3", "Invalid latitude: must be a finite number"),
    ("tab select zero", "index must be a positive integer"),
    ("tab close 0", "index must be a positive integer"),
    ("snapshot --format zzz", "Invalid --format: expected aria or ai, or lean"),
    ("snapshot --mode full", "Invalid --mode: expected efficient"),
    ("snapshot --limit 0", "Invalid --limit: must be an integer >= 1"),
    ("snapshot --depth deep", "Invalid --depth: must be an integer >= 0"),
    ("screenshot --type gif", "Invalid --type: expected png or jpeg"),
    ("dialog", "Specify --accept or --dismiss"),
    (
        "text --max-chars 0",
        "OpenClaw could not parse this command: option '--max-chars <N>' argument '0' is invalid. --max-chars must be a \
         positive integer.\nTry: openclaw browser text --help",
    ),
    ("cookies set a b", "Missing required --url option for cookies set"),
    ("fill", "Error: fields are required"),
    ("fill --fields {", "Error: fields must be valid JSON."),
    ("fill --fields {}", "Error: fields must be an array"),
    (
        "fill --fields-file no-such-file",
        "Error: fields-file no-such-file: No such file or directory (os error 2)",
    ),
    ("batch", "Provide --actions, --actions-file, or --actions-file -"),
    ("batch --actions-file -", "Error: actions are required"),
    ("batch --actions {", "Error: actions must be valid JSON"),
    ("batch --actions {}", "Error: actions must be a JSON array"),
    ("batch --actions []", "Error: actions must contain at least one entry"),
    ("set offline maybe", "Expected on|off"),
    ("set media blue", "Expected dark|light|no-preference|none"),
    ("set headers", "Error: Missing headers JSON (pass --headers-json or positional JSON argument)"),
    ("set headers []", "Error: Headers JSON must be a JSON object"),
    ("set headers --headers-json x", "Error: Headers JSON must be a JSON object"),
    ("set headers '{\"x-a\": 1}'", "Error: header \"x-a\" must be text"),
];

/// What `--json` has on standard error beside the message.
fn failed(message: &str) -> String {
    format!(
        "[openclaw] The CLI command failed.\n[openclaw] Reason: {message}\n[openclaw] Debug: set OPENCLAW_LOG=debug to \
         see more.\n[openclaw] Try: openclaw browser doctor\n[openclaw] Help: openclaw browser --help\n"
    )
}

#[test]
fn a_slip_is_told_in_the_originals_words_and_ends_with_1() {
    let home = folder();
    for (line, told) in SLIPS {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = browser(&home, &words);
        assert_eq!((stderr(&output).trim_end(), output.status.code()), (*told, Some(1)), "{line}");
        assert_eq!(stdout(&output), "", "{line}");
        let output = browser(&home, &[&["--json"], words.as_slice()].concat());
        let message = told.split("\nTry:").next().unwrap().split("\nDid you").next().unwrap();
        let message = message.trim_start_matches("Error: ");
        let error = json!({"ok": false, "error": {"type": "cli_error", "message": message}});
        assert_eq!((json_of(&output), output.status.code()), (error, Some(1)), "{line}");
        assert_eq!(stderr(&output), failed(message), "{line}");
    }
    assert!(!home.join(".openclaw").exists(), "nothing is looked for");
}

#[test]
fn machine_output_has_json_errors_in_any_case() {
    let home = folder();
    for (line, message) in [
        ("evaluate", "Missing --fn"),
        ("console --level zz", "--level must be error, warn, or info."),
        (
            "evaluate --fn 1 --timeout-ms x",
            "OpenClaw could not parse this command: option '--timeout-ms <ms>' argument \
                                            'x' is invalid. --timeout-ms must be a positive integer.",
        ),
        ("cookies --bogus", "OpenClaw does not recognize option \"--bogus\"."),
        ("storage local get a b", "Too many arguments for this command."),
    ] {
        let words = words(line);
        let output = browser(&home, &words.iter().map(String::as_str).collect::<Vec<_>>());
        let error = json!({"ok": false, "error": {"type": "cli_error", "message": message}});
        assert_eq!((json_of(&output), output.status.code()), (error, Some(1)), "{line}");
        assert_eq!(stderr(&output), failed(message), "{line}");
    }
}

#[test]
fn without_a_command_there_is_help_and_a_hint() {
    let output = browser(&folder(), &[]);
    assert!(stdout(&output).contains("scrollintoview"), "{}", stdout(&output));
    assert_eq!(stderr(&output), "Missing subcommand. Try: \"openclaw browser status\"\n");
    assert_eq!(output.status.code(), Some(1));
    let output = browser(&folder(), &["set"]);
    assert_eq!(stderr(&output), "Missing subcommand. Try: \"openclaw browser set --help\"\n");
}

/// Commands on a page: the command, what it prints, and the keys that its JSON has at least. `{…}` are the refs of the
/// page, its URL and folders; the tab is named where the command does not.
const PAGE: &[(&str, &str, &str)] = &[
    (
        "snapshot",
        "- generic [active] [ref=*]:\n  - button \"Go\" [ref={go}]\n*",
        "ok format targetId url snapshot refs stats",
    ),
    ("snapshot --interactive", "- button \"Go\" [ref={go}]*", "ok format targetId url snapshot refs stats"),
    ("snapshot --efficient", "- button \"Go\" [ref={go}]*", "ok snapshot"),
    ("snapshot --mode efficient --depth 1", "- button \"Go\"*", "ok snapshot"),
    ("snapshot --selector form --urls --compact --timeout 9000", "*textbox \"Name\"*", "ok snapshot"),
    ("click {go}", "clicked ref {go} on {url}", "ok targetId url"),
    (
        "click {go} --double --button right --modifiers Shift,Alt",
        "clicked ref {go} on {url}",
        "ok targetId url",
    ),
    ("click-coords 2 2", "clicked 2,2 on {url}", "ok targetId url"),
    ("click-coords 2 2 --double --button left --delay-ms 1", "clicked 2,2 on {url}", "ok targetId url"),
    ("type {name} Ada", "typed into ref {name}", "ok targetId url"),
    ("type {name} 'Ada B' --submit --slowly", "typed into ref {name}", "ok targetId url"),
    ("press Enter", "pressed Enter", "ok targetId url"),
    ("hover {go}", "hovered ref {go}", "ok targetId url"),
    ("scrollintoview {go} --timeout-ms 3000", "scrolled into view: {go}", "ok targetId url"),
    ("drag {drag} {drop}", "dragged {drag} → {drop}", "ok targetId url"),
    ("select {pick} b", "selected b", "ok targetId url"),
    ("select {multi} x z", "selected x, z", "ok targetId url"),
    (
        "fill --fields '[{\"ref\": \"{name}\", \"value\": \"Z\"}, {\"ref\": \"{mail}\", \"value\": \"q@q\"}]'",
        "filled 2 field(s)",
        "ok targetId url",
    ),
    ("fill --fields-file {home}/fields.json", "filled 1 field(s)", "ok targetId url"),
    ("wait --text Go", "wait complete", "ok targetId url"),
    (
        "wait button --time 1 --text-gone nowhere --url **/ --load load --fn 1",
        "wait complete",
        "ok targetId url",
    ),
    ("evaluate --fn '({a:1})'", "{\n  \"a\": 1\n}", "ok targetId url result"),
    ("evaluate --fn 'void 0'", "null", "ok targetId url"),
    ("evaluate --fn 'el => el.id' --ref {go} --timeout-ms 3000", "\"go\"", "ok targetId url result"),
    ("evaluate --fn -1", "-1", "ok targetId url result"),
    (
        "batch --actions '[{\"kind\":\"wait\",\"timeMs\":1},{\"kind\":\"evaluate\",\"fn\":\"1\"}]'",
        "batch ran 2 action(s)",
        "ok targetId url results",
    ),
    (
        "batch --actions-file {home}/actions.json --continue",
        "batch ran 1 action(s)",
        "ok targetId url results",
    ),
    ("resize 1200 800", "resized to 1200x800", "ok targetId url"),
    ("set viewport 1000 700", "viewport set: 1000x700", "ok targetId url"),
    ("console", "[\n  {\n    \"type\": \"error\",\n    \"text\": \"err msg\",*]", "ok targetId url messages"),
    ("console --level error", "[\n  {*]", "ok messages"),
    (
        "snapshot --format aria --limit 2",
        "- RootWebArea \"*\" [ref=ax*]\n  - * [ref=ax*]",
        "ok format targetId url nodes",
    ),
    ("errors", "*Z Error: boom", "ok targetId url errors"),
    ("errors --clear", "*Z Error: boom", "ok errors"),
    ("requests --filter report", "No requests recorded.", "ok targetId url requests"),
    ("pdf", "PDF: ~/.openclaw/media/*.pdf", "ok path targetId url"),
    ("screenshot {tab}", "~/.openclaw/media/*.png", "ok path targetId url"),
    ("screenshot {tab} --full-page --type jpeg --timeout 9000", "~/.openclaw/media/*.jpg", "ok path"),
    ("screenshot {tab} --ref {go}", "~/.openclaw/media/*.png", "ok path"),
    ("screenshot {tab} --element #go", "~/.openclaw/media/*.png", "ok path"),
    ("highlight {go}", "highlighted {go}", "ok targetId"),
    ("cookies set s v --url {url}", "cookie set: s", "ok targetId"),
    ("cookies", "[\n  {*\"name\": \"s\"*]", "ok targetId cookies"),
    ("cookies clear", "cookies cleared", "ok targetId"),
    ("cookies", "[]", "ok targetId cookies"),
    ("storage local set k v", "localStorage set: k", "ok targetId"),
    ("storage local get", "{\n  \"k\": \"v\"\n}", "ok targetId values"),
    ("storage local get k", "{\n  \"k\": \"v\"\n}", "ok targetId values"),
    ("storage local clear", "localStorage cleared", "ok targetId"),
    ("storage local get", "{}", "ok targetId values"),
    ("storage session set k -v", "sessionStorage set: k", "ok targetId"),
    ("storage session get", "{\n  \"k\": \"-v\"\n}", "ok targetId values"),
    ("storage session clear", "sessionStorage cleared", "ok targetId"),
    ("set offline on", "offline: true", "ok targetId"),
    ("set offline off", "offline: false", "ok targetId"),
    ("set headers '{\"x-a\":\"1\"}'", "headers set", "ok targetId"),
    ("set headers --headers-json {}", "headers set", "ok targetId"),
    ("set credentials u p", "credentials set", "ok targetId"),
    ("set credentials --clear", "credentials cleared", "ok targetId"),
    ("set geo 1 -2 --accuracy 3 --origin {url}", "geolocation set", "ok targetId"),
    ("set geo --clear", "geolocation cleared", "ok targetId"),
    ("set media DARK", "media colorScheme: dark", "ok targetId"),
    ("set media none", "media colorScheme: none", "ok targetId"),
    ("set timezone Europe/London", "timezone: Europe/London", "ok targetId"),
    ("set locale en-GB", "locale: en-GB", "ok targetId"),
    ("set device 'iPhone 14'", "device: iPhone 14", "ok targetId"),
    ("upload up.txt --element #file", "upload armed for 1 file(s)", "ok"),
    ("upload up.txt --input-ref {file} --timeout-ms 3000", "upload armed for 1 file(s)", "ok"),
    ("upload up.txt --ref {choose}", "upload armed for 1 file(s)", "ok"),
    ("download {get} cli.txt", "downloaded: ~/.openclaw/media/downloads/cli.txt", "ok targetId download"),
    ("dialog --dismiss", "dialog armed", "ok"),
    ("dialog --accept --prompt zz --timeout-ms 60000", "dialog armed", "ok"),
    ("navigate {url}", "navigated to {url}", "ok targetId url"),
];

/// Refusals of the gateway: the command, and what standard error begins with.
const REFUSALS: &[(&str, &str)] = &[
    ("click e9999", "GatewayClientRequestError: Unknown ref \"e9999\"."),
    (
        "open file:///etc/passwd",
        "GatewayClientRequestError: Navigation blocked: unsupported protocol \"file:\"",
    ),
    (
        "focus zzz",
        "GatewayClientRequestError: tab not found: browser tab \"zzz\" not found. Use action=tabs and pass \
                   suggestedTargetId, tabId, label, or raw targetId.",
    ),
    ("close zzz", "GatewayClientRequestError: tab not found: browser tab \"zzz\" not found."),
    (
        "focus 2222222222",
        "GatewayClientRequestError: tab not found: browser tab \"2222222222\" not found. Numeric values are not tab \
                 targets; use a stable tab id like \"t1\", a label, or a raw targetId. For positional selection, use \
                 \"openclaw browser tab select 2222222222\".",
    ),
    (
        "screenshot e33333333",
        "GatewayClientRequestError: tab not found: browser tab \"e33333333\" not found.",
    ),
    ("tab select 99", "GatewayClientRequestError: tab not found\n"),
    (
        "--browser-profile nope tabs",
        "GatewayClientRequestError: Profile \"nope\" not found. Available profiles: openclaw, \
                                     user, chrome",
    ),
    ("create-profile --name openclaw", "GatewayClientRequestError: profile \"openclaw\" already exists"),
    ("set device Foo", "GatewayClientRequestError: Unknown device \"Foo\"."),
    ("set credentials", "GatewayClientRequestError: username is required (or set clear=true)"),
    ("set geo", "GatewayClientRequestError: latitude and longitude are required (or set clear=true)"),
    (
        "wait",
        "GatewayClientRequestError: wait requires at least one of: timeMs, text, textGone, selector, url, \
              loadState, fn",
    ),
    (
        "screenshot {tab} --full-page --ref {go}",
        "GatewayClientRequestError: fullPage is not supported for element \
                                                 screenshots",
    ),
    ("upload /etc/passwd", "GatewayClientRequestError: Invalid path: must stay within"),
    (
        "batch --actions '[{\"kind\":\"wait\",\"timeMs\":1},{\"kind\":\"click\",\"ref\":\"e9999\"}]'",
        "batch failed: action 2: Unknown ref \"e9999\".",
    ),
    (
        "batch --continue --actions '[{\"kind\":\"click\",\"ref\":\"e9999\"},{\"kind\":\"wait\",\"timeMs\":1}]'",
        "batch failed: action 1: Unknown ref \"e9999\".",
    ),
];

/// A page in a browser of its own, and what the tables name on it.
struct Stage {
    house: House,
    _site: Site,
    names: Vec<(&'static str, String)>,
}

impl Stage {
    async fn new() -> Self {
        let house = House::with(json!({})).await;
        let site = Site::with(include_str!("../pages/cli.html")).await;
        site.file("/report", Some("report.txt"), b"hello");
        let tab = house.post("/tabs/open", json!({"url": site.url("/"), "label": "lab"})).await.ok();
        let id = tab["targetId"].as_str().unwrap();
        let snapshot = house.get(&format!("/snapshot?targetId={id}")).await.ok();
        let text = snapshot["snapshot"].as_str().unwrap().to_owned();
        let reference = |name: &str| {
            let line = text.lines().find(|line| line.contains(&format!("\"{name}\""))).unwrap();
            line.split("[ref=").nth(1).unwrap().split(']').next().unwrap().to_owned()
        };
        let mut names: Vec<(&'static str, String)> = [
            ("{go}", "Go"),
            ("{alert}", "Alert"),
            ("{name}", "Name"),
            ("{mail}", "Mail"),
            ("{pick}", "Pick"),
            ("{multi}", "Multi"),
            ("{drag}", "Drag me"),
            ("{drop}", "Drop zone"),
            ("{file}", "File"),
            ("{choose}", "Choose"),
            ("{get}", "Get"),
        ]
        .into_iter()
        .map(|(word, name)| (word, reference(name)))
        .collect();
        let home = house.home.display().to_string();
        names.extend([("{tab}", "lab".to_owned()), ("{url}", site.url("/")), ("{home}", home)]);
        Self { house, _site: site, names }
    }

    fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    /// Runs a command of a table, on the tab of the stage.
    fn run(&self, line: &str, json: bool) -> Output {
        let mut words = words(&self.filled(line));
        let has_no_tab =
            ["screenshot", "open", "focus", "close", "tab", "create-profile", "--browser-profile"];
        if !has_no_tab.contains(&words[0].as_str()) {
            words.extend(["--target-id".to_owned(), "lab".to_owned()]);
        }
        if json {
            words.insert(0, "--json".to_owned());
        }
        browser(&self.house.home, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

#[test]
fn commands_on_a_page_print_what_the_originals_do() {
    run(async {
        let mut stage = Stage::new().await;
        let home = stage.house.home.clone();
        let field = stage.filled("[{\"ref\": \"{name}\", \"value\": \"from a file\"}]");
        std::fs::write(home.join("fields.json"), field).unwrap();
        std::fs::write(home.join("actions.json"), "[{\"kind\": \"press\", \"key\": \"a\"}]").unwrap();
        std::fs::create_dir_all(stage.house.state("media/uploads")).unwrap();
        std::fs::write(stage.house.state("media/uploads/up.txt"), "up").unwrap();
        let mut wrong = Vec::new();
        for (line, text, keys) in PAGE {
            let output = stage.run(line, false);
            let printed = format!("{}{}", without_effects(&stdout(&output)), stderr(&output));
            if !output.status.success() || !fits(&format!("{}\n", stage.filled(text)), &printed) {
                wrong.push(format!("{line}: {printed}"));
            }
            let output = stage.run(line, true);
            let body = json_of(&output);
            let has_all = keys.split(' ').all(|key| body.get(key).is_some());
            if !output.status.success() || !has_all || body["ok"] != true {
                wrong.push(format!("{line}: {body:#}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
        stage.house.stop().await;
    });
}

#[test]
fn refusals_of_the_gateway_are_told_in_both_forms() {
    run(async {
        let mut stage = Stage::new().await;
        for (line, told) in REFUSALS {
            let output = stage.run(line, false);
            let errors = stderr(&output);
            assert!(errors.starts_with(&stage.filled(told)), "{line}: {errors}");
            assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(1)), "{line}");
            let output = stage.run(line, true);
            assert_eq!(output.status.code(), Some(1), "{line}");
            let body = json_of(&output);
            if told.starts_with("batch failed") {
                assert!(body["results"].is_array(), "{line}: {body:#}");
                continue;
            }
            let message = body["error"]["message"].as_str().unwrap();
            assert!(
                errors.starts_with(&format!("GatewayClientRequestError: {message}\n")),
                "{line}: {body:#}"
            );
            assert_eq!((&body["ok"], &body["error"]["type"]), (&json!(false), &json!("cli_error")), "{line}");
            assert!(stderr(&output).starts_with(&failed(message)), "{line}: {}", stderr(&output));
        }
        stage.house.stop().await;
    });
}

#[test]
fn a_browser_its_tabs_and_profiles_are_told_as_the_original_does() {
    run(async {
        let mut house = House::with(json!({})).await;
        let (home, base) = (house.home.clone(), house.base);
        let site = Site::with("<title>Lab Page</title>").await;
        let url = site.url("/");
        let lab = format!("opened: {url}\ntab: t1\nlabel: lab\nid: *");
        let listed = format!(
            "1. * [use: nn tab: t2 label:nn]\n   about:blank\n   id: *\n2. * [use: lab tab: t1 \
                              label:lab]\n   {url}\n   id: *"
        );
        let stopped = "FAIL browser: not running; run `openclaw browser start`";
        let doctor = format!(
            "OK gateway: browser control endpoint reachable\nOK plugin: enabled\nOK profile: openclaw (cdp)\n\
                              {stopped}\nOK profiles: 3 configured*"
        );
        let healthy = "OK gateway: browser control endpoint reachable\nOK plugin: enabled\nOK profile: openclaw (cdp)\nOK \
                       browser: running\nOK graphics: *\nOK profiles: 3 configured\nOK tabs: ";
        let profiles = format!(
            "openclaw: running (* tabs) [default]\n  port: {}, color: #FF4500\nuser: stopped \
                                [existing-session]\n  transport: chrome-mcp, color: #FF4500\nchrome: stopped \
                                [extension]\n  transport: extension, relayPort: *, color: #FF4500",
            base + 11
        );
        let status = "profile: openclaw\nenabled: true\nrunning: false\ntransport: cdp\ncdpPort: *\ncdpUrl: *\nbrowser: \
                      unknown\ndetectedBrowser: *\ndetectedPath: /*\nheadless: true (config)\nprofileColor: #FF4500";
        let deep = format!("{healthy}1 visible, use tab reference lab\nOK live-snapshot: * nodes/lines");
        let open = format!("open {url} --label lab");
        for (line, text, code) in [
            ("status", status, 0),
            ("doctor", &doctor, 1),
            ("tabs", "No tabs (browser closed or no targets).", 0),
            ("tab", "No tabs (browser closed or no targets).", 0),
            ("start --headless", "🦞 browser [openclaw] running: true (headless)", 0),
            ("start", "🦞 browser [openclaw] running: true (headless)", 0),
            ("doctor", &format!("{healthy}0 visible"), 0),
            (&open, &lab, 0),
            ("doctor --deep", &deep, 0),
            ("tab new --label nn", "opened new tab t* (nn)", 0),
            ("tabs", &listed.replace("t2", "t*").replace("t1", "t*"), 0),
            ("tab", &listed.replace("t2", "t*").replace("t1", "t*"), 0),
            ("tab label nn mm", "labeled tab t* as mm", 0),
            ("focus lab", "focused tab lab", 0),
            ("tab select 2", "selected tab 2", 0),
            ("close mm", "closed tab", 0),
            ("profiles", &profiles, 0),
            ("tab close 1", "closed tab", 0),
            ("close", "closed tab", 0),
            (
                "create-profile --name cliwork --color #0066CC",
                "🦞 Created profile \"cliwork\"\n  port: *\n  color: #FF4500",
                0,
            ),
            ("delete-profile --name cliwork", "🦞 Deleted profile \"cliwork\" (user data *)", 0),
            ("system-profiles --browser chrome", "No system browser profiles found.", 0),
            ("stop", "🦞 browser [openclaw] running: false", 0),
            ("reset-profile", "🦞 browser profile moved to Trash (*)", 0),
            ("reset-profile", "🦞 browser profile already missing.", 0),
        ] {
            let words = words(line);
            let output = browser(&home, &words.iter().map(String::as_str).collect::<Vec<_>>());
            let (printed, text) = (without_effects(&stdout(&output)), text.replace("tab: t1", "tab: t*"));
            assert!(fits(&format!("{text}\n"), &printed), "{line}: {printed}{}", stderr(&output));
            assert_eq!((stderr(&output).as_str(), output.status.code()), ("", Some(code)), "{line}");
        }
        house.stop().await;
    });
}

#[test]
fn json_of_browsers_and_tabs_has_the_originals_shape() {
    run(async {
        let mut house = House::with(json!({})).await;
        let home = house.home.clone();
        let site = Site::with("<title>Lab Page</title>").await;
        let told = |line: &str| {
            let words = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            json_of(&browser(&home, &[&["--json"], words.as_slice()].concat()))
        };
        let report = told("doctor");
        assert_eq!(
            (&report["ok"], &report["status"]["running"]),
            (&json!(false), &json!(false)),
            "{report:#}"
        );
        let started = told("start");
        assert_eq!(
            (&started["running"], &started["profile"]),
            (&json!(true), &json!("openclaw")),
            "{started:#}"
        );
        assert_eq!(started.get("ok"), None, "it is the status");
        let row = json!({"name": "browser", "ok": true, "detail": "running"});
        assert_eq!(told("doctor --deep")["checks"][3], row);
        let opened = told(&format!("open {} --label lab", site.url("/")));
        assert_eq!(
            (&opened["suggestedTargetId"], &opened["type"]),
            (&json!("lab"), &json!("page")),
            "{opened:#}"
        );
        for line in ["tabs", "tab"] {
            let tabs = told(line);
            assert_eq!(tabs.as_object().unwrap().keys().collect::<Vec<_>>(), ["tabs"], "{line}");
            assert_eq!(tabs["tabs"][0]["label"], "lab", "{line}");
        }
        assert_eq!(told("focus lab"), json!({"ok": true}));
        assert_eq!(told("tab label lab other")["tab"]["label"], "other");
        assert_eq!(told("tab new --label nn")["tab"]["label"], "nn");
        assert_eq!(told("tab select 1")["ok"], true);
        assert_eq!(told("close other"), json!({"ok": true}));
        assert_eq!(told("tab close 1")["ok"], true);
        assert_eq!(told("close"), json!({"ok": true}));
        assert_eq!(told("profiles")["profiles"][0]["name"], "openclaw");
        assert_eq!(told("create-profile --name cliwork")["profile"], "cliwork");
        assert_eq!(told("delete-profile --name cliwork")["profile"], "cliwork");
        assert_eq!(told("stop")["running"], false);
        house.stop().await;
    });
}

#[test]
fn what_is_read_and_written_by_the_command_line_itself() {
    run(async {
        let mut stage = Stage::new().await;
        let home = stage.house.home.clone();
        let text = said(&stage.run("snapshot", false));
        assert_eq!(said(&stage.run("snapshot --out {home}/page.txt", false)), "~/page.txt");
        assert_eq!(std::fs::read_to_string(home.join("page.txt")).unwrap(), text);
        let kept = json_of(&stage.run("snapshot --interactive --out {home}/less.txt", true));
        assert_eq!(kept, json!({"ok": true, "out": home.join("less.txt")}));
        assert!(std::fs::read_to_string(home.join("less.txt")).unwrap().starts_with("- button \"Go\""));
        said(&stage.run("snapshot --format aria --out {home}/tree.json", false));
        let tree: Value = serde_json::from_slice(&std::fs::read(home.join("tree.json")).unwrap()).unwrap();
        assert_eq!((&tree["format"], &tree["nodes"][0]["role"]), (&json!("aria"), &json!("RootWebArea")));
        let output = stage.run("snapshot --out {home}/none/page.txt", false);
        let told =
            format!("Error: {}/none/page.txt: No such file or directory (os error 2)\n", home.display());
        assert_eq!((stderr(&output), output.status.code()), (told, Some(1)));

        let batch = ["batch", "--actions-file", "-", "--target-id", "lab"];
        let acts = "[{\"kind\": \"press\", \"key\": \"a\"}, {\"kind\": \"press\", \"key\": \"b\"}]";
        assert_eq!(said(&browser_reading(&home, &batch, acts)), "batch ran 2 action(s)\neffects: none");
        let output = browser_reading(&home, &batch, &" ".repeat(1_000_001));
        assert_eq!(stderr(&output), "Error: actions-file -: it exceeds 1000000 bytes\n");

        said(&stage.run("evaluate --fn 'setTimeout(() => get.click(), 300), 1'", false));
        let waited = said(&stage.run("waitfordownload mine.txt --timeout-ms 9000", false));
        assert_eq!(waited, "downloaded: ~/.openclaw/media/downloads/mine.txt");
        let output = stage.run("evaluate --fn '() => { throw new Error(\"x\") }'", false);
        let message = json_of(&output)["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains('x') && stderr(&output).starts_with(&failed(&message)), "{message}");
        let output = stage.run("wait --text zzz --timeout-ms 600", false);
        assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(1)));
        assert!(stderr(&output).starts_with("GatewayClientRequestError: "), "{}", stderr(&output));

        let output = stage.run("click {alert}", false);
        assert_eq!(
            (stderr(&output).as_str(), stdout(&output).as_str(), output.status.code()),
            (
                "Action blocked by a modal dialog (\"d1\"). Use openclaw browser dialog --accept or --dismiss --dialog-id \
                 d1 to continue.\n",
                "",
                Some(1)
            )
        );
        assert_eq!(said(&stage.run("dialog --accept --dialog-id d1", false)), "dialog armed");
        stage.house.stop().await;
    });
}

#[test]
fn an_upload_names_the_parameter_that_is_wrong() {
    run(async {
        let mut stage = Stage::new().await;
        std::fs::create_dir_all(stage.house.state("media/uploads")).unwrap();
        std::fs::write(stage.house.state("media/uploads/up.txt"), "up").unwrap();
        for (option, value, field) in [
            ("--ref", "e9999", "ref"),
            ("--input-ref", "e9999", "inputRef"),
            ("--element", "#none", "element"),
            ("--element", "p[", "element"),
        ] {
            let line = format!("upload up.txt --timeout-ms 1000 {option} {value}");
            let body = json_of(&stage.run(&line, true));
            assert_eq!(body["error"]["field"], field, "{line}: {body:#}");
        }
        stage.house.stop().await;
    });
}
