//! The `aria` format (contract 7.5): every node of the page as data, with refs that acts take.

use std::collections::HashMap;

use openclaw::Deadline;
use openclaw::cdp::Call;
use serde_json::{Value, json};

use crate::support::{House, Site, Tab, program, run};

async fn nodes(tab: &Tab<'_>, query: &str) -> Vec<Value> {
    let body = tab.get("/snapshot", &format!("format=aria&{query}")).await.ok();
    body["nodes"].as_array().expect("nodes").clone()
}

/// The ref of the only node of this role and name.
async fn reference(tab: &Tab<'_>, role: &str, name: &str) -> String {
    let nodes = nodes(tab, "").await;
    let found: Vec<&Value> = nodes.iter().filter(|n| n["role"] == role && n["name"] == name).collect();
    assert_eq!(found.len(), 1, "{role} {name:?}");
    found[0]["ref"].as_str().expect("a ref").to_owned()
}

/// What the browser itself says, past all of our own.
async fn asked(tab: &Tab<'_>, method: &'static str, params: Value) -> Value {
    let service = tab.house.gateway().service();
    let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
    let session = browser.find(&tab.id).unwrap().page.session().clone();
    let deadline = Deadline::after(std::time::Duration::from_secs(20));
    let reply = session.call(Call::untyped(method, &params), deadline).await.unwrap();
    reply.parse::<Value>().unwrap()
}

/// The role and name of each node that Chromium's own tree tells, by its number.
async fn theirs(tab: &Tab<'_>) -> HashMap<i64, (String, String)> {
    let tree = asked(tab, "Accessibility.getFullAXTree", json!({})).await;
    let text =
        |node: &Value, field: &str| node[field]["value"].as_str().unwrap_or_default().trim().to_owned();
    let told = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == false);
    told.filter_map(|node| {
        Some((node["backendDOMNodeId"].as_i64()?, (text(node, "role"), text(node, "name"))))
    })
    .collect()
}

#[test]
fn every_node_is_told_depth_first() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let body = tab.get("/snapshot", "format=aria").await.ok();
        let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["ok", "format", "targetId", "url", "nodes"]);
        assert_eq!(
            (&body["ok"], &body["format"], &body["targetId"]),
            (&json!(true), &json!("aria"), &json!(tab.id))
        );
        let nodes = body["nodes"].as_array().unwrap();
        let row =
            |node: &Value| format!("{} {} {}", node["depth"], node["role"].as_str().unwrap(), node["name"]);
        let told: Vec<String> = nodes.iter().map(row).collect();
        let start = [
            "0 RootWebArea \"Lab Page\"",
            "1 none \"\"",
            "2 none \"\"",
            "3 banner \"\"",
            "4 navigation \"Main nav\"",
            "5 link \"Page two\"",
            "6 StaticText \"Page two\"",
        ];
        assert_eq!(told[..start.len()], start);
        for (role, name, value) in [
            ("spinbutton", "Num", json!("3")),
            ("combobox", "Pick", json!("Beta")),
            ("slider", "Vol", json!("4")),
            ("textbox", "Mail", json!("a@b.example")),
            ("textbox", "Secret", Value::Null),
            ("generic", "Editor", json!("edit me")),
            ("image", "Pixel", Value::Null),
            ("button", "Shadow btn", Value::Null),
            ("button", "Frame button", Value::Null),
        ] {
            let node = nodes.iter().find(|n| n["role"] == role && n["name"] == name);
            assert_eq!(node.unwrap_or_else(|| panic!("{role} {name}: {told:#?}"))["value"], value, "{name}");
        }
        let text = body.to_string();
        assert!(!text.contains("hunter2") && !text.contains("Hidden") && !text.contains("Folded"), "{text}");
        for node in nodes {
            let reference = node["ref"].as_str().expect("a ref");
            assert!(reference.starts_with("ax") || reference.starts_with("f1e"), "{node}");
            assert!(node["backendDOMNodeId"].as_i64().is_some(), "{node}");
        }
    });
}

#[test]
fn roles_names_and_ids_are_those_of_chromiums_own_tree() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let theirs = theirs(&tab).await;
        let ours = nodes(&tab, "").await;
        let mut compared = 0;
        for node in &ours {
            let Some(known) = theirs.get(&node["backendDOMNodeId"].as_i64().unwrap()) else { continue };
            let name = node["name"].as_str().unwrap().trim().to_owned();
            assert_eq!(&(node["role"].as_str().unwrap().to_owned(), name), known, "{node}");
            compared += 1;
        }
        assert!(compared > 80, "only {compared} of {} are in both", ours.len());
    });
}

#[test]
fn a_box_is_told_where_chromiums_own_tree_tells_it() {
    run(async {
        let boxes = [
            "<div>text</div>",
            "<div><p>p</p></div>",
            "<div style=display:flex>text</div>",
            "<div></div>",
            "<div><div style=float:left>f</div></div>",
            "<div>t<p>p</p></div>",
            "<div><span></span></div>",
            "<div style=position:relative><p>p</p></div>",
            "<div style=columns:2>x</div>",
            "<div style='overflow:auto;height:9px'><p>x</p><p>y</p></div>",
            "<div style=overflow:auto><p>x</p></div>",
            "<span>text</span>",
            "<span id=named>text</span>",
            "<span style=display:inline-block>alone</span>",
            "<span style=display:inline-block>one</span><span style=display:inline-block>two</span>",
            "<span style=position:relative>text</span>",
            "<div style=display:inline-flex>text</div>",
            "<a>text</a><i>text</i>",
            "<div id=blocks><p>p</p></div>",
            "<div title=Said><p>p</p></div>",
            "<div aria-live=off><p>p</p></div>",
            "<div onclick=1><p>p</p></div>",
            "<div tabindex=0><p>p</p></div>",
            "<span tabindex=0 title=Way></span>",
            "<p style=display:flex><span>x</span></p>",
            "<p><button>In</button></p>",
            "<section style=display:flex><p>x</p></section>",
            "<div style=display:contents><p>x</p></div>",
            "<div role=presentation>x</div>",
            "<article><header>Head</header><footer>Foot</footer></article>",
            "<label>x</label>",
            "<table><thead><tr><th>h</thead><tbody><tr><td>d</table>",
            "<button>zero\u{200b}width</button><a href=/x>soft\u{ad}hyphen</a>",
            "<a href=/x aria-label='\u{200b}named\u{ad} so'>x</a>",
        ];
        let boxed = boxes.map(|html| format!("<div style=display:flow-root>{html}</div>"));
        let tab = Tab::with(&boxed.concat()).await;
        let mut ours: Vec<_> = nodes(&tab, "")
            .await
            .into_iter()
            .map(|node| {
                let text = |field: &str| node[field].as_str().unwrap().trim().to_owned();
                (node["backendDOMNodeId"].as_i64().unwrap(), (text("role"), text("name")))
            })
            .filter(|(_, (role, _))| role != "none")
            .collect();
        let left_out = ["InlineTextBox", "ListMarker"];
        let mut theirs: Vec<_> = theirs(&tab)
            .await
            .into_iter()
            .filter(|(_, (role, _))| !left_out.contains(&role.as_str()))
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
    });
}

#[test]
fn what_a_style_draws_is_no_name() {
    run(async {
        let html = "<style>a::before { content: url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' id='a(b'/>\") }
             input::before { content: '\u{2714}' } button::before { content: 'Go ' url(x.png) / 'Go' attr(title) }</style>
             <a href=/s>Search</a><input type=checkbox style=appearance:none><button title=now>on</button>";
        let tab = Tab::with(html).await;
        let told = |nodes: Vec<Value>, role: &str| {
            nodes
                .iter()
                .find(|node| node["role"] == role)
                .map(|node| node["name"].as_str().unwrap().to_owned())
        };
        for (role, name) in [("link", "Search"), ("checkbox", ""), ("button", "Gonowon")] {
            assert_eq!(told(nodes(&tab, "").await, role).as_deref(), Some(name), "{role}");
        }
    });
}

#[test]
fn a_description_is_told_beside_the_name() {
    run(async {
        let tab = Tab::with(
            "<button aria-describedby='a b' title=Unused>By</button><button aria-description=Said>So</button>\
             <button title=Tip>Title</button><button title=Name></button><p id=a>One</p><p id=b hidden>two</p>",
        )
        .await;
        let told: Vec<Value> =
            nodes(&tab, "").await.into_iter().filter(|node| node["role"] == "button").collect();
        let told: Vec<_> =
            told.iter().map(|n| (n["name"].as_str().unwrap(), n["description"].as_str())).collect();
        assert_eq!(
            told,
            [("By", Some("One two")), ("So", Some("Said")), ("Title", Some("Tip")), ("Name", None)]
        );
    });
}

#[test]
fn the_limit_is_read_as_the_contract_says() {
    run(async {
        let script = "<script>for (let n = 0; n < 2500; n++) document.write(`<p>P${n}</p>`)</script>";
        let tab = Tab::with(script).await;
        for (limit, count) in [
            ("", 500),
            ("limit=5", 5),
            ("limit=0", 500),
            ("limit=abc", 500),
            ("limit=-3", 500),
            ("limit=9999", 2000),
        ] {
            let told = nodes(&tab, limit).await;
            assert_eq!(told.len(), count, "{limit}");
            assert!(told.iter().all(|node| node["backendDOMNodeId"].is_i64()), "{limit}");
        }
        let answer = tab.get("/snapshot", "format=aria&limit=abc").await.ok();
        assert!(answer["warnings"][0].as_str().unwrap().contains("limit"), "{answer}");
    });
}

#[test]
fn a_ref_names_the_same_element_in_every_format_and_act() {
    run(async {
        let tab = Tab::with("<body><button onclick='this.textContent = \"Done\"'>Go</button>").await;
        let go = reference(&tab, "button", "Go").await;
        let number = go.strip_prefix("ax").expect("an ax ref").to_owned();
        assert_eq!(tab.find("button \"Go\"").await, format!("e{number}"));
        tab.click_ref(&go).await.ok();
        assert_eq!(reference(&tab, "button", "Done").await, go, "the same element keeps its ref");
        for spelled in [format!("@{go}"), format!("ref={go}"), format!("e{number}"), number] {
            let act = json!({"kind": "evaluate", "ref": spelled, "fn": "(e) => e.localName"});
            assert_eq!(tab.act(act).await.ok()["result"], "button", "{spelled}");
        }
    });
}

#[test]
fn a_ref_in_a_frame_is_acted_on_there() {
    run(async {
        let site = Site::with("").await;
        site.page("/in", "<button onclick='this.textContent = \"Done\"'>Inside</button>");
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/in")));
        let tab = House::shared().await.open(&site.url("/")).await;
        let inside = reference(&tab, "button", "Inside").await;
        assert!(inside.starts_with("f1e"), "{inside}");
        tab.click_ref(&inside).await.ok();
        assert_eq!(reference(&tab, "button", "Done").await, inside);
    });
}

#[test]
fn a_ref_of_a_text_or_of_the_document_is_refused_with_the_element_to_act_on() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        let (text, go) = (reference(&tab, "StaticText", "Go").await, reference(&tab, "button", "Go").await);
        let root = reference(&tab, "RootWebArea", "/").await;
        let around = format!("act on the element e{}", go.strip_prefix("ax").unwrap());
        for (reference, words) in [(&text, around.as_str()), (&root, "it is a text or the document")] {
            for kind in ["click", "hover", "scrollIntoView"] {
                let answer = tab.act(json!({"kind": kind, "ref": reference})).await;
                assert!(answer.error().1.contains(words), "{kind} {reference}: {answer:?}");
                assert_eq!(answer.code(), "ACT_OPERATION_FAILED");
            }
            let shot = tab.post("/screenshot", json!({"ref": reference})).await;
            assert!(shot.error().1.contains(words), "{shot:?}");
        }
        let act = json!({"kind": "evaluate", "ref": text, "fn": "(node) => node.nodeType + node.data"});
        assert_eq!(tab.act(act).await.ok()["result"], "3Go", "a script takes any node");
    });
}

#[test]
fn a_ref_of_another_document_is_refused() {
    run(async {
        let site = Site::with("<button>Go</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let go = reference(&tab, "button", "Go").await;
        tab.navigate(&site.url("/?again")).await.ok();
        for _ in 0..2 {
            let answer = tab.click_ref(&go).await;
            assert_eq!(answer.code(), "UNKNOWN_REF", "{answer:?}");
            assert!(
                !nodes(&tab, "").await.iter().any(|node| node["ref"] == go.as_str()),
                "{go} is never reused"
            );
        }
    });
}

#[test]
fn it_can_be_limited_to_a_part() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let form = nodes(&tab, "selector=form").await;
        assert_eq!((&form[0]["role"], &form[0]["depth"]), (&json!("form"), &json!(0)));
        assert!(form.iter().all(|node| node["name"] != "Page two"));
        let frame = nodes(&tab, "frame=iframe").await;
        assert!(frame.iter().any(|node| node["name"] == "Frame button"));
        assert!(frame.iter().all(|node| node["name"] != "Send"));
        let number = form[0]["ref"].as_str().unwrap();
        assert_eq!(nodes(&tab, &format!("within={number}")).await, form);
        assert_eq!(nodes(&tab, "selector=%23none").await, Vec::<Value>::new());
    });
}

#[test]
fn what_is_about_lines_is_refused() {
    run(async {
        let tab = Tab::with("").await;
        for (query, field, words) in [
            ("mode=efficient", "mode", "labels/mode=efficient require format=ai"),
            ("find=x", "find", "find requires format=ai"),
            ("viewport=1", "viewport", "viewport requires format=ai"),
            ("fold=1", "fold", "fold requires format=ai"),
            ("budget=9", "budget", "budget requires format=ai"),
            ("maxTokens=9", "maxTokens", "maxTokens requires format=ai"),
            ("delta=1", "delta", "delta requires format=ai"),
            ("offset=1", "offset", "offset requires format=ai"),
        ] {
            let answer = tab.get("/snapshot", &format!("format=aria&{query}")).await;
            let (status, message) = answer.error();
            assert!(status == 400 && message.contains(words), "{query}: {answer:?}");
            assert_eq!((answer.code(), &answer.body["field"]), ("INVALID_REQUEST", &json!(field)));
        }
    });
}

#[test]
fn a_page_outlives_the_numbers_that_its_nodes_are_given() {
    run(async {
        // Chromium 156 ended this one, and none without `details`, once listeners had been asked for in our world and then
        // in the page's.
        let row = "<tr><td><input type=checkbox aria-label=Pick><td><a href=/o>Order</a><td>Customer\
            <td><select aria-label=State><option>New<option>Paid<option>Sent<option>Back</select>\
            <td><button>Open</button><td><details><summary>More</summary><p>text</p></details>";
        let html = format!(
            "<table><tbody>{}</table><script>
                document.body.addEventListener('click', () => {{}});
                for (const pick of document.querySelectorAll('input')) pick.addEventListener('click', () => {{}});
            </script>",
            row.repeat(150)
        );
        let tab = Tab::with(&html).await;
        for query in ["format=aria&limit=3", "format=lean", "", "format=aria&limit=2000&selector=table"] {
            tab.get("/snapshot", query).await.ok();
        }
    });
}

#[test]
fn a_tab_that_stands_still_has_no_nodes() {
    run(async {
        let tab = Tab::with("<button onclick='alert(1)'>Stop</button>").await;
        tab.click("button").await.ok();
        let body = tab.get("/snapshot", "format=aria").await.ok();
        assert_eq!(
            (&body["blockedByDialog"], &body["format"], &body["nodes"]),
            (&json!(true), &json!("aria"), &json!([]))
        );
        assert!(body.get("snapshot").is_none() && body.get("refs").is_none(), "{body}");
        assert_eq!(body["browserState"]["dialogs"]["pending"][0]["type"], "alert");
    });
}

#[test]
fn the_command_line_prints_a_tree() {
    run(async {
        let mut house = House::with(json!({})).await;
        let deep = format!("{}Deep{}", "<section>".repeat(30), "</section>".repeat(30));
        let site = Site::with(&format!("<input aria-label='A \"B\"' value=v>{deep}")).await;
        let tab = house.open(&site.url("/")).await;
        let output = program::output(&house.home, &["browser", "snapshot", "--format", "aria"]);
        let text = program::stdout(&output);
        assert!(
            text.starts_with("- RootWebArea \"/\" [ref=ax1]\n  - none [ref=ax2]\n    - none [ref=ax3]\n"),
            "{text}"
        );
        assert!(text.contains("      - textbox \"A \\\"B\\\"\" = \"v\" [ref=ax4]\n"), "{text}");
        let last = text.lines().last().unwrap();
        assert_eq!(last.len() - last.trim_start().len(), 40, "no deeper than 20 levels: {text}");
        assert!(last.contains("StaticText \"Deep\""), "{text}");
        let output =
            program::output(&house.home, &["browser", "snapshot", "--format", "aria", "--limit", "2"]);
        assert_eq!(program::stdout(&output).lines().count(), 2);
        drop(tab);
        house.stop().await;
    });
}

/// Custom elements that say what they are in their internals alone.
const INTERNAL: &str = "<script>
    class Control extends HTMLElement {
      #internals = this.attachInternals();
      connectedCallback() {
        const { role, label, checked, level, now } = this.dataset;
        Object.assign(this.#internals, { role, ariaLabel: label ?? null, ariaChecked: checked ?? null, ariaLevel: level ?? null, ariaValueNow: now ?? null });
        this.addEventListener('click', () => (this.#internals.ariaChecked = 'true'));
      }
    }
    customElements.define('x-control', class extends Control {});
    customElements.define('x-box', class extends HTMLElement { constructor() { super().attachInternals(); } });
    </script>
    <style>x-control { display: inline-block; width: 40px; height: 20px }</style>
    <x-control data-role=button>Go</x-control> <x-control data-role=checkbox data-label=Tick data-checked=false></x-control>
    <x-control data-role=heading data-level=3>Part</x-control> <x-control data-role=slider data-label=Volume data-now=4></x-control>
    <x-control data-role=button data-label=Close>x</x-control> <x-control data-role=link role=button>Written</x-control>
    <x-box>Words</x-box>";

#[test]
fn what_a_custom_element_says_in_its_internals_is_told() {
    run(async {
        let tab = Tab::with(INTERNAL).await;
        let own = |nodes: &[(String, String)]| {
            let roles = ["button", "checkbox", "heading", "slider"];
            nodes.iter().filter(|(role, _)| roles.contains(&role.as_str())).cloned().collect::<Vec<_>>()
        };
        let text = |node: &Value, field: &str| node[field].as_str().unwrap().trim().to_owned();
        let ours: Vec<_> =
            nodes(&tab, "").await.iter().map(|node| (text(node, "role"), text(node, "name"))).collect();
        let mut theirs: Vec<_> = theirs(&tab).await.into_iter().collect();
        theirs.sort();
        let theirs: Vec<_> = theirs.into_iter().map(|(_, told)| told).collect();
        assert_eq!(own(&ours), own(&theirs));
        assert_eq!(own(&ours).len(), 6);
        for (query, lines) in [
            (
                "",
                [
                    "button \"Go\" [ref=",
                    "checkbox \"Tick\" [ref=",
                    "heading \"Part\" [level=3]",
                    "button \"Close\" [ref=",
                ],
            ),
            (
                "interactive=true",
                ["button \"Go\" [ref=", "checkbox \"Tick\" [ref=", "value=\"4\"", "button \"Close\" [ref="],
            ),
            ("format=lean", [" [Go]", " [ ] Tick", "### Part", "slider Volume=4"]),
        ] {
            let text = tab.snapshot(query).await;
            for line in lines {
                assert!(text.contains(line), "{query}: {line} in\n{text}");
            }
        }
        tab.click_ref(&tab.find("\"Tick\"").await).await.ok();
        assert!(tab.snapshot("").await.contains("checkbox \"Tick\" [checked]"), "what they say now is told");
    });
}
