//! Starting and ending browser processes: fake programs that misbehave, and real Chromium.
//! It speaks no more CDP than one question over the pipe.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use openclaw::chromium::{
    BrowserKind, Executable, Exit, LaunchError, LaunchOptions, Launched, PipeEnds, UserDataDir,
    become_subreaper, launch,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

fn within(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

/// A program that a test writes itself, as a shell script.
fn fake(dir: &TempDir, body: &str) -> Executable {
    let path = dir.path().join("browser");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    Executable { shown: path.clone(), path, kind: BrowserKind::Custom }
}

fn chromium() -> Executable {
    Executable::find(None, &|name| std::env::var(name).ok()).expect("these tests drive a real Chromium")
}

fn is_root() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("Uid:\t0\t0"))
}

async fn options(dir: &Path, executable: Executable) -> LaunchOptions {
    become_subreaper().unwrap();
    LaunchOptions {
        executable,
        user_data_dir: UserDataDir::lock(&dir.join("user-data"), within(5)).await.unwrap(),
        headless: true,
        no_sandbox: is_root(),
        debugging_port: false,
        extra_args: Vec::new(),
        environment: Vec::new(),
    }
}

async fn start(dir: &Path, executable: Executable) -> Launched {
    launch(options(dir, executable).await, within(5)).await.unwrap()
}

/// What becomes of a fake browser: how it ends, and its last words.
async fn run(body: &str) -> (Exit, String) {
    let dir = tempfile::tempdir().unwrap();
    let launched = start(dir.path(), fake(&dir, body)).await;
    let exit = timeout(Duration::from_secs(20), launched.process.exited()).await.expect("it ends");
    (exit, launched.process.stderr_tail())
}

/// Waits for the answer to one question; the text of the answer.
async fn ask(pipe: PipeEnds) -> (String, pipe::Sender, pipe::Receiver) {
    let mut to_browser = pipe::Sender::from_owned_fd(pipe.to_browser).unwrap();
    let mut from_browser = pipe::Receiver::from_owned_fd(pipe.from_browser).unwrap();
    to_browser.write_all(b"{\"id\":1,\"method\":\"Browser.getVersion\"}\0").await.unwrap();
    let mut answer = Vec::new();
    while !answer.contains(&0) {
        assert!(from_browser.read_buf(&mut answer).await.unwrap() > 0, "the pipe ended");
    }
    (String::from_utf8(answer).unwrap(), to_browser, from_browser)
}

/// The processes of a group, zombies included.
fn group_of(pid: u32) -> Vec<String> {
    processes()
        .filter_map(|folder| fs::read_to_string(folder.join("stat")).ok())
        .filter(|stat| stat.rsplit(") ").next().unwrap().split(' ').nth(2) == Some(&pid.to_string()))
        .collect()
}

fn processes() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .map(|entry| entry.path())
}

#[tokio::test]
async fn a_browser_that_exits_at_once_is_told_by_code_and_last_words() {
    let (exit, stderr) = run("echo one >&2; echo 'out of luck' >&2; exit 3").await;
    assert_eq!(exit, Exit { code: Some(3), signal: None });
    let error = LaunchError::from_early_exit(exit, stderr, Path::new("/p")).to_string();
    assert!(error.contains("exit code 3, saying `out of luck`"), "{error}");
    let (exit, stderr) = run("exit 21").await;
    let error = LaunchError::from_early_exit(exit, stderr, Path::new("/p"));
    assert!(matches!(error, LaunchError::ProfileInUse { .. }), "{error}");
    assert_eq!(run("kill -SEGV $$").await.0, Exit { code: None, signal: Some(11) });
}

#[tokio::test]
async fn ten_megabytes_of_garbage_leave_a_bounded_tail() {
    let (exit, stderr) = run("head -c 10000000 /dev/urandom >&2; echo; echo 'the end' >&2").await;
    assert_eq!(exit.code, Some(0));
    assert!(stderr.ends_with("the end\n"), "{stderr}");
    assert!(stderr.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
    assert!(stderr.len() < 100_000, "{}", stderr.len()); // an escape is longer than its byte
}

#[tokio::test]
async fn a_browser_that_ignores_the_request_to_end_is_killed_after_the_grace() {
    let dir = tempfile::tempdir().unwrap();
    let body = "trap '' TERM; echo deaf >&2; while :; do sleep 1000; done";
    let launched = start(dir.path(), fake(&dir, body)).await;
    while !launched.process.stderr_tail().contains("deaf") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begin = Instant::now();
    let exit = launched.process.terminate(Duration::from_millis(300)).await;
    assert_eq!(exit, Exit { code: None, signal: Some(9) });
    let taken = begin.elapsed();
    assert!(taken >= Duration::from_millis(300) && taken < Duration::from_secs(2), "{taken:?}");
    assert!(!launched.process.is_alive());
    assert_eq!(group_of(launched.process.pid()), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_browser_leaves_behind_is_killed_and_reaped() {
    let dir = tempfile::tempdir().unwrap();
    let launched = start(dir.path(), fake(&dir, "(sleep 1000 & sleep 1000) & exit 0")).await;
    assert_eq!(launched.process.exited().await.code, Some(0));
    assert_eq!(group_of(launched.process.pid()), Vec::<String>::new());
}

#[tokio::test]
async fn dropping_the_last_handle_kills_the_group() {
    let dir = tempfile::tempdir().unwrap();
    let launched = start(dir.path(), fake(&dir, "trap '' TERM; sleep 1000 & sleep 1000")).await;
    let clone = launched.process.clone();
    let (pid, exited) = (clone.pid(), clone.exited());
    drop(launched);
    assert!(clone.is_alive());
    drop(clone);
    let exit = timeout(Duration::from_secs(2), exited).await.expect("the group is killed");
    assert_eq!(exit.signal, Some(9));
    assert_eq!(group_of(pid), Vec::<String>::new());
}

#[tokio::test]
async fn the_profile_is_locked_as_long_as_the_browser_lives() {
    let dir = tempfile::tempdir().unwrap();
    let launched = start(dir.path(), fake(&dir, "sleep 1000")).await;
    let path = dir.path().join("user-data");
    let second = UserDataDir::lock(&path, Instant::now()).await;
    assert!(matches!(second, Err(LaunchError::ProfileInUse { .. })), "{second:?}");
    launched.process.terminate(Duration::from_secs(5)).await;
    // A process that another test forks at this moment bears our descriptors until its exec.
    UserDataDir::lock(&path, within(5)).await.expect("free when the end is told");
}

#[tokio::test]
async fn a_program_that_cannot_be_loaded_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let broken = fake(&dir, "");
    fs::write(&broken.path, "#!/nonexistent/interpreter\n").unwrap();
    let refused = launch(options(dir.path(), broken).await, within(5)).await;
    assert!(matches!(refused, Err(LaunchError::Spawn { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_file_of_garbage_ends_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let garbage = fake(&dir, "");
    // What is neither program nor script is given to the shell by the C library, which makes nothing of it.
    fs::write(&garbage.path, [0x7f, b'E', b'L', b'F', 9, 9, 9, b'\n', 0, 1, 2, 3]).unwrap();
    let launched = start(dir.path(), garbage).await;
    let exit = timeout(Duration::from_secs(5), launched.process.exited()).await.expect("it ends");
    assert!(exit.code.is_some_and(|code| code != 0), "{exit}");
}

#[tokio::test]
async fn a_dangerous_flag_does_not_reach_a_browser() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path(), fake(&dir, "touch \"$0.ran\"")).await;
    options.extra_args = vec!["--renderer-cmd-prefix=/bin/sh".to_owned()];
    let refused = launch(options, within(5)).await;
    assert!(matches!(refused, Err(LaunchError::RefusedFlag { .. })), "{refused:?}");
    assert!(!dir.path().join("browser.ran").exists());
}

/// What this process was itself given to hand on, by whoever started the tests.
fn handed_on() -> Vec<String> {
    let numbers = fs::read_dir("/proc/self/fd").unwrap().flatten().map(|entry| entry.file_name());
    let numbers = numbers.map(|number| number.into_string().unwrap());
    let is_kept = |number: &String| {
        let facts = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
        let flags = facts.lines().find_map(|line| line.strip_prefix("flags:")).map_or("0", str::trim);
        u32::from_str_radix(flags, 8).unwrap() & 0o2_000_000 == 0 // O_CLOEXEC
    };
    numbers.filter(is_kept).collect()
}

#[tokio::test]
async fn a_browser_gets_its_pipe_and_its_lock_and_no_other_file_of_ours() {
    let (_, seen) = run("exec ls -l /proc/self/fd >&2").await;
    let handed_on = handed_on();
    let files: Vec<(&str, &str)> = seen
        .lines()
        .filter_map(|line| line.split_once(" -> "))
        .map(|(start, target)| (start.rsplit(' ').next().unwrap(), target))
        .filter(|(fd, target)| {
            !target.starts_with("/proc/") && (fd.len() == 1 || !handed_on.iter().any(|own| own == fd))
        })
        .collect();
    let numbers: Vec<_> = files.iter().map(|(fd, _)| *fd).collect();
    assert_eq!(numbers, ["0", "1", "2", "3", "4", "5"], "{seen}");
    assert_eq!((files[0].1, files[5].1.ends_with("/.openclaw.lock")), ("/dev/null", true), "{seen}");
}

#[tokio::test]
async fn chromium_answers_over_its_pipe_and_leaves_home_alone() {
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut options = options(dir.path(), chromium()).await;
    options.environment = vec![("HOME".to_owned(), home.path().display().to_string())];
    let launched = launch(options, within(5)).await.unwrap();
    let (answer, ..) = timeout(Duration::from_secs(20), ask(launched.pipe)).await.expect("an answer");
    assert!(answer.contains("Chrome/"), "{answer}");
    let exit =
        timeout(Duration::from_secs(5), launched.process.exited()).await.expect("the closed pipe ends it");
    assert_eq!(exit.code, Some(0), "{}", launched.process.stderr_tail());
    assert_eq!(group_of(launched.process.pid()), Vec::<String>::new());
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_killed_chromium_leaves_no_marks_and_the_next_one_starts() {
    let (dir, temp) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for _ in 0..2 {
        let mut options = options(dir.path(), chromium()).await;
        options.environment = vec![("TMPDIR".to_owned(), temp.path().display().to_string())];
        let launched = launch(options, within(5)).await.unwrap();
        let (_, to_browser, from_browser) =
            timeout(Duration::from_secs(20), ask(launched.pipe)).await.expect("an answer");
        assert!(dir.path().join("user-data/SingletonLock").symlink_metadata().is_ok());
        launched.process.terminate(Duration::ZERO).await;
        drop((to_browser, from_browser));
        assert!(dir.path().join("user-data/SingletonLock").symlink_metadata().is_err());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_browser_started_by_hand_in_the_profile_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let first = start(dir.path(), chromium()).await;
    let (_, to_first, from_first) = ask(first.pipe).await;
    // Without our lock it is a browser as a person starts it: only Chromium's own marks tell of it.
    fs::rename(dir.path().join("user-data/.openclaw.lock"), dir.path().join("away")).unwrap();

    let second = start(dir.path(), chromium()).await;
    let exit = timeout(Duration::from_secs(20), second.process.exited()).await.expect("it gives up");
    let error =
        LaunchError::from_early_exit(exit, second.process.stderr_tail(), &dir.path().join("user-data"));
    assert!(matches!(error, LaunchError::ProfileInUse { .. }), "{error}");
    assert!(first.process.is_alive());
    drop((to_first, from_first));
    first.process.terminate(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn root_without_the_switch_is_told_what_to_do() {
    if !is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path(), chromium()).await;
    options.no_sandbox = false;
    let launched = launch(options, within(5)).await.unwrap();
    let exit = timeout(Duration::from_secs(20), launched.process.exited()).await.expect("it refuses");
    let error = LaunchError::from_early_exit(exit, launched.process.stderr_tail(), dir.path());
    assert!(matches!(error, LaunchError::RootWithSandbox), "{error:?}");
}

/// The name of the pipe behind a descriptor of this process.
fn pipe_name(fd: &impl AsRawFd) -> PathBuf {
    fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap()
}

/// How many descriptors on this machine are open on each pipe.
fn owners() -> HashMap<PathBuf, usize> {
    let mut owners = HashMap::new();
    for entry in processes().filter_map(|folder| fs::read_dir(folder.join("fd")).ok()).flatten().flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            *owners.entry(target).or_default() += 1;
        }
    }
    owners
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twelve_browsers_share_no_pipe_and_all_end_with_their_pipes() {
    let dir = tempfile::tempdir().unwrap();
    let mut starting = JoinSet::new();
    for number in 0..12 {
        let dir = dir.path().join(number.to_string());
        starting.spawn(async move {
            let launched = start(&dir, chromium()).await;
            let (_, to_browser, from_browser) = ask(launched.pipe).await;
            (launched.process, to_browser, from_browser)
        });
    }
    let browsers = timeout(Duration::from_secs(90), starting.join_all()).await.expect("all answer");
    let owners = owners();
    for (_, to_browser, from_browser) in &browsers {
        assert_eq!((owners[&pipe_name(to_browser)], owners[&pipe_name(from_browser)]), (2, 2));
    }
    let processes: Vec<_> = browsers.into_iter().map(|(process, ..)| process).collect();
    let begin = Instant::now();
    for process in &processes {
        timeout(Duration::from_secs(5), process.exited()).await.expect("the closed pipe ends it");
        assert_eq!(group_of(process.pid()), Vec::<String>::new());
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}
