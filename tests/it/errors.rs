//! Page errors: what nothing in a page caught since it was opened.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

async fn thrown(tab: &Tab<'_>, query: &str) -> Vec<Value> {
    tab.get("/errors", query).await.ok()["errors"].as_array().unwrap().clone()
}

fn told(errors: &[Value]) -> Value {
    errors.iter().map(|error| json!([error["name"], error["message"]])).collect()
}

#[test]
fn exceptions_and_rejections_are_kept_from_the_first_on() {
    run(async {
        let tab = Tab::with(
            "<script>null.x</script><script>syntax error</script>\
             <script>class Mine extends Error { name = 'Mine' }; throw new Mine('a: b')</script>\
             <script>throw 'a text'</script><script>throw {a: 1}</script>\
             <script>Promise.reject(new RangeError('rejected'))</script>",
        )
        .await;
        let errors = thrown(&tab, "").await;
        let expected = json!([
            ["TypeError", "Cannot read properties of null (reading 'x')"],
            ["SyntaxError", "Unexpected identifier 'error'"],
            ["Mine", "a: b"],
            [null, "a text"],
            [null, "Object"],
            ["RangeError", "rejected"]
        ]);
        assert_eq!(told(&errors), expected);
    });
}

#[test]
fn an_error_tells_when_and_where() {
    run(async {
        let tab = Tab::showing("console.html").await;
        tab.click("#throw").await.ok();
        tab.click("#reject").await.ok();
        tab.eval("1").await;
        let body = tab.get("/errors", "").await.ok();
        assert_eq!((&body["ok"], &body["targetId"]), (&json!(true), &json!(tab.id)));
        assert!(body["url"].as_str().unwrap().ends_with("/console.html"), "{body}");
        for (error, message, line) in [(&body["errors"][0], "thrown", 5), (&body["errors"][1], "rejected", 6)]
        {
            assert_eq!((&error["name"], &error["message"]), (&json!("Error"), &json!(message)));
            let stack = error["stack"].as_str().unwrap();
            assert!(stack.starts_with(&format!("Error: {message}\n    at ")), "{stack}");
            assert!(error["location"]["url"].as_str().unwrap().ends_with("/console.html"), "{error}");
            assert_eq!(
                (&error["location"]["line"], &error["location"]["lineNumber"]),
                (&json!(line), &json!(line))
            );
            let stamp = error["timestamp"].as_str().unwrap();
            assert!(stamp.len() == 24 && stamp.ends_with('Z'), "{stamp}");
        }
    });
}

#[test]
fn what_is_caught_is_no_error() {
    run(async {
        let tab = Tab::with("<script>try { null.x } catch {}</script>").await;
        tab.eval("window.late = Promise.reject(new Error('late')); 1").await;
        assert_eq!(told(&thrown(&tab, "").await), json!([["Error", "late"]]));
        // Handled after all: the browser takes it back.
        tab.eval("late.catch(() => 1)").await;
        tab.eval("1").await;
        assert_eq!(told(&thrown(&tab, "").await), json!([]));
    });
}

#[test]
fn clear_forgets_them_after_telling_them() {
    run(async {
        let tab = Tab::with("<script>null.x</script>").await;
        assert_eq!(thrown(&tab, "clear=maybe").await.len(), 1);
        assert_eq!(thrown(&tab, "clear=0").await.len(), 1);
        assert_eq!(thrown(&tab, "clear=1").await.len(), 1);
        assert_eq!(thrown(&tab, "").await.len(), 0);
        tab.eval("setTimeout(() => { throw new Error('again') })").await;
        tab.eval("new Promise(done => setTimeout(done, 1))").await;
        assert_eq!(told(&thrown(&tab, "clear=true").await), json!([["Error", "again"]]));
    });
}

#[test]
fn the_last_two_hundred_are_kept_and_long_texts_cut() {
    run(async {
        let tab = Tab::with("").await;
        tab.eval("for (let n = 0; n < 210; n++) Promise.reject(new Error(n + ' ' + 'x'.repeat(20000)))")
            .await;
        tab.eval("1").await;
        let errors = thrown(&tab, "").await;
        assert_eq!(errors.len(), 200);
        assert!(errors[199]["message"].as_str().unwrap().starts_with("209 "));
        for error in errors {
            let length = |field: &str| error[field].as_str().unwrap().len();
            assert_eq!((length("message"), length("stack")), (2048, 8192));
        }
    });
}

#[test]
fn frames_of_other_sites_are_heard_and_other_tabs_are_not() {
    run(async {
        let site = Site::with("").await;
        site.page("/inner", "<script>throw new Error('inside')</script>");
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/inner")));
        let house = House::shared().await;
        let (tab, other) = (house.open(&site.url("/")).await, Tab::with("").await);
        assert_eq!(told(&thrown(&tab, "").await), json!([["Error", "inside"]]));
        assert_eq!(told(&thrown(&other, "").await), json!([]));
        let answer = house.get("/errors?targetId=nowhere").await;
        assert_eq!((answer.error().0, answer.code()), (404, "TAB_NOT_FOUND"));
    });
}
