//! `openclaw gateway`: runs a gateway in the foreground until it is told to stop.

use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, json};
use tokio::signal::unix::{SignalKind, signal};

use super::{chain, print};
use crate::instance::{Environment, Selection};
use crate::ops::call::{self, Verb};
use crate::serve::{Gateway, Options};

pub(super) fn command() -> Command {
    Command::new("gateway")
        .about("Runs the gateway of this instance in the foreground")
        .arg(
            Arg::new("port").long("port").value_name("N").help("The base port (default: the configured one)"),
        )
        .arg(
            Arg::new("welcome")
                .long("welcome")
                .action(ArgAction::SetTrue)
                .help("Open the welcome page and print its snapshot and all addresses"),
        )
        .arg(Arg::new("no-sandbox").long("no-sandbox").action(ArgAction::SetTrue).help(
            "Run browsers without their sandbox: a page that breaks out of its renderer acts as this user",
        ))
}

pub(super) fn run(selection: Selection, environment: Environment, matches: &ArgMatches) -> ExitCode {
    let options = Options {
        selection,
        port: matches.get_one::<String>("port").cloned(),
        no_sandbox: matches.get_flag("no-sandbox"),
    };
    // What browsers and libraries write is this user's alone, too.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::aside(format_args!("the gateway cannot start its threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(serve(&options, environment, matches.get_flag("welcome")))
}

async fn serve(options: &Options, environment: Environment, welcome: bool) -> ExitCode {
    // Before anything is started, so that whoever sees it listen can also stop it in order.
    let told = match told_to_stop() {
        Ok(told) => told,
        Err(error) => {
            print::aside(format_args!("openclaw gateway: signals cannot be heard: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let gateway = match Gateway::start(options, environment).await {
        Ok(gateway) => gateway,
        Err(error) => {
            print::aside(format_args!("openclaw gateway: {}", chain(&error)));
            return ExitCode::from(error.exit_code());
        }
    };
    print::line(addresses(&gateway));
    tokio::select! {
        () = told => {}
        () = greet(&gateway, welcome) => {}
    }
    gateway.stop().await;
    ExitCode::SUCCESS
}

/// Everything that was started, and where.
fn addresses(gateway: &Gateway) -> String {
    let (instance, ports) = (gateway.instance(), gateway.ports());
    let canvas = gateway.canvas_url().unwrap_or("off");
    let profile = instance.name.as_str().map(|name| format!(" --profile {name}")).unwrap_or_default();
    format!(
        "openclaw {} is running: instance \"{}\"\n  gateway      ws://127.0.0.1:{}\n  control API  \
         http://127.0.0.1:{}/  (Authorization: Bearer <token>)\n  canvas       {canvas}\n  CDP ports    {}-{}\n  \
         config       {}  (gateway.auth.token)\n  state        {}\nTry: openclaw{profile} browser open {canvas}",
        env!("CARGO_PKG_VERSION"),
        instance.name,
        ports.gateway,
        ports.control,
        ports.cdp.start(),
        ports.cdp.end(),
        instance.config_path.display(),
        instance.state_dir.display(),
    )
}

/// Opens the welcome page and prints what an agent sees of it, then never ends: the gateway goes on serving.
async fn greet(gateway: &Gateway, welcome: bool) {
    if welcome && let Some(url) = gateway.canvas_url() {
        let request = |verb, path: &str, body| call::Request {
            verb,
            path: path.to_owned(),
            query: Map::new(),
            body,
            unread: Vec::new(),
            timeout_ms: None,
        };
        let open = request(Verb::Post, "/tabs/open", json!({"url": url, "label": "welcome"}));
        let opened = call::answer(gateway.service(), open).await;
        if opened.status != 200 {
            print::aside(format_args!(
                "\nthe welcome page could not be opened: {}",
                opened.body["error"].as_str().unwrap_or_default()
            ));
        } else {
            let told = call::answer(gateway.service(), request(Verb::Get, "/snapshot", json!(null))).await;
            let text = told.body["snapshot"].as_str().or(told.body["error"].as_str()).unwrap_or_default();
            print::line(format_args!("\nThe welcome page, as an agent sees it:\n\n{text}\n"));
            if let Ok(default) = gateway.service().profile(None)
                && let Some(running) = gateway.service().running(&default.name)
            {
                let port = running.port.number();
                let pid = running.process.pid();
                print::line(format_args!("browser \"{}\": pid {pid}, CDP port {port}", default.name));
            }
        }
        print::line("Press Ctrl-C to stop.");
    }
    std::future::pending().await
}

/// Hears Ctrl-C and SIGTERM from now on; ends with the first.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
