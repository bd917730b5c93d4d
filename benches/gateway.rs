//! What the program itself costs: from its start to listening on all three ports, its memory when nothing happens,
//! and a whole `openclaw browser --json status` against a running gateway.
//!
//! `cargo bench --bench gateway` (Linux: memory is read from /proc). The aims: 50 ms, 25 MB, 15 ms.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BASE: u16 = 28_989;
const STARTS: usize = 20;
const CALLS: usize = 50;

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let starts = (0..STARTS).map(|_| {
        let (mut gateway, took) = start(home.path());
        end(&mut gateway);
        took
    });
    tell("start to listening on all three ports", starts.collect());
    let (mut gateway, _) = start(home.path());
    std::thread::sleep(Duration::from_secs(3));
    println!("idle memory (VmRSS): {}", memory(gateway.id()));
    let calls = (0..CALLS).map(|_| {
        let begin = Instant::now();
        let output = program(home.path()).args(["browser", "--json", "status"]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        begin.elapsed()
    });
    tell("openclaw browser --json status", calls.collect());
    end(&mut gateway);
}

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
    command.env_clear().env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("OPENCLAW_RUNTIME_DIR", home.join("runtime")).stdin(Stdio::null());
    command
}

fn start(home: &Path) -> (Child, Duration) {
    let port = BASE.to_string();
    let mut command = program(home);
    command.args(["gateway", "--port", &port]).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let gateway = command.spawn().expect("it starts");
    for port in [BASE, BASE + 2, BASE + 4] {
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(10), "it does not listen on {port}");
        }
    }
    (gateway, begin.elapsed())
}

fn end(gateway: &mut Child) {
    let pid = rustix::process::Pid::from_child(gateway);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    gateway.wait().expect("it ends");
}

fn memory(pid: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a Linux system");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells it");
    line.trim().to_owned()
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!(
        "{what}: min {:?}, median {:?}, max {:?}",
        times[0],
        times[times.len() / 2],
        times[times.len() - 1]
    );
}
