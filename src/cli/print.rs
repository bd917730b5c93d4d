//! How answers and failures look on a terminal, and as JSON (contract 10).

use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::files;
use crate::gateway::client::RequestError;
use crate::ops::Route;
use crate::ops::effects::Effects;
use crate::ops::registry::Entry;

/// Why a command did not do what it was asked.
pub(super) struct Failure {
    /// What the text form begins with: errors of the gateway are told apart from those of the command line.
    prefix: &'static str,
    message: String,
    /// Lines below the message.
    hints: Vec<String>,
    details: Box<Value>,
}

impl Failure {
    /// The command line itself found it. Some of the original's sentences begin with `Error: `, which its JSON leaves
    /// out.
    pub(super) fn local(message: impl Into<String>) -> Self {
        let message = message.into();
        let (prefix, message) = match message.strip_prefix("Error: ") {
            Some(rest) => ("Error: ", rest.to_owned()),
            None => ("", message),
        };
        Self { prefix, message, hints: Vec::new(), details: Box::default() }
    }

    /// What went wrong, alone.
    pub(super) fn message(&self) -> String {
        format!("{}{}", self.prefix, self.message)
    }

    /// The same with one more line below it.
    pub(super) fn hint(mut self, line: String) -> Self {
        self.hints.push(line);
        self
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused { message, details, .. } => {
                let prefix = "GatewayClientRequestError: ";
                Self { prefix, message, hints: Vec::new(), details }
            }
            RequestError::Closed { .. }
            | RequestError::Timeout(_)
            | RequestError::Unsent
            | RequestError::Unexpected { .. } => Self::local(error.to_string()),
        }
    }
}

/// Prints a line. Whoever has stopped reading, as `head` does, has read enough.
pub(super) fn line(text: impl Display) {
    writeln!(io::stdout(), "{text}").ok();
}

/// Prints a line of what is not the answer. Whoever does not read it loses nothing else.
pub(super) fn aside(text: impl Display) {
    writeln!(io::stderr(), "{text}").ok();
}

/// Commands whose output is for machines print JSON errors in any case.
pub(super) fn is_machine_output(entry: &Entry) -> bool {
    matches!(entry.name, "evaluate" | "console" | "cookies" | "storage-get")
}

/// An answer, and what was asked.
pub(super) struct Told {
    pub(super) words: &'static str,
    pub(super) entry: &'static Entry,
    pub(super) params: Value,
    pub(super) answer: Value,
}

/// Prints an answer and says how the program ends: a dialog in the way and a failed batch are failures.
pub(super) fn answer(told: Told, out: Option<&PathBuf>, home: Option<&Path>, json: bool) -> ExitCode {
    let answer = &told.answer;
    if let Some(dialog) = answer.pointer("/browserState/dialogs/pending/0/id").and_then(Value::as_str)
        && answer.get("blockedByDialog").is_some()
    {
        if json {
            line(format_args!("{answer:#}"));
        }
        if let Some(rows) = answer.get("results").and_then(Value::as_array) {
            let skipped = answer.pointer("/aborted/skipped").and_then(Value::as_u64).unwrap_or_default();
            aside(format_args!(
                "Batch stopped at action {}: a dialog opened; {skipped} action(s) skipped.",
                rows.len()
            ));
        }
        aside(format_args!(
            "Action blocked by a modal dialog ({dialog:?}). Use openclaw browser dialog --accept or --dismiss \
             --dialog-id {dialog} to continue."
        ));
        return ExitCode::FAILURE;
    }
    let rows = answer.get("results").and_then(Value::as_array).into_iter().flatten();
    let warnings = std::iter::once(answer).chain(rows).filter_map(|told| told.get("warnings")?.as_array());
    for warning in warnings.flatten() {
        aside(format_args!("warning: {}", warning.as_str().unwrap_or_default()));
    }
    let failed = answer.get("results").is_some() && answer.get("ok") == Some(&Value::Bool(false));
    let printed = match out {
        Some(path) => files::keep(path, answer).map(|kept| {
            let paths = [kept["out"].as_str(), kept["imagePath"].as_str()].into_iter().flatten();
            let paths = paths.map(|path| shortened(path, home)).collect::<Vec<_>>().join("\n");
            if json { format!("{kept:#}") } else { paths }
        }),
        None if json => Ok(format!("{:#}", trimmed(told.entry, told.answer))),
        None => text(told, home).map_err(|error| format!("the gateway's answer could not be read: {error}")),
    };
    match printed {
        Ok(text) if failed && !json => aside(text),
        Ok(text) => line(text),
        Err(error) => return failure(&Failure::local(error), json),
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn text(Told { words, entry, params, answer }: Told, home: Option<&Path>) -> Result<String, String> {
    if matches!(entry.name, "start" | "stop") {
        let said = |key: &str| answer.get(key).and_then(Value::as_bool).unwrap_or_default();
        let headless = if said("running") && said("headless") { " (headless)" } else { "" };
        let profile = answer["profile"].as_str().unwrap_or_default();
        return Ok(format!("🦞 browser [{profile}] running: {}{headless}", said("running")));
    }
    let effects = answer.get("effects").cloned().filter(|_| !is_machine_output(entry));
    let effects = effects.and_then(|effects| serde_json::from_value::<Effects>(effects).ok());
    let paths = ["/path", "/imagePath", "/download/path", "/detectedExecutablePath", "/to"];
    let paths = paths.map(|place| answer.pointer(place).and_then(Value::as_str).map(str::to_owned));
    let text = (entry.text)(params, answer).map_err(|error| error.message)?;
    // The same operation, under its other name.
    let text = if words == "set viewport" { text.replacen("resized to", "viewport set:", 1) } else { text };
    let shorten = |text: String, path: String| text.replace(&path, &shortened(&path, home));
    let text = paths.into_iter().flatten().fold(text, shorten);
    Ok(match effects {
        Some(effects) => format!("{text}\n{}", effects.summary()),
        None => text,
    })
}

/// A path as the original prints it, with `~` for the home directory.
fn shortened(path: &str, home: Option<&Path>) -> String {
    match home.and_then(|home| Path::new(path).strip_prefix(home).ok()) {
        Some(rest) => Path::new("~").join(rest).display().to_string(),
        None => path.to_owned(),
    }
}

/// The original's JSON form of some commands is shorter than the route's body.
fn trimmed(entry: &Entry, mut answer: Value) -> Value {
    match entry.route {
        Route::Get("/tabs") | Route::TabAction("list") => {
            if let Some(map) = answer.as_object_mut() {
                map.remove("running");
                map.remove("ok");
            }
            answer
        }
        Route::Post("/tabs/focus") | Route::Delete("/tabs/:targetId") | Route::Act("close") => {
            json!({"ok": true})
        }
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::Act(_) | Route::TabAction(_) => answer,
    }
}

/// Prints a failure: one line and the next step, or JSON.
pub(super) fn failure(failure: &Failure, json: bool) -> ExitCode {
    let Failure { prefix, message, hints, details } = failure;
    let next_step = details.get("nextStep").and_then(Value::as_str);
    if json {
        let mut error = json!({"type": "cli_error", "message": message});
        for key in ["code", "reason", "field", "details", "nextStep"] {
            if let Some(value) = details.get(key) {
                error[key] = value.clone();
            }
        }
        line(format_args!("{:#}", json!({"ok": false, "error": error})));
        aside(format_args!(
            "[openclaw] The CLI command failed.\n[openclaw] Reason: {message}\n[openclaw] Debug: set OPENCLAW_LOG=debug \
             to see more.\n[openclaw] Try: openclaw browser doctor\n[openclaw] Help: openclaw browser --help"
        ));
    } else {
        aside(format_args!("{prefix}{message}"));
        hints.iter().for_each(aside);
        // Of several acts or fields, which one.
        let field = details.get("field").and_then(Value::as_str).filter(|field| field.contains('['));
        if let Some(field) = field.filter(|field| !message.contains(field)) {
            aside(format_args!("Field: {field}"));
        }
    }
    if let Some(next_step) = next_step {
        aside(format_args!("Next: {next_step}."));
    }
    ExitCode::FAILURE
}
