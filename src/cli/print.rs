//! How answers and failures look on a terminal, and as JSON (contract 10).

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::gateway::client::RequestError;
use crate::ops::Route;
use crate::ops::effects::Effects;
use crate::ops::registry::Entry;

/// Why a command did not do what it was asked.
pub(super) struct Failure {
    /// What the text form begins with: errors of the gateway are told apart from those of the command line.
    prefix: &'static str,
    message: String,
    details: Value,
}

impl Failure {
    /// The command line itself found it.
    pub(super) fn local(message: String) -> Self {
        Self { prefix: "", message, details: Value::Null }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused { message, details, .. } => {
                Self { prefix: "GatewayClientRequestError: ", message, details: *details }
            }
            RequestError::Closed { .. }
            | RequestError::Timeout(_)
            | RequestError::Unsent
            | RequestError::Unexpected { .. } => Self::local(error.to_string()),
        }
    }
}

/// Commands whose output is for machines print JSON errors in any case.
pub(super) fn is_machine_output(entry: &Entry) -> bool {
    matches!(entry.name, "evaluate" | "console")
}

/// Prints an answer and says how the program ends: a dialog in the way and a failed batch are failures.
pub(super) fn answer(entry: &Entry, params: Value, answer: Value, json: bool) -> ExitCode {
    if let Some(dialog) = answer.pointer("/browserState/dialogs/pending/0/id").and_then(Value::as_str)
        && answer.get("blockedByDialog").is_some()
    {
        if json {
            println!("{answer:#}");
        }
        eprintln!(
            "Action blocked by a modal dialog ({dialog:?}). Use openclaw browser dialog --accept or --dismiss \
             --dialog-id {dialog} to continue."
        );
        return ExitCode::FAILURE;
    }
    for warning in answer.get("warnings").and_then(Value::as_array).into_iter().flatten() {
        eprintln!("warning: {}", warning.as_str().unwrap_or_default());
    }
    let failed = answer.get("results").is_some() && answer.get("ok") == Some(&Value::Bool(false));
    let text = if json { Ok(format!("{:#}", trimmed(entry, answer))) } else { text(entry, params, answer) };
    match text {
        Ok(text) if failed && !json => eprintln!("{text}"),
        Ok(text) => println!("{text}"),
        Err(error) => {
            eprintln!("the gateway's answer could not be read: {error}");
            return ExitCode::FAILURE;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn text(entry: &Entry, params: Value, answer: Value) -> Result<String, String> {
    if matches!(entry.name, "start" | "stop") {
        let said = |key: &str| answer.get(key).and_then(Value::as_bool).unwrap_or_default();
        let headless = if said("running") && said("headless") { " (headless)" } else { "" };
        let profile = answer["profile"].as_str().unwrap_or_default();
        return Ok(format!("🦞 browser [{profile}] running: {}{headless}", said("running")));
    }
    let effects = answer.get("effects").cloned().filter(|_| !is_machine_output(entry));
    let effects = effects.and_then(|effects| serde_json::from_value::<Effects>(effects).ok());
    let text = (entry.text)(params, answer).map_err(|error| error.message)?;
    Ok(effects.map_or(text.clone(), |effects| format!("{text}\n{}", effects.summary())))
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
        Route::Get("/console") => answer["messages"].take(),
        Route::Act("evaluate") => answer.get_mut("result").map(Value::take).unwrap_or_default(),
        Route::Get(_) | Route::Post(_) | Route::Delete(_) | Route::Act(_) | Route::TabAction(_) => answer,
    }
}

/// Prints a failure: one line and the next step, or JSON.
pub(super) fn failure(failure: &Failure, json: bool) -> ExitCode {
    let Failure { prefix, message, details } = failure;
    let next_step = details.get("nextStep").and_then(Value::as_str);
    if json {
        let mut error = json!({"type": "cli_error", "message": message});
        for key in ["code", "reason", "field", "nextStep"] {
            if let Some(value) = details.get(key) {
                error[key] = value.clone();
            }
        }
        println!("{:#}", json!({"ok": false, "error": error}));
        eprintln!("[openclaw] The CLI command failed.\n[openclaw] Reason: {message}");
    } else {
        eprintln!("{prefix}{message}");
    }
    if let Some(next_step) = next_step {
        eprintln!("Next: {next_step}.");
    }
    ExitCode::FAILURE
}
