//! The one task that owns a browser process: it waits for its end, ends it when asked, reaps its group and keeps its last words.
//! It ends with the process. It starts nothing and answers nobody; it publishes.

use std::future::pending;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal as Kill;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::group::Group;
use super::stderr::Tail;
use super::{Exit, Process, UserDataDir, orphans};

/// For the killed rest of the group to be gone: it takes 0.1 s. Longer only when a process hangs in the kernel, or when one that
/// left the group keeps our stderr; neither may delay the news.
const FOR_THE_REST: Duration = Duration::from_millis(500);

/// Until crash handlers have noticed that their browser is gone. What is later is collected with the next browser.
const FOR_CRASH_HANDLERS: Duration = Duration::from_secs(1);

/// Bytes read from stderr at once.
const CHUNK: usize = 16 * 1024;

pub(super) struct Supervisor {
    group: Group,
    children: Signal,
    stderr: Option<pipe::Receiver>,
    kill_at: watch::Receiver<Option<Instant>>,
    exit: watch::Sender<Option<Exit>>,
    tail: watch::Sender<Tail>,
    user_data_dir: UserDataDir,
}

impl Supervisor {
    /// Starts the task. `children` must have been listening for SIGCHLD before the child was spawned.
    pub(super) fn start(child: &mut Child, children: Signal, user_data_dir: UserDataDir) -> Process {
        // Without its stderr a process is supervised all the same.
        let stderr = child.stderr.take().and_then(|pipe| pipe::Receiver::from_owned_fd(pipe.into()).ok());
        let (wish, kill_at) = watch::channel(None);
        let (exit, exit_seen) = watch::channel(None);
        let (tail, tail_seen) = watch::channel(Tail::default());
        let group = Group::led_by(child);
        tokio::spawn(Self { group, children, stderr, kill_at, exit, tail, user_data_dir }.run());
        Process::new(child.id(), wish, exit_seen, tail_seen)
    }

    async fn run(mut self) {
        let exit = self.until_ended().await;
        self.end_the_rest().await;
        // What resists is tried again by whoever locks the directory next, and told then.
        self.user_data_dir.clean().ok();
        // Free before the news: whoever hears it may start the next browser there at once.
        drop(self.user_data_dir);
        self.exit.send_replace(Some(exit));
        // Crash handlers end a moment after their browser.
        sleep(FOR_CRASH_HANDLERS).await;
        orphans::collect();
    }

    /// Waits for the leader's end, and brings it about when asked to.
    async fn until_ended(&mut self) -> Exit {
        let mut is_wanted = true;
        let mut is_asked = false;
        let mut kill_at = None;
        loop {
            if let Some(exit) = self.group.ended() {
                return exit;
            }
            tokio::select! {
                biased;
                wish = self.kill_at.changed(), if is_wanted => {
                    is_wanted = wish.is_ok();
                    kill_at = if is_wanted { *self.kill_at.borrow_and_update() } else { Some(Instant::now()) };
                    if is_wanted && !is_asked {
                        is_asked = true;
                        self.group.signal(Kill::TERM);
                    }
                }
                () = at(kill_at) => {
                    kill_at = None;
                    self.group.signal(Kill::KILL);
                }
                _ = self.children.recv() => {}
                () = keep_last_words(&mut self.stderr, &self.tail) => {}
            }
        }
    }

    /// Kills what the leader left behind and collects it, and hears stderr to its end.
    async fn end_the_rest(&mut self) {
        self.group.signal(Kill::KILL);
        let until = Instant::now() + FOR_THE_REST;
        let mut is_empty = false;
        loop {
            // Asked no more once empty: from then on the number may name another group.
            is_empty = is_empty || self.group.reap();
            if is_empty && self.stderr.is_none() {
                return;
            }
            tokio::select! {
                biased;
                () = sleep_until(until) => return,
                _ = self.children.recv() => {}
                () = keep_last_words(&mut self.stderr, &self.tail) => {}
            }
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

/// Reads once; after the stream's end this never returns.
async fn keep_last_words(stderr: &mut Option<pipe::Receiver>, tail: &watch::Sender<Tail>) {
    let Some(stream) = stderr else { return pending().await };
    let mut chunk = [0; CHUNK];
    match stream.read(&mut chunk).await {
        Ok(0) | Err(_) => *stderr = None,
        Ok(count) => {
            tail.send_modify(|tail| tail.push(&chunk[..count]));
        }
    }
}
