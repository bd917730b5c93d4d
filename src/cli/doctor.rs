//! `openclaw browser doctor`: what the original's command line puts together from several answers (contract 10.2).

use serde_json::{Map, Value, json};

use super::browser::request;
use super::print::Failure;
use crate::deadline::Deadline;
use crate::gateway::client::{Client, Target};
use crate::ops::Scope;
use crate::ops::registry;

/// The most nodes that a look at the page counts.
const PROBE: u64 = 25;

/// One line of the report.
struct Check {
    name: String,
    /// `OK`, `WARN`, `INFO` or `FAIL`.
    word: &'static str,
    detail: String,
}

/// What was found.
pub(super) struct Report {
    checks: Vec<Check>,
    status: Value,
}

impl Report {
    /// No check failed.
    pub(super) fn is_ok(&self) -> bool {
        self.checks.iter().all(|check| check.word != "FAIL")
    }

    pub(super) fn text(&self) -> String {
        let line = |Check { name, word, detail }: &Check| format!("{word} {name}: {detail}");
        self.checks.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn json(&self) -> Value {
        let row = |Check { name, word, detail }: &Check| {
            let mut row = json!({"name": name, "ok": *word != "FAIL", "detail": detail});
            match *word {
                "WARN" => row["warning"] = true.into(),
                "INFO" => row["info"] = true.into(),
                _ => {}
            }
            row
        };
        let mut report =
            json!({"ok": self.is_ok(), "checks": self.checks.iter().map(row).collect::<Vec<_>>()});
        if !self.status.is_null() {
            report["status"] = self.status.clone();
        }
        report
    }

    fn add(&mut self, name: &str, is_ok: bool, detail: impl Into<String>) {
        let word = if is_ok { "OK" } else { "FAIL" };
        self.checks.push(Check { name: name.to_owned(), word, detail: detail.into() });
    }
}

/// Asks the gateway; one that cannot be asked is the report's only line.
pub(super) async fn look(target: &Target, scope: &Scope, deep: bool, deadline: Deadline) -> Report {
    let mut report = Report { checks: Vec::new(), status: Value::Null };
    if let Err(why) = fill(&mut report, target, scope, deep, deadline).await {
        report.add("gateway", false, why.message());
    }
    report
}

async fn fill(
    report: &mut Report,
    target: &Target,
    scope: &Scope,
    deep: bool,
    deadline: Deadline,
) -> Result<(), Failure> {
    let mut client = Client::connect(target, deadline).await.map_err(|e| Failure::local(e.to_string()))?;
    let mut ask = async |name: &str, params: Map<String, Value>| -> Result<Value, Failure> {
        let entry = registry::find(name).ok_or_else(|| Failure::local(format!("no operation {name}")))?;
        Ok(client.request("browser.request", request(entry, scope, &params), deadline).await?)
    };
    let status = ask("status", Map::new()).await?;
    report.add("gateway", true, "browser control endpoint reachable");
    let (enabled, running) = (status["enabled"] == true, status["running"] == true);
    report.add("plugin", enabled, if enabled { "enabled" } else { "disabled in config" });
    let said = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
    report.add("profile", true, format!("{} ({})", said("profile"), said("transport")));
    let browser = if running { "running" } else { "not running; run `openclaw browser start`" };
    report.add("browser", running, browser);
    if let Some(summary) = status["graphics"]["summary"].as_str() {
        report.add("graphics", true, summary);
    }
    report.status = status;
    let profiles = ask("profiles", Map::new()).await?;
    report.add("profiles", true, format!("{} configured", rows(&profiles, "profiles").len()));
    if running {
        let tabs = ask("tabs", Map::new()).await?;
        let first = rows(&tabs, "tabs").first().and_then(|tab| tab["suggestedTargetId"].as_str());
        let first = first.map(|tab| format!(", use tab reference {tab}")).unwrap_or_default();
        report.add("tabs", true, format!("{} visible{first}", rows(&tabs, "tabs").len()));
    }
    if deep && running {
        let params = [("format".to_owned(), "aria".into()), ("limit".to_owned(), PROBE.into())];
        let (is_ok, detail) = match ask("snapshot", params.into_iter().collect()).await {
            Ok(snapshot) if rows(&snapshot, "nodes").is_empty() => {
                (false, "snapshot returned no content".to_owned())
            }
            Ok(snapshot) => (true, format!("{} nodes/lines", rows(&snapshot, "nodes").len())),
            Err(why) => (false, why.message()),
        };
        report.add("live-snapshot", is_ok, detail);
    }
    // What the gateway finds besides: all that is wrong or deserves a word.
    let diagnosis = ask("doctor", Map::new()).await?;
    for check in rows(&diagnosis, "checks") {
        let said = |key: &str| check[key].as_str().unwrap_or_default();
        let word = match said("status") {
            "fail" => "FAIL",
            "warn" => "WARN",
            _ => continue,
        };
        let hint = check["fixHint"].as_str().map(|hint| format!("; {hint}")).unwrap_or_default();
        let detail = format!("{}{hint}", said("summary"));
        report.checks.push(Check { name: said("id").to_owned(), word, detail });
    }
    Ok(())
}

fn rows<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer[key].as_array().map(Vec::as_slice).unwrap_or_default()
}
