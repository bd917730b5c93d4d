//! A house: one gateway in this process, with folders and ports of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::Duration;

use openclaw::instance::Environment;
use openclaw::serve::{Gateway, Options};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// A gateway that is all a test's own, or the one that most tests share.
pub struct House {
    /// Its home directory; state is in `.openclaw`.
    pub home: PathBuf,
    /// Its base port.
    pub base: u16,
    /// Its secret.
    pub token: String,
    /// The gateway; taken out by [`House::stop`].
    pub gateway: Option<Gateway>,
    client: reqwest::Client,
}

/// What the control API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must be a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status and error text of an answer that must be a failure.
    #[track_caller]
    pub fn error(&self) -> (u16, &str) {
        assert_ne!(self.status, 200, "{}", self.body);
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }

    /// The wire code of a failure.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// The browser section that tests run with: no window, private addresses allowed, no sandbox for root.
pub fn browser_section() -> Value {
    json!({
        "headless": true,
        "noSandbox": is_root(),
        "ssrfPolicy": {"dangerouslyAllowPrivateNetwork": true},
    })
}

/// Chromium's sandbox does not work for root.
pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// A new empty folder for one test; what earlier processes left is swept out.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    if NEXT.load(Ordering::Relaxed) == 0 {
        for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap_or_default();
            let pid = name.strip_prefix("it-").and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
            if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
                std::fs::remove_dir_all(entry.path()).ok();
            }
        }
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = all.join(format!("it-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// A base port whose family is free, far from those that other tests got.
pub fn free_base() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let start = u16::try_from(std::process::id() % 60).expect("small");
        // Below the ephemeral range, in steps that keep whole families apart.
        let base = 12_000 + ((start + step) % 150) * 130;
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if [0, 2, 4, 11].into_iter().all(|distance| free(base + distance)) {
            return base;
        }
    }
}

impl House {
    /// The house that tests share; each works in tabs of its own.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<House> = OnceCell::const_new();
        SHARED.get_or_init(|| Self::with(json!({}))).await
    }

    /// A house of its own, with these sections over those that all tests have.
    pub async fn with(sections: Value) -> Self {
        let home = folder();
        let base = free_base();
        Self::at(home, base, sections).await
    }

    /// A house at a place and base port.
    pub async fn at(home: PathBuf, base: u16, sections: Value) -> Self {
        let mut house = Self::empty_at(home, base, sections);
        house.start().await;
        house
    }

    /// A house with its config written and no gateway in it yet: for the built program, or for [`House::start`].
    pub fn empty(sections: Value) -> Self {
        Self::empty_at(folder(), free_base(), sections)
    }

    /// The same at a place and base port.
    pub fn empty_at(home: PathBuf, base: u16, sections: Value) -> Self {
        let token = write_config(&home, base, sections);
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(90)).build();
        Self { home, base, token, gateway: None, client: client.expect("a client") }
    }

    /// Starts the gateway in this process.
    pub async fn start(&mut self) {
        let gateway = Gateway::start(&Options::default(), environment(&self.home)).await;
        self.gateway = Some(gateway.expect("the gateway starts"));
    }

    /// Starts it with a registry that other houses share.
    pub async fn start_beside(&mut self, registry: &Path) {
        let pairs = [("HOME", self.home.as_path()), ("OPENCLAW_RUNTIME_DIR", registry)];
        let pairs = pairs.map(|(name, path)| (name, path.to_str().expect("a plain path").to_owned()));
        let path = ("PATH", std::env::var("PATH").unwrap_or_default());
        let environment = Environment::from_pairs(pairs.into_iter().chain([path]));
        let gateway = Gateway::start(&Options::default(), environment).await;
        self.gateway = Some(gateway.expect("the gateway starts"));
    }

    /// A file of the state dir.
    pub fn state(&self, name: &str) -> PathBuf {
        self.home.join(".openclaw").join(name)
    }

    /// The control API's address.
    pub fn control(&self) -> String {
        format!("http://127.0.0.1:{}", self.base + 2)
    }

    /// The gateway, while it runs.
    pub fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().expect("it runs")
    }

    /// `GET path`, with the token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.client.get(format!("{}{path}", self.control()))).await
    }

    /// `POST path` with a JSON body, with the token.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.client.post(format!("{}{path}", self.control())).json(&body)).await
    }

    /// `DELETE path`, with the token.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.client.delete(format!("{}{path}", self.control()))).await
    }

    /// A client without any headers of ours.
    pub fn bare(&self) -> &reqwest::Client {
        &self.client
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.bearer_auth(&self.token).send().await.expect("the control API answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Opens a URL in a tab of this test's own.
    pub async fn open(&self, url: &str) -> Tab<'_> {
        let tab = self.post("/tabs/open", json!({"url": url})).await.ok();
        let id = tab["targetId"].as_str().expect("a target id").to_owned();
        let close = self.client.delete(format!("{}/tabs/{id}", self.control())).bearer_auth(&self.token);
        Tab { house: self, id, _closing: Closing(Some(close)) }
    }

    /// Stops the gateway in order.
    pub async fn stop(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await;
        }
    }
}

/// The environment of a house: nothing of the machine's but the PATH.
pub fn environment(home: &Path) -> Environment {
    Environment::from_pairs([
        ("HOME", home.to_str().expect("a plain path").to_owned()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("OPENCLAW_RUNTIME_DIR", runtime_dir(home).display().to_string()),
    ])
}

/// The host registry of a house; tests that want two instances to know each other put it elsewhere.
pub fn runtime_dir(home: &Path) -> PathBuf {
    home.join("runtime")
}

/// Writes a house's config and yields its token.
pub fn write_config(home: &Path, base: u16, sections: Value) -> String {
    let token = format!("{:048x}", u128::from(base) * 0x9e37_79b9_7f4a_7c15);
    let mut config = json!({
        "gateway": {"mode": "local", "port": base, "auth": {"mode": "token", "token": token}},
        "browser": browser_section(),
    });
    merge(&mut config, sections);
    let state = home.join(".openclaw");
    std::fs::create_dir_all(&state).expect("a state dir");
    let path = state.join("openclaw.json");
    std::fs::write(&path, config.to_string()).expect("the config is written");
    private(&state, 0o700);
    private(&path, 0o600);
    token
}

fn private(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own file");
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                // Null takes a key away that all tests have.
                if value.is_null() {
                    into.remove(&key);
                    continue;
                }
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// A tab of one test.
pub struct Tab<'a> {
    /// Where it is open.
    pub house: &'a House,
    /// Its target id.
    pub id: String,
    _closing: Closing,
}

/// A tab ends with its test, so that the tabs of all tests never add up.
struct Closing(Option<reqwest::RequestBuilder>);

impl Drop for Closing {
    fn drop(&mut self) {
        if let (Some(close), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(close.send());
        }
    }
}

impl Tab<'_> {
    /// `POST /act` on this tab.
    pub async fn act(&self, mut body: Value) -> Answer {
        body["targetId"] = self.id.clone().into();
        self.house.post("/act", body).await
    }

    /// The snapshot's text; `query` such as `interactive=true`.
    pub async fn snapshot(&self, query: &str) -> String {
        let answer = self.house.get(&format!("/snapshot?targetId={}&{query}", self.id)).await.ok();
        answer["snapshot"].as_str().expect("a snapshot").to_owned()
    }

    /// The ref on the snapshot line that holds these words.
    pub async fn find(&self, words: &str) -> String {
        let text = self.snapshot("").await;
        let line = text.lines().find(|line| line.contains(words));
        let line = line.unwrap_or_else(|| panic!("no line with {words:?} in\n{text}"));
        let start = line.find("[ref=").unwrap_or_else(|| panic!("no ref in {line:?}")) + 5;
        line[start..].split(']').next().expect("a ref").to_owned()
    }

    /// What JavaScript yields on the page.
    pub async fn eval(&self, script: &str) -> Value {
        self.act(json!({"kind": "evaluate", "fn": script})).await.ok()["result"].clone()
    }

    /// `POST /navigate` on this tab.
    pub async fn navigate(&self, url: &str) -> Answer {
        self.house.post("/navigate", json!({"url": url, "targetId": self.id})).await
    }
}
