//! Why a browser could not be started, each with the next step.
//! It knows nothing of calls, codes or faces; those translate it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::Exit;

/// Chromium's code for "another process has this profile" (`RESULT_CODE_PROFILE_IN_USE` in `chrome_result_codes.h`).
const PROFILE_IN_USE: i32 = 21;

/// Why a browser could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// No program: the configured one is missing, or none is installed where we look.
    #[error("no browser: {}; {}", missing(.path.as_deref()), install_step(.path.as_deref(), .install))]
    NotFound {
        /// What `browser.executablePath` names, if it is set.
        path: Option<PathBuf>,
        /// The command that installs one on this system.
        install: &'static str,
    },

    /// The program is there and cannot be executed.
    #[error("{} cannot be executed: {reason}; \
         set browser.executablePath to the program file of a Chromium-based browser", .path.display())]
    NotExecutable {
        /// The file as configured.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// The profile directory belongs to a running browser, ours or a foreign one.
    #[error(
        "the profile directory {} is in use by {}; stop that browser, or choose another profile",
        .path.display(), holder_text(*.holder)
    )]
    ProfileInUse {
        /// The profile directory.
        path: PathBuf,
        /// The browser that runs there, or the gateway that wrote its pid into the lock last, when one did.
        holder: Option<u32>,
    },

    /// The profile directory could not be made ready.
    #[error("the profile directory cannot be prepared at {}; it must be a directory that this user can write", .path.display())]
    UserDataDir {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A flag in the configuration that would open the browser to others.
    #[error("browser.extraArgs has {flag}, which is refused: {reason}; remove it")]
    RefusedFlag {
        /// The flag as written, without its value.
        flag: String,
        /// What it would do.
        reason: &'static str,
    },

    /// The system did not start the program.
    #[error("{} did not start; \
         check that it is a program for this machine, and that processes and open files are not exhausted", .path.display())]
    Spawn {
        /// The program file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Chromium's sandbox does not work for root.
    #[error(
        "the browser refuses to run as root with its sandbox; run the gateway as another user, or set \
         browser.noSandbox=true, with which a page that breaks out of its renderer is root on this machine"
    )]
    RootWithSandbox,

    /// The system forbids what the sandbox is made of.
    #[error(
        "the browser has no sandbox here: the system denies unprivileged user namespaces; allow them for this program \
         (AppArmor profile or kernel.unprivileged_userns_clone=1), or set browser.noSandbox=true, with which a page that \
         breaks out of its renderer acts as this user"
    )]
    NoUsableSandbox,

    /// A window is wanted and there is no screen.
    #[error(
        "no display for a browser window in DISPLAY or WAYLAND_DISPLAY; set browser.headless=true, or start inside a desktop"
    )]
    NoDisplay,

    /// It ended before it answered.
    #[error("the browser ended at once with {status}{}; run it by hand to see why, or set browser.executablePath", said(.stderr))]
    Exited {
        /// How it ended.
        status: Exit,
        /// The end of what it wrote to stderr.
        stderr: String,
    },

    /// It runs and does not answer.
    #[error(
        "the browser did not answer on its pipe within {after:?}{}; check that browser.executablePath is a Chromium-based \
         browser, and how busy the machine is",
        said(.stderr)
    )]
    Timeout {
        /// How long was waited.
        after: Duration,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
}

impl LaunchError {
    /// What the end of a browser means that never answered on its pipe.
    #[must_use]
    pub fn from_early_exit(exit: Exit, stderr: String, user_data_dir: &Path) -> Self {
        if exit.code == Some(PROFILE_IN_USE) {
            return Self::ProfileInUse { path: user_data_dir.to_owned(), holder: None };
        }
        // Texts of Chromium: zygote_host_impl_linux.cc (the first two) and ozone's x11 platform.
        if stderr.contains("Running as root without --no-sandbox") {
            Self::RootWithSandbox
        } else if stderr.contains("No usable sandbox") {
            Self::NoUsableSandbox
        } else if stderr.contains("Missing X server or $DISPLAY") {
            Self::NoDisplay
        } else {
            Self::Exited { status: exit, stderr }
        }
    }
}

fn missing(path: Option<&Path>) -> String {
    match path {
        Some(path) => format!("browser.executablePath names {}, which does not exist", path.display()),
        None => "none in PATH nor in the places where they are installed".to_owned(),
    }
}

fn install_step(path: Option<&Path>, install: &str) -> String {
    match path {
        Some(_) => format!("correct it, or remove it and install one with `{install}`"),
        None => format!("install one with `{install}`, or set browser.executablePath"),
    }
}

fn holder_text(holder: Option<u32>) -> String {
    match holder {
        Some(pid) => format!("process {pid}"),
        None => "another browser".to_owned(),
    }
}

/// The line that says why it gave up: a fatal one, else the last.
fn said(stderr: &str) -> String {
    let mut lines = stderr.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let last = lines.next();
    match lines.chain(last).find(|line| line.contains("FATAL")).or(last) {
        Some(line) => format!(", saying `{line}`"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: i32, stderr: &str, expected: &str) {
        let exit = Exit { code: Some(code), signal: None };
        let error = LaunchError::from_early_exit(exit, stderr.to_owned(), Path::new("/p"));
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn an_early_exit_names_its_next_step() {
        check(21, "", "profile directory /p is in use by another browser");
        check(
            1,
            "[1:1:ERROR:zygote_host_impl_linux.cc(101)] Running as root without --no-sandbox is not supported.",
            "browser.noSandbox=true",
        );
        check(1, "FATAL: No usable sandbox! Update your kernel", "user namespaces");
        check(1, "ERROR: Missing X server or $DISPLAY\n", "browser.headless=true");
        check(3, "first\nlast words\n\n", "exit code 3, saying `last words`");
        check(3, "[1:FATAL:a.cc] broken\n[1:ERROR:dbus/bus.cc] no bus\n", "saying `[1:FATAL:a.cc] broken`");
        check(3, "", "exit code 3; run it by hand");
    }

    #[test]
    fn a_missing_program_says_how_to_get_one() {
        let install = "apt-get install chromium";
        let text = LaunchError::NotFound { path: None, install }.to_string();
        assert!(text.contains("install one with `apt-get install chromium`"), "{text}");
        let text = LaunchError::NotFound { path: Some("/no/chrome".into()), install }.to_string();
        assert!(text.contains("browser.executablePath names /no/chrome"), "{text}");
    }
}
