//! What our layers cost on top of the raw protocol: the same question asked over CDP alone, through the operation
//! in this process, and through the control API; and the click, two flights, beside the same two flights sent raw.
//!
//! `cargo bench --bench call`. All figures come from one run on one browser, in turn (A B C A B C …), so that what
//! the machine does meanwhile falls on all of them alike. Ratios and differences are worth quoting, times are not.

use std::time::{Duration, Instant};

use openclaw::Deadline;
use openclaw::cdp::protocol::{DispatchMouseEvent, Evaluate};
use openclaw::cdp::{Call, Session};
use openclaw::instance::Environment;
use openclaw::ops::call::{self, Request, Verb};
use openclaw::serve::{Gateway, Options};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ROUNDS: usize = 1_000;
const PAGE: &str = "document.body.innerHTML = '<button id=b style=\"width:200px;height:80px\">Go</button>'";

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let bench = Bench::start(home.path()).await;
    bench.evaluate().await;
    bench.click().await;
    bench.gateway.stop().await;
}

struct Bench {
    gateway: Gateway,
    session: Session,
    target: String,
    token: String,
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

impl Bench {
    async fn start(home: &std::path::Path) -> Self {
        let token = "bench-token-0123456789abcdef0123456789abcdef".to_owned();
        let state = home.join(".openclaw");
        std::fs::create_dir_all(&state).expect("a state dir");
        let no_sandbox = rustix::process::getuid().is_root();
        let config = json!({
            "gateway": {"mode": "local", "port": 28_789, "auth": {"mode": "token", "token": token}},
            "browser": {"headless": true, "noSandbox": no_sandbox},
        });
        std::fs::write(state.join("openclaw.json"), config.to_string()).expect("a config");
        let environment = Environment::from_pairs([
            ("HOME", home.display().to_string()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("OPENCLAW_RUNTIME_DIR", home.join("runtime").display().to_string()),
        ]);
        let gateway = Gateway::start(&Options::default(), environment).await.expect("the gateway starts");
        let tab = ask(&gateway, "/tabs/open", json!({"url": "about:blank"})).await;
        let target = tab["targetId"].as_str().expect("a tab").to_owned();
        let profile = gateway.service().profile(None).expect("the default profile");
        let browser = gateway.service().running(&profile.name).expect("it runs").browser;
        let session = browser.find(&target).expect("the tab").page.session().clone();
        let bench = Self { gateway, session, target, token };
        bench.act(json!({"kind": "evaluate", "fn": PAGE})).await;
        bench
    }

    async fn act(&self, mut body: Value) -> Value {
        body["targetId"] = self.target.clone().into();
        ask(&self.gateway, "/act", body).await
    }

    /// The same evaluate: raw, as an operation, over HTTP.
    async fn evaluate(&self) {
        let raw = Call::of(&Evaluate::value("1+1", None));
        let body = json!({"kind": "evaluate", "fn": "1+1", "targetId": self.target}).to_string();
        let mut http = Http::connect(self.gateway.ports().control).await;
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let start = Instant::now();
            self.session.call(raw.clone(), soon()).await.expect("answered");
            times[0].push(start.elapsed());
            let start = Instant::now();
            self.act(json!({"kind": "evaluate", "fn": "1+1"})).await;
            times[1].push(start.elapsed());
            let start = Instant::now();
            http.post("/act", &body, &self.token).await;
            times[2].push(start.elapsed());
        }
        let [raw, operation, control] = times.map(p50);
        println!("evaluate p50   raw CDP {raw:?}   operation {operation:?}   control API {control:?}");
        println!("control API over raw CDP: {:?}", control.saturating_sub(raw));
    }

    /// A click by ref, beside its two flights sent raw.
    async fn click(&self) {
        let told = call::answer(self.gateway.service(), request(Verb::Get, "/snapshot", Value::Null)).await;
        let reference = told.body["refs"].as_object().and_then(|refs| {
            refs.iter().find(|(_, row)| row["role"] == "button").map(|(reference, _)| reference.clone())
        });
        let body = json!({"kind": "click", "ref": reference.expect("a button")});
        let aim = Call::of(&Evaluate::value(
            "(() => { const b = document.getElementById('b'); const r = b.getBoundingClientRect(); \
             const hit = document.elementFromPoint(r.x + 9, r.y + 9) === b; return {x: r.x + 9, y: r.y + 9, hit} })()",
            None,
        ));
        let mouse = |r#type, buttons, click_count| {
            Call::of(&DispatchMouseEvent {
                r#type,
                x: 60.0,
                y: 40.0,
                modifiers: 0,
                button: "left",
                buttons,
                click_count,
            })
        };
        let press = [mouse("mouseMoved", 0, 0), mouse("mousePressed", 1, 1), mouse("mouseReleased", 0, 1)];
        let mut times = [const { Vec::new() }; 2];
        let connection = self.session.connection();
        let before = connection.traffic();
        assert_eq!(self.act(body.clone()).await["ok"], true);
        let after = connection.traffic();
        println!(
            "a click is {} flights of {} messages",
            after.flights - before.flights,
            after.sent - before.sent
        );
        for _ in 0..ROUNDS / 5 {
            let start = Instant::now();
            self.session.call(aim.clone(), soon()).await.expect("answered");
            for reply in self.session.flight(press.clone(), soon()).await.expect("written") {
                reply.expect("answered");
            }
            times[0].push(start.elapsed());
            let start = Instant::now();
            assert_eq!(self.act(body.clone()).await["ok"], true);
            times[1].push(start.elapsed());
        }
        let [raw, click] = times.map(p50);
        let ratio = click.as_secs_f64() / raw.as_secs_f64();
        println!("click p50      two raw flights {raw:?}   operation {click:?}   ratio {ratio:.2}");
    }
}

fn p50(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn request(verb: Verb, path: &str, body: Value) -> Request {
    Request { verb, path: path.to_owned(), query: Map::new(), body, timeout_ms: None }
}

async fn ask(gateway: &Gateway, path: &str, body: Value) -> Value {
    let answer = call::answer(gateway.service(), request(Verb::Post, path, body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// A keep-alive connection to the control API, as thin as a client can be.
struct Http(TcpStream);

impl Http {
    async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        stream.set_nodelay(true).expect("a TCP socket");
        Self(stream)
    }

    async fn post(&mut self, path: &str, body: &str, token: &str) {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.0.write_all(request.as_bytes()).await.expect("written");
        let mut read = Vec::new();
        let mut buffer = [0; 4096];
        // The answers are small: headers and body come in one piece or two.
        while !is_whole(&read) {
            let count = self.0.read(&mut buffer).await.expect("read");
            assert!(count > 0, "the control API hung up");
            read.extend_from_slice(&buffer[..count]);
        }
        assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read));
    }
}

fn is_whole(read: &[u8]) -> bool {
    let text = String::from_utf8_lossy(read).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.trim().parse::<usize>().ok()).is_some_and(|length| body.len() >= length)
}
