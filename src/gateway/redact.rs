//! `config.get`: the config file as clients may see it, without its secrets.
//! It must not know what the settings mean; a key that sounds like a secret is one.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::OnceLock;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::CstRootNode;
use serde_json::{Value, json};
use url::Url;

/// What stands in a secret's place; the existing clients know it and never write it back.
const REDACTED: &str = "__OPENCLAW_REDACTED__";
/// Words of keys that hold secrets.
const SECRET_WORDS: &[&str] = &["token", "password", "secret", "credential", "authorization", "cookie"];

/// The payload of `config.get` for the file at `path`.
pub(super) fn config(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).ok();
    let parsed = text.as_deref().map(parse).transpose();
    let (config, issues) = match parsed {
        Ok(config) => (redacted(config.unwrap_or_else(|| json!({}))), json!([])),
        // The parser's sentence quotes no value, only the place.
        Err(message) => (json!({}), json!([{ "path": "", "message": message }])),
    };
    json!({
        "path": path.to_string_lossy(),
        "exists": text.is_some(),
        "valid": issues.as_array().is_some_and(Vec::is_empty),
        "hash": text.as_deref().map(hash),
        "raw": null,
        "parsed": &config,
        "config": config,
        "issues": issues,
        "warnings": [],
        "legacyIssues": [],
    })
}

fn parse(text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match CstRootNode::parse(text, &ParseOptions::default()) {
        Ok(root) => Ok(root.to_serde_value().unwrap_or_else(|| json!({}))),
        // Only the kind and the place: the full text of the error quotes the file.
        Err(error) => {
            let (line, column) = (error.line_display(), error.column_display());
            Err(format!("{} at line {line}, column {column}", error.kind()))
        }
    }
}

/// An opaque mark of the file's text. Keyed anew by each process, so that it tells nothing about secrets in the text.
fn hash(text: &str) -> String {
    static KEY: OnceLock<RandomState> = OnceLock::new();
    let key = KEY.get_or_init(RandomState::new);
    format!("siphash:v1:{:016x}{:016x}", key.hash_one(text), key.hash_one((text, 1_u8)))
}

fn redacted(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| {
                let value = if is_secret(&key) { hidden(value) } else { redacted(value) };
                (key, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(redacted).collect(),
        Value::String(text) => Value::String(without_secrets(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "");
    key.ends_with("key") || SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// Hides what a key with a secret's name holds: texts at any depth, but not numbers such as `maxTokens`.
fn hidden(value: Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => Value::String(text),
        Value::String(_) => REDACTED.into(),
        Value::Object(entries) => entries.into_iter().map(|(key, value)| (key, hidden(value))).collect(),
        Value::Array(items) => items.into_iter().map(hidden).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// A URL without its user, password and query, which carry keys of hosted browsers; other texts as they are.
fn without_secrets(text: String) -> String {
    if !text.contains("://") {
        return text;
    }
    match Url::parse(&text) {
        Ok(url) if url.username().is_empty() && url.password().is_none() && url.query().is_none() => text,
        Ok(mut url) => {
            let has_user = !url.username().is_empty() || url.password().is_some();
            // These fail only for URLs that have no host, which cannot have a user either.
            if has_user && (url.set_username(REDACTED).is_err() || url.set_password(None).is_err()) {
                return REDACTED.to_owned();
            }
            if url.query().is_some() {
                url.set_query(Some(REDACTED));
            }
            url.into()
        }
        Err(_) => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_stays() {
        let text = r#"{
            // a comment
            gateway: { port: 18789, auth: { mode: "token", token: "tok-12345" } },
            agents: { maxTokens: 5, apiKey: "k", "api-key": "k", KEY: "k" },
            hooks: { tokens: ["tok-12345", { a: "tok-12345" }] },
            browser: { profiles: { a: { cdpUrl: "wss://me:tok-12345@h.example/x?token=tok-12345", cdpPort: 1 } } },
        }"#;
        let shown = redacted(parse(text).unwrap());
        assert!(!shown.to_string().contains("tok-12345"), "{shown}");
        assert_eq!(shown["gateway"]["auth"], json!({ "mode": "token", "token": REDACTED }));
        assert_eq!(shown["gateway"]["port"], 18789);
        assert_eq!(
            shown["agents"],
            json!({ "maxTokens": 5, "apiKey": REDACTED, "api-key": REDACTED, "KEY": REDACTED })
        );
        let url = &shown["browser"]["profiles"]["a"]["cdpUrl"];
        assert_eq!(url, &format!("wss://{REDACTED}@h.example/x?{REDACTED}"));
    }

    #[test]
    fn a_file_that_is_missing_or_broken_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("openclaw.json");
        let missing = config(&path);
        assert_eq!(
            (&missing["exists"], &missing["valid"], &missing["hash"]),
            (&json!(false), &json!(true), &json!(null))
        );
        std::fs::write(&path, "{ gateway: { auth: { token: 'tok-12345' } }").unwrap();
        let broken = config(&path);
        assert_eq!((&broken["exists"], &broken["valid"]), (&json!(true), &json!(false)));
        assert!(!broken.to_string().contains("tok-12345"), "{broken}");
        std::fs::write(&path, "{ gateway: { auth: { token: 'tok-12345' } } }").unwrap();
        let (one, two) = (config(&path), config(&path));
        assert_eq!((&one["valid"], &one["hash"]), (&json!(true), &two["hash"]));
    }
}
