//! What a snapshot costs beside Chromium's own `Accessibility.getFullAXTree`, on two pages of list rows whose tree is
//! of one size, 16,257 nodes in 6 MB: the first snapshot of a document, with everything that must be set up for it;
//! one after a small change; and one when nothing changed, beside a raw `Runtime.evaluate`.
//!
//! `cargo bench --bench snapshot`. All figures come from one run on one browser, in turn (A B C A B C …), so that
//! what the machine does meanwhile falls on all of them alike. Ratios are worth quoting, times are not.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use openclaw::Deadline;
use openclaw::cdp::Call;
use openclaw::cdp::protocol::Evaluate;
use openclaw::ops::call::Verb;
use serde_json::{Map, Value, json};

use support::{House, p50};

mod support;

/// How often each page is opened.
const ROUNDS: usize = 9;

/// A page: its path, and what writes it.
type Page = (&'static str, fn() -> String);

/// The same count of nodes comes of 5,000 short rows, or of a quarter of that when each row
/// is a line of controls.
const PAGES: [Page; 2] = [("/short", short_rows), ("/controls", rows_of_controls)];

/// 5,000 rows without markers, every fourth a link: 6.2 MB of tree.
fn short_rows() -> String {
    let row = |i| match i % 4 {
        0 => format!("<li><a href='/item/{i}'>Item {i}</a></li>"),
        _ => format!("<li>Item {i} some text</li>"),
    };
    let rows: String = (0..5_000).map(row).collect();
    format!(
        "<!doctype html><title>Rows</title><style>ul {{ list-style: none }}</style><h1>Rows</h1><ul>{rows}</ul>"
    )
}

/// 1,250 rows of a link, a text and a button each, which are 5,000 elements: 6.0 MB of tree.
fn rows_of_controls() -> String {
    let row = |i| {
        format!(
            "<li><a href='/item/{i}'>Item {i}</a> <span>some text {i}</span> <button>Open {i}</button></li>"
        )
    };
    let rows: String = (0..1_250).map(row).collect();
    format!("<!doctype html><title>Rows</title><h1>Rows</h1><ul>{rows}</ul>")
}

#[tokio::main]
async fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let bench = Bench { house: House::start(home.path(), 29_189).await, site: site() };
    for (path, _) in PAGES {
        bench.page(path).await;
    }
    bench.house.gateway.stop().await;
}

struct Bench {
    house: House,
    site: u16,
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

impl Bench {
    async fn page(&self, path: &str) {
        let mut times = [const { Vec::new() }; 8];
        let mut nodes = 0;
        for round in 0..ROUNDS {
            self.open(path).await;
            times[0].push(self.snapshot().await);
            self.run(&format!("document.querySelectorAll('a')[{round}].textContent = 'Changed'")).await;
            times[1].push(self.snapshot().await);
            // A style that no element has seen before makes every answer of old worthless.
            self.run("document.body.style.letterSpacing = '1px'").await;
            times[2].push(self.snapshot().await);
            times[3].push(self.snapshot().await);
            self.usual().await;
            times[6].push(self.usual().await);
            for _ in 0..20 {
                times[4].push(self.run("1+1").await);
            }
            let (took, count) = self.tree().await;
            times[5].push(took);
            nodes = count;
            self.open(path).await;
            times[7].push(self.lean().await);
        }
        let [cold, small, warm, unchanged, evaluate, tree, usual, lean] = times.map(p50);
        let over = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        println!(
            "{path}: {nodes} accessibility nodes, getFullAXTree p50 {tree:?}, raw evaluate p50 {evaluate:?}"
        );
        println!("  first snapshot        {cold:?}   1/{:.1} of getFullAXTree (aim 1/5)", over(tree, cold));
        println!("  the same, lean        {lean:?}   1/{:.1} of getFullAXTree", over(tree, lean));
        println!("  everything changed    {warm:?}   1/{:.1} of getFullAXTree (aim 1/5)", over(tree, warm));
        println!("  after a small change  {small:?}   1/{:.1} of getFullAXTree (aim 1/8)", over(tree, small));
        println!("  nothing changed       {usual:?}   {:.1} raw evaluates (aim 8)", over(usual, evaluate));
        println!("  the same, not cut     {unchanged:?}   {:.1} raw evaluates", over(unchanged, evaluate));
    }

    async fn open(&self, path: &str) {
        let url = format!("http://127.0.0.1:{}{path}", self.site);
        let body = json!({"url": url, "targetId": self.house.target, "timeoutMs": 60_000});
        self.house.ask(Verb::Post, "/navigate", Map::new(), body).await;
    }

    /// One of our own format, where refs stand for themselves: the contract's names each node's number in the browser, too.
    async fn lean(&self) -> Duration {
        self.ask_with(&[("format", "lean"), ("maxChars", "0")], 1_000).await
    }

    /// A whole interactive snapshot through the operation.
    async fn snapshot(&self) -> Duration {
        self.ask_for("0", 1_000).await
    }

    /// One of the usual length.
    async fn usual(&self) -> Duration {
        self.ask_for("40000", 200).await
    }

    async fn ask_for(&self, chars: &str, refs: u64) -> Duration {
        self.ask_with(&[("interactive", "true"), ("maxChars", chars)], refs).await
    }

    async fn ask_with(&self, query: &[(&str, &str)], refs: u64) -> Duration {
        let target = [("targetId", &*self.house.target)];
        let query =
            query.iter().chain(&target).map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        // What the page itself has to lay out is nobody's cost here.
        self.run("document.body.offsetHeight").await;
        let start = Instant::now();
        let told = self.house.ask(Verb::Get, "/snapshot", query.collect(), Value::Null).await;
        let took = start.elapsed();
        assert!(told["stats"]["refs"].as_u64().expect("a figure") > refs, "{}", told["stats"]);
        took
    }

    async fn run(&self, expression: &str) -> Duration {
        let call = Call::of(&Evaluate::value(expression, None));
        let start = Instant::now();
        self.house.session.call(call, soon()).await.expect("answered");
        start.elapsed()
    }

    async fn tree(&self) -> (Duration, usize) {
        self.run("document.body.offsetHeight").await;
        let call = Call::untyped("Accessibility.getFullAXTree", &json!({}));
        let start = Instant::now();
        let reply = self.house.session.call(call, soon()).await.expect("answered");
        let took = start.elapsed();
        (took, memchr::memmem::find_iter(reply.bytes(), b"\"nodeId\":").count())
    }
}

/// Serves the pages on a port of their own.
fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 8192];
            let read = stream.read(&mut buffer).unwrap_or(0);
            let asked = String::from_utf8_lossy(&buffer[..read]).split(' ').nth(1).unwrap_or("/").to_owned();
            let page = PAGES.iter().find(|(path, _)| *path == asked);
            let body = page.map(|(_, write)| write()).unwrap_or_default();
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
            // A browser that hangs up asks again.
            write!(stream, "{head} {}\r\n\r\n{body}", body.len()).ok();
        }
    });
    port
}
