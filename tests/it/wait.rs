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
        let here = format!("waiting for URL \"there\": the tab is at {}", site.url("/#there"));
        assert!(answer.error().1.ends_with(&here), "{answer:?}");
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
        let tab = Tab::with(
            "<p id=here>Here</p><p>Your order was placed</p><div id=box style='display: none'><p>Thanks a lot</p></div>\
             <i class=dot></i><i class=dot></i>",
        )
        .await;
        for (what, words) in [
            (json!({"text": "never"}), "text \"never\" to be visible: no text is like it"),
            (
                json!({"text": "Your order is placed"}),
                "text \"Your order is placed\" to be visible: the nearest text is \"Your order was placed\"",
            ),
            (
                json!({"text": "thanks"}),
                "text \"thanks\" to be visible: it is there, but hidden: <div id=\"box\">Thanks a lot</div> has \
                 display: none",
            ),
            (json!({"textGone": "Here"}), "text \"Here\" to be gone: it is still in <p id=\"here\">Here</p>"),
            (json!({"selector": "#never"}), "selector \"#never\" to be visible: nothing matches it"),
            (
                json!({"selector": ".dot"}),
                "selector \".dot\" to be visible: 2 elements match, but none is visible: <i class=\"dot\"> has no size",
            ),
            (json!({"fn": "() => 0"}), "the function to return a truthy value: it returned 0"),
            (
                json!({"fn": "new Promise(() => {})"}),
                "the function to return a truthy value: it did not return in time",
            ),
        ] {
            let mut what = what;
            what["timeoutMs"] = json!(1200);
            let answer = wait(&tab, what).await;
            assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"));
            let error = answer.error().1;
            assert_eq!(error, format!("Timeout 1200ms exceeded waiting for {words}"));
        }
    });
}

#[test]
fn each_of_several_conditions_is_reported() {
    run(async {
        let site = Site::with("<p>Here</p><button hidden>Buy</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let what = json!({"timeMs": 1, "text": "Here", "textGone": "Here", "selector": "button", "url": "**/cart",
            "loadState": "load", "fn": "1", "timeoutMs": 1200});
        let answer = wait(&tab, what).await;
        let still = "it is still in <p>Here</p>";
        let hidden = "1 element matches, but is not visible: <button>Buy</button> has display: none";
        let at = format!("the tab is at {}", site.url("/"));
        let details = &answer.body["details"];
        let rows = details["conditions"].as_array().unwrap();
        let rows: Vec<_> =
            rows.iter().map(|row| (row["name"].as_str().unwrap(), &row["met"], &row["instead"])).collect();
        assert_eq!(
            rows,
            [
                ("timeMs", &json!(true), &Value::Null),
                ("text", &json!(true), &Value::Null),
                ("textGone", &json!(false), &json!(still)),
                ("selector", &json!(false), &json!(hidden)),
                ("url", &json!(false), &json!(at)),
                ("loadState", &json!(true), &Value::Null),
                ("fn", &Value::Null, &Value::Null),
            ]
        );
        assert_eq!((&details["reason"], answer.error().0), (&json!("unmet"), 504));
        let words = "Timeout 1200ms exceeded waiting for text \"Here\" to be gone";
        let also = format!(
            "also unmet: selector \"button\" to be visible: {hidden}; also unmet: URL \"**/cart\": {at}"
        );
        assert_eq!(answer.error().1, format!("{words}: {still}; {also}"));
    });
}

#[test]
fn the_state_of_a_load_is_told() {
    run(async {
        let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let image = format!("<p>Here</p><img src='http://{}/'>", mute.local_addr().unwrap());
        let tab = House::shared().await.open(&Site::with(&image).await.url("/")).await;
        let answer = wait(&tab, json!({"loadState": "load", "timeoutMs": 500})).await;
        let words = "waiting for load state \"load\": the markup is parsed, but not all is loaded";
        assert!(answer.error().1.ends_with(words), "{answer:?}");
    });
}

#[test]
fn what_keeps_the_network_busy_is_named_and_nothing_else() {
    run(async {
        let site = Site::with("<script>onload = () => setTimeout(() => fetch('/held'))</script>").await;
        site.file_that_ends("/held", None, b"half", crate::support::End::Held);
        let tab = House::shared().await.open(&site.url("/")).await;
        let idle = json!({"loadState": "networkidle", "timeoutMs": 700});
        let held = format!("the document is loaded, but a request is under way: GET {}", site.url("/held"));
        let answer = wait(&tab, idle.clone()).await;
        assert!(answer.error().1.ends_with(&held), "{answer:?}");
        let polls = "<script>onload = () => setInterval(() => fetch('/beat'), 100)</script>";
        let site = Site::with(polls).await;
        site.file("/beat", None, b"beat");
        let tab = House::shared().await.open(&site.url("/")).await;
        let answer = wait(&tab, idle).await;
        let error = answer.error().1;
        let now = format!("a request is under way: GET {}", site.url("/beat"));
        assert!(error.contains("no request of it is under way") || error.ends_with(&now), "{answer:?}");
    });
}

#[test]
fn a_pause_is_not_counted_and_a_tab_that_goes_ends_it() {
    run(async {
        let tab = Tab::with("<p>Here</p>").await;
        wait(&tab, json!({"timeMs": 700, "text": "Here", "timeoutMs": 500})).await.ok();
        for what in [json!({"timeMs": 30_000}), json!({"text": "never", "timeoutMs": 100_000})] {
            let tab = Tab::with("").await;
            let ask = wait(&tab, what.clone());
            let go = async {
                tab.eval("1").await;
                tab.house.delete(&format!("/tabs/{}", tab.id)).await.ok();
            };
            let (answer, ()) = tokio::join!(ask, go);
            assert_eq!((answer.error().0, answer.code()), (404, "TARGET_GONE"), "{answer:?}");
            assert!(answer.error().1.contains("while waiting for"), "{answer:?}");
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
fn a_wait_goes_on_across_moves_within_the_document() {
    run(async {
        let html = "<p>Start</p><script>
            const view = document.querySelector('p');
            const show = (path) => (history.pushState(null, '', path), (view.textContent = `View ${path}`));
            const walk = () => void ['/a', '/b', '/c'].forEach((path, at) => setTimeout(show, 300 * (at + 1), path));
        </script>";
        let tab = Tab::with(html).await;
        for what in
            [json!({"text": "View /c"}), json!({"url": "**/c"}), json!({"selector": "p", "url": "**/c"})]
        {
            tab.eval("history.replaceState(null, '', '/'); view.textContent = 'Start'; walk()").await;
            let answer = wait(&tab, what.clone()).await.ok();
            assert!(answer["url"].as_str().unwrap().ends_with("/c"), "{what}: {answer}");
            tab.until("view.textContent === 'View /c'").await;
        }
        let asked = json!({"url": "**/b", "timeoutMs": 500});
        let answer = wait(&tab, asked).await;
        assert_eq!((answer.error().0, answer.code()), (504, "TIMEOUT"), "{answer:?}");
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
