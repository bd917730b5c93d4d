//! The built program, run as a person would run it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::house::runtime_dir;

/// The program with the environment of a house and nothing else.
pub fn openclaw(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openclaw"));
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("OPENCLAW_RUNTIME_DIR", runtime_dir(home))
        .stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn output(home: &Path, arguments: &[&str]) -> Output {
    openclaw(home).args(arguments).output().expect("the program runs")
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A gateway as a process of its own; killed when dropped.
pub struct GatewayProcess {
    child: Child,
    /// What it prints after the addresses.
    pub rest: BufReader<ChildStdout>,
    /// What it printed until it listened.
    pub greeting: String,
}

impl GatewayProcess {
    /// Starts one and waits until it says where it listens.
    pub fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut command = openclaw(home);
        command.arg("gateway").args(arguments);
        Self::of(command)
    }

    /// The same of a command that may run in surroundings of its own.
    pub fn of(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program runs");
        let mut rest = BufReader::new(child.stdout.take().expect("piped"));
        let mut greeting = String::new();
        while !greeting.contains("Try:") {
            let read = rest.read_line(&mut greeting).expect("text");
            assert!(read > 0, "the gateway ended: {greeting}");
        }
        Self { child, rest, greeting }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as SIGKILL does: at once and without a word.
    pub fn kill(mut self) {
        self.child.kill().expect("ours");
        self.child.wait().expect("ours");
    }

    /// Ends it as an operator does.
    pub fn terminate(mut self) -> ExitStatus {
        signal(self.pid(), Signal::TERM);
        self.child.wait().expect("ours")
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal to a process that a test caused.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    // It may be gone already.
    kill_process(pid, signal).ok();
}
