//! A page as text, in the words of the control API.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Code, Error, Operation, Route, Scope, Window};
use crate::deadline::Deadline;
use crate::page::snapshot::{AiOptions, LeanOptions, Rendered, RoleOptions, SnapshotOptions, Style};
use crate::service::{Service, Tab};

/// The longest snapshot when nothing is said, in UTF-16 units (contract 7.1).
const SNAPSHOT_CHARS: usize = 40_000;
/// The same in efficient mode.
const EFFICIENT_CHARS: usize = 8_000;
/// How deep efficient mode looks.
const EFFICIENT_DEPTH: u32 = 6;

/// Tells a page as compact text, with a ref such as `e12` for everything that can be acted on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Snapshot {
    /// The format: ai, or lean for a short line a control.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub format: Option<String>,
    /// `efficient`: interactive, compact, at most 8000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub mode: Option<String>,
    /// Only what can be acted on.
    #[arg(long)]
    pub interactive: bool,
    /// Leave out structure without a name.
    #[arg(long)]
    pub compact: bool,
    /// How deep to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long)]
    pub depth: Option<u32>,
    /// Only what is inside the first element that this CSS selector matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "CSS")]
    pub selector: Option<String>,
    /// Only what is inside the frame whose element this CSS selector matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "CSS")]
    pub frame: Option<String>,
    /// Say where links lead.
    #[arg(long)]
    pub urls: bool,
    /// The longest text, in characters; 0 for no limit (default 40000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "N")]
    pub max_chars: Option<usize>,
}

/// A page as text.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotText {
    /// Always true.
    pub ok: bool,
    /// `ai` or `lean`.
    pub format: String,
    /// The tab's target id.
    pub target_id: String,
    /// The tab's URL.
    pub url: String,
    /// The text.
    pub snapshot: String,
    /// The refs in it.
    pub refs: BTreeMap<String, RefRow>,
    /// Figures about it.
    pub stats: StatsRow,
    /// Whether something was left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

/// What a ref stands for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct RefRow {
    /// Its role.
    pub role: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which one it is of those with the same role and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
}

/// Figures about a snapshot.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the original's fields, described in the contract")]
pub struct StatsRow {
    pub lines: usize,
    pub chars: usize,
    pub refs: usize,
    pub interactive: usize,
}

impl Snapshot {
    /// A selector that leads nowhere is the caller's mistake, under the caller's name for it.
    fn named(&self, error: Error) -> Error {
        let field = if self.frame.is_some() { "frame" } else { "selector" };
        if matches!(error.code, Code::ActOperationFailed | Code::ActInvalidRequest) {
            return Error::field(Code::InvalidRequest, field, error.message);
        }
        error
    }

    fn is_efficient(&self) -> bool {
        self.mode.as_deref() == Some("efficient")
    }

    fn is_lean(&self) -> bool {
        self.format.as_deref() == Some("lean")
    }

    /// Any of these asks for the role style (contract 7.1).
    fn wants_roles(&self) -> bool {
        let scoped = self.selector.is_some() || self.frame.is_some();
        self.interactive || self.compact || self.depth.is_some() || self.urls || scoped || self.is_efficient()
    }

    fn options(&self) -> SnapshotOptions {
        let efficient = self.is_efficient();
        let default = if efficient { EFFICIENT_CHARS } else { SNAPSHOT_CHARS };
        let role = || RoleOptions {
            interactive: self.interactive || efficient,
            compact: self.compact || efficient,
            depth: self.depth.or(efficient.then_some(EFFICIENT_DEPTH)),
            urls: self.urls,
            scoped: self.selector.is_some() || self.frame.is_some(),
        };
        let style = match self.wants_roles() {
            _ if self.is_lean() => Style::Lean(LeanOptions { urls: self.urls }),
            true => Style::Role(role()),
            false => Style::Ai(AiOptions::default()),
        };
        SnapshotOptions {
            style,
            selector: self.selector.clone(),
            frame: self.frame.clone(),
            max_chars: Some(self.max_chars.unwrap_or(default)).filter(|max| *max > 0),
        }
    }
}

impl SnapshotText {
    fn new(tab: &Tab, format: &str, rendered: Rendered) -> Self {
        let row = |entry: crate::page::snapshot::RefEntry| {
            (entry.reference, RefRow { role: entry.role, name: entry.name, nth: entry.nth })
        };
        let stats = rendered.stats;
        Self {
            ok: true,
            format: format.to_owned(),
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            snapshot: rendered.text,
            refs: rendered.refs.into_iter().map(row).collect(),
            stats: StatsRow {
                lines: stats.lines,
                chars: stats.chars,
                refs: stats.refs,
                interactive: stats.interactive,
            },
            truncated: rendered.truncated,
        }
    }
}

impl Operation for Snapshot {
    const NAME: &'static str = "snapshot";
    const ROUTE: Route = Route::Get("/snapshot");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window { default: 5_000, least: 500, most: 60_000 };
    type On = Tab;
    type Output = SnapshotText;

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        if self.format.as_deref() == Some("aria") {
            let message = "format=aria is not supported by this version; use format=ai, or interactive=true";
            return Err(Error::field(Code::InvalidRequest, "format", message));
        }
        Ok(())
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<SnapshotText, Error> {
        let told = tab.page().snapshot(&self.options(), deadline).await;
        let told = told.map_err(|error| {
            let mut error = self.named(Error::from(error).on(tab));
            error.blocked.iter_mut().for_each(|blocked| blocked.wants_snapshot = true);
            error
        });
        let format = if self.is_lean() { "lean" } else { "ai" };
        Ok(SnapshotText::new(tab, format, told?))
    }

    fn text(&self, snapshot: &SnapshotText) -> String {
        snapshot.snapshot.clone()
    }
}
