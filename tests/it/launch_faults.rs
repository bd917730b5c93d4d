//! Programs that are no browser, through the API: each failure has a code, a culprit, a next step, and leaves nothing.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::house::{Answer, folder, free_base};
use crate::support::processes::assert_none;
use crate::support::{House, run};

/// A program in the house's home.
fn fake(home: &Path, body: &str) {
    let path = home.join("browser");
    fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
}

/// A house whose configured program is `home/browser`.
async fn house(prepare: impl FnOnce(&Path)) -> House {
    let home = folder();
    let section = json!({"browser": {"executablePath": home.join("browser")}});
    prepare(&home);
    House::at(home, free_base(), section).await
}

#[track_caller]
fn assert_failed(answer: &Answer, status: u16, code: &str, words: &[&str]) {
    let (seen, error) = answer.error();
    assert_eq!((seen, answer.code()), (status, code), "{}", answer.body);
    assert!(answer.body["nextStep"].as_str().is_some_and(|step| !step.is_empty()), "{}", answer.body);
    for word in words {
        assert!(error.contains(word), "{word:?} is not in {error:?}");
    }
}

/// Starts a program that cannot be one, twice: by `start` and by the first operation that needs it.
async fn check(prepare: impl FnOnce(&Path), status: u16, code: &str, words: &[&str]) {
    let mut house = house(prepare).await;
    assert_failed(&house.post("/start", json!({})).await, status, code, words);
    let opened = house.post("/tabs/open", json!({"url": "about:blank"})).await;
    assert_failed(&opened, status, code, words);
    assert_none(&house.home);
    assert_eq!(house.get("/").await.ok()["running"], false);
    house.stop().await;
}

const FAILED: (u16, &str) = (500, "LAUNCH_FAILED");

#[test]
fn a_program_that_is_missing() {
    run(check(|_| {}, FAILED.0, FAILED.1, &["browser.executablePath names", "does not exist"]));
}

#[test]
fn a_program_that_is_a_directory() {
    let words = ["it is a directory", "set browser.executablePath"];
    run(check(|home| fs::create_dir(home.join("browser")).unwrap(), FAILED.0, FAILED.1, &words));
}

#[test]
fn a_program_that_cannot_be_executed() {
    let prepare = |home: &Path| {
        fake(home, "");
        fs::set_permissions(home.join("browser"), Permissions::from_mode(0o644)).unwrap();
    };
    run(check(prepare, FAILED.0, FAILED.1, &["no permission to execute"]));
}

#[test]
fn a_program_whose_interpreter_is_missing() {
    let prepare = |home: &Path| {
        fake(home, "");
        fs::write(home.join("browser"), "#!/no/such/shell\n").unwrap();
    };
    run(check(prepare, FAILED.0, FAILED.1, &["did not start"]));
}

#[test]
fn a_program_that_exits_at_once() {
    let words = ["exit code 3", "out of luck", "set browser.executablePath"];
    run(check(|home| fake(home, "echo 'out of luck' >&2; exit 3"), FAILED.0, FAILED.1, &words));
}

#[test]
fn a_program_that_says_that_the_profile_is_in_use() {
    run(check(|home| fake(home, "exit 21"), 409, "PROFILE_IN_USE", &["in use by", "user-data"]));
}

#[test]
fn a_program_that_is_ended_by_a_signal() {
    run(check(|home| fake(home, "kill -SEGV $$"), FAILED.0, FAILED.1, &["signal 11"]));
}

#[test]
fn a_program_that_writes_ten_megabytes_of_garbage() {
    let prepare =
        |home: &Path| fake(home, "head -c 10000000 /dev/urandom >&2; echo >&2; echo done >&2; exit 1");
    run(check(prepare, FAILED.0, FAILED.1, &["exit code 1, saying `done`"]));
}

#[test]
fn a_program_that_answers_garbage_on_the_pipe() {
    let prepare = |home: &Path| fake(home, "printf 'hello\\0{}\\0{\"id\":\"x\"}\\0' >&4; exec sleep 1000");
    run(check(prepare, FAILED.0, FAILED.1, &["what answers there is no browser"]));
}

#[test]
fn a_program_that_refuses_everything() {
    let answer = r#"{"id":%s,"error":{"code":-32601,"message":"no such method"}}"#;
    let answers = format!("for id in 0 1 2 3 4 5; do printf '{answer}\\0' $id; done >&4");
    let body = format!("head -c 300 <&3 >/dev/null; {answers}; exec sleep 1000");
    let prepare = |home: &Path| fake(home, &body);
    run(check(prepare, FAILED.0, FAILED.1, &["no such method"]));
}

#[test]
fn a_program_that_closes_the_pipe_and_stays() {
    run(check(|home| fake(home, "exec 3<&- 4>&-; exec sleep 1000"), FAILED.0, FAILED.1, &["browser"]));
}

#[test]
fn a_program_that_hangs_is_told_in_the_callers_time_and_can_be_stopped() {
    run(async {
        let mut house = house(|home| fake(home, "sleep 1000 & sleep 1000")).await;
        for path in ["/start", "/tabs/open"] {
            let begin = Instant::now();
            let body = json!({"url": "about:blank", "timeoutMs": 1000});
            assert_failed(&house.post(path, body).await, 504, "TIMEOUT", &["still starting"]);
            assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
        }
        let waiting = house.post("/start", json!({}));
        let stopping = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            house.post("/stop", json!({})).await.ok()
        };
        let (started, stopped) = tokio::join!(waiting, stopping);
        assert_eq!(stopped["stopped"], true);
        assert_failed(&started, 500, "LAUNCH_FAILED", &["was stopped while it started"]);
        assert_none(&house.home);
        house.stop().await;
    });
}

#[test]
fn the_third_failure_in_a_row_stops_further_ones_for_this_profile() {
    run(async {
        let counting = |home: &Path| fake(home, &format!("echo x >> {}/starts; exit 3", home.display()));
        let mut house = house(counting).await;
        for _ in 0..3 {
            assert_failed(&house.post("/start", json!({})).await, FAILED.0, FAILED.1, &["exit code 3"]);
        }
        for _ in 0..3 {
            let words =
                ["\"openclaw\" is cooling down after 3 consecutive", "Retry in", "Last error", "exit code 3"];
            assert_failed(&house.post("/start", json!({})).await, 409, "LAUNCH_COOLING_DOWN", &words);
        }
        assert_eq!(fs::read_to_string(house.home.join("starts")).unwrap().lines().count(), 3);
        house.stop().await;
    });
}

#[test]
fn many_callers_of_a_failing_start_cause_one() {
    run(async {
        let counting =
            |home: &Path| fake(home, &format!("echo x >> {}/starts; sleep 0.5; exit 3", home.display()));
        let mut house = house(counting).await;
        let answers = futures::future::join_all((0..20).map(|_| house.post("/start", json!({})))).await;
        answers.iter().for_each(|answer| assert_failed(answer, FAILED.0, FAILED.1, &["exit code 3"]));
        assert_eq!(fs::read_to_string(house.home.join("starts")).unwrap().lines().count(), 1);
        house.stop().await;
    });
}
