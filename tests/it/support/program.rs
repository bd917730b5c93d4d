//! The built program, run as a person would run it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

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
