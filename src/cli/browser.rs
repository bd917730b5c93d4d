//! `openclaw browser <operation>`: sub-commands from the registry, each one call through the gateway.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value, json};

use super::print::{self, Failure};
use super::words::{Found, Words};
use super::{instance, target};
use crate::deadline::Deadline;
use crate::gateway::client::{Client, Target};
use crate::instance::{Environment, Selection};
use crate::ops::registry::{self, Entry};
use crate::ops::{Route, Scope};

/// The time that the transport adds to an operation's own (contract 1.6).
const TRANSPORT: Duration = Duration::from_secs(10);

pub(super) fn command() -> Command {
    let base = Command::new("browser").subcommand_required(true).arg_required_else_help(true).arg(
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .global(true)
            .help("Print the answer as JSON"),
    );
    let timeout = Arg::new("timeout").long("timeout").value_name("MS").value_parser(clap::value_parser!(u64));
    let base = base.arg(timeout.help("How long the operation may take, in milliseconds"));
    // The doc comment of the scope would stand here otherwise.
    let base = Scope::augment_args(target::options(base)).about("Drives browsers through the gateway");
    Words::all().commands(base, &with_tab)
}

/// The tab as a plain argument, where a command is about nothing else.
fn with_tab(entry: &Entry, command: Command) -> Command {
    let tab = |help: &'static str| Arg::new("tab").value_name("TAB").help(help);
    match entry.route {
        Route::Delete("/tabs/:targetId") => command.arg(tab("The tab to close (default: the last used one)")),
        Route::Post("/tabs/focus") => {
            command.arg(tab("The tab: a tab id such as t1, a label, or a target id").required(true))
        }
        Route::TabAction("label") => {
            command.arg(tab("The tab: a tab id such as t1, a label, or a target id").required(true).index(1))
        }
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::Act(_) | Route::TabAction(_) => command,
    }
}

pub(super) fn run(selection: &Selection, environment: &Environment, matches: &ArgMatches) -> ExitCode {
    let Some((found, sub)) = Words::all().find(matches) else { return ExitCode::FAILURE };
    let entry = found.entry;
    let json = sub.get_flag("json");
    let instance = match instance(selection, environment) {
        Ok(instance) => instance,
        Err(code) => return code,
    };
    let asked = target::find(&instance, environment, matches)
        .map_err(Failure::local)
        .and_then(|target| {
            let mut asked = Asked::read(found, sub)?;
            asked.scope.timeout_ms = asked.scope.timeout_ms.or(matches.get_one::<u64>("timeout").copied());
            Ok((target, asked))
        })
        .and_then(|(target, asked)| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|e| Failure::local(format!("no runtime: {e}")))?;
            runtime.block_on(asked.call(target))
        });
    match asked {
        Ok((entry, params, answer)) => print::answer(entry, params, answer, json),
        Err(failure) => print::failure(&failure, json || print::is_machine_output(entry)),
    }
}

/// A command line, read.
struct Asked {
    entry: &'static Entry,
    scope: Scope,
    params: Map<String, Value>,
}

impl Asked {
    fn read(found: Found, matches: &ArgMatches) -> Result<Self, Failure> {
        let mut scope = Scope::from_arg_matches(matches).map_err(|e| Failure::local(e.to_string()))?;
        if let Ok(Some(tab)) = matches.try_get_one::<String>("tab") {
            scope.target_id = Some(tab.clone());
        }
        // `close` without a tab means the current one, which is an act.
        let entry = match found.entry.route {
            Route::Delete("/tabs/:targetId") if scope.target_id.is_none() => {
                registry::by_kind("close").unwrap_or(found.entry)
            }
            Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::Act(_) | Route::TabAction(_) => {
                found.entry
            }
        };
        let params = (entry.from_args)(matches).map_err(|e| Failure::local(e.message))?;
        let Value::Object(mut params) = params else {
            return Err(Failure::local("no parameters".to_owned()));
        };
        params.extend(found.params().map(|(name, value)| (name.to_owned(), value.into())));
        Ok(Self { entry, scope, params })
    }

    /// One call, and for starting and stopping the status that the original prints afterwards.
    async fn call(self, target: Target) -> Result<(&'static Entry, Value, Value), Failure> {
        let Self { entry, scope, params } = self;
        let deadline = entry.window.deadline(scope.timeout_ms);
        let deadline = Deadline::after(deadline.remaining() + TRANSPORT);
        let mut client =
            Client::connect(&target, deadline).await.map_err(|e| Failure::local(e.to_string()))?;
        let answer = client.request("browser.request", request(entry, &scope, &params), deadline).await;
        let answer = answer.map_err(Failure::from)?;
        let params = Value::Object(params);
        if !matches!(entry.name, "start" | "stop") {
            return Ok((entry, params, answer));
        }
        let status = registry::find("status").unwrap_or(entry);
        let answer = client.request("browser.request", request(status, &scope, &Map::new()), deadline).await;
        Ok((entry, params, answer.map_err(Failure::from)?))
    }
}

/// The gateway's request for an operation.
fn request(entry: &Entry, scope: &Scope, params: &Map<String, Value>) -> Value {
    let Scope { profile, target_id, timeout_ms, .. } = scope;
    let mut query = Map::new();
    if let Some(profile) = profile {
        query.insert("profile".to_owned(), profile.clone().into());
    }
    let mut all = params.clone();
    if let Some(timeout) = timeout_ms {
        all.insert("timeoutMs".to_owned(), (*timeout).into());
    }
    let named = target_id.as_ref().map(|tab| Value::from(tab.clone()));
    let with_tab = |mut all: Map<String, Value>| {
        if let Some(tab) = named.clone() {
            all.insert("targetId".to_owned(), tab);
        }
        all
    };
    match entry.route {
        Route::Get(path) => {
            let mut all = with_tab(all);
            let path = filled(path, &mut all);
            query.extend(all);
            json!({"method": "GET", "path": path, "query": query})
        }
        Route::Post(path) => {
            let mut body = with_tab(all);
            json!({"method": "POST", "path": filled(path, &mut body), "query": query, "body": body})
        }
        Route::Act(kind) => {
            let mut body = with_tab(all);
            body.insert("kind".to_owned(), kind.into());
            json!({"method": "POST", "path": "/act", "query": query, "body": body})
        }
        Route::TabAction(action) => {
            let mut body = with_tab(all);
            body.insert("action".to_owned(), action.into());
            json!({"method": "POST", "path": "/tabs/action", "query": query, "body": body})
        }
        Route::Delete(path) => {
            let mut all = with_tab(all);
            let path = filled(path, &mut all);
            query.extend(all);
            json!({"method": "DELETE", "path": path, "query": query})
        }
    }
}

/// A route's path with the parameters that it names, which are taken out of the rest.
fn filled(route: &str, params: &mut Map<String, Value>) -> String {
    let part = |part: &str| match part.strip_prefix(':').map(|name| params.remove(name)) {
        Some(value) => {
            let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
            let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            text.replace('+', "%20")
        }
        None => part.to_owned(),
    };
    route.split('/').map(part).collect::<Vec<_>>().join("/")
}
