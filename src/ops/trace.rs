//! Traces of a tab, for Playwright's viewer.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::{Done, timestamp};
use super::{Access, Code, Error, Operation, Route, Window, bits};
use crate::deadline::Deadline;
use crate::page::{Page, TraceOptions, TracedCall};
use crate::service::{Files, Tab};

/// What of a call stands in a trace: never what is typed, set or stored.
const TOLD: &[&str] = &[
    "ref",
    "selector",
    "element",
    "startRef",
    "endRef",
    "x",
    "y",
    "button",
    "width",
    "height",
    "kind",
    "loadState",
];

/// Begins a trace of a tab: what is done, what it looks like, what it says and asks for.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct TraceStart {
    /// Film the tab (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub screenshots: Option<bool>,
    /// Keep the document before and after each act (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub snapshots: Option<bool>,
    /// Keep the sources of the caller: there are none here, so this changes nothing.
    #[arg(long)]
    pub sources: bool,
    /// Do not film the tab.
    #[serde(skip)]
    #[arg(long)]
    pub no_screenshots: bool,
    /// Do not keep the documents.
    #[serde(skip)]
    #[arg(long)]
    pub no_snapshots: bool,
}

/// Ends the trace of a tab, and writes it into a file that `npx playwright show-trace` opens.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct TraceStop {
    /// Where to put the file, below the traces folder (default: a name of its own there).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long = "out", value_name = "PATH")]
    pub path: Option<String>,
}

/// A trace has begun.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tracing {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
}

/// A trace is written.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Traced {
    /// Always true.
    pub ok: bool,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The file.
    pub path: String,
    /// What is not in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Operation for TraceStart {
    const NAME: &'static str = "trace-start";
    const COMMANDS: &'static [&'static str] = &["trace start"];
    const ROUTE: Route = Route::Post("/trace/start");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Tracing;

    fn with_flags(self) -> Result<Self, String> {
        let unless = |off: bool| off.then_some(false);
        let (screenshots, snapshots) = (unless(self.no_screenshots), unless(self.no_snapshots));
        Ok(Self { screenshots, snapshots, ..self })
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Tracing, Error> {
        let options = TraceOptions {
            screenshots: self.screenshots.unwrap_or(true),
            snapshots: self.snapshots.unwrap_or(true),
        };
        tab.page().start_trace(options, deadline).await?;
        let Done { target_id, url, .. } = Done::on(tab);
        Ok(Tracing { ok: true, target_id, url })
    }

    fn text(&self, _: &Tracing) -> String {
        "trace started".to_owned()
    }
}

impl Operation for TraceStop {
    const NAME: &'static str = "trace-stop";
    const COMMANDS: &'static [&'static str] = &["trace stop"];
    const ROUTE: Route = Route::Post("/trace/stop");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::WAIT;
    type On = Tab;
    type Output = Traced;

    async fn run(self, tab: &Tab, _: Deadline) -> Result<Traced, Error> {
        // A path that will not do must not cost the trace.
        let named = bits::said(self.path.as_ref()).map(|path| place(tab, path)).transpose()?;
        let recording = tab.page().stop_trace(timestamp).await?;
        let unwritten = |e| Error::new(Code::Internal, format!("the trace could not be written: {e}"));
        let kept = tab.media.keep_archive(recording.files).await.map_err(unwritten)?;
        let to = match named {
            Some(to) => to,
            None => {
                let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
                place(tab, &format!("browser-trace-{name}"))?
            }
        };
        Files::move_to(&kept, &to).await.map_err(unwritten)?;
        let Done { target_id, url, .. } = Done::on(tab);
        let told = |count| {
            format!("{count} pictures or documents are not in the trace: too large, or not told in time")
        };
        let warnings = Some(recording.left_out).filter(|count| *count > 0).map(told).into_iter().collect();
        Ok(Traced { ok: true, target_id, url, path: to.display().to_string(), warnings })
    }

    fn text(&self, traced: &Traced) -> String {
        format!("TRACE:{}", traced.path)
    }
}

fn place(tab: &Tab, path: &str) -> Result<std::path::PathBuf, Error> {
    tab.files.for_trace(path).map_err(|error| Error::from(error).of("path"))
}

/// Notes in the page's trace that an operation begins, when one is taken.
pub(super) async fn begin<O: Operation>(page: &Page, operation: &O) -> Option<TracedCall> {
    if O::NAME.starts_with("trace-") {
        return None;
    }
    let params = serde_json::to_value(operation).unwrap_or_default();
    let told = |name: &&str| {
        let text = match params.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(((*name).to_owned(), text))
    };
    let params: BTreeMap<String, String> = TOLD.iter().filter_map(told).collect();
    page.trace_call(O::NAME, params, changes::<O>()).await
}

/// Notes how it ended.
pub(super) async fn end<O: Operation>(call: TracedCall, outcome: Result<(), &Error>) {
    call.end(outcome.err().map(|error| error.message.as_str()), changes::<O>()).await;
}

/// Whether a page may look different afterwards.
fn changes<O: Operation>() -> bool {
    O::ACCESS == Access::Act
}
