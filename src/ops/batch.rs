//! Several acts in one call.

use futures::future::{BoxFuture, FutureExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::coerce::Read;
use super::effects::Effects;
use super::output::{Done, DownloadRow};
use super::registry::Entry;
use super::slip::Slip;
use super::{Access, Code, Error, Operation, Route, Scope, Window, bits, call, scope};
use crate::deadline::Deadline;
use crate::service::{Service, Tab};

/// Entries in all, nested ones included (contract 8.2).
const MOST_ACTIONS: usize = 100;
/// How deep batches may nest.
const DEEPEST: usize = 5;

/// Does several acts one after the other, in one call.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Batch {
    /// The acts as JSON: `[{"kind": "click", "ref": "e3"}, {"kind": "press", "key": "Enter"}]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub actions: Option<Vec<Value>>,
    /// Stop at the first failure (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub stop_on_error: Option<bool>,
    /// Go on after a failure.
    #[serde(skip)]
    #[arg(long = "continue")]
    pub goes_on: bool,
}

/// What became of a batch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Batched {
    /// Whether every act was done.
    pub ok: bool,
    /// The tab.
    #[serde(flatten)]
    pub done: DoneOn,
    /// One row an act that was tried.
    pub results: Vec<ActResult>,
    /// Why the rest was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Aborted>,
    /// What a lenient reading of the acts passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The tab that a batch was done on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoneOn {
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL now.
    pub url: String,
    /// What the acts started to download.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub downloads: Vec<DownloadRow>,
    /// What the acts changed, taken together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effects: Option<Effects>,
}

/// What became of one act.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ActResult {
    /// Whether it was done.
    pub ok: bool,
    /// It was under way when a dialog opened, or met one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blocked_by_dialog: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The kind of error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Value>,
    /// What it yielded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Whether it left the document.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub navigated: bool,
    /// Where it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effects: Option<Value>,
    /// What did not go as one would think.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Value>,
    /// Of a batch: one row an act that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Value>,
    /// Of a batch: why the rest was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aborted: Option<Value>,
}

/// What became of a batch that a dialog stopped.
#[derive(Debug, Clone, Serialize)]
pub struct Cut {
    results: Vec<ActResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aborted: Option<Aborted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Why acts were not tried.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Aborted {
    /// `navigation`, `closed` or `dialog`.
    pub reason: String,
    /// After which act, counted from 1.
    pub after_action: usize,
    /// Where the tab is.
    pub url: String,
    /// How many were not tried.
    pub skipped: usize,
}

/// One act, found in the registry and judged.
struct Step {
    entry: &'static Entry,
    scope: Scope,
    params: Value,
}

impl Batch {
    fn stops(&self) -> bool {
        self.stop_on_error.unwrap_or(true)
    }

    /// Finds and judges every act before the first is done, so that a slip in the last one costs nothing.
    fn steps(&self, service: &Service) -> Result<Vec<Step>, Error> {
        let required = || bits::invalid("actions", "actions are required");
        let actions = self.actions.as_ref().ok_or_else(required)?;
        if actions.is_empty() {
            return Err(bits::invalid("actions", "batch requires actions"));
        }
        count(actions, 1)?;
        let step = |(place, action)| {
            judged(service, action).map_err(|error| error.within(&format!("actions[{place}]")))
        };
        actions.iter().enumerate().map(step).collect()
    }
}

/// An act that names another tab than the batch's, whatever it calls it (contract 8.4).
fn stranger(tab: &Tab, actions: &[Value]) -> Option<Error> {
    actions.iter().enumerate().find_map(|(place, action)| {
        let scope = scope::split(Map::new(), action.as_object()?.clone()).ok()?.0;
        let is_other =
            |named: &String| !tab.browser.find(named).is_ok_and(|view| view.target_id == tab.view.target_id);
        let of_tab = tab.lease.as_ref().map(|lease| &**lease.id());
        let error = if scope.lease.is_some() && scope.lease.as_deref() != of_tab {
            Some(bits::invalid("lease", "batched action lease must match request lease"))
        } else if scope.target_id.as_ref().is_some_and(is_other) {
            let message = "batched action targetId must match request targetId";
            Some(Error::field(Code::ActTargetIdMismatch, "targetId", message))
        } else {
            action.get("actions").and_then(Value::as_array).and_then(|nested| stranger(tab, nested))
        };
        error.map(|error| error.within(&format!("actions[{place}]")))
    })
}

/// What a lenient reading of the acts passes over, nested ones included.
pub(super) fn passed_over(actions: &[Value]) -> Vec<Slip> {
    let of_act = |action: &Value| {
        let (entry, body) = call::act(action.as_object()?.clone()).ok()?;
        let (scope, params) = scope::split(Map::new(), body).ok()?;
        Some(call::slips(entry, &scope, &params, scope.timeout_ms))
    };
    let within = |(place, action)| {
        let slips = of_act(action).unwrap_or_default().into_iter();
        slips.map(move |slip| slip.within(&format!("actions[{place}]")))
    };
    actions.iter().enumerate().flat_map(within).collect()
}

/// Counts the acts of a batch and of those inside it.
fn count(actions: &[Value], depth: usize) -> Result<usize, Error> {
    if depth > DEEPEST {
        let message = format!("batch nesting exceeds maximum depth of {DEEPEST}");
        return Err(bits::invalid("actions", message));
    }
    let mut total = actions.len();
    for nested in actions.iter().filter_map(|action| action.get("actions")?.as_array()) {
        total += count(nested, depth + 1)?;
    }
    if total > MOST_ACTIONS {
        return Err(bits::invalid("actions", format!("batch exceeds maximum of {MOST_ACTIONS} actions")));
    }
    Ok(total)
}

fn judged(service: &Service, action: &Value) -> Result<Step, Error> {
    let not_an_object = || Error::new(Code::ActInvalidRequest, "batch actions must be objects");
    let map = action.as_object().ok_or_else(not_an_object)?;
    let (entry, body) = call::act(map.clone())?;
    let (scope, params) = scope::of(entry, Map::new(), body)?;
    let Read { params, refused, .. } = call::read(entry, params)?;
    match (entry.check)(service, &scope, params.clone()) {
        // The contract tells these in the act's own row (8.3, 8.4), after those before it are done.
        Err(Error { code: Code::ActEvaluateDisabled | Code::UnknownRef | Code::UnknownKey, .. }) => {}
        judged => judged?,
    }
    if let Some(refused) = refused {
        return Err(refused);
    }
    Ok(Step { entry, scope, params })
}

impl Operation for Batch {
    const NAME: &'static str = "batch";
    const ROUTE: Route = Route::Act("batch");
    const ACCESS: Access = Access::Act;
    const WINDOW: Window = Window { default: 120_000, least: 500, most: 600_000 };
    type On = BatchOn;
    type Output = Batched;

    fn with_flags(self) -> Result<Self, String> {
        Ok(Self { stop_on_error: self.goes_on.then_some(false).or(self.stop_on_error), ..self })
    }

    fn check(&self, service: &Service, _: &Scope) -> Result<(), Error> {
        self.steps(service).map(drop)
    }

    async fn run(self, on: &BatchOn, deadline: Deadline) -> Result<Batched, Error> {
        let BatchOn { service, tab } = on;
        let steps = self.steps(service)?;
        let actions = self.actions.as_deref().unwrap_or_default();
        if let Some(error) = stranger(tab, actions) {
            return Err(error);
        }
        let warnings: Vec<String> = passed_over(actions).iter().map(Slip::warning).collect();
        let total = steps.len();
        let mark = tab.mark();
        tab.page().arm(deadline).await;
        let mut results = Vec::new();
        let mut aborted = None;
        for (place, step) in steps.into_iter().enumerate() {
            let before = tab.page().document();
            let mut row = match deadline.remaining().is_zero() {
                true => ActResult::too_late(),
                false => run_step(step, service, tab, deadline).await,
            };
            let skipped = total - place - 1;
            if skipped > 0 && !row.blocked_by_dialog {
                // What comes next is meant for where this one leads.
                tab.page().arrived(deadline).await;
            }
            let after = tab.page().document();
            let url = tab.page().url();
            if before != after {
                row.navigated = true;
                row.url = Some(url.clone());
            }
            let (failed, is_cut) = (!row.ok, row.blocked_by_dialog);
            results.push(row);
            let reason = match () {
                () if is_cut => Some("dialog"),
                () if tab.page().is_closed() => Some("closed"),
                () => (before != after).then_some("navigation"),
            };
            if let Some(reason) = reason.filter(|_| skipped > 0) {
                aborted = Some(Aborted { reason: reason.to_owned(), after_action: place + 1, url, skipped });
                break;
            }
            if failed && self.stops() {
                break;
            }
        }
        let ok = aborted.is_none() && results.iter().all(|row| row.ok);
        if results.last().is_some_and(|row| row.blocked_by_dialog) {
            let cut = Cut { results, aborted, warnings };
            return Err(tab
                .told(Error::new(Code::DialogOpen, "a dialog is open").on(tab), &mark)
                .await
                .cut(ok, cut));
        }
        let Done { target_id, url, effects, .. } = tab.done(&mark).await;
        let downloads = tab.browser.downloads_since(mark.downloads(), tab.page());
        let downloads = downloads.iter().map(DownloadRow::from).collect();
        let done = DoneOn { target_id, url, downloads, effects };
        Ok(Batched { ok, done, results, aborted, warnings })
    }

    fn text(&self, batched: &Batched) -> String {
        let failed = batched.results.iter().enumerate().find(|(_, row)| !row.ok);
        match (&batched.aborted, failed) {
            (_, Some((place, row))) => {
                format!("batch failed: action {}: {}", place + 1, row.error.as_deref().unwrap_or("failed"))
            }
            (Some(Aborted { after_action, skipped, .. }), None) => format!(
                "Batch stopped after action {after_action}: page navigated; {skipped} action(s) skipped. Take a fresh \
                 snapshot before continuing."
            ),
            (None, None) => format!("batch ran {} action(s)", batched.results.len()),
        }
    }
}

/// Runs one act on the batch's own tab.
fn run_step<'a>(
    Step { entry, scope, params }: Step,
    service: &'a Service,
    tab: &'a Tab,
    deadline: Deadline,
) -> BoxFuture<'a, ActResult> {
    async move {
        let lease = tab.lease.as_ref().map(|lease| lease.id().to_string());
        let scope = Scope { target_id: Some(tab.view.target_id.to_string()), lease, fence: None, ..scope };
        let own = entry.window.deadline(scope.timeout_ms).patient(scope.timeout_ms.is_some());
        let deadline = own.no_later_than(deadline);
        let scope = Scope { profile: Some(tab.profile.clone()), is_entry: true, ..scope };
        match (entry.run)(service.clone(), scope, params, deadline).await {
            Ok(answer) => ActResult::of(answer),
            Err(error) => {
                let code = serde_json::to_value(error.code).ok();
                ActResult { error: Some(error.message), code, ..ActResult::default() }
            }
        }
    }
    .boxed()
}

impl ActResult {
    /// The row of an act whose turn came when the batch had no time left.
    fn too_late() -> Self {
        let error = Some("the time of the batch was over before this action; raise its timeoutMs".to_owned());
        Self { error, code: serde_json::to_value(Code::Timeout).ok(), ..Self::default() }
    }

    /// The row of an act that was answered.
    fn of(mut answer: Value) -> Self {
        let says = |key: &str| answer.get(key) == Some(&Value::Bool(true));
        let blocked_by_dialog = says("blockedByDialog");
        let ok = says("ok") && (!blocked_by_dialog || says("performed"));
        let mut take = |key: &str| answer.get_mut(key).map(Value::take);
        let results = take("results");
        let row = Self {
            ok,
            blocked_by_dialog,
            result: take("result"),
            effects: take("effects"),
            // Those of a nested batch are among ours.
            warnings: take("warnings").filter(|_| results.is_none()),
            results,
            aborted: take("aborted"),
            ..Self::default()
        };
        if ok {
            return row;
        }
        // A nested batch is one entry, with its first failure.
        let rows = row.results.as_ref().and_then(Value::as_array).into_iter().flatten();
        let failed = rows.clone().find(|row| row["error"].is_string());
        let error = failed.and_then(|row| row["error"].as_str()).map(str::to_owned);
        let reason = row.aborted.as_ref().and_then(|aborted| aborted["reason"].as_str());
        let why = match reason {
            _ if blocked_by_dialog => "a dialog is open",
            Some("closed") => "stopped, as the tab was closed",
            Some(_) | None => "stopped by a navigation",
        };
        let code = failed
            .map(|row| row["code"].clone())
            .or_else(|| blocked_by_dialog.then(|| serde_json::to_value(Code::DialogOpen).ok()).flatten());
        Self { error: Some(error.unwrap_or_else(|| why.to_owned())), code, ..row }
    }
}

/// A tab, and what a batch needs to do its acts there.
#[derive(Debug)]
pub struct BatchOn {
    service: Service,
    tab: Tab,
}

impl super::Subject for BatchOn {
    const REACH: super::Reach = super::Reach::Tab;

    async fn reach(service: &Service, scope: &Scope, deadline: Deadline) -> Result<Self, Error> {
        let tab = Tab::reach(service, scope, deadline).await?;
        Ok(Self { service: service.clone(), tab })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_counted_through_nested_batches() {
        let leaf = serde_json::json!({"kind": "press", "key": "a"});
        let nest = |inner: Value| serde_json::json!({"kind": "batch", "actions": [inner]});
        let mut deep = leaf.clone();
        for _ in 0..4 {
            deep = nest(deep);
        }
        assert_eq!(count(&[deep.clone()], 1).expect("five levels"), 5);
        let error = count(&[nest(deep)], 1).expect_err("six levels").message;
        assert_eq!(error, "batch nesting exceeds maximum depth of 5");
        assert!(count(&vec![leaf.clone(); 100], 1).is_ok());
        let error = count(&vec![leaf; 101], 1).expect_err("too many").message;
        assert_eq!(error, "batch exceeds maximum of 100 actions");
        assert!(super::super::registry::by_kind("batch").is_some());
    }
}
