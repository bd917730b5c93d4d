//! `openclaw setup`: makes the instance's config and workspace, and tells the other instances of its ports.

use std::path::Path;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use super::{chain, instance, print};
use crate::config::{self, Config, templates};
use crate::instance::{Environment, HostRegistry, Instance, Ports, Selection};
use crate::serve::family;

/// Where the derived ports of named instances begin.
const FIRST_NAMED: u16 = 20_000;
/// Linux gives outgoing connections ports from here on (`ip_local_port_range`).
const FIRST_EPHEMERAL: u16 = 32_768;
/// A family and a little more: base to base + 110.
const FAMILY: u16 = 120;

pub(super) fn command() -> Command {
    Command::new("setup")
        .about("Creates the config and the workspace of this instance")
        .arg(
            Arg::new("from")
                .long("from")
                .value_name("TEMPLATE")
                .help("A ready-made configuration (main, rescue, remote-chrome, hosted-cdp, ci) or a file"),
        )
        .arg(Arg::new("port").long("port").value_name("N").help("The base port, written into the config"))
}

pub(super) fn run(selection: &Selection, environment: &Environment, matches: &ArgMatches) -> ExitCode {
    let instance = match instance(selection, environment) {
        Ok(instance) => instance,
        Err(code) => return code,
    };
    let from = matches.get_one::<String>("from").map(String::as_str);
    let port = matches.get_one::<String>("port").map(String::as_str);
    match set_up(&instance, environment, from, port) {
        Ok(lines) => {
            print::line(lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            print::aside(format_args!("openclaw setup: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Does it and says what was done. Every failure is a sentence with the next step in it.
fn set_up(
    instance: &Instance,
    environment: &Environment,
    from: Option<&str>,
    port: Option<&str>,
) -> Result<Vec<String>, String> {
    let existed = instance.config_path.exists();
    let config = load(instance, environment, from, existed)?;
    let choose =
        |port: Option<&str>| config::ports(port, environment, &config, instance).map_err(|e| e.to_string());
    let registry = HostRegistry::open(environment).map_err(|e| chain(&e))?;
    let mut ports = choose(port)?;
    // A named instance's derived port is written down, so that it stays when the rule that derived it changes.
    let is_derived = port.is_none() && config.gateway.port.is_none() && instance.name.as_str().is_some();
    if is_derived {
        ports = undisturbed(ports, &registry, instance, &choose)?;
    }
    if port.is_some() || is_derived {
        config::edit::set(&instance.config_path, &["gateway", "port"], ports.gateway.into())
            .map_err(|e| chain(&e))?;
    }
    let family = family(instance, &config, &ports);
    if let Some(sharing) = registry.sharing(&family) {
        return Err(sharing.to_string());
    }
    crate::instance::file::create_private_dir(&family.workspace)
        .map_err(|e| format!("the workspace {} cannot be created: {e}", family.workspace.display()))?;
    registry.register(&family).map_err(|e| chain(&e))?;
    let wrote = if existed { "Config OK:" } else { "Wrote" };
    Ok(vec![
        format!("{wrote} {}", instance.config_path.display()),
        format!("Workspace OK: {}", family.workspace.display()),
        format!("Ports: gateway {}, control {}, canvas {}", ports.gateway, ports.control, ports.canvas),
    ])
}

/// The derived family, or the next one of which no listener is another instance's, and none can be taken by an
/// outgoing connection.
fn undisturbed(
    derived: Ports,
    registry: &HostRegistry,
    instance: &Instance,
    choose: &impl Fn(Option<&str>) -> Result<Ports, String>,
) -> Result<Ports, String> {
    let others = registry.reservations(&instance.state_dir);
    let is_free = |ports: &Ports| {
        let listeners = [ports.gateway, ports.control, ports.canvas];
        *ports.cdp.end() < FIRST_EPHEMERAL && listeners.iter().all(|port| others.holder(*port).is_none())
    };
    let below = |base: u16| FIRST_NAMED + (base % (FIRST_EPHEMERAL - FIRST_NAMED));
    let mut base = derived.gateway;
    let mut ports = derived;
    for _ in 0..(FIRST_EPHEMERAL - FIRST_NAMED) / FAMILY {
        if is_free(&ports) {
            return Ok(ports);
        }
        base = below(base.wrapping_add(FAMILY));
        ports = choose(Some(&base.to_string()))?;
    }
    Err("no free base port is left for this instance; choose one with --port".to_owned())
}

fn load(
    instance: &Instance,
    environment: &Environment,
    from: Option<&str>,
    existed: bool,
) -> Result<Config, String> {
    match from {
        Some(name) if !existed => {
            let text = template(name)?;
            config::create(instance, &text, environment).map_err(|e| chain(&e))
        }
        Some(_) => Err(format!(
            "{} is there already; edit it, or remove it to start from a template",
            instance.config_path.display()
        )),
        None => Config::load_or_create(instance, environment).map_err(|e| chain(&e)),
    }
}

/// A template by name, or the text of a file.
fn template(name: &str) -> Result<String, String> {
    if let Some(template) = templates::named(name) {
        return Ok(template.text.to_owned());
    }
    let known: Vec<&str> = templates::ALL.iter().map(|template| template.name).collect();
    std::fs::read_to_string(Path::new(name)).map_err(|e| {
        format!("--from {name}: neither a template ({}) nor a file that can be read: {e}", known.join(", "))
    })
}
