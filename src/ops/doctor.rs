//! `doctor`: whether a profile's browser can do its work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lifecycle::StatusReport;
use super::{Access, Error, OnProfile, Operation, Route, Window};
use crate::deadline::Deadline;
use crate::service::{Check, CheckStatus};

/// Checks whether a profile's browser can do its work, and says what mends it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(default)]
pub struct Doctor {
    /// Also take a snapshot; a browser is started and a tab opened when needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(long, num_args = 0, default_missing_value = "true")]
    pub deep: Option<bool>,
    /// The same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[arg(skip)]
    pub live: Option<bool>,
}

/// How a profile's browser is.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// No check failed.
    pub ok: bool,
    /// The profile.
    pub profile: String,
    /// How its browser is reached.
    pub transport: String,
    /// What was looked at, in order.
    pub checks: Vec<CheckRow>,
    /// The state of its browser.
    pub status: StatusReport,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRow {
    /// Its name for programs.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// `pass`, `warn`, `fail` or `info`.
    pub status: String,
    /// What is so.
    pub summary: String,
    /// What mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix_hint: Option<String>,
}

impl From<Check> for CheckRow {
    fn from(check: Check) -> Self {
        Self {
            id: check.id.to_owned(),
            label: check.label.to_owned(),
            status: check.status.as_str().to_owned(),
            summary: check.summary,
            fix_hint: check.fix_hint.map(str::to_owned),
        }
    }
}

impl Operation for Doctor {
    const NAME: &'static str = "doctor";
    const ROUTE: Route = Route::Get("/doctor");
    const ACCESS: Access = Access::Read;
    const WINDOW: Window = Window::START;
    type On = OnProfile;
    type Output = Diagnosis;

    async fn run(self, on: &OnProfile, deadline: Deadline) -> Result<Diagnosis, Error> {
        let deep = self.deep.or(self.live).unwrap_or_default();
        let checks = on.service.doctor(&on.profile, deep, deadline).await;
        Ok(Diagnosis {
            ok: checks.iter().all(|check| check.status != CheckStatus::Fail),
            profile: on.profile.name.to_string(),
            transport: on.profile.driver.transport().to_owned(),
            checks: checks.into_iter().map(Into::into).collect(),
            status: StatusReport::of(on, deadline).await,
        })
    }

    fn text(&self, diagnosis: &Diagnosis) -> String {
        let line = |check: &CheckRow| {
            let word = if check.status == "pass" { "OK".to_owned() } else { check.status.to_uppercase() };
            let hint = check.fix_hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("{word} {}: {}{hint}", check.id, check.summary)
        };
        diagnosis.checks.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
