//! What our layers cost on top of the raw protocol: the same question asked over CDP alone, through the operation
//! in this process, and through the control API; and the click, two flights, beside two flights sent raw: one that looks
//! where the button is and one of input, without and with a question in it that is answered as late as the click's own.
//! A click that nothing came of lets the browser tell first of a file that it may have asked for: both are measured.
//!
//! `cargo bench --bench call`. All figures come from one run on one browser, in turn (A B C A B C …), so that what
//! the machine does meanwhile falls on all of them alike. Ratios and differences are worth quoting, times are not.

use std::time::{Duration, Instant};

use openclaw::Deadline;
use openclaw::cdp::Call;
use openclaw::cdp::protocol::{DispatchMouseEvent, Evaluate};
use openclaw::ops::call::Verb;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use support::{House, TOKEN, p50};

mod support;

const ROUNDS: usize = 1_000;
const PAGE: &str = "document.body.innerHTML = '<button id=b style=\"width:200px;height:80px\">Go</button>'; \
    globalThis.released = 0; addEventListener('pointerup', () => released++, true)";
/// Settles two tasks after the mouse was let go, which is as early as it can be known what a click did.
const HANDLED: &str = "new Promise((done) => released > 0 ? done() : addEventListener('pointerup', done, { once: true, capture: true }))
    .then(() => scheduler.postTask(() => {})).then(() => scheduler.postTask(() => {}))";

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let bench = Bench::start(home.path()).await;
    bench.evaluate().await;
    bench
        .click("that changes something", "this.title = (globalThis.clicks = (globalThis.clicks ?? 0) + 1)")
        .await;
    bench.click("that nothing comes of", "").await;
    bench.house.gateway.stop().await;
}

struct Bench {
    house: House,
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

impl Bench {
    async fn start(home: &std::path::Path) -> Self {
        let bench = Self { house: House::start(home, 28_789).await };
        bench.act(json!({"kind": "evaluate", "fn": PAGE})).await;
        bench
    }

    async fn act(&self, mut body: Value) -> Value {
        body["targetId"] = self.house.target.clone().into();
        self.house.ask(Verb::Post, "/act", Map::new(), body).await
    }

    /// The same evaluate: raw, as an operation, over HTTP.
    async fn evaluate(&self) {
        let raw = Call::of(&Evaluate::value("1+1", None));
        let body = json!({"kind": "evaluate", "fn": "1+1", "targetId": self.house.target}).to_string();
        let mut http = Http::connect(self.house.gateway.ports().control).await;
        let mut times = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let start = Instant::now();
            self.house.session.call(raw.clone(), soon()).await.expect("answered");
            times[0].push(start.elapsed());
            let start = Instant::now();
            self.act(json!({"kind": "evaluate", "fn": "1+1"})).await;
            times[1].push(start.elapsed());
            let start = Instant::now();
            http.post("/act", &body, TOKEN).await;
            times[2].push(start.elapsed());
        }
        let [raw, operation, control] = times.map(p50);
        println!("evaluate p50   raw CDP {raw:?}   operation {operation:?}   control API {control:?}");
        println!("control API over raw CDP: {:?}", control.saturating_sub(raw));
    }

    /// A click by ref, beside two flights sent raw. `handler`: what the button does.
    async fn click(&self, what: &str, handler: &str) {
        let handled = format!("document.getElementById('b').setAttribute('onclick', {handler:?})");
        self.act(json!({"kind": "evaluate", "fn": handled})).await;
        let told = self.house.ask(Verb::Get, "/snapshot", Map::new(), Value::Null).await;
        let reference = told["refs"].as_object().and_then(|refs| {
            refs.iter().find(|(_, row)| row["role"] == "button").map(|(reference, _)| reference.clone())
        });
        let body = json!({"kind": "click", "ref": reference.expect("a button")});
        let aim = Call::of(&Evaluate::value(
            "(() => { released = 0; const b = document.getElementById('b'); const r = b.getBoundingClientRect(); \
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
        let handled = Call::of(&Evaluate::value(HANDLED, None));
        let asked: Vec<Call> = press.iter().cloned().chain([handled]).collect();
        let mut times = [const { Vec::new() }; 3];
        let connection = self.house.session.connection();
        let before = connection.traffic();
        assert_eq!(self.act(body.clone()).await["ok"], true);
        let after = connection.traffic();
        println!(
            "a click is {} flights of {} messages",
            after.flights - before.flights,
            after.sent - before.sent
        );
        for _ in 0..ROUNDS / 5 {
            for (at, flight) in [&press[..], &asked].into_iter().enumerate() {
                let start = Instant::now();
                self.house.session.call(aim.clone(), soon()).await.expect("answered");
                for reply in self.house.session.flight(flight.to_vec(), soon()).await.expect("written") {
                    reply.expect("answered");
                }
                times[at].push(start.elapsed());
            }
            let start = Instant::now();
            assert_eq!(self.act(body.clone()).await["ok"], true);
            times[2].push(start.elapsed());
        }
        let [raw, asking, click] = times.map(p50);
        let over = |raw: Duration| click.as_secs_f64() / raw.as_secs_f64();
        println!(
            "a click {what}, p50   two raw flights {raw:?}   with a question {asking:?}   operation {click:?}"
        );
        println!("  over two raw flights: {:.2}; over those with a question: {:.2}", over(raw), over(asking));
    }
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
