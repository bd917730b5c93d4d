//! What benches of operations start from: a gateway in this process, a browser, one tab, and its raw channel.

use std::path::Path;
use std::time::Duration;

use openclaw::cdp::Session;
use openclaw::instance::Environment;
use openclaw::ops::call::{self, Request, Verb};
use openclaw::serve::{Gateway, Options};
use serde_json::{Map, Value, json};

/// The gateway's secret.
pub(crate) const TOKEN: &str = "bench-token-0123456789abcdef0123456789abcdef";

/// A gateway with one blank tab.
pub(crate) struct House {
    /// The gateway.
    pub(crate) gateway: Gateway,
    /// The tab's raw channel.
    pub(crate) session: Session,
    /// The tab's target id.
    pub(crate) target: String,
}

impl House {
    /// Starts it with its files in a folder, on this base port.
    pub(crate) async fn start(home: &Path, base: u16) -> Self {
        let gateway = gateway(home, base, json!({})).await;
        let tab = ask(&gateway, Verb::Post, "/tabs/open", Map::new(), json!({"url": "about:blank"})).await;
        let target = tab["targetId"].as_str().expect("a tab").to_owned();
        let profile = gateway.service().profile(None).expect("the default profile");
        let browser = gateway.service().running(&profile.name).expect("it runs").browser;
        let session = browser.find(&target).expect("the tab").page.session().clone();
        Self { gateway, session, target }
    }

    /// Asks an operation, which must succeed.
    pub(crate) async fn ask(&self, verb: Verb, path: &str, query: Map<String, Value>, body: Value) -> Value {
        ask(&self.gateway, verb, path, query, body).await
    }
}

/// A gateway without a browser, with these settings of `browser.pool`.
pub(crate) async fn gateway(home: &Path, base: u16, pool: Value) -> Gateway {
    let state = home.join(".openclaw");
    std::fs::create_dir_all(&state).expect("a state dir");
    let config = json!({
        "gateway": {"mode": "local", "port": base, "auth": {"mode": "token", "token": TOKEN}},
        "browser": {
            "headless": true,
            "noSandbox": rustix::process::getuid().is_root(),
            "ssrfPolicy": {"dangerouslyAllowPrivateNetwork": true},
            "pool": pool,
        },
    });
    std::fs::write(state.join("openclaw.json"), config.to_string()).expect("a config");
    let environment = Environment::from_pairs([
        ("HOME", home.display().to_string()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("OPENCLAW_RUNTIME_DIR", home.join("runtime").display().to_string()),
    ]);
    Gateway::start(&Options::default(), environment).await.expect("the gateway starts")
}

/// Asks an operation of a gateway, which must succeed.
pub(crate) async fn ask(
    gateway: &Gateway,
    verb: Verb,
    path: &str,
    query: Map<String, Value>,
    body: Value,
) -> Value {
    let request = Request { verb, path: path.to_owned(), query, body, unread: Vec::new(), timeout_ms: None };
    let answer = call::answer(gateway.service(), request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The one in the middle.
pub(crate) fn p50(times: Vec<Duration>) -> Duration {
    quantile(times, 50)
}

/// The one that so many of a hundred do not exceed.
pub(crate) fn quantile(mut times: Vec<Duration>, of_hundred: usize) -> Duration {
    times.sort();
    times[(times.len() * of_hundred / 100).min(times.len() - 1)]
}
