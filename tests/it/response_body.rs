//! Response bodies: what a server answers to a page from the call on.

use serde_json::{Value, json};

use crate::support::program::{output, stderr, stdout};
use crate::support::{Answer, End, House, Site, Tab, run};

/// A page that asks for these paths again and again, so that some answer comes after any moment.
async fn asking(site: &Site, paths: &[&str]) -> Tab<'static> {
    site.page(
        "/",
        &format!("<script>setInterval(() => {}.forEach(path => fetch(path)), 30)</script>", json!(paths)),
    );
    House::shared().await.open(&site.url("/")).await
}

async fn wait(tab: &Tab<'_>, body: Value) -> Answer {
    tab.post("/response/body", body).await
}

#[test]
fn the_next_response_is_told_with_headers_and_body() {
    run(async {
        let site = Site::new().await;
        let headers = [
            ("Content-Type", "application/json"),
            ("X-Two", "a"),
            ("X-Two", "b"),
            ("Set-Cookie", "session=sesame"),
        ];
        site.answer("/data.json", &headers, b"{\"v\":42}");
        let tab = asking(&site, &["/data.json"]).await;
        let answer = wait(&tab, json!({"url": "**/data.json"})).await.ok();
        assert_eq!(
            (&answer["ok"], &answer["targetId"], &answer["url"]),
            (&json!(true), &json!(tab.id), &json!(site.url("/")))
        );
        let response = &answer["response"];
        assert_eq!((&response["url"], &response["status"]), (&json!(site.url("/data.json")), &json!(200)));
        assert_eq!((&response["body"], &response["truncated"]), (&json!("{\"v\":42}"), &Value::Null));
        let headers = &response["headers"];
        assert_eq!(
            (&headers["content-type"], &headers["x-two"]),
            (&json!("application/json"), &json!("a, b"))
        );
        assert!(!answer.to_string().contains("sesame"), "{answer}");
    });
}

#[test]
fn urls_match_exactly_in_part_or_by_stars() {
    run(async {
        let site = Site::new().await;
        site.answer("/a/data.json", &[], b"data");
        site.answer("/a/other", &[], b"other");
        let tab = asking(&site, &["/a/other", "/a/data.json?x=1"]).await;
        let whole = site.url("/a/data.json?x=1");
        for pattern in
            [whole.as_str(), "data.json", " data.json ", "*data*", "**/data.json*", "http://*/a/*x=1"]
        {
            let answer = wait(&tab, json!({"url": pattern})).await.ok();
            assert_eq!(
                (&answer["response"]["url"], &answer["response"]["body"]),
                (&json!(whole), &json!("data")),
                "{pattern}"
            );
        }
    });
}

#[test]
fn a_body_is_cut_where_asked_and_says_so() {
    run(async {
        let site = Site::new().await;
        site.answer("/long", &[], "é".repeat(200_010).as_bytes());
        let tab = asking(&site, &["/long"]).await;
        for (most, length, truncated, warned) in [
            (json!(3), 3, true, true),
            (json!("4"), 4, true, true),
            (Value::Null, 200_000, true, true),
            // It counts as five million.
            (json!(9_000_000), 200_010, false, true),
            (json!(300_000), 200_010, false, false),
        ] {
            let mut body = json!({"url": "/long"});
            body["maxChars"] = most;
            let answer = wait(&tab, body).await.ok();
            let response = &answer["response"];
            assert_eq!(response["body"].as_str().unwrap().chars().count(), length);
            assert_eq!((response["truncated"] == true, answer["warnings"].is_array()), (truncated, warned));
        }
    });
}

#[test]
fn errors_and_bytes_are_responses_too_and_redirects_are_followed() {
    run(async {
        let site = Site::new().await;
        site.redirect("/moved", "/missing?to");
        site.answer("/bytes", &[("Content-Type", "image/png")], b"\xff\xd8ok");
        let tab = asking(&site, &["/moved", "/bytes"]).await;
        let answer = wait(&tab, json!({"url": "/missing"})).await.ok();
        assert_eq!(
            (&answer["response"]["status"], &answer["response"]["body"]),
            (&json!(404), &json!("no such page"))
        );
        let answer = wait(&tab, json!({"url": "/bytes"})).await.ok();
        assert_eq!(answer["response"]["body"], "\u{fffd}\u{fffd}ok");
    });
}

#[test]
fn an_answer_without_a_body_has_an_empty_one_and_a_redirected_url_means_what_it_led_to() {
    run(async {
        let site = Site::new().await;
        site.status("/none", 204);
        site.status("/same", 304);
        site.status("/empty", 200);
        site.redirect("/first", "/second");
        site.redirect("/second", "/data");
        site.answer("/data", &[], b"data");
        let tab = asking(&site, &["/none", "/same", "/empty", "/first"]).await;
        for (path, status) in [("/none", 204), ("/same", 304), ("/empty", 200)] {
            let response = wait(&tab, json!({"url": path})).await.ok()["response"].clone();
            assert_eq!((&response["status"], &response["body"]), (&json!(status), &json!("")), "{response}");
        }
        for path in ["/first", "**/second"] {
            let response = wait(&tab, json!({"url": path})).await.ok()["response"].clone();
            assert_eq!((&response["url"], &response["body"]), (&json!(site.url("/data")), &json!("data")));
        }
    });
}

#[test]
fn only_what_comes_after_the_call_counts() {
    run(async {
        let site = Site::with("").await;
        site.answer("/once", &[], b"once");
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.eval("fetch('/once').then(answer => answer.text())").await;
        let answer = wait(&tab, json!({"url": "**/once", "timeoutMs": 500})).await;
        let expected = "Response not found for url pattern \"**/once\". Run 'openclaw browser requests' to inspect \
                        recent network activity.";
        assert_eq!((answer.error(), answer.code()), ((504, expected), "TIMEOUT"));
    });
}

#[test]
fn a_response_that_is_never_whole_is_told_as_such() {
    run(async {
        let site = Site::new().await;
        site.file_that_ends("/held", None, b"start", End::Held);
        site.file_that_ends("/broken", None, b"start", End::BrokenOff);
        let tab = asking(&site, &["/broken"]).await;
        let answer = wait(&tab, json!({"url": "/broken"})).await;
        let (status, text) = answer.error();
        assert!(status == 500 && text.starts_with("Failed to read response body for \"http://"), "{text}");
        assert!(
            text.contains("net::ERR_CONTENT_LENGTH_MISMATCH") || text.contains("net::ERR_INCOMPLETE"),
            "{text}"
        );
        tab.eval("setTimeout(() => fetch('/held'), 100), 1").await;
        let answer = wait(&tab, json!({"url": "/held", "timeoutMs": 1500})).await;
        let (status, text) = answer.error();
        assert!(status == 504 && text.ends_with("/held to be whole"), "{text}");
    });
}

#[test]
fn wrong_parameters_are_named() {
    run(async {
        let tab = Tab::with("").await;
        for (body, field, message) in [
            (json!({}), "url", "url is required"),
            (json!({"url": " "}), "url", "url is required"),
            (json!({"url": 7}), "url", "url is required"),
            (json!({"url": "x", "maxChars": 0}), "maxChars", "maxChars must be a positive integer."),
            (json!({"url": "x", "maxChars": -1}), "maxChars", "maxChars must be a positive integer."),
            (json!({"url": "x", "maxChars": "many"}), "maxChars", "maxChars must be a positive integer."),
            (json!({"url": "x", "timeoutMs": 0}), "timeoutMs", "timeoutMs must be a positive integer."),
        ] {
            let answer = wait(&tab, body.clone()).await;
            assert_eq!((answer.error(), &answer.body["field"]), ((400, message), &json!(field)), "{body}");
        }
        let answer =
            House::shared().await.post("/response/body", json!({"url": "x", "targetId": "nowhere"})).await;
        assert_eq!((answer.error().0, answer.code()), (404, "TAB_NOT_FOUND"));
    });
}

#[test]
fn frames_of_other_sites_are_heard() {
    run(async {
        let site = Site::new().await;
        site.answer("/data", &[], b"inside");
        site.page("/inner", "<script>setInterval(() => fetch('/data'), 30)</script>");
        let inner = site.url_as("localhost", "/inner");
        site.page(
            "/",
            &format!("<iframe src='{inner}'></iframe><script>setInterval(() => frames[0].location = '{inner}?' + Date.now(), 2000)</script>"),
        );
        let tab = House::shared().await.open(&site.url("/")).await;
        let data = wait(&tab, json!({"url": "/data"})).await.ok();
        assert_eq!(data["response"]["body"], "inside");
        let document = wait(&tab, json!({"url": "/inner?"})).await.ok();
        assert!(document["response"]["body"].as_str().unwrap().contains("setInterval"), "{document}");
    });
}

#[test]
fn a_wait_ends_with_its_tab_and_with_a_dialog() {
    run(async {
        let house = House::shared().await;
        let tab = Tab::with("<script>setTimeout(() => alert('stop'), 300)</script>").await;
        let answer = wait(&tab, json!({"url": "/never"})).await.ok();
        assert_eq!(answer["blockedByDialog"], true, "{answer}");
        let tab = Tab::with("").await;
        let close = format!("/tabs/{}", tab.id);
        let (answer, closed) = tokio::join!(wait(&tab, json!({"url": "/never"})), house.delete(&close));
        closed.ok();
        // Gone while it waits, or before it comes.
        assert_eq!(answer.error().0, 404);
    });
}

#[test]
fn several_wait_at_once_and_none_holds_up_the_others() {
    run(async {
        let site = Site::new().await;
        site.answer("/a", &[], b"a");
        site.answer("/b", &[], b"b");
        let tab = asking(&site, &["/a", "/b"]).await;
        let (a, b, shown) = tokio::join!(
            wait(&tab, json!({"url": "/a"})),
            wait(&tab, json!({"url": "/b"})),
            tab.snapshot("")
        );
        assert_eq!(
            (a.ok()["response"]["body"].clone(), b.ok()["response"]["body"].clone()),
            (json!("a"), json!("b"))
        );
        assert!(!shown.contains("error"), "{shown}");
    });
}

#[test]
fn the_command_prints_the_body_and_warns_when_it_is_cut() {
    run(async {
        let site = Site::new().await;
        site.answer("/data", &[], b"0123456789");
        let tab = asking(&site, &["/data"]).await;
        let home = &tab.house.home;
        let said = output(home, &["browser", "responsebody", "**/data", "--target-id", &tab.id]);
        assert_eq!((stdout(&said), stderr(&said)), ("0123456789\n".to_owned(), String::new()));
        let said =
            output(home, &["browser", "responsebody", "/data", "--max-chars", "3", "--target-id", &tab.id]);
        assert_eq!(stdout(&said), "012\n");
        assert!(
            stderr(&said).starts_with("warning: the body is longer than 3 characters"),
            "{}",
            stderr(&said)
        );
        let said = output(
            home,
            &["browser", "responsebody", "**/zz", "--timeout-ms", "500", "--target-id", &tab.id],
        );
        assert_eq!(said.status.code(), Some(1));
        assert!(stderr(&said).contains("Response not found for url pattern \"**/zz\"."), "{}", stderr(&said));
    });
}
