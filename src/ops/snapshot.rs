//! A page as text, in the words of the control API.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::labels::{LabelRows, keep};
use super::output::BrowserState;
use super::snapshot_nodes::SnapshotNodes;
use super::{Access, Code, Error, Operation, Route, Scope, Window, argument, bits};
use crate::deadline::Deadline;
use crate::page::snapshot::{
    AiOptions, AriaOptions, Budget, Find, LeanOptions, Omitted, RefEntry, Rendered, RoleOptions,
    SnapshotOptions, Style,
};
use crate::page::{Reference, Screenshot};
use crate::service::{Service, Tab};

/// The longest snapshot when nothing is said, in UTF-16 units (contract 7.1).
const SNAPSHOT_CHARS: usize = 40_000;
/// The same in efficient mode.
const EFFICIENT_CHARS: usize = 8_000;
/// How deep efficient mode looks.
const EFFICIENT_DEPTH: u32 = 6;
/// How many nodes the aria format tells when nothing is said, and at most.
pub(super) const ARIA_NODES: (usize, usize) = (500, 2000);
/// The longest delta when nothing is said.
const DELTA_CHARS: usize = 4_000;

/// Tells a page as compact text, with a ref such as `e12` for everything that can be acted on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(rename_all = "camelCase", default)]
pub struct Snapshot {
    /// The format: ai, lean for a short line a control, or aria for every node of the page as data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "aria|ai|lean")]
    #[schemars(extend("enum" = ["ai", "aria", "lean"]))]
    pub format: Option<String>,
    /// `efficient`: interactive, compact, at most 8000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "efficient")]
    #[schemars(extend("enum" = ["efficient"]))]
    pub mode: Option<String>,
    /// The same as `mode=efficient`.
    #[serde(skip_serializing)]
    #[schemars(skip)]
    #[arg(long)]
    pub efficient: bool,
    /// `aria`: the ai style in any case; interactive, compact and depth filter it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "role|aria", value_parser = ["role", "aria"])]
    #[schemars(extend("enum" = ["role", "aria"]))]
    pub refs: Option<String>,
    /// Only what can be acted on.
    #[arg(long)]
    pub interactive: bool,
    /// Leave out structure without a name.
    #[arg(long)]
    pub compact: bool,
    /// How deep to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n", value_parser = argument::depth)]
    pub depth: Option<u32>,
    /// Only what is inside the first element that this CSS selector matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "sel")]
    pub selector: Option<String>,
    /// Only what is inside the frame whose element this CSS selector matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "sel")]
    pub frame: Option<String>,
    /// Say where links lead.
    #[arg(long)]
    pub urls: bool,
    /// Take a picture of the viewport, too, in which the elements of the text are marked with their refs.
    #[arg(long)]
    pub labels: bool,
    /// The longest text, in characters; 0 for no limit (default 40000).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n")]
    pub max_chars: Option<usize>,
    /// Only what is inside this element: a ref, such as `e12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "ref")]
    pub within: Option<String>,
    /// With within: the first row to show, counted from 0, as `[more=e12+3]` tells it to who asks with the same words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n")]
    pub offset: Option<usize>,
    /// With within: the most rows to show. With format=aria: the most nodes, up to 2000 (default 500).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n", value_parser = argument::limit)]
    pub limit: Option<usize>,
    /// Only what holds this text, whatever its case, or matches `/regular expression/i`, each with the path to it: what
    /// it is in, the headings above it, the words of its row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "text|/regex/i")]
    pub find: Option<String>,
    /// Only what the viewport shows.
    #[arg(long)]
    pub viewport: bool,
    /// Tell four or more siblings of one shape by the first three and a count. What the viewport shows stays when that
    /// is asked for.
    #[arg(long)]
    pub fold: bool,
    /// The most characters. What does not fit is folded, then left out by rank: an open dialog is kept first, then
    /// the viewport, then what is near the last action's element.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n")]
    pub budget: Option<usize>,
    /// The same in tokens of a language model, estimated from above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, value_name = "n")]
    pub max_tokens: Option<usize>,
    /// Only what is different from the last snapshot of the tab with the same words: `+` added, `~` changed,
    /// `-` gone. At most maxChars long (default 4000).
    #[arg(long)]
    pub delta: bool,
}

/// A page as text, or as data when that is asked for.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Told {
    /// `format=aria`.
    Nodes(SnapshotNodes),
    /// Any other format.
    Text(Box<SnapshotText>),
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
    /// The dialogs of the tab, when it ever had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_state: Option<BrowserState>,
    /// The picture, when that was asked for.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageRow>,
    /// The text.
    pub snapshot: String,
    /// The refs in it.
    pub refs: BTreeMap<String, RefRow>,
    /// Figures about it.
    pub stats: StatsRow,
    /// How many elements the last such snapshot did not have; from the second one on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_elements: Option<usize>,
    /// How much is different, when that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<DeltaRow>,
    /// What was left out, when something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted: Option<OmittedRow>,
    /// Whether something was cut off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What the page kept from being told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A picture in which the elements of a snapshot are marked.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageRow {
    /// The file.
    pub image_path: String,
    /// `png` or `jpeg`.
    pub image_type: String,
    /// What is marked.
    #[serde(flatten)]
    pub labels: LabelRows,
}

/// What was left out of a snapshot.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct OmittedRow {
    /// Elements and texts that were too much.
    pub nodes: usize,
    /// Those of them that have a ref.
    pub refs: usize,
    /// Rows that were folded into a count.
    pub rows: usize,
}

/// How much is different from the last snapshot.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeltaRow {
    /// Lines that were not there before.
    pub added: usize,
    /// Lines of elements that say something else now.
    pub changed: usize,
    /// Lines that say the same in another place, when there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<usize>,
    /// Lines that are gone.
    pub removed: usize,
    /// There was no snapshot of this document to compare with: this is a whole one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
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
    /// What other clients of the browser know it by; in the role style.
    #[serde(rename = "backendDOMNodeId", default, skip_serializing_if = "Option::is_none")]
    pub backend_node_id: Option<i64>,
    /// The frame in it; in the role style.
    #[serde(rename = "frameId", default, skip_serializing_if = "Option::is_none")]
    pub frame_id: Option<String>,
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
    /// A selector or ref that leads nowhere is the caller's mistake, under the caller's name for it.
    fn named(&self, error: Error) -> Error {
        if error.code == Code::UnknownRef {
            return error.of("within");
        }
        let field = if self.frame.is_some() { "frame" } else { "selector" };
        if matches!(error.code, Code::ActOperationFailed | Code::ActInvalidRequest) {
            return Error::field(Code::InvalidRequest, field, error.message);
        }
        error
    }

    fn is_efficient(&self) -> bool {
        self.mode.as_deref() == Some("efficient")
    }

    fn format(&self) -> &'static str {
        match self.format.as_deref() {
            Some("aria") => "aria",
            Some("lean") => "lean",
            _ => "ai",
        }
    }

    fn keeps_ai(&self) -> bool {
        self.refs.as_deref() == Some("aria")
    }

    fn is_scoped(&self) -> bool {
        bits::said(self.selector.as_ref()).is_some() || bits::said(self.frame.as_ref()).is_some()
    }

    /// Any of these asks for the role style (contract 7.1).
    fn wants_roles(&self) -> bool {
        let filtered = self.interactive || self.compact || self.depth.is_some() || self.urls || self.labels;
        !self.keeps_ai() && (filtered || self.is_scoped() || self.is_efficient())
    }

    fn style(&self) -> Style {
        let efficient = self.is_efficient();
        let (interactive, compact) = (self.interactive || efficient, self.compact || efficient);
        let depth = self.depth.or(efficient.then_some(EFFICIENT_DEPTH));
        if self.format() == "lean" {
            return Style::Lean(LeanOptions { urls: self.urls });
        }
        if !self.wants_roles() {
            return Style::Ai(AiOptions { interactive, compact, depth });
        }
        let scoped = self.is_scoped();
        Style::Role(RoleOptions { interactive, compact, depth, urls: self.urls && !scoped, scoped })
    }

    fn options(&self) -> Result<SnapshotOptions, Error> {
        let wrong = |field: &str, message: String| Error::field(Code::InvalidRequest, field, message);
        if self.keeps_ai() && self.is_scoped() {
            let message = "refs=aria does not support selector/frame snapshots yet.";
            return Err(wrong("refs", message.to_owned()));
        }
        let within = bits::said(self.within.as_ref()).map(str::parse::<Reference>).transpose();
        let within = within.map_err(|error| Error::from(error).of("within"))?;
        if within.is_some() && self.is_scoped() {
            return Err(wrong("within", "within cannot be combined with selector or frame".to_owned()));
        }
        let find = bits::said(self.find.as_ref()).map(Find::parse).transpose();
        let find = find.map_err(|why| wrong("find", format!("find is not a regular expression: {why}")))?;
        let positive = |number: Option<usize>| number.filter(|number| *number > 0);
        let budget = Budget { chars: positive(self.budget), tokens: positive(self.max_tokens) };
        let default = if self.is_efficient() { EFFICIENT_CHARS } else { SNAPSHOT_CHARS };
        let default = if budget.is_set() { 0 } else { default };
        Ok(SnapshotOptions {
            style: self.style(),
            selector: bits::said(self.selector.as_ref()).map(str::to_owned),
            frame: bits::said(self.frame.as_ref()).map(str::to_owned),
            within,
            offset: self.offset.unwrap_or_default(),
            limit: positive(self.limit),
            find,
            viewport: self.viewport,
            fold: self.fold,
            links: self.urls && (self.keeps_ai() || self.is_scoped()),
            budget,
            max_chars: positive(Some(self.max_chars.unwrap_or(default))),
            delta: self.delta.then(|| positive(self.max_chars).unwrap_or(DELTA_CHARS)),
        })
    }
}

impl Snapshot {
    /// Data has no lines to fold, choose or count.
    fn check_aria(&self, options: &SnapshotOptions) -> Result<(), Error> {
        if self.is_efficient() || self.labels {
            let field = if self.labels { "labels" } else { "mode" };
            return Err(Error::field(Code::InvalidRequest, field, "labels/mode=efficient require format=ai"));
        }
        let of_lines = [
            ("find", options.find.is_some()),
            ("viewport", self.viewport),
            ("fold", self.fold),
            ("budget", options.budget.chars.is_some()),
            ("maxTokens", options.budget.tokens.is_some()),
            ("delta", self.delta),
            ("offset", options.offset > 0),
        ];
        match of_lines.iter().find(|(_, is_set)| *is_set) {
            Some((field, _)) => {
                let message = format!("{field} requires format=ai or format=lean");
                Err(Error::field(Code::InvalidRequest, field, message))
            }
            None => Ok(()),
        }
    }

    fn aria(&self, options: SnapshotOptions) -> AriaOptions {
        let (default, most) = ARIA_NODES;
        let SnapshotOptions { limit, selector, frame, within, .. } = options;
        AriaOptions { limit: limit.unwrap_or(default).min(most), selector, frame, within }
    }
}

impl SnapshotText {
    fn new(tab: &Tab, format: &str, rendered: Rendered) -> Self {
        let row = |entry: RefEntry| {
            let RefEntry { reference, role, name, nth, backend_node_id, frame_id } = entry;
            (reference, RefRow { role, name, nth, backend_node_id, frame_id })
        };
        let stats = rendered.stats;
        let Omitted { nodes, refs, rows } = rendered.omitted;
        let delta = rendered.delta.map(|delta| DeltaRow {
            added: delta.added,
            changed: delta.changed,
            moved: (delta.moved > 0).then_some(delta.moved),
            removed: delta.removed,
            whole: delta.is_whole,
        });
        Self {
            ok: true,
            format: format.to_owned(),
            target_id: tab.view.target_id.to_string(),
            url: tab.page().url(),
            browser_state: BrowserState::of(tab),
            image: None,
            snapshot: rendered.text,
            refs: rendered.refs.into_iter().map(row).collect(),
            stats: StatsRow {
                lines: stats.lines,
                chars: stats.chars,
                refs: stats.refs,
                interactive: stats.interactive,
            },
            new_elements: rendered.new_elements,
            delta,
            omitted: (nodes + rows > 0).then_some(OmittedRow { nodes, refs, rows }),
            truncated: rendered.truncated,
            warnings: tab.page().warnings(),
        }
    }
}

impl Operation for Snapshot {
    const NAME: &'static str = "snapshot";
    const ROUTE: Route = Route::Get("/snapshot");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window { default: 5_000, least: 500, most: 60_000 };
    const FORGIVES_TIMEOUT: bool = true;
    type On = Tab;
    type Output = Told;

    fn with_flags(self) -> Result<Self, String> {
        if !matches!(self.format.as_deref(), None | Some("ai" | "aria" | "lean")) {
            return Err("Invalid --format: expected aria or ai, or lean".to_owned());
        }
        if !matches!(self.mode.as_deref(), None | Some("efficient")) {
            return Err("Invalid --mode: expected efficient".to_owned());
        }
        let mode = if self.efficient { Some("efficient".to_owned()) } else { self.mode };
        Ok(Self { mode, efficient: false, ..self })
    }

    fn check(&self, _: &Service, _: &Scope) -> Result<(), Error> {
        let options = self.options()?;
        if self.format() == "aria" { self.check_aria(&options) } else { Ok(()) }
    }

    async fn run(self, tab: &Tab, deadline: Deadline) -> Result<Told, Error> {
        let (page, options, format) = (tab.page(), self.options()?, self.format());
        let told_of = async |error| {
            let error = page.explained(error).await;
            let mut error = self.named(Error::from(error).on(tab));
            error.blocked.iter_mut().for_each(|blocked| blocked.snapshot = Some(format));
            error
        };
        if format == "aria" {
            return match page.aria(&self.aria(options), deadline).await {
                Ok(nodes) => Ok(Told::Nodes(SnapshotNodes::new(tab, nodes))),
                Err(error) => Err(told_of(error).await),
            };
        }
        let rendered = match page.snapshot(&options, deadline).await {
            Ok(rendered) => rendered,
            Err(error) => return Err(told_of(error).await),
        };
        let mut image = None;
        if self.labels {
            let marked = page.labelled(&Screenshot::default(), rendered.refs.clone(), deadline).await;
            let (picture, labels) = match marked {
                Ok(marked) => marked,
                Err(error) => return Err(told_of(error).await),
            };
            let (image_path, image_type) =
                (keep(tab, &picture).await?, picture.picture_type.name().to_owned());
            image = Some(ImageRow { image_path, image_type, labels: labels.into() });
        }
        let told = SnapshotText::new(tab, format, rendered);
        let doubt = self.find.as_deref().and_then(Find::doubt);
        let warnings = doubt.into_iter().chain(told.warnings).collect();
        Ok(Told::Text(Box::new(SnapshotText { image, warnings, ..told })))
    }

    fn text(&self, told: &Told) -> String {
        match told {
            Told::Nodes(nodes) => nodes.text(),
            Told::Text(text) => match &text.image {
                Some(image) => format!("{}\n{}", text.snapshot, image.image_path),
                None => text.snapshot.clone(),
            },
        }
    }
}
