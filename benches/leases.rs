//! What a lease costs: one whose context is ready, one whose context is made when it is asked for, beside the same made
//! over CDP alone; how much memory many of them need; and what is left after thousands.
//!
//! `cargo bench --bench leases [-- warm|cold|density|churn|fair]`; `OPENCLAW_CYCLES` and `OPENCLAW_CONTEXTS` say how many,
//! `OPENCLAW_ENGINE` names the pool's program (default: chromium-headless-shell where it is installed, then Chromium).
//! Times are worth quoting beside the baseline of the same run only; memory and counts stand for themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use openclaw::Deadline;
use openclaw::cdp::browser_protocol::target::{
    CreateBrowserContextParams, CreateTargetParams, DisposeBrowserContextParams,
};
use openclaw::ops::call::Verb;
use openclaw::profile::ProfileName;
use openclaw::serve::Gateway;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use support::{ask, gateway, p50, quantile};

#[expect(dead_code, reason = "leases need no tab of a profile")]
mod support;

const PAGE: &str = "<!doctype html><title>Small</title><h1>Small</h1><p>A page with <a href='/'>a link</a>.";
const HEADLESS_SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let url = serve_page().await;
    for engine in engines() {
        println!("{}", engine.display());
        if is_wanted("warm") {
            warm(&engine, &url).await;
        }
        if is_wanted("cold") {
            cold(&engine, &url).await;
        }
        if is_wanted("density") {
            density(&engine, &url, number("OPENCLAW_CONTEXTS", 200)).await;
        }
        if is_wanted("churn") {
            churn(&engine, &url, number("OPENCLAW_CYCLES", 200)).await;
        }
        if is_wanted("fair") {
            fair(&engine).await;
        }
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn engines() -> Vec<PathBuf> {
    match std::env::var_os("OPENCLAW_ENGINE") {
        Some(named) => vec![named.into()],
        None => [HEADLESS_SHELL, "/usr/lib/chromium/chromium"]
            .into_iter()
            .map(PathBuf::from)
            .filter(|path| path.exists())
            .collect(),
    }
}

/// A small page on a port of its own.
async fn serve_page() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request).await {
                    let length = PAGE.len();
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n"
                    );
                    if stream.write_all(format!("{head}{PAGE}").as_bytes()).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    format!("http://{address}/")
}

struct Pool {
    gateway: Gateway,
    home: tempfile::TempDir,
}

impl Pool {
    async fn start(engine: &Path, mut settings: Value) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        settings["executablePath"] = engine.display().to_string().into();
        Self { gateway: gateway(home.path(), 28_989, settings).await, home }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        ask(&self.gateway, Verb::Post, path, Map::new(), body).await
    }

    async fn members(&self) -> Vec<Value> {
        let list = ask(&self.gateway, Verb::Get, "/leases", Map::new(), Value::Null).await;
        list["pool"].as_array().expect("a list").clone()
    }

    async fn acquire(&self) -> Value {
        self.post("/leases", json!({"pool": true, "waitMs": 60_000})).await
    }

    async fn release(&self, lease: &Value) {
        self.post("/leases/release", json!({"lease": lease["lease"]})).await;
    }

    async fn open(&self, lease: &Value, url: &str) {
        self.post("/tabs/open", json!({"url": url, "lease": lease["lease"]})).await;
    }

    /// Waits until so many contexts are ready.
    async fn until_ready(&self, spares: u64) {
        loop {
            let ready: u64 = self.members().await.iter().filter_map(|member| member["spares"].as_u64()).sum();
            if ready >= spares {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Bytes that all browsers of the pool use, and how many there are.
    async fn memory(&self) -> (u64, usize) {
        let members = self.members().await;
        let mut used = 0;
        for pid in members.iter().filter_map(|member| member["pid"].as_u64()) {
            let pid = u32::try_from(pid).expect("a pid");
            used += openclaw::chromium::memory_of_group(pid).await.unwrap_or_default();
        }
        (used, members.len())
    }
}

/// A lease whose context is ready, and the first page in it.
async fn warm(engine: &Path, url: &str) {
    let pool = Pool::start(engine, json!({"spareBrowsers": 1, "spareContexts": 4, "maxUses": 100_000})).await;
    let (mut leased, mut opened) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        pool.until_ready(4).await;
        let start = Instant::now();
        let lease = pool.acquire().await;
        leased.push(start.elapsed());
        pool.open(&lease, url).await;
        opened.push(start.elapsed());
        pool.release(&lease).await;
    }
    tell("warm lease", leased);
    tell("warm lease and a page", opened);
    pool.gateway.stop().await;
}

/// A lease whose context is made when it is asked for, with a page; beside the same over CDP alone.
async fn cold(engine: &Path, url: &str) {
    let pool = Pool::start(engine, json!({"spareContexts": 0, "maxUses": 100_000})).await;
    let first = pool.acquire().await;
    let name = ProfileName::of_pool(1);
    let browser = pool.gateway.service().running(&name).expect("it runs").browser;
    let raw = browser.session().clone();
    let soon = || Deadline::after(Duration::from_secs(20));
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..60 {
        let start = Instant::now();
        let made = raw.send(&CreateBrowserContextParams::default(), soon()).await.expect("a context");
        let context = made.browser_context_id;
        let target =
            CreateTargetParams { browser_context_id: Some(context.clone()), ..CreateTargetParams::new(url) };
        raw.send(&target, soon()).await.expect("a tab");
        times[0].push(start.elapsed());
        raw.send(&DisposeBrowserContextParams::new(context), soon()).await.expect("gone");
        let start = Instant::now();
        let lease = pool.acquire().await;
        times[1].push(start.elapsed());
        pool.open(&lease, url).await;
        times[2].push(start.elapsed());
        pool.release(&lease).await;
    }
    let [base, leased, opened] = times;
    tell("context and tab over CDP alone, not loaded", base);
    tell("lease on demand", leased);
    tell("lease on demand and a page, loaded", opened);
    pool.release(&first).await;
    pool.gateway.stop().await;
}

/// Many contexts at once, each with a small page.
async fn density(engine: &Path, url: &str, contexts: usize) {
    let pool = Pool::start(engine, json!({"spareContexts": 0, "contextsPerBrowser": 20})).await;
    let start = Instant::now();
    let mut leases = Vec::new();
    for _ in 0..contexts.div_ceil(10) {
        let some = (0..10.min(contexts - leases.len())).map(|_| async {
            let lease = pool.acquire().await;
            pool.open(&lease, url).await;
            lease
        });
        leases.extend(futures::future::join_all(some).await);
    }
    let (used, browsers) = pool.memory().await;
    println!(
        "  {contexts} contexts with a page in {browsers} browsers: {} MB PSS, {} MB each, after {:.1?}",
        used >> 20,
        (used / contexts as u64) >> 20,
        start.elapsed()
    );
    pool.gateway.stop().await;
}

/// Lease, page, evaluate, release, again and again, four at a time; what there is before and after.
async fn churn(engine: &Path, url: &str, cycles: usize) {
    let pool = Pool::start(engine, json!({"spareContexts": 4})).await;
    let cycle = || async {
        let lease = pool.acquire().await;
        pool.open(&lease, url).await;
        let body = json!({"kind": "evaluate", "fn": "document.title", "lease": lease["lease"]});
        assert_eq!(pool.post("/act", body).await["result"], "Small");
        pool.release(&lease).await;
    };
    let rounds = async |count: usize| {
        let worker = || async {
            for _ in 0..count / 4 {
                cycle().await;
            }
        };
        tokio::join!(worker(), worker(), worker(), worker());
    };
    rounds(100).await;
    let before = (pool.memory().await, Left::now(pool.home.path()));
    let start = Instant::now();
    let parts = 10;
    for part in 1..=parts {
        rounds(cycles / parts).await;
        let (used, browsers) = pool.memory().await;
        println!(
            "  {} cycles: {} MB PSS in {browsers} browsers, {:?}",
            cycles * part / parts,
            used >> 20,
            Left::now(pool.home.path())
        );
    }
    let rate = cycles as f64 / start.elapsed().as_secs_f64();
    println!("  {rate:.1} cycles a second; before: {} MB PSS, {:?}", before.0.0 >> 20, before.1);
    pool.gateway.stop().await;
    println!("  after the stop: {:?}", Left::now(pool.home.path()));
}

/// Four owners who always want more, one of them with ten times as many asking at once: who gets how many of four places.
async fn fair(engine: &Path) {
    let settings = json!({"spareContexts": 0, "maxBrowsers": 1, "contextsPerBrowser": 4, "maxUses": 100_000});
    let pool = Pool::start(engine, settings).await;
    let until = Instant::now() + Duration::from_secs(10);
    let worker = async |owner: &str| {
        let mut served = 0_u32;
        while Instant::now() < until {
            let wish = json!({"pool": true, "owner": owner, "waitMs": 60_000});
            let lease = pool.post("/leases", wish).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
            pool.release(&lease).await;
            served += 1;
        }
        f64::from(served)
    };
    let owners = [("flood", 40), ("ada", 4), ("ben", 4), ("cleo", 4)];
    let all = owners.map(|(owner, workers)| futures::future::join_all((0..workers).map(|_| worker(owner))));
    let served: Vec<f64> =
        futures::future::join_all(all).await.iter().map(|workers| workers.iter().sum()).collect();
    let (sum, squares): (f64, f64) = (served.iter().sum(), served.iter().map(|count| count * count).sum());
    println!("  leases of flood, ada, ben, cleo: {served:?}; Jain index {:.3}", sum * sum / (4.0 * squares));
    let held = futures::future::join_all((0..4).map(|_| pool.acquire())).await;
    let start = Instant::now();
    let request = openclaw::ops::call::Request {
        verb: Verb::Post,
        path: "/leases".to_owned(),
        query: Map::new(),
        body: json!({"pool": true}),
        unread: Vec::new(),
        timeout_ms: None,
    };
    let status = openclaw::ops::call::answer(pool.gateway.service(), request).await.status;
    println!("  without a place and without waiting: {status} after {:.1?}", start.elapsed());
    drop(held);
    pool.gateway.stop().await;
}

/// What a process and its folder hold.
#[derive(Debug)]
#[expect(dead_code, reason = "it is printed")]
struct Left {
    files_open: usize,
    zombies: usize,
    own_memory_mb: u64,
    entries_of_state: usize,
    entries_of_tmp: usize,
}

impl Left {
    fn now(home: &Path) -> Self {
        let count = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
        let own = std::process::id();
        let stats = fs::read_dir("/proc").expect("Linux").flatten();
        let stats = stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
        let is_ours = |stat: &String| {
            let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            let mut words = rest.split_whitespace();
            words.next() == Some("Z") && words.next() == Some(own.to_string().as_str())
        };
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB"));
        Self {
            files_open: count(Path::new("/proc/self/fd")),
            zombies: stats.filter(is_ours).count(),
            own_memory_mb: resident.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or_default()
                >> 10,
            entries_of_state: count(&home.join(".openclaw")) + count(&home.join(".openclaw/browser")),
            entries_of_tmp: count(&std::env::temp_dir()),
        }
    }
}

fn tell(what: &str, times: Vec<Duration>) {
    println!("  {what}: p50 {:.1?}, p95 {:.1?}", p50(times.clone()), quantile(times, 95));
}
