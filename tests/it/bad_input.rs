//! Bad input, for every field of every operation: it is refused by name, or answered as usual with a warning that names
//! it. The command line refuses. Nothing is reached: the profile that the calls name does not exist.

use openclaw::ops::Route;
use openclaw::ops::registry::{ALL, Entry};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::support::house::Answer;
use crate::support::program::{openclaw, output, stderr, stdout};
use crate::support::{House, Tab, run};

/// A house whose browser nobody starts.
async fn quiet() -> &'static House {
    static QUIET: OnceCell<House> = OnceCell::const_new();
    QUIET.get_or_init(|| House::with(json!({}))).await
}

/// The fields of an operation and their types.
fn fields(entry: &Entry) -> Vec<(String, String)> {
    let schema = (entry.schema)();
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let kind = |property: &Value| {
        let kind = property["type"].get(0).unwrap_or(&property["type"]);
        kind.as_str().unwrap_or("any").to_owned()
    };
    properties.iter().map(|(name, property)| (name.clone(), kind(property))).collect()
}

/// Calls an operation with one field, over HTTP. Parts of the path are given what they take.
async fn call(entry: &Entry, name: &str, value: Value) -> Answer {
    call_with(entry, name, value, json!({})).await
}

/// The same with other fields besides, where it takes a body.
async fn call_with(entry: &Entry, name: &str, value: Value, others: Value) -> Answer {
    let house = quiet().await;
    let mut body = others.as_object().cloned().unwrap_or_default();
    body.insert(name.to_owned(), value.clone());
    if let Route::Act(kind) = entry.route {
        body.insert("kind".to_owned(), kind.into());
    }
    if let Route::TabAction(action) = entry.route {
        body.insert("action".to_owned(), action.into());
    }
    let part = |part: &str| match part.strip_prefix(':') {
        Some("kind") => "local".to_owned(),
        Some(_) => "nope".to_owned(),
        None => part.to_owned(),
    };
    let path: Vec<String> = entry.route.path().split('/').map(part).collect();
    let path = format!("{}?profile=nope", path.join("/"));
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let query = url::form_urlencoded::Serializer::new(path.clone() + "&").append_pair(name, &text).finish();
    match entry.route {
        Route::Get(_) => house.get(&query).await,
        Route::Delete(_) => house.delete(&query).await,
        Route::Post(_) | Route::Act(_) | Route::TabAction(_) => house.post(&path, Value::Object(body)).await,
    }
}

/// Whether an answer says which field it did not like.
fn names(answer: &Answer, name: &str) -> bool {
    let of_field = answer.body["field"].as_str().is_some_and(|field| field.starts_with(name));
    let warned = answer.body["warnings"].as_array().is_some_and(|all| {
        all.iter().any(|warning| warning.as_str().unwrap_or_default().contains(&format!("\"{name}\"")))
    });
    let is_ours = answer.status < 500 || answer.code() == "UNSUPPORTED";
    is_ours && ((of_field && answer.status >= 400) || warned)
}

/// Values of another type than the field's. In a query everything is text.
fn of_another_type(kind: &str, is_query: bool) -> Vec<Value> {
    match (kind, is_query) {
        ("boolean", true) => vec![json!("maybe")],
        ("boolean", false) => vec![json!("maybe"), json!({"a": 1}), json!([true])],
        ("integer", true) => vec![json!("x"), json!(-1), json!(1.5)],
        ("integer", false) => vec![json!("x"), json!(-1), json!(1.5), json!({"a": 1}), json!([1])],
        ("number", true) => vec![json!("x")],
        ("number", false) => vec![json!("x"), json!({"a": 1}), json!([1])],
        ("string", false) => vec![json!({"a": 1}), json!([1]), json!(true)],
        ("array", false) => vec![json!("x"), json!(7), json!({"a": 1})],
        _ => Vec::new(),
    }
}

#[test]
fn a_field_of_the_wrong_type_is_named() {
    run(async {
        let (mut wrong, mut asked) = (Vec::new(), 0);
        for entry in ALL {
            let is_query = matches!(entry.route, Route::Get(_) | Route::Delete(_));
            for (name, kind) in fields(entry) {
                for value in of_another_type(&kind, is_query) {
                    let answer = call(entry, &name, value.clone()).await;
                    asked += 1;
                    if !names(&answer, &name) && !entry.route.path().contains(&format!(":{name}")) {
                        wrong.push(format!(
                            "{} {name}={value}: {} {}",
                            entry.name, answer.status, answer.body
                        ));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > 2 * ALL.len(), "the schemas say what types there are: {asked} calls");
    });
}

#[test]
fn what_would_be_done_otherwise_than_it_was_asked_is_refused() {
    run(async {
        let house = quiet().await;
        let act = async |body: Value| house.post("/act?profile=nope", body).await;
        for (body, field, message) in [
            (json!({"kind": "wait", "timeMs": 1, "fn": 5}), "fn", "fn must be a string, not a number"),
            (
                json!({"kind": "click", "ref": "e1", "button": 5}),
                "button",
                "button must be a string, not a number",
            ),
            (
                json!({"kind": "click", "ref": "e1", "modifiers": "Shift"}),
                "modifiers",
                "modifiers must be a list, not a string",
            ),
            (
                json!({"kind": "evaluate", "fn": "1", "ref": true}),
                "ref",
                "ref must be a string, not a boolean",
            ),
            // The operation's own words come first.
            (json!({"kind": "type", "ref": "e1", "text": 5}), "text", "type requires text"),
            (
                json!({"kind": "fill", "fields": [{"ref": "e1", "type": 5}]}),
                "fields[0].type",
                "fields[0] type must be text, checkbox or radio",
            ),
            (
                json!({"kind": "batch", "actions": [{"kind": "wait", "timeMs": 1, "fn": 5}]}),
                "actions[0].fn",
                "fn must be a string, not a number",
            ),
        ] {
            let answer = act(body.clone()).await;
            assert_eq!((answer.status, answer.code()), (400, "ACT_INVALID_REQUEST"), "{body}: {answer:?}");
            assert_eq!((&answer.body["field"], answer.error().1), (&json!(field), message), "{body}");
        }
        for (path, body, field) in [
            ("/hooks/dialog", json!({"accept": true, "dialogId": 5}), "dialogId"),
            ("/screenshot", json!({"element": 5}), "element"),
            ("/trace/stop", json!({"path": 5}), "path"),
            ("/tabs/action", json!({"action": "close", "targetId": "t1"}), "targetId"),
            ("/stop", json!({"managedOnly": "maybe"}), "managedOnly"),
        ] {
            let answer = house.post(&format!("{path}?profile=nope"), body).await;
            assert_eq!((answer.status, answer.code()), (400, "INVALID_REQUEST"), "{path}: {answer:?}");
            assert_eq!(answer.body["field"], field, "{path}");
        }
    });
}

#[test]
fn what_counts_as_something_else_is_told_with_what_was_expected() {
    run(async {
        let house = quiet().await;
        let told = async |path: &str, body: Value| house.post(path, body).await.body["warnings"].clone();
        let fields = json!({"kind": "fill", "fields": [{"ref": "e1", "type": "zzz", "value": "x"}]});
        assert_eq!(
            told("/act?profile=nope", fields).await,
            json!(["field \"fields[0].type\" must be text or checkbox or radio and was ignored"])
        );
        let batch =
            json!({"kind": "batch", "stopOnError": "maybe", "actions": [{"kind": "press", "key": "a"}]});
        assert_eq!(
            told("/act?profile=nope", batch).await,
            json!(["field \"stopOnError\" must be true or false and was ignored"])
        );
        assert_eq!(
            told("/stop", json!({"targetId": "t1"})).await,
            json!(["field \"targetId\" means nothing to stop and was ignored"])
        );
        assert_eq!(told("/stop", json!([1])).await, json!(["the body is not an object and was ignored"]));
    });
}

#[test]
fn a_url_that_is_none_is_not_to_be_allowed_but_to_be_written_right() {
    run(async {
        let house = quiet().await;
        for (url, next_step) in [
            ("not a url", "write a whole URL, such as https://example.com"),
            ("file:///etc/passwd", "use an http(s) URL, or about:blank"),
            ("http://user:hunter2@h.test/", "leave them out of the URL, and set credentials"),
        ] {
            for path in ["/tabs/open", "/navigate"] {
                let answer = house.post(path, json!({"url": url})).await;
                assert_eq!((answer.status, answer.code()), (400, "NAVIGATION_BLOCKED"), "{answer:?}");
                assert_eq!(answer.body["nextStep"], next_step, "{url}");
            }
        }
    });
}

#[test]
fn a_command_line_whose_complaints_nobody_reads_ends_as_it_would() {
    let house = House::empty(json!({}));
    for (line, code) in
        [("browser click", 1), ("browser evaluate", 1), ("browser tabs", 1), ("--profile b/d status", 2)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended = openclaw(&house.home).args(line.split(' ')).stderr(writer).output().unwrap();
        assert_eq!(ended.status.code(), Some(code), "{line}");
    }
}

#[test]
fn a_body_that_is_not_read_is_told() {
    run(async {
        let house = quiet().await;
        let url = format!("{}/tabs/open?profile=nope", house.control());
        let form = house.bare().post(url).bearer_auth(&house.token).body("{\"url\": \"about:blank\"}");
        let answer: Value = form.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["error"], "url is required");
        let why = "the body was ignored: its Content-Type is missing, not application/json";
        assert_eq!(answer["warnings"], json!([why]));
    });
}

#[test]
fn a_misspelt_field_is_named_and_the_right_word_told() {
    run(async {
        let mut wrong = Vec::new();
        for entry in ALL {
            for (name, _) in fields(entry).into_iter().filter(|(name, _)| name.len() > 2) {
                let misspelt = format!("{name}q");
                let answer = call(entry, &misspelt, json!("x")).await;
                let told = answer.body["warnings"].to_string();
                if !(told.contains(&misspelt) && told.contains("did you mean")) {
                    wrong.push(format!("{} {misspelt}: {} {}", entry.name, answer.status, answer.body));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

/// What an operation must be given besides, so that nothing else is wrong with a call.
fn complement(entry: &Entry) -> Value {
    match entry.name {
        "navigate" | "responsebody" => json!({"url": "about:blank"}),
        "click" | "hover" | "scrollintoview" => json!({"ref": "e1"}),
        "click-coords" => json!({"x": 1, "y": 1}),
        "drag" => json!({"startRef": "e1", "endRef": "e2"}),
        "type" => json!({"ref": "e1", "text": "x"}),
        "insert-text" => json!({"text": "x"}),
        "press" => json!({"key": "a"}),
        "select" => json!({"ref": "e1", "values": ["x"]}),
        "fill" => json!({"fields": [{"ref": "e1", "value": "x"}]}),
        "wait" => json!({"text": "x"}),
        "evaluate" => json!({"fn": "1"}),
        "resize" => json!({"width": 1, "height": 1}),
        "batch" => json!({"actions": [{"kind": "press", "key": "a"}]}),
        "dialog" => json!({"accept": true}),
        "upload" => json!({"paths": ["x"]}),
        "set-geolocation" => json!({"latitude": 1, "longitude": 1}),
        _ => json!({}),
    }
}

/// Whether an operation follows a number that is far out, or 0, to the letter.
fn is_followed(operation: &str, name: &str, is_zero: bool) -> bool {
    match (operation, name) {
        ("snapshot", "maxChars") | ("set-geolocation", "accuracy") => true,
        // Whatever there is fits.
        ("snapshot", "limit" | "budget" | "maxTokens") => !is_zero,
        // Whether something is there the browser knows.
        (_, "x" | "y" | "index") => true,
        (
            _,
            "effectsMs" | "delayMs" | "timeMs" | "waitMs" | "depth" | "offset" | "latitude" | "longitude",
        ) => is_zero,
        _ => false,
    }
}

#[test]
fn a_number_out_of_every_range_is_refused_or_told_unless_it_means_what_it_says() {
    run(async {
        let (mut wrong, mut asked) = (Vec::new(), 0);
        for entry in ALL {
            let numbers = fields(entry).into_iter().filter(|(_, kind)| kind == "integer" || kind == "number");
            for (name, _) in numbers {
                for value in [u64::MAX, 1_000_000_000_000_000, 0] {
                    let answer = call_with(entry, &name, value.into(), complement(entry)).await;
                    let followed = is_followed(entry.name, &name, value == 0);
                    let goes_on = answer.code() == "PROFILE_NOT_FOUND" && answer.body["warnings"].is_null();
                    asked += 1;
                    if goes_on != followed || (!followed && !names(&answer, &name)) {
                        wrong.push(format!("{} {name}={value}: {answer:?}", entry.name));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(asked > 3 * 20, "the schemas say which fields are numbers: {asked} calls");
        let film = ALL.iter().find(|entry| entry.name == "screencast").unwrap();
        for (name, value) in [("maxWidth", 9000), ("maxHeight", 0), ("quality", 100)] {
            assert!(names(&call(film, name, value.into()).await, name), "{name}");
        }
        assert!(!names(&call(film, "quality", 50.into()).await, "quality"));
    });
}

#[test]
fn a_number_that_is_not_followed_to_the_letter_is_told() {
    run(async {
        for entry in ALL {
            for millis in [entry.window.least - 1, entry.window.most + 1] {
                let answer = call(entry, "timeoutMs", json!(millis)).await;
                // What is wrong besides, a missing field, is told first; the warning stands beside it.
                assert!(names(&answer, "timeoutMs"), "{} {millis}: {answer:?}", entry.name);
            }
            let answer = call(entry, "timeoutMs", json!(entry.window.least)).await;
            assert!(!names(&answer, "timeoutMs"), "{}: {answer:?}", entry.name);
        }
        let house = quiet().await;
        for (query, name) in [
            ("limit=0", "limit"),
            ("budget=0", "budget"),
            ("maxTokens=0", "maxTokens"),
            ("offset=3", "offset"),
            ("format=aria&limit=99999", "limit"),
        ] {
            let answer = house.get(&format!("/snapshot?profile=nope&{query}")).await;
            assert!(names(&answer, name), "{query}: {answer:?}");
        }
        for query in ["limit=1", "within=e1&offset=3", "format=aria&limit=2000", "maxChars=0"] {
            let answer = house.get(&format!("/snapshot?profile=nope&{query}")).await;
            assert!(answer.body.get("warnings").is_none(), "{query}: {answer:?}");
        }
    });
}

#[test]
fn the_command_line_refuses_what_a_request_may_say_without_harm() {
    run(async {
        let house = House::empty(json!({}));
        for (line, said) in [
            (
                "snapshot --limit 99999 --format aria",
                "Error: \"--limit\" is not followed to the letter: format=aria takes 1 to 2000 nodes\n\
                 Try: openclaw browser snapshot --help\n",
            ),
            (
                "snapshot --offset 3",
                "Error: \"--offset\" means something with \"within\" only\nTry: openclaw browser snapshot --help\n",
            ),
            (
                "wait --text x --timeout-ms 1",
                "Error: \"--timeout-ms\" is not followed to the letter: wait takes 500 to 120000 ms\n\
                 Try: openclaw browser wait --help\n",
            ),
            (
                "batch --actions [{\"kind\":\"press\",\"key\":\"a\",\"delay\":1}]",
                "Error: unknown field \"actions[0].delay\"; did you mean \"actions[0].delayMs\"?\n\
                 Try: openclaw browser batch --help\n",
            ),
            (
                "fill --fields [{\"ref\":\"e1\",\"type\":\"zzz\"}]",
                "Error: \"fields[0].type\" must be text or checkbox or radio\nTry: openclaw browser fill --help\n",
            ),
            (
                "storage local clear --target-id t1 --timeout-ms 1",
                "Error: \"--timeout-ms\" is not followed to the letter: storage-clear takes 500 to 120000 ms\n\
                 Try: openclaw browser storage local clear --help\n",
            ),
            (
                "tabs --target-id t1",
                "Error: \"--target-id\" means nothing to tabs\nTry: openclaw browser tabs --help\n",
            ),
        ] {
            let words: Vec<&str> = ["browser"].into_iter().chain(line.split(' ')).collect();
            let output = output(&house.home, &words);
            assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(1), said), "{line}");
            assert!(output.stdout.is_empty(), "{line}");
        }
    });
}

#[test]
fn the_command_line_refuses_unknown_flags_and_numbers_that_are_none() {
    run(async {
        let house = House::empty(json!({}));
        for entry in ALL {
            let Some(words) = entry.commands.first() else { continue };
            let words: Vec<&str> =
                words.split(' ').map(|word| word.split_once('=').map_or(word, |(_, word)| word)).collect();
            let mut lines = vec!["--no-such-flag=1".to_owned()];
            let command = (entry.args)(clap::Command::new(entry.name));
            let kinds = fields(entry);
            for argument in command.get_arguments().filter(|a| a.get_action().takes_values()) {
                let id = argument.get_id().as_str().replace('_', "").to_lowercase();
                let is_number = |(name, kind): &&(String, String)| {
                    name.to_lowercase() == id && (kind == "integer" || kind == "number")
                };
                if let (Some(_), Some(long)) = (kinds.iter().find(is_number), argument.get_long()) {
                    lines.push(format!("--{long}=x"));
                }
            }
            for flag in &lines {
                let mut line = vec!["browser"];
                line.extend(&words);
                line.push(flag);
                let output = output(&house.home, &line);
                let said = stdout(&output) + &stderr(&output);
                let named = said.contains(flag.split('=').next().unwrap());
                assert!(output.status.code() == Some(1) && named, "{line:?}: {said}");
            }
        }
    });
}

#[test]
fn of_what_a_request_says_twice_it_is_told_which_one_counts() {
    run(async {
        let house = quiet().await;
        let warned = |answer: &Answer| answer.body["warnings"].clone();
        let answer = house.get("/profiles?profile=work&limit=1&limit=2&limit=3").await;
        let told = json!([
            "field \"limit\" is given more than once: the last one counts",
            "unknown field \"limit\" was ignored",
            "field \"profile\" means nothing to profiles and was ignored"
        ]);
        assert_eq!((answer.status, warned(&answer)), (200, told), "{answer:?}");
        let answer = house.get("/text?profile=nope&maxChars=0&maxChars=5").await;
        let told = json!(["field \"maxChars\" is given more than once: the last one counts"]);
        assert_eq!((answer.code(), warned(&answer)), ("PROFILE_NOT_FOUND", told), "{answer:?}");
        // The path names the tab; another one is never closed in its place.
        let answer = house.delete("/tabs/t1?profile=nope&targetId=t2").await;
        let told = json!(["field \"targetId\" counts as t1: the path says so"]);
        assert_eq!((answer.code(), warned(&answer)), ("PROFILE_NOT_FOUND", told), "{answer:?}");
        let body = json!({"targetId": "t1", "timeMs": 5, "timeoutMs": 700, "text": "x", "kind": "wait"});
        let answer = house.post("/act?profile=nope&targetId=t2&timeMs=6&timeoutMs=700&text=x", body).await;
        let told = json!([
            "field \"targetId\" counts as the query has it: the body says something else",
            "field \"timeMs\" counts as the body has it: the query says something else"
        ]);
        assert_eq!((answer.code(), warned(&answer)), ("PROFILE_NOT_FOUND", told), "{answer:?}");
        let printed = output(&house.home, &["browser", "--browser-profile", "work", "profiles"]);
        let told = stderr(&printed);
        assert!(told.contains("\"--browser-profile\" means nothing to profiles"), "{told}");
        assert!(!printed.status.success() && stdout(&printed).is_empty(), "{told}");
    });
}

#[test]
fn what_is_too_long_to_be_right_is_not_repeated_in_full() {
    run(async {
        let long = "x".repeat(20_000);
        let mut repeated = Vec::new();
        for entry in ALL {
            let parts = entry.route.path().matches(':').count();
            for (name, _) in fields(entry).into_iter().chain([(long.clone(), String::new())]) {
                let length = call(entry, &name, json!(long)).await.body.to_string().len();
                if parts == 0 && length > 2000 {
                    repeated.push(format!("{} {:.20}", entry.name, name));
                }
            }
        }
        let tab = Tab::with("").await;
        for act in [
            json!({"kind": long}),
            json!({"kind": "press", "key": long}),
            json!({"kind": "press", "key": format!("Control+{long}")}),
            json!({"kind": "click", "ref": long}),
            json!({"kind": "click", "selector": long}),
            json!({"kind": "click", "selector": format!("{long}[")}),
            json!({"kind": "wait", "selector": long, "timeoutMs": 500}),
            json!({"kind": "wait", "text": long, "timeoutMs": 500}),
            json!({"kind": "wait", "url": long, "timeoutMs": 500}),
            json!({"kind": "batch", "actions": [{"kind": long}]}),
            json!({"kind": "batch", "actions": [{"kind": "click", "ref": long}]}),
            json!({"kind": "click", "selector": "body", "targetId": long}),
            json!({"kind": "click", "selector": "body", "profile": long}),
            json!({"kind": "click", "selector": "body", "lease": long}),
        ] {
            let answer = tab.act(act.clone()).await;
            if answer.body.to_string().len() > 2000 {
                repeated.push(format!("{:.60}", act.to_string()));
            }
        }
        assert_eq!(repeated, Vec::<String>::new());
    });
}

#[test]
fn what_was_refused_was_not_ignored() {
    run(async {
        let act = json!({"kind": "fill", "fields": [{"ref": "e1", "vlue": "x"}], "slowly": true});
        let answer = quiet().await.post("/act?profile=nope", act).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!("fields[0].vlue")));
        assert_eq!(answer.body["warnings"], json!(["unknown field \"slowly\" was ignored"]), "{answer:?}");
        let answer = quiet().await.get("/text?profile=nope&maxChars=0").await;
        assert_eq!((answer.status, &answer.body["warnings"]), (400, &json!(null)), "{answer:?}");
    });
}
