//! Starting a browser: one spawn, with the pipe, the lock and nothing else of ours in the child.
//! It does not wait for the browser to answer; whoever speaks over the pipe knows when that is.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::supervisor::Supervisor;
use super::{Executable, Flags, LaunchError, Process, UserDataDir, environment};

/// Where Chromium reads commands with `--remote-debugging-pipe`.
const READS: i32 = 3;
/// Where Chromium writes replies and events.
const WRITES: i32 = 4;
/// Where the browser keeps the profile's lock; it is a number that Chromium neither uses nor hands to its own children.
const LOCK: i32 = 5;

/// The folder in the profile directory that stands for the user's configuration, cache and data folders.
const FOLDERS: &str = ".openclaw";

/// Between tries while the program file is being written (an update, or a copy by a test).
const WHILE_WRITTEN: Duration = Duration::from_millis(10);

/// On systems without `pipe2` a pipe is for a moment inherited by whatever is forked then. Held from the pipe's making to the
/// spawn, so that one browser never holds another's pipe.
static SPAWNING: Mutex<()> = Mutex::new(());

/// What to start, and how.
#[derive(Debug)]
pub struct LaunchOptions {
    /// The program.
    pub executable: Executable,
    /// The profile directory, locked.
    pub user_data_dir: UserDataDir,
    /// Run without a window.
    pub headless: bool,
    /// Run without the sandbox: a page that breaks out of its renderer then acts as this user.
    pub no_sandbox: bool,
    /// Listen on a port of 127.0.0.1, too ([`Process::debugging_port`]), where it obeys whoever comes: only for a browser
    /// that has nothing in it.
    pub debugging_port: bool,
    /// The user's own flags.
    pub extra_args: Vec<String>,
    /// Variables added to the child's environment, or changed in it.
    pub environment: Vec<(String, String)>,
}

/// A browser that was started and has not answered yet.
#[derive(Debug)]
pub struct Launched {
    /// The process.
    pub process: Process,
    /// Our ends of its pipe.
    pub pipe: PipeEnds,
}

/// Our ends of a browser's pipe: messages of CDP, each ended by a NUL byte. Both are blocking and close on exec. When they are
/// closed, by whatever end of this process, Chromium exits within about 0.2 s.
#[derive(Debug)]
pub struct PipeEnds {
    /// For commands.
    pub to_browser: OwnedFd,
    /// For replies and events.
    pub from_browser: OwnedFd,
}

/// Starts a browser. Must be called inside a tokio runtime, whose task then watches the process. Waits only for a program file
/// that is being written, until `deadline`; a browser that hangs is found out by its silence on the pipe.
///
/// # Errors
/// [`LaunchError::RefusedFlag`] and [`LaunchError::Spawn`]. Later failures are told by [`Process::exited`] and
/// [`LaunchError::from_early_exit`].
pub async fn launch(options: LaunchOptions, deadline: Instant) -> Result<Launched, LaunchError> {
    let failed = |source| LaunchError::Spawn { path: options.executable.path.clone(), source };
    let mut command = command(&options)?;
    // Before the spawn, so that no end is missed.
    let children = signal(SignalKind::child()).map_err(failed)?;
    let (mut child, pipe) = loop {
        match spawn(&mut command, &options.user_data_dir) {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && Instant::now() < deadline => {
                sleep(WHILE_WRITTEN).await;
                command = self::command(&options)?;
            }
            spawned => break spawned.map_err(failed)?,
        }
    };
    // Only advice for whoever comes after a killed gateway.
    options.user_data_dir.note_browser(child.id()).ok();
    let process = Supervisor::start(&mut child, children, options.user_data_dir);
    Ok(Launched { process, pipe })
}

fn command(options: &LaunchOptions) -> Result<Command, LaunchError> {
    let LaunchOptions { executable, user_data_dir, extra_args, environment, .. } = options;
    let flags = Flags {
        user_data_dir: user_data_dir.path(),
        headless: options.headless,
        no_sandbox: options.no_sandbox,
        debugging_port: options.debugging_port,
        extra_args,
    };
    let folders = user_data_dir.path().join(FOLDERS);
    let mut command = Command::new(&executable.path);
    command
        .args(flags.arguments()?)
        .env_clear()
        .envs(environment::of_child(std::env::vars_os(), &folders, environment))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // A group of its own: a Ctrl-C for the gateway is not one for its browsers, and all of them end together.
        .process_group(0);
    Ok(command)
}

/// Gives a pipe room for a large message in one piece: each refill of the usual 64 kB is a turn of both processes. A
/// system that refuses goes on with what it has.
fn widen(pipe: &impl AsFd) {
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20).ok();
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}

/// Spawns once. The child's ends of the pipe are closed in this process when `command` is dropped.
fn spawn(command: &mut Command, user_data_dir: &UserDataDir) -> io::Result<(Child, PipeEnds)> {
    let _one_at_a_time = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
    let (reads, to_browser): (PipeReader, PipeWriter) = io::pipe()?;
    let (from_browser, writes): (PipeReader, PipeWriter) = io::pipe()?;
    widen(&to_browser);
    widen(&from_browser);
    let mapped = [(reads.into(), READS), (writes.into(), WRITES), (user_data_dir.share_lock()?, LOCK)];
    let mappings = mapped.map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd });
    command.fd_mappings(mappings.into()).map_err(io::Error::other)?;
    let child = command.spawn()?;
    Ok((child, PipeEnds { to_browser: to_browser.into(), from_browser: from_browser.into() }))
}
