//! Waits: they end when what they wait for is true, and name it when it never is.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::house::Answer;
use crate::support::{House, Site, Tab, run};

async fn wait(tab: &Tab<'_>, what: Value) -> Answer {
    let mut act = json!({"kind": "wait"});
    act.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    tab.act(act).await
}

#[test]
fn time_passes() {
    run(async {
        let tab = Tab::with("").await;
        let began = Instant::now();
        wait(&tab, json!({"timeMs": 150})).await.ok();
        assert!(began.elapsed() >= Duration::from_millis(150));
    });
}

#[test]
fn text_and_elements_come_and_go() {
    run(async {
        for what in [
            json!({"text": "late TEXT has   arrived"}),
            json!({"textGone": "Loading"}),
            json!({"selector": "#later"}),
            json!({"text": "Caption of a button"}),
            json!({"text": "two lines and bold"}),
            json!({"textGone": "Loading", "text": "Late text", "selector": "#later", "loadState": "load"}),
        ] {
            let tab = Tab::showing("late.html").await;
            wait(&tab, what).await.ok();
        }
    });
}

#[test]
fn what_is_hidden_does_not_count() {
    run(async {
        let tab = Tab::showing("late.html").await;
        for what in [
            json!({"text": "Hidden words", "timeoutMs": 500}),
            json!({"selector": "#hidden", "timeoutMs": 500}),
        ] {
            assert_eq!(wait(&tab, what).await.code(), "TIMEOUT");
        }
        wait(&tab, json!({"textGone": "Hidden words"})).await.ok();
    });
}

#[test]
fn urls_are_waited_for_exactly_or_by_glob() {
    run(async {
        let site = Site::with("<script>setTimeout(() => location.hash = 'there', 100)</script>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        for url in [site.url("/#there"), "**/#there".to_owned(), "http://*/#there".to_owned()] {
            wait(&tab, json!({"url": url})).await.ok();
        }
        let answer = wait(&tab, json!({"url": "there", "timeoutMs": 500})).await;
        assert!(answer.error().1.ends_with("waiting for URL \"there\""), "{answer:?}");
    });
}

#[test]
fn a_function_is_asked_until_it_says_yes() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        wait(&tab, json!({"fn": "++n >= 3"})).await.ok();
        wait(&tab, json!({"fn": "() => new Promise(yes => setTimeout(() => yes('yes'), 50))"})).await.ok();
        let answer = wait(&tab, json!({"fn": "() => { throw new Error('broken') }"})).await;
        assert_eq!((answer.error().0, answer.code()), (400, "SCRIPT_FAILED"));
        assert!(answer.error().1.contains("broken"), "{answer:?}");
    });
}

#[test]
fn load_states_are_reached() {
    run(async {
        let tab = Tab::showing("form.html").await;
        for state in ["domcontentloaded", "load", "networkidle"] {
            wait(&tab, json!({"loadState": state})).await.ok();
        }
        assert_eq!(wait(&tab, json!({"loadState": "someday"})).await.error().0, 400);
    });
}

#[test]
fn at_the_deadline_the_condition_is_named() {
    run(async {
        let tab = Tab::with("<p>Here</p>").await;
        for (what, words) in [
            (json!({"text": "never"}), "text \"never\" to be visible"),
            (json!({"textGone": "Here"}), "text \"Here\" to be gone"),
            (json!({"selector": "#never"}), "selector \"#never\" to be visible"),
            (json!({"fn": "false"}), "the function to return a truthy value"),
            (json!({"text": "Here", "url": "nowhere"}), "URL \"nowhere\""),
        ] {
            let mut what = what;
            what["timeoutMs"] = json!(500);
            let answer = wait(&tab, what).await;
            assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"));
            let error = answer.error().1;
            assert!(
                error.starts_with("Timeout ") && error.ends_with(&format!("ms exceeded waiting for {words}")),
                "{error}"
            );
        }
    });
}

#[test]
fn a_wait_goes_on_across_a_navigation() {
    run(async {
        let site = Site::with("<script>setTimeout(() => location = '/next', 100)</script>").await;
        site.page("/next", "<script>setTimeout(() => document.body.append('Arrived'), 100)</script>");
        let tab = House::shared().await.open(&site.url("/")).await;
        wait(&tab, json!({"text": "Arrived"})).await.ok();
        wait(&tab, json!({"fn": "document.body.textContent.includes('Arrived')"})).await.ok();
        assert_eq!(tab.eval("location.pathname").await, "/next");
    });
}

#[test]
fn bad_limits_and_selectors_are_refused() {
    run(async {
        let tab = Tab::with("").await;
        for (what, error) in [
            (
                json!({}),
                "wait requires at least one of: timeMs, text, textGone, selector, url, loadState, fn",
            ),
            (json!({"timeMs": 30001}), "wait timeMs exceeds maximum of 30000ms"),
            (json!({"timeMs": -1}), "timeMs must be a non-negative integer."),
            (json!({"timeMs": 1, "timeoutMs": 0}), "timeoutMs must be a positive integer."),
        ] {
            assert_eq!(wait(&tab, what).await.error(), (400, error));
        }
        let answer = wait(&tab, json!({"selector": "b["})).await;
        assert!(answer.error().1.starts_with("Selector \"b[\" is not valid CSS"), "{answer:?}");
    });
}
