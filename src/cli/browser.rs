//! `openclaw browser <operation>`: sub-commands from the registry, each one call through the gateway.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Map, Value, json};

use super::print::{self, Failure, Told};
use super::words::{Found, Words};
use super::{doctor, files, instance, target};
use crate::config::{BrowserSettings, Config, SnapshotMode};
use crate::deadline::Deadline;
use crate::gateway::client::{Client, Target};
use crate::instance::{Environment, Selection};
use crate::ops::registry::{self, Entry};
use crate::ops::{Reach, Route, Scope, call};

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
    // The original's snapshot and screenshot have it among their own options.
    let timeout = Arg::new("timeout").long("timeout").value_name("ms").global(true).value_parser(positive);
    let base = base.arg(timeout.help("How long the operation may take, in milliseconds"));
    // The original's clients say it; an answer is always the final one here.
    let base = base.arg(Arg::new("expect-final").long("expect-final").action(ArgAction::SetTrue).hide(true));
    // The doc comment of the scope would stand here otherwise.
    let base = Scope::augment_args(target::options(base)).mut_args(taking);
    let base = base.about("Drives browsers through the gateway");
    Words::all().commands(base, &|entry, command| with_tab(entry, command).mut_args(taking))
}

/// An option that takes a value takes whatever follows, as the original's do: `--text -5`, `--fn '-x'`.
fn taking(arg: Arg) -> Arg {
    let needs_value = arg.get_num_args().is_none_or(|number| number.min_values() > 0);
    let takes = arg.get_long().is_some() && arg.get_action().takes_values() && needs_value;
    if takes { arg.allow_hyphen_values(true) } else { arg }
}

fn positive(text: &str) -> Result<u64, &'static str> {
    text.trim().parse().ok().filter(|number| *number > 0).ok_or("must be a positive integer")
}

/// The tab as a plain argument, where a command is about nothing else, and what lies in files.
fn with_tab(entry: &Entry, command: Command) -> Command {
    let tab = |help: &'static str| Arg::new("tab").value_name("targetId").help(help);
    let command = files::options(entry, command);
    match entry.route {
        Route::Post("/screenshot") => command.arg(tab("The tab to take (default: the last used one)")),
        Route::Delete("/tabs/:targetId") => command.arg(tab("The tab to close (default: the last used one)")),
        Route::Post("/tabs/focus") => {
            command.arg(tab("The tab: a tab id such as t1, a label, or a target id").required(true))
        }
        Route::TabAction("label") => {
            command.arg(tab("The tab: a tab id such as t1, a label, or a target id").required(true).index(1))
        }
        _ if entry.reach == Reach::Lease => {
            command.arg(Arg::new("held").value_name("lease").help("The lease"))
        }
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::Act(_) | Route::TabAction(_) => command,
    }
}

pub(super) fn run(selection: &Selection, environment: &Environment, matches: &ArgMatches) -> ExitCode {
    let Some((found, sub)) = Words::all().find(matches) else { return ExitCode::FAILURE };
    let entry = found.entry;
    let json = sub.get_flag("json");
    // A slip is told before anything is looked for.
    let mut asked = match Asked::read(found, sub) {
        Ok(asked) => asked,
        Err(failure) => return print::failure(&failure, json || print::is_machine_output(entry)),
    };
    let instance = match instance(selection, environment) {
        Ok(instance) => instance,
        Err(code) => return code,
    };
    // A config that cannot be read is told where it is needed.
    if let Ok(config) = Config::load(&instance.config_path, environment) {
        asked.defaults(&config.browser);
    }
    let home = environment.home().ok();
    let run = async || -> Result<ExitCode, Failure> {
        let target = target::find(&instance, environment, matches).map_err(Failure::local)?;
        if entry.name == "doctor" {
            let deadline = entry.window.deadline(asked.scope.timeout_ms);
            let deep = asked.params.contains_key("deep");
            let report = doctor::look(&target, &asked.scope, deep, deadline).await;
            print::line(if json { format!("{:#}", report.json()) } else { report.text() });
            return Ok(if report.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Ok(print::answer(asked.call(target).await?, files::out(sub), home.as_deref(), json))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ran =
        runtime.map_err(|e| Failure::local(format!("no runtime: {e}"))).and_then(|it| it.block_on(run()));
    ran.unwrap_or_else(|failure| print::failure(&failure, json || print::is_machine_output(entry)))
}

/// Whether the output of a command, found by its words from `browser` on, is for machines in any case.
pub(super) fn is_machine_output(words: &[&str]) -> bool {
    let found = words.split_first().and_then(|(_, words)| Words::all().at(words));
    found.is_some_and(|found| print::is_machine_output(found.entry))
}

/// What the command line calls a field: its option, where it has one.
fn flag(entry: &Entry, field: &str) -> String {
    let command = Scope::augment_args((entry.args)(Command::new(entry.name)));
    let field = if field == "profile" { "browser-profile" } else { field };
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    let mut own = command.get_arguments().filter(|arg| plain(arg.get_id().as_str()) == plain(field));
    let long = own.find_map(|arg| arg.get_long().map(|long| format!("--{long}")));
    long.unwrap_or_else(|| field.to_owned())
}

/// A command line, read.
struct Asked {
    words: &'static str,
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
        if let Ok(Some(lease)) = matches.try_get_one::<String>("held") {
            scope.lease = Some(lease.clone());
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
        let params = (entry.from_args)(matches).map_err(Failure::local)?;
        let named = scope.timeout_ms;
        scope.timeout_ms = scope.timeout_ms.or(matches.get_one::<u64>("timeout").copied());
        let Value::Object(mut params) = params else {
            return Err(Failure::local("no parameters"));
        };
        files::read(entry, matches, &mut params).map_err(Failure::local)?;
        params.extend(found.params().map(|(name, value)| (name.to_owned(), value.into())));
        // What a request may say without harm is refused here, before anything is done.
        let slips = call::slips(entry, &scope, &params, named);
        if !slips.is_empty() {
            let told = slips.iter().map(|slip| slip.refusal(&flag(entry, &slip.field)));
            let failure = Failure::local(format!("Error: {}", told.collect::<Vec<_>>().join("; ")));
            let words: Vec<&str> = found.words().split(' ').map(Words::shown).collect();
            return Err(failure.hint(format!("Try: openclaw browser {} --help", words.join(" "))));
        }
        Ok(Self { words: found.words(), entry, scope, params })
    }

    /// What the config has for a snapshot of no named format; the route itself does not look there (contract 7).
    fn defaults(&mut self, settings: &BrowserSettings) {
        let is_open = self.entry.route == Route::Get("/snapshot") && !self.params.contains_key("format");
        if let (Some(SnapshotMode::Efficient), true) = (settings.snapshot_mode, is_open) {
            self.params.entry("mode").or_insert("efficient".into());
        }
    }

    /// When the gateway must have answered: the operation's own time, what it takes besides, and the transport.
    fn deadline(&self) -> Deadline {
        let own = self.entry.window.deadline(self.scope.timeout_ms).remaining();
        Deadline::after(own + call::beside(&self.params) + TRANSPORT)
    }

    /// One call, and for starting and stopping the status that the original prints afterwards.
    async fn call(self, target: Target) -> Result<Told, Failure> {
        let deadline = self.deadline();
        let Self { words, entry, scope, params } = self;
        let mut client =
            Client::connect(&target, deadline).await.map_err(|e| Failure::local(e.to_string()))?;
        let mut answer = client.request("browser.request", request(entry, &scope, &params), deadline).await?;
        if matches!(entry.name, "start" | "stop") {
            let status = registry::find("status").unwrap_or(entry);
            answer =
                client.request("browser.request", request(status, &scope, &Map::new()), deadline).await?;
        }
        Ok(Told { words, entry, params: Value::Object(params), answer })
    }
}

/// The gateway's request for an operation.
pub(super) fn request(entry: &Entry, scope: &Scope, params: &Map<String, Value>) -> Value {
    let Scope { profile, target_id, lease, fence, timeout_ms, .. } = scope;
    let mut query = Map::new();
    if let Some(profile) = profile {
        query.insert("profile".to_owned(), profile.clone().into());
    }
    let mut all = params.clone();
    if let Some(timeout) = timeout_ms {
        all.insert("timeoutMs".to_owned(), (*timeout).into());
    }
    if let Some(lease) = lease {
        all.insert("lease".to_owned(), lease.clone().into());
    }
    if let Some(fence) = fence {
        all.insert("fence".to_owned(), (*fence).into());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How many seconds the gateway has for a command line.
    fn seconds(line: &[&str]) -> u64 {
        let matches = command().try_get_matches_from([&["browser"], line].concat()).expect("a command line");
        let (found, sub) = Words::all().find(&matches).expect("a command");
        let asked = Asked::read(found, sub).ok().expect("a call");
        asked.deadline().span().as_millis().div_ceil(1000).try_into().expect("an hour at most")
    }

    #[tokio::test]
    async fn what_a_call_waits_besides_its_time_is_not_the_transports() {
        assert_eq!(seconds(&["wait", "--text", "x"]), 20 + 10);
        assert_eq!(seconds(&["wait", "--time", "30000"]), 20 + 30 + 10);
        assert_eq!(seconds(&["wait", "--time", "7000", "--timeout-ms", "500"]), 1 + 7 + 10);
        assert_eq!(seconds(&["click", "e1", "--effects-ms", "9000"]), 8 + 9 + 10);
        let pause = r#"{"kind": "wait", "timeMs": 4000}"#;
        let nested = format!(r#"[{pause}, {{"kind": "batch", "actions": [{pause}]}}]"#);
        let alone = seconds(&["batch", "--actions", r#"[{"kind": "press", "key": "a"}]"#]);
        assert_eq!(seconds(&["batch", "--actions", &nested]), alone + 4 + 4);
    }
}
