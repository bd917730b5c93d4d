//! The command line: argv becomes one call through the gateway, or starts one.
//!
//! It knows words, exit codes and how answers are printed; what an operation takes comes from the registry.

mod browser;
mod doctor;
mod files;
mod gateway;
mod host;
mod print;
mod setup;
mod status;
mod target;
mod usage;
mod words;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use tracing_subscriber::EnvFilter;

use crate::instance::{Environment, Instance, Selection};

/// Runs the program.
pub fn run() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return usage(&error),
    };
    log(&matches);
    let selection =
        Selection { profile: matches.get_one::<String>("profile").cloned(), dev: matches.get_flag("dev") };
    let environment = Environment::of_process();
    match matches.subcommand() {
        Some(("gateway", sub)) => gateway::run(selection, environment, sub),
        Some(("browser", sub)) => browser::run(&selection, &environment, sub),
        Some(("status", sub)) => status::run(&selection, &environment, sub),
        Some(("setup", sub)) => setup::run(&selection, &environment, sub),
        _ => ExitCode::FAILURE,
    }
}

/// The whole command line; help, completions and man pages are made from it.
pub fn command() -> Command {
    Command::new("openclaw")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Browsers that agents can rely on")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("NAME")
                .global(true)
                .help("The instance to use: its own state, config, workspace and ports"),
        )
        .arg(
            Arg::new("dev")
                .long("dev")
                .action(ArgAction::SetTrue)
                .global(true)
                .help("The instance \"dev\", on port 19001"),
        )
        .subcommand(gateway::command())
        .subcommand(status::command())
        .subcommand(setup::command())
        .subcommand(browser::command())
}

/// What clap says, and the exit code that the original has: 1 for every failure of `browser`, else 2.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let is_bare = matches!(error.kind(), clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand);
    let mut command = command();
    command.build();
    let argv: Vec<String> = std::env::args().skip(1).collect();
    let place = usage::Place::of(&command, argv.iter().cloned());
    if place.words.first() != Some(&"browser") {
        // Nobody is left to be told when standard error is closed.
        error.print().ok();
        return ExitCode::from(if is_bare { 1 } else { 2 });
    }
    if is_bare {
        print::line(error.render());
    }
    let json = argv.iter().any(|word| word == "--json") || browser::is_machine_output(&place.words);
    print::failure(&place.failure(error), json)
}

/// The gateway tells what it does; commands only what they cannot return.
fn log(matches: &ArgMatches) {
    let level = if matches.subcommand_name() == Some("gateway") { "info" } else { "error" };
    let filter = EnvFilter::try_from_env("OPENCLAW_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// Works out the instance, or says why not with the exit code that the contract has for it.
fn instance(selection: &Selection, environment: &Environment) -> Result<Instance, ExitCode> {
    Instance::resolve(selection, environment).map_err(|error| {
        print::aside(format_args!("[openclaw] {error}"));
        ExitCode::from(error.exit_code())
    })
}

/// An error with its sources, as one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
