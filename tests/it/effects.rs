//! Effects: every act and every navigation tells what it changed and what still runs, and says "none" only when that is
//! true.

use serde_json::{Value, json};

use crate::support::program::{output, stdout};
use crate::support::{House, Site, Tab, run};

/// Clicks what a selector matches, and yields what that changed.
async fn click(tab: &Tab<'_>, selector: &str) -> Value {
    tab.click(selector).await.ok()["effects"].clone()
}

/// A page whose one button runs a script.
async fn button(script: &str) -> Tab<'static> {
    Tab::with(&format!(
        "<button>Go</button><script>document.querySelector('button').onclick = () => {{ {script} }}</script>"
    ))
    .await
}

/// What a click on a button changes besides the focus that it takes.
async fn effects(script: &str) -> Value {
    let tab = button(script).await;
    tab.eval("document.querySelector('button').focus()").await;
    click(&tab, "button").await
}

#[test]
fn nothing_is_said_when_nothing_happens() {
    run(async {
        let nothing = json!({"effect": "none"});
        assert_eq!(effects("").await, nothing);
        let tab = Tab::with("<p>Text</p>").await;
        for act in [
            json!({"kind": "press", "key": "a"}),
            json!({"kind": "hover", "selector": "p"}),
            json!({"kind": "scrollIntoView", "selector": "p"}),
            json!({"kind": "evaluate", "fn": "1"}),
            json!({"kind": "wait", "text": "Text"}),
            json!({"kind": "clickCoords", "x": 400, "y": 400}),
            json!({"kind": "batch", "actions": [{"kind": "press", "key": "a"}]}),
        ] {
            assert_eq!(tab.act(act.clone()).await.ok()["effects"], nothing, "{act}");
        }
    });
}

#[test]
fn a_change_of_the_document_is_told_however_it_is_made() {
    run(async {
        for script in [
            "document.body.append('more')",
            "document.body.firstChild.data += '!'",
            "document.querySelector('button').title = 'x'",
            "Promise.resolve().then(() => document.body.append('soon'))",
            "setTimeout(() => document.body.append('a task later'), 0)",
            "document.querySelector('#open').shadowRoot.firstChild.textContent = 'x'",
            "document.querySelector('p').attachShadow({mode: 'open'}).innerHTML = 'x'",
            "customElements.define('x-late', class extends HTMLElement { constructor() { super().attachShadow({mode: 'open'}) } })",
            "document.querySelector('input').value = 'x'",
            "document.querySelector('[type=checkbox]').checked = true",
            "document.querySelector('select').selectedIndex = 1",
            "document.querySelector('[popover]').showPopover()",
            "document.querySelector('iframe').contentDocument.body.append('inside')",
        ] {
            let html = format!(
                "Text<button onclick=\"{script}\">Go</button><div id=open></div><p></p><x-late></x-late><input><input type=checkbox><select><option>a\
                 <option>b</select><div popover>Pop</div><iframe srcdoc='in'></iframe>\
                 <script>document.querySelector('#open').attachShadow({{mode: 'open'}}).append(document.createElement('b'))</script>"
            );
            let tab = Tab::with(&html).await;
            tab.eval("document.querySelector('button').focus()").await;
            let told = click(&tab, "button").await;
            assert_eq!(told, json!({"effect": "changed", "contentChanged": true}), "{script}");
        }
    });
}

#[test]
fn title_url_and_focus_are_told() {
    run(async {
        let told = effects("document.title = 'New'").await;
        assert_eq!(told["title"], json!({"from": "/", "to": "New"}), "{told}");
        let tab = button("history.pushState(null, '', '/pushed')").await;
        let told = click(&tab, "button").await;
        assert!(told["url"]["to"].as_str().unwrap().ends_with("/pushed"), "{told}");
        assert!(told.get("newDocument").is_none(), "{told}");
        let tab = Tab::with("<label for=field>Name</label><input id=field>").await;
        let told = click(&tab, "label").await;
        let reference = told["focus"]["ref"].as_str().unwrap().to_owned();
        assert!(told["focus"]["element"].as_str().unwrap().starts_with("<input id=\"field\""), "{told}");
        tab.act(json!({"kind": "type", "ref": reference, "text": "by its ref"})).await.ok();
        assert_eq!(tab.property("#field", "value").await, "by its ref");
        assert_eq!(effects("document.activeElement.blur()").await["focus"], json!({}));
    });
}

#[test]
fn what_an_act_types_and_chooses_is_a_change() {
    run(async {
        let tab = Tab::with("<input autofocus><select><option>a<option>b</select><div style='height: 5000px'></div><p>Far</p>").await;
        for act in [
            json!({"kind": "type", "selector": "input", "text": "x"}),
            json!({"kind": "press", "key": "a"}),
            json!({"kind": "insertText", "text": "b"}),
            json!({"kind": "select", "selector": "select", "values": ["b"]}),
            json!({"kind": "evaluate", "fn": "document.body.append('x')"}),
        ] {
            let told = tab.act(act.clone()).await.ok()["effects"].clone();
            assert_eq!(told["contentChanged"], true, "{act}: {told}");
            tab.eval("document.querySelector('input').focus()").await;
        }
        let told = tab.act(json!({"kind": "scrollIntoView", "selector": "p"})).await.ok()["effects"].clone();
        assert_eq!(told, json!({"effect": "changed", "scrolled": true}));
        let fields = json!([{"ref": tab.find("textbox").await, "value": "filled"}]);
        let told = tab.act(json!({"kind": "fill", "fields": fields})).await.ok()["effects"].clone();
        assert_eq!(told["contentChanged"], true, "{told}");
    });
}

#[test]
fn what_a_hover_shows_is_a_change() {
    run(async {
        let tab =
            Tab::with("<style>p:not(:hover) > b { visibility: hidden }</style><p>Menu <b>Entry</b></p>")
                .await;
        let told = tab.act(json!({"kind": "hover", "selector": "p"})).await.ok()["effects"].clone();
        assert_eq!(told, json!({"effect": "changed", "contentChanged": true}));
    });
}

#[test]
fn what_comes_with_a_frame_is_told_of_a_tab_behind_its_popup() {
    run(async {
        let site = Site::with(
            "<button id=open onclick='window.open(`/popup`)'>Open</button>
             <button id=frame onclick='requestAnimationFrame(() => document.body.append(`drawn`))'>Frame</button>
             <div id=list tabindex=0 style='height: 100px; overflow: auto'><div style='height: 9000px'></div></div>",
        )
        .await;
        site.page("/popup", "Popup");
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.click("#open").await.ok();
        // A document that comes behind it is hardly drawn, once it has been at rest.
        tab.navigate(&site.url("/?again")).await.ok();
        tab.eval("new Promise(done => setTimeout(done, 1500))").await;
        for (focus, act, told) in [
            ("#frame", json!({"kind": "click", "selector": "#frame"}), "contentChanged"),
            ("#list", json!({"kind": "press", "key": "End"}), "scrolled"),
            ("#list", json!({"kind": "press", "key": "Home", "effectsMs": 50}), "scrolled"),
        ] {
            tab.eval(&format!("document.querySelector('{focus}').focus()")).await;
            let effects = tab.act(act.clone()).await.ok()["effects"].clone();
            assert_eq!(
                (&effects["effect"], &effects[told]),
                (&json!("changed"), &json!(true)),
                "{act}: {effects}"
            );
        }
    });
}

#[test]
fn a_closed_tab_is_told() {
    run(async {
        let tab = Tab::with("<p>Text</p>").await;
        let told = tab.act(json!({"kind": "close"})).await.ok()["effects"].clone();
        assert_eq!(
            (&told["effect"], &told["tabsClosed"][0]["targetId"]),
            (&json!("changed"), &json!(tab.id))
        );
        let tab = Tab::with("<a href=/ target=_blank rel=opener>Open</a>").await;
        let told = click(&tab, "a").await;
        let popup = told["tabsOpened"][0].clone();
        assert_eq!(told["tabsOpened"].as_array().map(Vec::len), Some(1), "{told}");
        let house = House::shared().await;
        let act = |mut body: Value| {
            body["targetId"] = popup["targetId"].clone();
            house.post("/act", body)
        };
        let write = "document.body.innerHTML = '<button onclick=\"window.close()\">Close</button>'";
        act(json!({"kind": "evaluate", "fn": write})).await.ok();
        let answer = act(json!({"kind": "click", "selector": "button"})).await;
        assert_eq!(answer.status, 200, "the act closed its own tab: {answer:?}");
        assert_eq!(answer.body["effects"]["tabsClosed"][0]["targetId"], popup["targetId"], "{answer:?}");
    });
}

#[test]
fn a_dialog_is_told_with_what_happened_before_it() {
    run(async {
        let tab = button("document.title = 'Asked'; alert('sure?')").await;
        let told = click(&tab, "button").await;
        assert_eq!(
            (&told["effect"], &told["dialogs"][0]["message"]),
            (&json!("changed"), &json!("sure?")),
            "{told}"
        );
        assert_eq!(told["pending"]["dialog"], "d1", "{told}");
        let tab = button("alert('sure?')").await;
        tab.post("/hooks/dialog", json!({"accept": true})).await.ok();
        let told = click(&tab, "button").await;
        assert_eq!(told["dialogs"][0]["closedBy"], "armed", "{told}");
        assert!(told.get("pending").is_none(), "{told}");
    });
}

#[test]
fn console_errors_and_downloads_are_told() {
    run(async {
        let told = effects("console.log('fine'); console.error('broken', 7)").await;
        assert_eq!(
            told,
            json!({"effect": "changed", "consoleErrors": {"count": 1, "messages": ["broken 7"]}})
        );
        let site = Site::with("<a download href=/file>Get</a>").await;
        site.file("/file", Some("report.txt"), b"hello");
        let tab = House::shared().await.open(&site.url("/")).await;
        let body = tab.click("a").await.ok();
        assert_eq!(body["effects"]["downloads"], json!(["report.txt"]), "{body}");
        assert_eq!(body["downloads"][0]["suggestedFilename"], "report.txt");
    });
}

#[test]
fn errors_and_requests_are_told_whether_they_failed_or_still_run() {
    run(async {
        let told = effects("fetch('/missing.json')").await;
        assert!(told["pending"]["requests"] == 1 || told["failedRequests"]["count"] == 1, "{told}");
        let told = effects("setTimeout(() => { throw new TypeError('oops') })").await;
        assert_eq!(told["pageErrors"], json!({"count": 1, "messages": ["TypeError: oops"]}), "{told}");
        let tab = button("fetch('/missing.json')").await;
        let told =
            tab.act(json!({"kind": "click", "selector": "button", "effectsMs": 500})).await.ok()["effects"]
                .clone();
        let failed = told["failedRequests"]["messages"][0].as_str().unwrap();
        assert!(failed.starts_with("GET http://") && failed.ends_with("/missing.json: 404"), "{told}");
        let site = Site::with("<button onclick=\"fetch('/held')\">Go</button>").await;
        site.file_that_ends("/held", None, b"half", crate::support::End::Held);
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.eval("document.querySelector('button').focus()").await;
        assert_eq!(click(&tab, "button").await, json!({"effect": "pending", "pending": {"requests": 1}}));
    });
}

#[test]
fn a_longer_watch_sees_what_comes_late() {
    run(async {
        let late = "setTimeout(() => { document.title = 'Late'; document.body.append('x') }, 800)";
        let tab = button(late).await;
        tab.eval("document.querySelector('button').focus()").await;
        assert_eq!(click(&tab, "button").await, json!({"effect": "pending", "pending": {"deferred": true}}));
        tab.until("document.title == 'Late'").await;
        tab.eval("document.title = 'Early'").await;
        let told =
            tab.act(json!({"kind": "click", "selector": "button", "effectsMs": 2000})).await.ok()["effects"]
                .clone();
        assert_eq!((&told["title"]["to"], &told["contentChanged"]), (&json!("Late"), &json!(true)), "{told}");
        let answer = tab.act(json!({"kind": "press", "key": "a", "effectsMs": 10_001})).await;
        assert_eq!(answer.error(), (400, "effectsMs must not exceed 10000"));
        assert_eq!((answer.code(), &answer.body["field"]), ("ACT_INVALID_REQUEST", &json!("effectsMs")));
    });
}

#[test]
fn a_navigation_is_told_as_done_or_as_pending() {
    run(async {
        let site = Site::with("<a id=quick href=/next>Next</a><a id=held href=/held>Held</a>").await;
        site.page("/next", "<p>Next</p>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let told = click(&tab, "#quick").await;
        assert_eq!(
            (&told["url"]["to"], &told["newDocument"]),
            (&json!(site.url("/next")), &json!(true)),
            "{told}"
        );
        let told = tab.navigate(&site.url("/")).await.ok()["effects"].clone();
        assert_eq!(
            (&told["effect"], &told["url"]["to"], &told["title"]["to"]),
            (&json!("changed"), &json!(site.url("/")), &json!("/"))
        );
        let told = tab.navigate(&site.url("/")).await.ok()["effects"].clone();
        assert_eq!((told.get("url"), &told["newDocument"]), (None, &json!(true)), "{told}");
        let opened = House::shared().await.post("/tabs/open", json!({"url": site.url("/next")})).await.ok();
        assert_eq!(
            opened["effects"]["url"],
            json!({"from": "about:blank", "to": site.url("/next")}),
            "{opened}"
        );
        House::shared().await.delete(&format!("/tabs/{}", opened["targetId"].as_str().unwrap())).await.ok();
        let house = House::shared().await;
        let blank = house.post("/tabs/open", json!({"url": "about:blank"})).await.ok();
        let rows = blank["effects"]["tabsOpened"].clone();
        assert_eq!(
            blank["effects"],
            json!({"effect": "changed", "tabsOpened": rows}),
            "a blank tab is there at once"
        );
        let wait =
            json!({"kind": "wait", "targetId": blank["targetId"], "loadState": "load", "timeoutMs": 5000});
        house.post("/act", wait).await.ok();
        house.delete(&format!("/tabs/{}", blank["targetId"].as_str().unwrap())).await.ok();
        site.page_that_never_comes("/held");
        let told = click(&tab, "#held").await;
        assert_eq!(
            (&told["effect"], &told["pending"]["navigation"]),
            (&json!("changed"), &json!(site.url("/held"))),
            "{told}"
        );
    });
}

#[test]
fn what_begins_with_the_next_frames_is_no_nothing() {
    run(async {
        let told =
            effects("requestAnimationFrame(() => requestAnimationFrame(() => document.body.append('x')))")
                .await;
        assert_eq!(told, json!({"effect": "changed", "contentChanged": true}));
        let scrolled = json!({"effect": "changed", "scrolled": true});
        assert_eq!(effects("scrollTo({top: 1000, behavior: 'smooth'})").await, json!({"effect": "none"}));
        let tall = "<style>html, div { scroll-behavior: smooth }</style><div style='height: 200px; overflow: scroll' tabindex=0>\
                    <p style='height: 5000px'>Top<p id=inner>Inside</div><p style='height: 5000px'>Tall<p id=far>Far";
        for focus in ["document.body", "document.querySelector('div')"] {
            for key in ["PageDown", "End", "ArrowDown", "Space"] {
                let tab = Tab::with(tall).await;
                tab.eval(&format!("{focus}.focus()")).await;
                assert_eq!(tab.press(key).await.ok()["effects"], scrolled, "{key} on {focus}");
            }
        }
        let html = format!("<button onclick='window.scrollBy(0, 999)'>Go</button>{tall}");
        let tab = Tab::with(&html).await;
        tab.eval("document.querySelector('button').focus()").await;
        assert_eq!(click(&tab, "button").await, scrolled);
        for target in ["#inner", "#far"] {
            let tab = Tab::with(tall).await;
            let act = json!({"kind": "scrollIntoView", "selector": target});
            assert_eq!(tab.act(act).await.ok()["effects"], scrolled, "{target}");
        }
    });
}

#[test]
fn what_changes_beside_the_document_is_no_nothing() {
    run(async {
        let changed = json!({"effect": "changed", "contentChanged": true});
        for script in [
            "document.body.animate([{opacity: 1}, {opacity: 0.5}], 1000)",
            "document.styleSheets[0].insertRule('p { color: red }')",
            "document.styleSheets[0].disabled = true",
            "document.adoptedStyleSheets = [new CSSStyleSheet()]",
            "document.querySelector('section').shadowRoot.adoptedStyleSheets = [new CSSStyleSheet()]",
            "getSelection().selectAllChildren(document.querySelector('p'))",
        ] {
            let html = format!(
                "<style>b {{}}</style><p>Text</p><section><template shadowrootmode=open>In</template></section>\
                 <button onclick=\"{script}\">Go</button>"
            );
            let tab = Tab::with(&html).await;
            tab.eval("document.querySelector('button').focus()").await;
            assert_eq!(click(&tab, "button").await, changed, "{script}");
        }
        let tab = button("setTimeout(() => document.title = 'Late', 5000)").await;
        let told = click(&tab, "button").await;
        assert!(told["focus"]["ref"].is_string() && told["pending"]["deferred"] == true, "{told}");
        let told =
            tab.act(json!({"kind": "resize", "width": 500, "height": 400})).await.ok()["effects"].clone();
        assert_eq!(told, changed);
        let deferred = json!({"effect": "pending", "pending": {"deferred": true}});
        let frames = "let left = 9; const go = () => left-- ? requestAnimationFrame(go) : document.body.append('x'); go()";
        assert_eq!(effects(frames).await, deferred);
        assert_eq!(effects("requestIdleCallback(() => 1)").await, deferred);
        let site = Site::with("<button onclick=\"new EventSource('/held')\">Go</button>").await;
        site.page_that_never_comes("/held");
        let tab = House::shared().await.open(&site.url("/")).await;
        tab.eval("document.querySelector('button').focus()").await;
        assert_eq!(click(&tab, "button").await, json!({"effect": "pending", "pending": {"requests": 1}}));
        let tab = Tab::with("<input value=text>").await;
        tab.eval("document.querySelector('input').focus()").await;
        assert_eq!(tab.press("Control+A").await.ok()["effects"], changed);
    });
}

#[test]
fn what_changes_in_a_frame_of_another_site_is_no_nothing() {
    run(async {
        let inner = Site::with(
            "<p>Wait</p><input><input><p style='height: 5000px'>Tall</p>\
             <script>onmessage = () => document.querySelector('p').textContent = 'Told'</script>",
        )
        .await;
        // In a process of its own, and in that of the page.
        for src in [inner.url("/").replace("127.0.0.1", "localhost"), inner.url("/")] {
            let html = format!(
                "<button onclick=\"frames[0].postMessage(1, '*')\">Go</button><iframe src='{src}'></iframe>"
            );
            let tab = Tab::with(&html).await;
            tab.act(json!({"kind": "wait", "text": "Go"})).await.ok();
            let first = tab.find("textbox").await;
            tab.act(json!({"kind": "click", "ref": first})).await.ok();
            let told = tab.press("Tab").await.ok()["effects"].clone();
            assert!(told["focus"]["ref"].is_string(), "{src}: {told}");
            let told = tab.press("q").await.ok()["effects"].clone();
            assert_eq!(told, json!({"effect": "changed", "contentChanged": true}), "{src}");
            tab.eval("document.querySelector('button').focus()").await;
            let told = click(&tab, "button").await;
            assert_eq!(told, json!({"effect": "changed", "contentChanged": true}), "{src}");
            assert_eq!(
                click(&tab, "button").await["effect"],
                "changed",
                "{src}: the same text is set once more"
            );
        }
    });
}

#[test]
fn another_document_in_a_frame_is_no_nothing() {
    run(async {
        let site = Site::new().await;
        site.page("/inner", "<p>Inner</p>");
        for host in ["localhost", "127.0.0.1"] {
            let src = site.url_as(host, "/inner");
            let html = format!("<iframe name=f src='{src}'></iframe><a href='{src}?next' target=f>Go</a>");
            let tab = Tab::with(&html).await;
            tab.find("Inner").await;
            tab.eval("document.querySelector('a').focus()").await;
            for _ in 0..3 {
                let told = click(&tab, "a").await;
                let is_told = told["contentChanged"] == true || told["pending"]["navigation"].is_string();
                assert!(is_told, "{host}: {told}");
            }
        }
    });
}

#[test]
fn a_delta_is_told_when_it_is_asked_for() {
    run(async {
        let tab = button("document.body.append(document.createElement('hr'), 'Fresh')").await;
        let act = json!({"kind": "click", "selector": "button", "delta": true});
        let delta = tab.act(act.clone()).await.ok()["effects"]["delta"].clone();
        assert_eq!(delta["whole"], true, "nobody has looked before: {delta}");
        assert!(delta["text"].as_str().unwrap().contains("button \"Go\""), "{delta}");
        let delta = tab.act(act).await.ok()["effects"]["delta"].clone();
        let text = delta["text"].as_str().unwrap();
        assert!(delta.get("whole").is_none() && text.contains("+ ") && text.contains("Fresh"), "{delta}");
        assert!(!text.contains("\"Go\""), "what stays is not told again: {delta}");
        assert!(click(&tab, "button").await.get("delta").is_none());
        let many =
            "for (let n = 0; n < 999; n++) document.body.append(document.createElement('hr'), 'More ' + n)";
        tab.act(json!({"kind": "evaluate", "fn": many})).await.ok();
        let delta =
            tab.act(json!({"kind": "press", "key": "a", "delta": true})).await.ok()["effects"]["delta"]
                .clone();
        assert_eq!(delta["truncated"], true, "{delta}");
        assert!(delta["text"].as_str().unwrap().chars().count() <= 4_000, "{delta}");
    });
}

#[test]
fn a_delta_for_every_act_is_a_setting_that_a_call_overrides() {
    run(async {
        let mut house = House::with(json!({"browser": {"effectsDefaults": {"delta": true}}})).await;
        let site = Site::with("<button onclick=\"this.after('Fresh ')\">Go</button>").await;
        let tab = house.open(&site.url("/")).await;
        tab.snapshot("").await;
        let told = click(&tab, "button").await;
        assert!(told["delta"]["text"].as_str().unwrap().contains("Fresh"), "{told}");
        let act = json!({"kind": "click", "selector": "button"});
        let body = tab.act(json!({"kind": "batch", "actions": [act, act]})).await.ok();
        assert!(body["effects"]["delta"]["text"].as_str().unwrap().contains("Fresh"), "{body}");
        assert!(body["results"][0]["effects"].get("delta").is_none(), "one for the whole batch: {body}");
        let told =
            tab.act(json!({"kind": "click", "selector": "button", "delta": false})).await.ok()["effects"]
                .clone();
        assert_eq!((&told["contentChanged"], told.get("delta")), (&json!(true), None));
        let words = ["browser", "click", "--selector", "button", "--target-id", &tab.id];
        let said = |more: &[&str]| stdout(&output(&house.home, &[&words, more].concat()));
        let text = said(&[]);
        assert!(text.contains("effects: content changed\n") && text.contains("Fresh"), "{text}");
        let text = said(&["--delta=false"]);
        assert!(text.contains("effects: content changed") && !text.contains("Fresh"), "{text}");
        drop(tab);
        house.stop().await;
    });
}

#[test]
fn the_command_line_tells_the_effects_and_a_delta_on_request() {
    run(async {
        let tab = Tab::with(
            "<button autofocus onclick=\"this.after('Fresh '); document.title = 'New'\">Go</button>",
        )
        .await;
        tab.snapshot("").await;
        let home = &House::shared().await.home;
        let words = ["browser", "click", "--selector", "button", "--target-id", &tab.id];
        let text = stdout(&output(home, &[&words[..], &["--delta"]].concat()));
        let (line, delta) = text.split_once("effects: ").unwrap().1.split_once('\n').unwrap();
        assert!(line.starts_with("title \"/\" → \"New\"") && line.contains("content changed"), "{text}");
        assert!(delta.contains("+ ") && delta.contains("Fresh"), "{text}");
        let text = stdout(&output(home, &words));
        assert!(text.contains("effects: content changed") && !text.contains("Fresh"), "{text}");
    });
}

#[test]
fn an_act_in_a_frame_of_another_process_tells_what_it_changed_there() {
    run(async {
        let site = Site::new().await;
        site.page(
            "/inner",
            "<button id=none>None</button><button id=more onclick=\"document.body.append('x')\">More</button>\
             <button id=out onclick=\"top.location = '/next'\">Out</button>",
        );
        site.page("/next", "Next");
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/inner")));
        let tab = House::shared().await.open(&site.url("/")).await;
        let click = async |name: &str| {
            let reference = tab.find(&format!("button \"{name}\"")).await;
            (tab.click_ref(&reference).await.ok()["effects"].clone(), reference)
        };
        let (told, none) = click("None").await;
        assert_eq!(told["focus"]["ref"], *none, "{told}");
        assert!(told["focus"]["element"].as_str().unwrap().contains("none"), "{told}");
        assert_eq!(click("None").await.0, json!({"effect": "none"}));
        let (told, more) = click("More").await;
        assert_eq!((&told["contentChanged"], &told["focus"]["ref"]), (&json!(true), &json!(more)), "{told}");
        assert_eq!(click("More").await.0, json!({"effect": "changed", "contentChanged": true}));
        let told = click("Out").await.0;
        assert_eq!(
            (&told["newDocument"], &told["url"]["to"]),
            (&json!(true), &json!(site.url_as("localhost", "/next"))),
            "{told}"
        );
    });
}

#[test]
fn a_longer_watch_sees_a_navigation_a_tab_and_a_dialog_that_come_late() {
    run(async {
        let late = async |script: &str| {
            let tab = button(&format!("setTimeout(() => {{ {script} }}, 300)")).await;
            let act = json!({"kind": "click", "selector": "button", "effectsMs": 2000});
            (tab.act(act).await.ok()["effects"].clone(), tab)
        };
        let (told, _tab) = late("location = '/late.html'").await;
        assert_eq!(told["newDocument"], true, "{told}");
        assert!(told["url"]["to"].as_str().unwrap().ends_with("/late.html"), "{told}");
        let (told, _tab) = late("open('/late.html')").await;
        assert!(told["tabsOpened"][0]["url"].as_str().unwrap().ends_with("/late.html"), "{told}");
        let (told, tab) = late("document.title = 'Asked'; alert('late')").await;
        assert_eq!(
            (&told["dialogs"][0]["message"], &told["pending"]["dialog"]),
            (&json!("late"), &json!("d1")),
            "{told}"
        );
        tab.post("/dialog", json!({"accept": true})).await;
    });
}

#[test]
fn what_is_scrolled_to_be_clicked_is_no_effect() {
    run(async {
        let tab = Tab::with(
            "<div style='height: 200px; overflow: scroll'><p style='height: 900px'>Top</p><button id=none>None</button>\
             <button id=back onclick='this.parentNode.scrollTop = 0'>Back</button></div>",
        )
        .await;
        let again = "document.querySelector('#none').focus(); document.querySelector('div').scrollTop = 0";
        tab.eval(again).await;
        tab.eval("new Promise(requestAnimationFrame)").await;
        assert_eq!(click(&tab, "#none").await, json!({"effect": "none"}));
        assert_eq!(click(&tab, "#back").await["scrolled"], true);
        let tab = Tab::with("<p style='height: 5000px'>Tall</p><button>None</button>").await;
        tab.eval("document.querySelector('button').focus({preventScroll: true})").await;
        assert_eq!(click(&tab, "button").await, json!({"effect": "none"}));
    });
}

#[test]
fn what_scrolls_around_a_target_is_told_with_what_else_it_changes() {
    run(async {
        let tab = Tab::with(
            "<div style='height: 200px; overflow: scroll'><p style='height: 900px'>Top</p>
             <button onclick='this.textContent = `Up`; this.parentNode.scrollTop = 0'>Back</button></div>",
        )
        .await;
        let told = click(&tab, "button").await;
        assert_eq!((&told["contentChanged"], &told["scrolled"]), (&json!(true), &json!(true)), "{told}");
    });
}

#[test]
fn a_new_tab_whose_server_is_slow_is_waited_for_once() {
    run(async {
        let site = Site::with("<a href=/slow target=_blank>Open</a>").await;
        site.slow_page("/slow", std::time::Duration::from_secs(4), "<title>Slow</title>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let began = std::time::Instant::now();
        let told = click(&tab, "a").await;
        assert!(told["pending"]["tab"] == true || told["tabsOpened"].is_array(), "{told}");
        // One second for the tab and one for what it may download were two.
        assert!(began.elapsed() < std::time::Duration::from_millis(1900), "{:?}", began.elapsed());
    });
}

#[test]
fn a_tab_that_a_click_asks_the_browser_for_is_told() {
    run(async {
        let site = Site::with("<a id=next href=/next>Next</a><form action=/form><button>Send</button></form><a id=get href=/file>Get</a>").await;
        site.page("/next", "Next");
        site.page("/form?", "Sent");
        site.file("/file", Some("report.txt"), b"hello");
        let house = House::shared().await;
        let tab = house.open(&site.url("/")).await;
        let close = async |opened: &Value| {
            house.delete(&format!("/tabs/{}", opened["targetId"].as_str().unwrap())).await.ok();
        };
        for (selector, how, path) in [
            ("#next", json!({"modifiers": ["Control"]}), "/next"),
            ("#next", json!({"modifiers": ["Shift"]}), "/next"),
            ("#next", json!({"button": "middle"}), "/next"),
            ("button", json!({"modifiers": ["Control"]}), "/form?"),
        ] {
            let mut act = json!({"kind": "click", "selector": selector});
            act.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            // A caller's tab that shows the same is nobody's.
            let url = site.url(path);
            let (told, other) = tokio::join!(tab.act(act), house.open(&url));
            let told = told.ok()["effects"].clone();
            let opened = told["tabsOpened"].as_array().unwrap_or_else(|| panic!("{how}: {told}"));
            assert_eq!(opened.len(), 1, "{how}: {told}");
            assert_ne!(opened[0]["targetId"], other.id.as_str(), "{how}: {told}");
            assert!(told.get("url").is_none() && told["pending"]["tab"].is_null(), "{how}: {told}");
            assert_eq!(tab.eval("location.pathname").await, "/", "{how}");
            let there = format!("location.href === '{url}'");
            let reached = json!({"kind": "wait", "targetId": opened[0]["targetId"], "fn": there});
            house.post("/act", reached).await.ok();
            close(&opened[0]).await;
        }
        let act = json!({"kind": "click", "selector": "#get", "modifiers": ["Control"]});
        let body = tab.act(act).await.ok();
        assert_eq!(body["effects"]["downloads"], json!(["report.txt"]), "{body}");
    });
}

#[test]
fn a_longer_watch_does_not_wait_for_a_slow_tab_beyond_its_time() {
    run(async {
        let site = Site::with("<a href=/slow target=_blank>Open</a>").await;
        site.slow_page("/slow", std::time::Duration::from_millis(2600), "<title>Slow</title>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let act = json!({"kind": "click", "selector": "a", "effectsMs": 1000});
        // One second of watching, one for the tab and one for what it may download were enough to see it come.
        let told = tab.act(act).await.ok()["effects"].clone();
        assert_eq!((&told["pending"]["tab"], told.get("tabsOpened")), (&json!(true), None), "{told}");
    });
}

#[test]
fn another_entry_of_the_history_at_the_same_url_is_no_nothing() {
    run(async {
        let history = json!({"effect": "changed", "historyChanged": true});
        for script in [
            "history.pushState(1, '')",
            "history.replaceState(2, '', location.href)",
            "frames[0].history.pushState(1, '', '#inside')",
        ] {
            let html = format!("<iframe src=/inner></iframe><button onclick=\"{script}\">Go</button>");
            let site = Site::with(&html).await;
            site.page("/inner", "Inner");
            let tab = House::shared().await.open(&site.url("/")).await;
            tab.eval("document.querySelector('button').focus()").await;
            assert_eq!(click(&tab, "button").await, history, "{script}");
        }
        let tab = button("history.pushState(null, '', '/pushed')").await;
        let told = click(&tab, "button").await;
        assert!(told["url"].is_object() && told.get("historyChanged").is_none(), "{told}");
    });
}
