//! `openclaw status`: this instance, its gateway and its browsers.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::{host, instance, print, target};
use crate::config::{self, Config};
use crate::deadline::Deadline;
use crate::gateway::client::Client;
use crate::instance::{Environment, Instance, Live, Selection};

/// How long the gateway may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn command() -> Command {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print as JSON");
    let all = Arg::new("all")
        .long("all")
        .action(ArgAction::SetTrue)
        .conflicts_with_all(target::ALL)
        .help("Show every instance of this user on this host: its ports, its gateway, its browsers");
    let about = "Shows this instance, its gateway and its browsers";
    target::options(Command::new("status").about(about).arg(json).arg(all))
}

pub(super) fn run(selection: &Selection, environment: &Environment, matches: &ArgMatches) -> ExitCode {
    if matches.get_flag("all") {
        return host::run(environment, matches.get_flag("json"));
    }
    let instance = match instance(selection, environment) {
        Ok(instance) => instance,
        Err(code) => return code,
    };
    let report = report(&instance, environment, matches);
    if matches.get_flag("json") {
        print::line(format_args!("{report:#}"));
    } else {
        print::line(text(&report));
    }
    if report["gateway"]["reachable"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(instance: &Instance, environment: &Environment, matches: &ArgMatches) -> Value {
    let live = Live::read(&instance.state_dir);
    let config = Config::load(&instance.config_path, environment);
    let port = matches.get_one::<String>(target::PORT).map(String::as_str);
    let derived = config::ports(port, environment, config.as_ref().unwrap_or(&Config::default()), instance);
    let ports = live.as_ref().map(|live| live.ports.clone()).or(derived.as_ref().ok().cloned());
    let asked = ask(instance, environment, matches);
    let problem = config.as_ref().err().map(|e| super::chain(e)).or(derived.err().map(|e| e.to_string()));
    let warnings = config.as_ref().map(|config| config.warnings.clone()).unwrap_or_default();
    json!({
        "instance": instance.name.to_string(),
        "stateDir": instance.state_dir,
        "configPath": instance.config_path,
        "config": {"ok": config.is_ok(), "error": problem, "warnings": warnings},
        "ports": ports.map(|p| json!({
            "gateway": p.gateway, "control": p.control, "canvas": p.canvas, "cdp": [p.cdp.start(), p.cdp.end()],
        })),
        "gateway": {
            "reachable": asked.is_ok(),
            "pid": live.as_ref().map(|live| live.process.pid),
            "version": live.as_ref().map(|live| &live.version),
            "error": asked.as_ref().err(),
        },
        "profiles": asked.ok().and_then(|mut answer| answer.get_mut("profiles").map(Value::take)),
    })
}

fn ask(instance: &Instance, environment: &Environment, matches: &ArgMatches) -> Result<Value, String> {
    let target = target::find(instance, environment, matches)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let deadline = Deadline::after(PATIENCE);
        let mut client = Client::connect(&target, deadline).await.map_err(|e| e.to_string())?;
        let request = json!({"method": "GET", "path": "/profiles"});
        client.request("browser.request", request, deadline).await.map_err(|e| e.to_string())
    })
}

fn text(report: &Value) -> String {
    let said = |pointer: &str| report.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |pointer: &str| {
        report.pointer(pointer).and_then(Value::as_u64).map(|n| n.to_string()).unwrap_or_default()
    };
    let gateway = if report["gateway"]["reachable"] == true {
        format!("running, pid {}, version {}", number("/gateway/pid"), said("/gateway/version"))
    } else {
        format!("not reachable: {}", said("/gateway/error"))
    };
    let config = match report["config"]["error"].as_str() {
        Some(error) => format!("{} ({error})", said("/configPath")),
        None => said("/configPath"),
    };
    let mut lines = vec![
        format!("instance: {}", said("/instance")),
        format!("gateway: {gateway}"),
        format!(
            "ports: gateway {}, control {}, canvas {}, CDP {}-{}",
            number("/ports/gateway"),
            number("/ports/control"),
            number("/ports/canvas"),
            number("/ports/cdp/0"),
            number("/ports/cdp/1"),
        ),
        format!("config: {config}"),
        format!("state: {}", said("/stateDir")),
    ];
    for profile in report["profiles"].as_array().into_iter().flatten() {
        let state = if profile["running"] == true {
            format!("running, {} tab(s), CDP port {}", profile["tabCount"], profile["cdpPort"])
        } else {
            "stopped".to_owned()
        };
        lines.push(format!("browser {}: {state}", profile["name"].as_str().unwrap_or_default()));
    }
    lines.join("\n")
}
