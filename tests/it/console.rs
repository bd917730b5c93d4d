//! The console: what a page said since it was opened.

use serde_json::{Value, json};

use crate::support::{House, Tab, run};

async fn said(tab: &Tab<'_>, query: &str) -> Value {
    let body = tab.get("/console", query).await.ok();
    body["messages"].as_array().unwrap().iter().map(|m| json!([m["type"], m["text"]])).collect()
}

#[test]
fn messages_are_kept_from_the_first_on() {
    run(async {
        let tab = Tab::showing("console.html").await;
        tab.click("#levels").await.ok();
        tab.until("true").await;
        let all = json!([
            ["log", "loaded"],
            ["debug", "debug"],
            ["log", "log 1 {a: 2}"],
            ["warning", "warn"],
            ["error", "error"]
        ]);
        assert_eq!(said(&tab, "").await, all);
        assert_eq!(said(&tab, "level=warn").await, json!([["warning", "warn"], ["error", "error"]]));
        assert_eq!(said(&tab, "level=error").await, json!([["error", "error"]]));
    });
}

#[test]
fn what_is_logged_is_shown_as_what_it_is() {
    run(async {
        let tab = Tab::with("").await;
        for (logged, shown) in [
            ("null", "null"),
            ("undefined, NaN, -0, 10n, true", "undefined NaN -0 10n true"),
            (
                "{ a: 'x', b: null, c: { d: 1 }, e: [1, 2], f() {} }",
                "{a: x, b: null, c: Object, e: Array(2), f: function}",
            ),
            ("[1, 'two', { a: 1 }]", "[1, two, Object]"),
            ("{}, []", "{} []"),
            ("new (class Order { id = 7 })", "Order {id: 7}"),
            ("new Map([['k', 1]]), new Set(['v'])", "Map(1) {k => 1} Set(1) {v}"),
            ("/r/g, Symbol('s'), new Date(NaN)", "/r/g Symbol(s) Invalid Date"),
            ("document.createElement('p')", "p"),
        ] {
            tab.eval(&format!("console.log({logged})")).await;
            let all = said(&tab, "").await;
            assert_eq!(all.as_array().unwrap().last().unwrap()[1], shown, "{logged}");
        }
        tab.eval("console.log({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 })").await;
        let all = said(&tab, "").await;
        let last = all.as_array().unwrap().last().unwrap()[1].as_str().unwrap().to_owned();
        assert!(last.starts_with("{a: 1, b: 2") && last.ends_with(", \u{2026}}"), "{last}");
    });
}

#[test]
fn a_message_tells_when_and_where() {
    run(async {
        let tab = Tab::showing("console.html").await;
        let body = tab.get("/console", "").await.ok();
        let message = &body["messages"][0];
        let location = &message["location"];
        assert!(location["url"].as_str().unwrap().ends_with("/console.html"), "{message}");
        assert_eq!((&location["line"], &location["lineNumber"]), (&json!(7), &json!(7)));
        assert_eq!(location["column"], location["columnNumber"]);
        let stamp = message["timestamp"].as_str().unwrap();
        assert!(stamp.len() == 24 && stamp.ends_with('Z') && &stamp[10..11] == "T", "{stamp}");
        assert_eq!(body["targetId"], tab.id);
    });
}

#[test]
fn the_last_five_hundred_are_kept_and_long_texts_cut() {
    run(async {
        let tab = Tab::with("").await;
        tab.eval("for (let n = 0; n < 510; n++) console.log(n + ' ' + 'x'.repeat(3000))").await;
        tab.eval("1").await;
        let messages = said(&tab, "").await;
        let messages = messages.as_array().unwrap();
        assert_eq!(messages.len(), 500);
        assert!(messages[499][1].as_str().unwrap().starts_with("509 "));
        assert!(messages.iter().all(|message| message[1].as_str().unwrap().len() == 2048));
    });
}

#[test]
fn tabs_have_consoles_of_their_own() {
    run(async {
        let (one, two) = (Tab::with("<script>console.log('one')</script>").await, Tab::with("").await);
        assert_eq!(said(&one, "").await, json!([["log", "one"]]));
        assert_eq!(said(&two, "").await, json!([]));
        let answer = House::shared().await.get("/console?targetId=nowhere").await;
        assert_eq!((answer.error().0, answer.code()), (404, "TAB_NOT_FOUND"));
    });
}
