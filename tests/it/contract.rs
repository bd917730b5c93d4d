//! The contract, row by row: a line of `tests/contract/*.jsonl` is a call of the control API and what it must answer.
//! Rows of a file are called in order, on one browser; all that fail are told. What is refused or warned of over HTTP
//! must be told in the same words by the gateway.
//!
//! In strings, `{site}`, `{home}`, `{raw}` (the tab's target id), `{ref:NAME}` and what earlier rows saved are filled in.
//! An expected body may say less than the answer. `"<string>"`, `"<number>"`, `"<bool>"`, `"<id>"`, `"<time>"`,
//! `"<any>"` stand for a value of that kind, `"<absent>"` for none, `"~x"` for a text that holds x; `{"<each>": row}` and
//! `{"<some>": row}` for lists.

use std::collections::BTreeMap;
use std::time::Duration;

use openclaw::Deadline;
use openclaw::auth::{Credential, Token};
use openclaw::gateway::client::{Client, RequestError, Target};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, run};

/// One row of the contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// What it is about.
    row: String,
    /// A page to open in the tab before.
    page: Option<String>,
    /// The tab that the call names where it names none itself; empty for none.
    tab: Option<String>,
    /// Method and path with query.
    call: String,
    /// The body.
    with: Option<Value>,
    #[serde(default = "fine")]
    status: u16,
    code: Option<String>,
    error: Option<String>,
    field: Option<String>,
    reason: Option<String>,
    /// A field that a warning must name.
    warns: Option<String>,
    /// What was waited for comes once: the gateway is not asked the same.
    #[serde(default)]
    once: bool,
    /// What the answer must hold.
    body: Option<Value>,
    /// A script, and what it must yield on the page afterwards.
    then: Option<(String, Value)>,
    /// Names for values of the answer: `{"name": "/pointer"}`.
    #[serde(default)]
    save: BTreeMap<String, String>,
}

fn fine() -> u16 {
    200
}

/// A browser that rows are called on.
struct Lab {
    house: House,
    site: Site,
    /// The tab that rows mean, when there is one.
    tab: Option<String>,
    saved: BTreeMap<String, String>,
    gateway: Client,
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}

impl Lab {
    async fn new(sections: Value) -> Self {
        let (house, site) = (House::with(sections).await, Site::new().await);
        site.page(
            "/two.html",
            "<h1>Second</h1><a href=/contract.html>Back</a><p>two<button>Two button</button>",
        );
        site.page("/alert.html", "<script>alert('load alert')</script>after");
        site.file("/file.txt", Some("report.txt"), b"report");
        site.file("/file.bin", Some("file.bin"), b"bin");
        let uploads = house.state("media/uploads");
        std::fs::create_dir_all(&uploads).unwrap();
        for name in ["up.txt", "up2.txt"] {
            std::fs::write(uploads.join(name), name).unwrap();
        }
        let saved = BTreeMap::from([
            ("site".to_owned(), site.url("")),
            ("home".to_owned(), house.home.display().to_string()),
            ("cdp".to_owned(), (house.base + 11).to_string()),
        ]);
        let token = Credential::Token(Token::parse(&house.token).unwrap());
        let target = Target::new(format!("ws://127.0.0.1:{}", house.base), token);
        let gateway = Client::connect(&target, soon()).await.unwrap();
        Self { house, site, tab: None, saved, gateway }
    }

    /// Opens the tab that rows mean.
    async fn open(&mut self) {
        let opened = self.house.post("/tabs/open", json!({"url": "about:blank", "label": "lab"})).await.ok();
        self.saved.insert("raw".to_owned(), opened["targetId"].as_str().unwrap().to_owned());
        self.tab = Some("lab".to_owned());
    }

    /// Calls the rows of a file; yields what was wrong.
    async fn check(&mut self, file: &str) -> Vec<String> {
        let path = format!("{}/tests/contract/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut wrong = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let row: Row = serde_json::from_str(line).unwrap_or_else(|e| panic!("{file}: {e}: {line}"));
            let name = row.row.clone();
            let found = self.call(row).await;
            wrong.extend(found.into_iter().map(|what| format!("{file}: {name}: {what}")));
        }
        wrong
    }

    async fn call(&mut self, row: Row) -> Vec<String> {
        if let Some(page) = &row.page {
            let to = json!({"url": self.site.url(page), "targetId": self.tab});
            let there = self.house.post("/navigate", to).await;
            if there.status != 200 {
                return vec![format!("{page} does not open: {}", there.body)];
            }
        }
        let call = self.fill(&row.call).await;
        let with = self.fill_all(row.with.unwrap_or_else(|| json!({}))).await;
        let (method, path) = call.split_once(' ').unwrap();
        let tab = row.tab.or_else(|| self.tab.clone()).filter(|tab| !tab.is_empty());
        let answer = self.send(method, path, with.clone(), tab.clone()).await;
        let mut wrong = self.differences(&answer, &row.status, &row.body).await;
        let texts = [("code", row.code), ("error", row.error), ("field", row.field), ("reason", row.reason)];
        for (key, expected) in texts {
            if let Some(expected) = expected {
                let expected = self.fill(&expected).await;
                compare(key, &expected.into(), answer.body.get(key), &mut wrong);
            }
        }
        if let Some(field) = row.warns {
            let told = answer.body["warnings"].to_string();
            if !told.contains(&format!("\\\"{field}\\\"")) {
                wrong.push(format!("no warning names {field}: {told}"));
            }
        }
        // Such a call changes nothing, or nothing more.
        if !row.once && ((400..500).contains(&answer.status) || answer.body.get("warnings").is_some()) {
            let told = self.ask_gateway(method, path, with, tab).await;
            let words = |body: &Value| {
                body["error"].as_str().map(|said| said.split(" Waited").next().map(str::to_owned))
            };
            let same = |key| told.get(key) == answer.body.get(key);
            if words(&told) != words(&answer.body) || !["code", "field", "warnings"].into_iter().all(same) {
                wrong.push(format!("the gateway says {}", cut(&told.to_string())));
            }
        }
        for (name, pointer) in row.save {
            match answer.body.pointer(&pointer).and_then(Value::as_str) {
                Some(value) => {
                    // A prefix names a tab, too, whatever its case.
                    self.saved.insert(format!("{name}6"), value.chars().take(6).collect());
                    self.saved.insert(
                        format!("{name}low"),
                        value.chars().take(8).collect::<String>().to_lowercase(),
                    );
                    self.saved.insert(name, value.to_owned());
                }
                None => wrong.push(format!("nothing at {pointer}")),
            }
        }
        if let Some((script, expected)) = row.then {
            let body = json!({"kind": "evaluate", "fn": script, "targetId": self.tab});
            let said = self.house.post("/act", body).await;
            compare(&script, &expected, said.body.get("result"), &mut wrong);
        }
        if wrong.is_empty() {
            return wrong;
        }
        vec![format!("{}\n    {} {}", wrong.join("; "), answer.status, cut(&answer.body.to_string()))]
    }

    async fn differences(&mut self, answer: &Answer, status: &u16, body: &Option<Value>) -> Vec<String> {
        let mut wrong = Vec::new();
        if answer.status != *status {
            wrong.push(format!("status is not {status}"));
        }
        if answer.status >= 400 {
            for key in ["error", "code", "nextStep"] {
                compare(key, &"<string>".into(), answer.body.get(key), &mut wrong);
            }
        }
        if let Some(body) = body {
            let body = self.fill_all(body.clone()).await;
            compare("body", &body, Some(&answer.body), &mut wrong);
        }
        wrong
    }

    /// The same call over the gateway: the answer, or the details of the failure.
    async fn ask_gateway(&mut self, method: &str, path: &str, with: Value, tab: Option<String>) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut query: Map<String, Value> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(key, value)| (key.into_owned(), value.into_owned().into()))
            .collect();
        if let Some(tab) = tab.filter(|_| with.get("targetId").is_none()) {
            query.entry("targetId").or_insert(tab.into());
        }
        let params = json!({"method": method, "path": path, "query": query, "body": with});
        match self.gateway.request("browser.request", params, soon()).await {
            Ok(answer) => answer,
            Err(RequestError::Refused { details, .. }) => *details,
            Err(error) => error.to_string().into(),
        }
    }

    async fn send(&self, method: &str, path: &str, mut with: Value, tab: Option<String>) -> Answer {
        let names_one = path.contains("targetId=") || with.get("targetId").is_some();
        let tab = tab.filter(|_| !names_one);
        let separator = if path.contains('?') { '&' } else { '?' };
        let in_query =
            tab.as_ref().map_or_else(|| path.to_owned(), |tab| format!("{path}{separator}targetId={tab}"));
        match method {
            "GET" => self.house.get(&in_query).await,
            "DELETE" => self.house.delete(&in_query).await,
            "POST" => {
                if let (Some(tab), Value::Object(with)) = (tab, &mut with) {
                    with.insert("targetId".to_owned(), tab.into());
                }
                self.house.post(path, with).await
            }
            _ => panic!("{method} {path}"),
        }
    }

    /// Puts what is known into a text.
    async fn fill(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        while let Some(start) = text.find("{ref:") {
            let end = start + text[start..].find('}').unwrap();
            let reference = self.reference(&text[start + 5..end]).await;
            text.replace_range(start..=end, &reference);
        }
        self.saved.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    async fn fill_all(&mut self, value: Value) -> Value {
        let text = value.to_string();
        if !text.contains('{') {
            return value;
        }
        match value {
            Value::String(text) => self.fill(&text).await.into(),
            Value::Array(list) => {
                let mut filled = Vec::new();
                for value in list {
                    filled.push(Box::pin(self.fill_all(value)).await);
                }
                filled.into()
            }
            Value::Object(map) => {
                let mut filled = Map::new();
                for (key, value) in map {
                    filled.insert(key, Box::pin(self.fill_all(value)).await);
                }
                filled.into()
            }
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
        }
    }

    /// The ref of the first element of that name.
    async fn reference(&self, name: &str) -> String {
        let path = format!("/snapshot?maxChars=39999&targetId={}", self.tab.as_deref().unwrap());
        let text = self.house.get(&path).await.ok()["snapshot"].as_str().unwrap().to_owned();
        let line_with =
            |words: &str| text.lines().find(|line| line.contains(words) && line.contains("[ref="));
        let line = line_with(&format!("\"{name}\"")).or_else(|| line_with(name));
        // A row that acts on this fails and tells it.
        line.map_or_else(
            || format!("no {name:?}"),
            |line| {
                line.split(['=', ']']).skip_while(|part| !part.ends_with("[ref")).nth(1).unwrap().to_owned()
            },
        )
    }
}

/// Compares a value with what is expected of it.
fn compare(at: &str, expected: &Value, found: Option<&Value>, wrong: &mut Vec<String>) {
    if expected == "<absent>" {
        if let Some(found) = found {
            wrong.push(format!("{at} is {}", cut(&found.to_string())));
        }
        return;
    }
    let Some(found) = found else {
        wrong.push(format!("{at} is missing"));
        return;
    };
    match (expected, found) {
        (Value::Object(pattern), Value::Array(list)) if pattern.contains_key("<each>") => {
            if list.is_empty() {
                wrong.push(format!("{at} is empty"));
            }
            for (place, value) in list.iter().enumerate() {
                compare(&format!("{at}[{place}]"), &pattern["<each>"], Some(value), wrong);
            }
        }
        (Value::Object(pattern), Value::Array(list)) if pattern.contains_key("<some>") => {
            let fits = |value: &&Value| {
                let mut wrong = Vec::new();
                compare(at, &pattern["<some>"], Some(value), &mut wrong);
                wrong.is_empty()
            };
            if list.iter().find(fits).is_none() {
                wrong.push(format!("none of {at} is {}", pattern["<some>"]));
            }
        }
        (Value::Object(pattern), Value::Object(map)) => {
            for (key, expected) in pattern {
                compare(&format!("{at}.{key}"), expected, map.get(key), wrong);
            }
        }
        (Value::Array(pattern), Value::Array(list)) if pattern.len() == list.len() => {
            for (place, (expected, value)) in pattern.iter().zip(list).enumerate() {
                compare(&format!("{at}[{place}]"), expected, Some(value), wrong);
            }
        }
        (expected, found) if !is_like(expected, found) => {
            wrong.push(format!("{at} is {}, not {expected}", cut(&found.to_string())));
        }
        _ => {}
    }
}

fn is_like(expected: &Value, found: &Value) -> bool {
    let text = found.as_str().unwrap_or_default();
    match expected.as_str() {
        Some("<any>") => true,
        Some("<string>") => !text.is_empty(),
        Some("<number>") => found.is_number(),
        Some("<bool>") => found.is_boolean(),
        Some("<id>") => text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        Some("<time>") => text.len() == 24 && text.as_bytes()[10] == b'T' && text.ends_with('Z'),
        Some(pattern) => pattern.strip_prefix('~').map_or(text == pattern, |part| text.contains(part)),
        None => expected == found || (expected.as_f64().is_some() && expected.as_f64() == found.as_f64()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(400).collect()
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} rows are not as in the contract:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lifecycle_profiles_and_tabs_are_those_of_the_contract() {
    run(async {
        let mut lab = Lab::new(json!({})).await;
        let mut wrong = lab.check("stopped").await;
        wrong.extend(lab.check("tabs").await);
        wrong.extend(lab.check("profiles").await);
        lab.house.stop().await;
        assert_none(&wrong);
    });
}

#[test]
fn acts_are_those_of_the_contract() {
    run(async {
        let mut lab = Lab::new(json!({})).await;
        lab.open().await;
        let mut wrong = lab.check("act").await;
        wrong.extend(lab.check("batch").await);
        lab.house.stop().await;
        assert_none(&wrong);
    });
}

#[test]
fn snapshots_and_page_routes_are_those_of_the_contract() {
    run(async {
        let mut lab = Lab::new(json!({})).await;
        lab.open().await;
        let mut wrong = lab.check("snapshot").await;
        wrong.extend(lab.check("pages").await);
        wrong.extend(lab.check("watched").await);
        lab.house.stop().await;
        assert_none(&wrong);
    });
}

#[test]
fn scripts_can_be_forbidden_as_in_the_contract() {
    run(async {
        let mut lab = Lab::new(json!({"browser": {"evaluateEnabled": false}})).await;
        let wrong = lab.check("no_scripts").await;
        lab.house.stop().await;
        assert_none(&wrong);
    });
}
