//! `openclaw status --all`: every instance of this user on this host, from what they wrote down and what the kernel knows.

use std::process::ExitCode;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{chain, print};
use crate::instance::{Environment, Family, HeldPort, HostRegistry, Live, ProcessMark};

pub(super) fn run(environment: &Environment, as_json: bool) -> ExitCode {
    let registry = match HostRegistry::open(environment) {
        Ok(registry) => registry,
        Err(error) => {
            print::aside(format_args!("openclaw status: {}", chain(&error)));
            return ExitCode::FAILURE;
        }
    };
    let instances: Vec<Value> = registry.families().iter().map(row).collect();
    match as_json {
        true => print::line(format_args!("{:#}", json!({"instances": instances}))),
        false if instances.is_empty() => print::line("no instance of this user was ever set up on this host"),
        false => print::line(instances.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
    ExitCode::SUCCESS
}

/// One instance. Nobody is asked: whether it runs is a matter of its lock, and what it wrote down is believed while it
/// does. Afterwards a process that it wrote down is told only when that very process still lives.
fn row(family: &Family) -> Value {
    let is_running = family.is_running();
    let live = Live::read(&family.state_dir).filter(|_| is_running);
    let written = || family.process.clone().filter(ProcessMark::is_alive);
    let process = live.as_ref().map(|live| live.process.clone()).or_else(written).filter(|_| is_running);
    let since = |live: &Live| live.started_at.duration_since(SystemTime::UNIX_EPOCH).ok();
    let is_there = |held: &&HeldPort| is_running || held.process.is_alive();
    let browser =
        |held: &HeldPort| json!({"profile": held.profile, "cdpPort": held.port, "pid": held.process.pid});
    let ports = &family.ports;
    json!({
        "instance": family.name.to_string(),
        "running": is_running,
        "process": process,
        "version": live.as_ref().map(|live| &live.version),
        "startedAtMs": live.as_ref().and_then(since).map(|since| since.as_millis()),
        "stateDir": family.state_dir,
        "configPath": family.config_path,
        "ports": {
            "gateway": ports.gateway,
            "control": ports.control,
            "canvas": ports.canvas,
            "cdp": [ports.cdp.start(), ports.cdp.end()],
        },
        "browsers": family.browsers.iter().filter(is_there).map(browser).collect::<Vec<_>>(),
        "keeps": family.pinned.iter().map(|(profile, port)| json!({"profile": profile, "cdpPort": port})).collect::<Vec<_>>(),
    })
}

fn text(row: &Value) -> String {
    let said = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let number =
        |value: &Value| value.as_u64().map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let state = match row["running"] == true {
        true => format!("running, pid {}", number(&row["process"]["pid"])),
        false => "stopped".to_owned(),
    };
    let ports = &row["ports"];
    let [gateway, control, canvas] = ["gateway", "control", "canvas"].map(|role| number(&ports[role]));
    let [first, last] = [0, 1].map(|end| number(&ports["cdp"][end]));
    let mut lines = vec![
        format!("{}: {state}", said("/instance")),
        format!("  ports: gateway {gateway}, control {control}, canvas {canvas}, CDP {first}-{last}"),
        format!("  config: {}", said("/configPath")),
        format!("  state: {}", said("/stateDir")),
    ];
    let rows = |key: &str| row[key].as_array().cloned().unwrap_or_default();
    let named =
        |row: &Value| (row["profile"].as_str().unwrap_or_default().to_owned(), number(&row["cdpPort"]));
    for browser in rows("browsers") {
        let (profile, port) = named(&browser);
        lines.push(format!("  browser {profile}: CDP port {port}, pid {}", number(&browser["pid"])));
    }
    let running: Vec<String> = rows("browsers").iter().map(|browser| named(browser).0).collect();
    let stopped =
        rows("keeps").iter().map(named).filter(|(profile, _)| !running.contains(profile)).collect::<Vec<_>>();
    lines.extend(
        stopped.iter().map(|(profile, port)| format!("  browser {profile}: stopped, keeps CDP port {port}")),
    );
    lines.join("\n")
}
