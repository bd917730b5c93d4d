//! Evaluate: what comes back, what is an error, and that a runaway script hurts nobody else.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

#[test]
fn expressions_functions_and_statements_are_run() {
    run(async {
        let tab = Tab::with("<p>Here</p>").await;
        for (script, expected) in [
            ("1 + 1", json!(2)),
            ("1 + 1;", json!(2)),
            ("() => document.querySelector('p').textContent", json!("Here")),
            ("function () { return 'f' }", json!("f")),
            ("async () => (await Promise.resolve([1, { a: null }]))", json!([1, {"a": null}])),
            ("Promise.resolve(3)", json!(3)),
            ("const a = 2; return a * 2", json!(4)),
            ("await null; return 'late'", json!("late")),
            ("({ a: 1 })", json!({"a": 1})),
            ("'a' // comment", json!("a")),
        ] {
            assert_eq!(tab.eval(script).await, expected, "{script}");
        }
    });
}

#[test]
fn an_evaluate_and_what_it_changed_is_one_flight() {
    run(async {
        let mut house = House::with(json!({})).await;
        let tab = house.open(&Site::with("<p>Here</p>").await.url("/")).await;
        let append = json!({"kind": "evaluate", "fn": "document.body.append('x')"});
        assert_eq!(tab.act(append.clone()).await.ok()["effects"]["effect"], "changed");
        let service = house.gateway().service();
        let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
        let before = browser.traffic();
        let told = tab.act(append).await.ok()["effects"].clone();
        let after = browser.traffic();
        assert_eq!(told, json!({"effect": "changed", "contentChanged": true}));
        // Armed, run and asked together; then one word that nobody waits for.
        assert_eq!((after.flights - before.flights, after.sent - before.sent), (2, 4));
        // One that takes longer than the question beside it is asked once more.
        for script in [
            "new Promise(done => setTimeout(() => done(document.body.append('late')), 300))",
            "await new Promise(done => setTimeout(done, 300)); document.body.append('late')",
            "document.body.append('not parsed as an expression'); return 1",
        ] {
            let told = tab.act(json!({"kind": "evaluate", "fn": script})).await.ok()["effects"].clone();
            assert_eq!(told, json!({"effect": "changed", "contentChanged": true}), "{script}");
        }
        let thrown = tab.act(json!({"kind": "evaluate", "fn": "document.title = 'T'; throw 1"})).await;
        assert_eq!(thrown.error(), (400, "1"));
        assert_eq!(tab.eval("1").await, 1);
        house.stop().await;
    });
}

#[test]
fn what_json_cannot_say_follows_the_contract() {
    run(async {
        let tab = Tab::with("").await;
        for (script, expected) in [
            ("new Date(0)", json!("1970-01-01T00:00:00.000Z")),
            ("NaN", Value::Null),
            ("[Infinity]", json!([null])),
            ("new Map([[1, 2]])", json!({})),
            ("document.body", json!("ref: <Node>")),
            ("({ w: window })", json!({"w": "ref: <Window>"})),
            ("new Date(NaN)", Value::Null),
            ("[-0, -Infinity, 1e21, 0.1]", json!([0, null, 1e21, 0.1])),
            ("new Set([1])", json!({})),
            ("[undefined, () => 1, Symbol('s')]", json!([null, null, null])),
            ("({ u: undefined, f() {}, s: Symbol('s'), n: null })", json!({"n": null})),
            ("new Uint8Array([1, 2])", json!({"0": 1, "1": 2})),
            ("[new Number(5), new String('x'), new Boolean(false)]", json!([5, "x", false])),
            ("new URL('http://h/')", json!("http://h/")),
            ("document.body.getBoundingClientRect().x", json!(8)),
            (
                "new DOMRect(1, 2, 3, 4)",
                json!({"x": 1, "y": 2, "width": 3, "height": 4, "top": 2, "right": 4, "bottom": 6, "left": 1}),
            ),
            ("({ toJSON() { return { a: 1 } } })", json!({"a": 1})),
            (
                "class C { a = 1; toJSON(key) { return [this.a, key] } }; return { k: new C }",
                json!({"k": [1, "k"]}),
            ),
            ("new (class { toJSON() { return this } a = 2 })", json!({"a": 2})),
            ("'\\ud800'", json!("\u{fffd}")),
            (
                "({ '\\ud800': ['a\\udc00b', '\\ud83e\\udd80'] })",
                json!({"\u{fffd}": ["a\u{fffd}b", "\u{1f980}"]}),
            ),
            ("JSON.parse('{\"__proto__\": {\"a\": 1}}')", json!({"__proto__": {"a": 1}})),
            (
                "Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })",
                json!({"own": 2}),
            ),
            ("const same = {}; return [same, same]", json!([{}, {}])),
            ("document.querySelectorAll('body')", json!({"0": "ref: <Node>"})),
            ("document.createElement('iframe').ownerDocument", json!("ref: <Node>")),
        ] {
            assert_eq!(tab.eval(script).await, expected, "{script}");
        }
        for script in ["() => () => 1", "Symbol('s')"] {
            assert!(tab.try_eval(script).await.ok().get("result").is_none(), "{script}");
        }
        assert!(tab.try_eval("undefined").await.ok().get("result").is_none());
        assert_eq!(tab.try_eval("null").await.ok().get("result"), Some(&Value::Null));
    });
}

#[test]
fn what_fails_says_so_in_the_page_s_words() {
    run(async {
        let tab = Tab::with("").await;
        for (script, words) in [
            ("10n", "BigInt"),
            ("const a = {}; a.a = a; return a", "circular"),
            ("({ deep: [10n] })", "BigInt"),
            ("let a = 1; for (let n = 0; n < 101; n++) a = [a]; return a", "nested deeper than 100 levels"),
            ("() => { throw new TypeError('boom') }", "TypeError: boom"),
            ("Promise.reject(new Error('late boom'))", "late boom"),
            ("nowhere.at.all", "nowhere is not defined"),
            ("() => {", "SyntaxError"),
            ("JSON.parse('{')", "JSON"),
        ] {
            let answer = tab.try_eval(script).await;
            assert_eq!((answer.error().0, answer.code()), (400, "SCRIPT_FAILED"), "{script}: {answer:?}");
            assert!(answer.error().1.contains(words), "{script}: {answer:?}");
        }
        assert_eq!(tab.try_eval(" ").await.error(), (400, "evaluate requires fn"));
    });
}

#[test]
fn a_script_that_does_not_parse_is_told_where_in_the_caller_s_own_text() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        let button = tab.find("Go").await;
        for (script, told) in [
            ("foo(", "SyntaxError: Unexpected end of input (line 1, column 5)"),
            ("const a = 1;\nconst b = ;\nreturn a", "SyntaxError: Unexpected token ';' (line 2, column 11)"),
            ("() => { return 1 +", "SyntaxError: Unexpected end of input (line 1, column 19)"),
            ("function () { x = ; }", "SyntaxError: Unexpected token ';' (line 1, column 19)"),
            ("foo(); }", "SyntaxError: Unexpected token '}' (line 1, column 8)"),
            ("\n\n  let x = 'abc", "SyntaxError: Invalid or unexpected token (line 3, column 11)"),
            ("return return", "SyntaxError: Unexpected token 'return' (line 1, column 8)"),
            ("a b", "SyntaxError: Unexpected identifier 'b' (line 1, column 3)"),
        ] {
            for extra in [json!({}), json!({"ref": button}), json!({"kind": "wait"})] {
                let mut act = json!({"kind": "evaluate", "fn": script});
                act.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                let answer = tab.act(act.clone()).await;
                assert_eq!(answer.error(), (400, told), "{act}");
                assert_eq!((answer.code(), &answer.body["field"]), ("SCRIPT_FAILED", &json!("fn")));
            }
        }
    });
}

#[test]
fn a_page_that_has_its_own_json_gets_no_say_in_results() {
    run(async {
        let hostile = "<p>Here</p><iframe srcdoc='<b>x</b>'></iframe><script>
            JSON.stringify = () => '\"forged\"';
            for (const kind of [Object, Array, String, Number, Boolean, BigInt, Function])
                kind.prototype.toJSON = () => 'forged';
            Object.defineProperty(Object.prototype, 'toString', { value: () => 'forged' });
            Array.prototype[Symbol.iterator] = Array.prototype.push = Array.prototype.map = () => 'forged';
            Object.keys = Object.entries = () => ['forged'];
            class Node {}
            class Map {}
        </script>";
        let tab = Tab::with(hostile).await;
        for (script, expected) in [
            (
                "({ a: [1, 'x', true, null], b: { c: {} } })",
                json!({"a": [1, "x", true, null], "b": {"c": {}}}),
            ),
            ("'x'", json!("x")),
            ("5", json!(5)),
            ("[new Date(0)]", json!(["1970-01-01T00:00:00.000Z"])),
            ("document.querySelector('p')", json!("ref: <Node>")),
            ("document.querySelector('iframe').contentDocument.body", json!("ref: <Node>")),
            ("document.querySelector('iframe').contentWindow", json!("ref: <Window>")),
            ("({ toJSON: () => 'own' })", json!("own")),
            ("({ nodeType: 1, window: 2 })", json!({"nodeType": 1, "window": 2})),
        ] {
            assert_eq!(tab.eval(script).await, expected, "{script}");
        }
        assert!(tab.try_eval("10n").await.error().1.contains("BigInt"));
        let circle = tab.try_eval("const a = []; a[0] = { a }; return a").await;
        assert!(circle.error().1.contains("circular"), "{circle:?}");
    });
}

#[test]
fn a_script_runs_once() {
    run(async {
        let tab = Tab::with("<script>n = 0</script>").await;
        for script in ["n++", "n++; return n", "() => { n++; throw new SyntaxError('mine') }"] {
            tab.try_eval(script).await;
        }
        assert_eq!(tab.eval("n").await, 3);
    });
}

#[test]
fn a_ref_is_the_function_s_argument() {
    run(async {
        let tab = Tab::with("<button id=b>Go</button><script>b.mine = 5</script>").await;
        let go = tab.find("Go").await;
        for (script, expected) in [
            ("el => el.id", json!("b")),
            ("el.mine", json!(5)),
            ("return el.localName", json!("button")),
            ("async el => el === document.getElementById('b')", json!(true)),
        ] {
            let answer = tab.act(json!({"kind": "evaluate", "ref": go, "fn": script})).await.ok();
            assert_eq!(answer["result"], expected, "{script}");
        }
    });
}

#[test]
fn a_busy_loop_is_stopped_and_the_tab_stays_usable() {
    run(async {
        let (busy, other) = (Tab::with("").await, Tab::with("").await);
        let endless = json!({"kind": "evaluate", "fn": "() => { for (;;); }", "timeoutMs": 500});
        let (answer, elsewhere) = tokio::join!(busy.act(endless), other.eval("'fine'"));
        assert_eq!((answer.error(), answer.code()), ((504, "evaluate timed out after 500ms"), "TIMEOUT"));
        assert_eq!(elsewhere, "fine");
        assert_eq!(busy.eval("'alive'").await, "alive");
        let never = json!({"kind": "evaluate", "fn": "new Promise(() => {})", "timeoutMs": 500});
        assert_eq!(busy.act(never).await.code(), "TIMEOUT");
        assert_eq!(busy.eval("'alive'").await, "alive");
    });
}

#[test]
fn a_page_s_own_busy_loop_does_not_outlast_the_deadline() {
    run(async {
        let tab = Tab::showing("busy.html").await;
        tab.eval("setTimeout(() => { for (;;); }); null").await;
        let click = json!({"kind": "click", "selector": "#fine", "timeoutMs": 700});
        assert_eq!(tab.act(click).await.code(), "TIMEOUT");
        let ask = json!({"kind": "evaluate", "fn": "1", "timeoutMs": 500});
        assert_eq!(tab.act(ask).await.code(), "TIMEOUT");
        assert_eq!(tab.eval("'the loop was stopped'").await, "the loop was stopped");
    });
}

#[test]
fn nothing_of_ours_shows_in_the_page() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        tab.click_ref(&tab.find("Go").await).await.ok();
        let traces = "[typeof __openclaw, document.documentElement.outerHTML.includes('openclaw'), \
                      document.querySelector('button').attributes.length]";
        assert_eq!(tab.eval(traces).await, json!(["undefined", false, 0]));
    });
}

#[test]
fn scripts_are_refused_where_the_config_says_so() {
    run(async {
        let mut house = House::with(json!({"browser": {"evaluateEnabled": false}})).await;
        let site = Site::with("<button onclick='this.textContent = \"done\"'>Go</button>").await;
        {
            let tab = house.open(&site.url("/")).await;
            let words = "is disabled by config (browser.evaluateEnabled=false).";
            for (act, what) in [
                (json!({"kind": "evaluate", "fn": "1"}), "act:evaluate"),
                (json!({"kind": "wait", "fn": "1"}), "wait --fn"),
            ] {
                let answer = tab.act(act.clone()).await;
                assert_eq!((answer.error().0, answer.code()), (403, "ACT_EVALUATE_DISABLED"));
                assert!(answer.error().1.starts_with(&format!("{what} {words}")), "{answer:?}");
                let click = json!({"kind": "click", "selector": "button"});
                let batch = json!({"kind": "batch", "actions": [click, act]});
                let results = tab.act(batch).await.ok()["results"].clone();
                assert_eq!(
                    (&results[0]["ok"], &results[1]["ok"]),
                    (&json!(true), &json!(false)),
                    "{results}"
                );
                assert_eq!(results[1]["code"], "ACT_EVALUATE_DISABLED", "{results}");
            }
            tab.find("button \"done\"").await;
        }
        house.stop().await;
    });
}
