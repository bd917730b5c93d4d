//! Snapshots: a page as text, in the grammar of the contract.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

/// The text without its refs, so that it can be compared; each line as it is told.
fn bare(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find(" [ref=") {
        out.push_str(&rest[..at]);
        rest = &rest[at..][rest[at..].find(']').expect("an end") + 1..];
    }
    out + rest
}

#[track_caller]
fn has(text: &str, lines: &[&str]) {
    let told = bare(text);
    for line in lines {
        assert!(told.lines().any(|l| l.trim_start() == *line), "no line {line:?} in\n{text}");
    }
}

#[test]
fn the_ai_style_tells_the_whole_page() {
    run(async {
        let text = Tab::showing("lab.html").await.snapshot("").await;
        has(
            &text,
            &[
                "- banner:",
                "- navigation \"Main nav\":",
                "- link \"Page two\" [cursor=pointer]:",
                "- /url: /two.html",
                "- /url: \"#sec\"",
                "- heading \"Lab Heading\" [level=1]",
                "- paragraph: \"Some plain text with \\\"quotes\\\" and a \\\\ backslash: colon.\"",
                "- textbox \"Name\":",
                "- /placeholder: Your name",
                "- spinbutton \"Num\": \"3\"",
                "- checkbox \"Agree\" [checked]",
                "- radio \"Red\"",
                "- radio \"Green\" [checked]",
                "- combobox \"Pick\":",
                "- option \"Beta\" [selected]",
                "- listbox \"Multi\":",
                "- slider \"Vol\": \"4\"",
                "- button \"Nope\" [disabled]",
                "- button \"Aria button\" [pressed=mixed]",
                "- img \"Pixel\"",
                "- button \"Shadow btn\"",
                "- heading \"In frame\" [level=3]",
                "- button \"Frame button\"",
                "- columnheader \"Age\"",
                "- cell \"36\"",
            ],
        );
        for absent in ["Hidden", "hunter2", "Folded"] {
            assert!(!text.contains(absent), "{absent} in\n{text}");
        }
    });
}

#[test]
fn refs_and_figures_are_those_of_the_text() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        for query in ["", "interactive=true", "compact=true", "mode=efficient"] {
            let body = tab.get("/snapshot", query).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            let refs = body["refs"].as_object().unwrap();
            assert_eq!(text.matches("[ref=").count(), refs.len(), "{query}: {text}");
            assert!(refs.keys().all(|r| text.contains(&format!("[ref={r}]"))));
            assert!(refs.keys().any(|r| r.starts_with('f')), "frames are told: {text}");
            let stats = &body["stats"];
            let chars = text.encode_utf16().count();
            assert_eq!((&stats["lines"], &stats["chars"]), (&json!(text.lines().count()), &json!(chars)));
            assert_eq!(stats["refs"], refs.len());
            let count = refs.values().filter(|r| r["role"] == "button").count();
            assert!(stats["interactive"].as_u64().unwrap() as usize > count, "{stats}");
            assert_eq!(
                (&body["ok"], &body["format"], &body["targetId"]),
                (&json!(true), &json!("ai"), &json!(tab.id))
            );
            assert!(body.get("truncated").is_none());
        }
    });
}

#[test]
fn the_interactive_style_tells_what_can_be_operated() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let text = tab.snapshot("interactive=true").await;
        has(
            &text,
            &[
                "- link \"Page two\"",
                "- link \"Page two\" [nth=1]",
                "- textbox \"Name\"",
                "- spinbutton \"Num\" value=\"3\"",
                "- radio \"Green\" [checked]",
                "- combobox \"Pick\" value=\"Beta\"",
                "- option \"Beta\" [selected]",
                "- button \"Nope\" [disabled]",
                "- button \"Dup\"",
                "- button \"Dup\" [nth=1]",
                "- button \"Aria button\" [pressed=mixed]",
                "- button \"Frame button\"",
                "- button \"Shadow btn\"",
            ],
        );
        assert!(text.contains("cursor:pointer") && text.contains("contenteditable"), "{text}");
        for absent in ["heading", "paragraph", "Hidden", "hunter2"] {
            assert!(!text.contains(absent), "{absent} in\n{text}");
        }
    });
}

#[test]
fn efficient_mode_loses_no_control() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let text = tab.snapshot("mode=efficient").await;
        has(&text, &["- radio \"Red\"", "- option \"Alpha\"", "- button \"Frame button\""]);
        assert!(text.len() < tab.snapshot("").await.len());
    });
}

#[test]
fn compact_is_shorter_than_the_whole() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let (whole, compact) = (tab.snapshot("depth=99").await, tab.snapshot("compact=true").await);
        assert!(compact.len() < whole.len(), "{compact}");
        has(&compact, &["- heading \"Lab Heading\" [level=1]", "- button \"Send\""]);
    });
}

#[test]
fn a_depth_cuts_what_is_deeper() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let lines = async |depth: u32| tab.snapshot(&format!("depth={depth}")).await.lines().count();
        assert!(lines(1).await < lines(3).await && lines(3).await < lines(9).await);
    });
}

#[test]
fn a_long_text_is_cut_at_a_line_and_marked() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        for query in ["maxChars=300", "interactive=true&maxChars=300"] {
            let body = tab.get("/snapshot", query).await.ok();
            let text = body["snapshot"].as_str().unwrap();
            assert!(text.ends_with("\n\n[...TRUNCATED - page too large]"), "{text}");
            assert!(text.encode_utf16().count() <= 300 && body["truncated"] == true, "{text}");
            assert_eq!(body["refs"].as_object().unwrap().len(), text.matches("[ref=").count());
        }
        assert_eq!(tab.snapshot("maxChars=20").await, "…");
        assert!(!tab.snapshot("maxChars=0").await.contains("TRUNCATED"));
    });
}

#[test]
fn a_selector_or_a_frame_narrows_it() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let text = tab.snapshot("selector=form&interactive=true").await;
        assert!(text.contains("Num") && !text.contains("Page two"), "{text}");
        assert!(text.lines().all(|line| line.starts_with("- ")), "a narrowed list is flat:\n{text}");
        let text = tab.snapshot("frame=iframe").await;
        assert!(text.contains("Frame button") && !text.contains("Send"), "{text}");
        assert_eq!(tab.snapshot("selector=%23none").await, "(empty)");
        assert_eq!(tab.snapshot("selector=%23none&interactive=true").await, "(no interactive elements)");
        let answer = tab.get("/snapshot", "selector=b%5B").await;
        assert!(answer.error().1.contains("is not valid CSS"), "{answer:?}");
        let answer = tab.get("/snapshot", "frame=%23none").await;
        assert!(answer.error().1.contains("#none"), "{answer:?}");
    });
}

#[test]
fn links_say_where_they_lead_when_asked() {
    run(async {
        let tab = Tab::showing("lab.html").await;
        let text = tab.snapshot("interactive=true&urls=true").await;
        let origin = tab.eval("location.origin").await;
        assert!(text.contains(&format!("[url={}/two.html]", origin.as_str().unwrap())), "{text}");
    });
}

#[test]
fn an_empty_page_is_empty() {
    run(async {
        let tab = Tab::with("").await;
        let body = tab.get("/snapshot", "").await.ok();
        assert_eq!((&body["snapshot"], &body["refs"]), (&json!(""), &json!({})));
        assert_eq!(body["stats"], json!({"lines": 0, "chars": 0, "refs": 0, "interactive": 0}));
        assert_eq!(tab.snapshot("compact=true").await, "(empty page)");
        assert_eq!(tab.snapshot("interactive=true").await, "(no interactive elements)");
    });
}

#[test]
fn frames_of_other_sites_are_told_in_place() {
    run(async {
        let site = Site::with("").await;
        site.page("/inner", "<button>Inside</button>");
        site.page(
            "/",
            &format!("<iframe src='{}'></iframe><p>After</p>", site.url_as("localhost", "/inner")),
        );
        let tab = House::shared().await.open(&site.url("/")).await;
        let text = tab.snapshot("").await;
        let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in\n{text}"));
        assert!(at("- iframe") < at("button \"Inside\" [ref=f1e") && at("Inside") < at("After"), "{text}");
    });
}

#[test]
fn a_big_page_is_told_in_time() {
    run(async {
        let tab = Tab::with(
            "<script>for (let n = 0; n < 3000; n++) document.write(`<button>B${n}</button>`)</script>",
        )
        .await;
        let body = tab.get("/snapshot", "maxChars=0").await.ok();
        assert_eq!(body["stats"]["interactive"], 3000);
        let text = tab.snapshot("interactive=true&maxChars=0").await;
        assert!(text.contains("\"B2999\""));
        assert_eq!(tab.get("/snapshot", "").await.ok()["truncated"], Value::Bool(true));
    });
}

#[test]
fn the_focused_element_is_active() {
    run(async {
        let tab = Tab::with("<input aria-label=Field><button>Go</button>").await;
        tab.type_into("input", "x").await.ok();
        has(&tab.snapshot("").await, &["- textbox \"Field\" [active]: x"]);
    });
}

/// A listing of controls is walked for on its own, past everything else: it tells what the whole walk tells of them.
#[test]
fn a_walk_for_controls_finds_what_the_whole_walk_finds() {
    run(async {
        let site = Site::with("").await;
        let awkward = "<style>.p { cursor: pointer } .n { cursor: auto } .h { display: none } .v { visibility: hidden }
                .c { display: contents } .t { text-transform: uppercase } .q::before { content: 'Before ' }</style>
            <div class=p><span>One</span> <b class=n>still <i class=p>Two</i></b><div class=n><p class=p>Three</p></div></div>
            <div tabindex=0><span>Four <em>five</em></span><img alt=Six><div class=h>hidden</div></div>
            <div tabindex=0 class=q> </div><div tabindex=0 class=t>seven</div><div role=listbox><div role=option>A</div></div>
            <div class=v><button>unseen</button><button style='visibility: visible'>Seen</button></div>
            <div class=h><button>gone</button><p class=p>gone</p></div><section class=h></section>
            <div class=c><div class=c><button>Contents</button></div><div class='c p'>text</div></div>
            <div aria-hidden=true><button>Muted</button><div class=p>Silent</div></div>
            <div inert><button>Inert</button><div class=p>No</div></div><div aria-disabled=true><ul><li><button>Off</button></ul></div>
            <label>Bare</label><label for=r>Drawn</label><input id=r type=radio class=h><label><input type=checkbox style='opacity: 0'>Tick</label>
            <details><summary>Sum <b>mary</b></summary><button>closed</button></details><details open><summary>Open</summary><a href=x>In</a></details>
            <table><tr><td onclick=1>Cell<th class=p>Head<td><table role=grid><tr><td role=gridcell><a href=y>Deep</a></table></table>
            <select><option>1<optgroup label=G><option selected>2</optgroup></select><select multiple><optgroup label=H><option>3</select>
            <div contenteditable>Edit <b>me</b></div><div draggable=true>Drag</div><ul role=tree><li role=treeitem>T<ul><li role=treeitem>U</ul></ul>
            <ul id=own aria-owns=owned><li>x</ul><button id=owned>Owned</button><svg><a href=z><text>Svg</text></a></svg>
            <div><p><b><i><u><button aria-labelledby=own></button></u></i></b></div><center><font><a href=w>Old</a></font></center>
            <div id=shadow><p class=p>light</p></div><my-host></my-host><h2><a href=v>Heading</a></h2><span id=heard>Heard</span>
            <iframe srcdoc='<ul><li><a href=f>Framed</a><li class=x>no</ul>'></iframe>
            <script>shadow.attachShadow({mode: 'open'}).innerHTML = '<div><button>Root</button><slot></slot></div>';
            document.querySelector('my-host').attachShadow({mode: 'closed'}).innerHTML = '<p><button>Closed</button></p>';
            heard.onclick = () => 1</script>";
        site.page("/awkward", awkward);
        let pages = [
            "lab", "shadow", "frames", "form", "checks", "links", "select", "editable", "disabled", "covered",
        ];
        let house = House::shared().await;
        for path in pages.map(|page| format!("/{page}.html")).into_iter().chain(["/awkward".to_owned()]) {
            let tab = house.open(&site.url(&path)).await;
            for query in ["interactive=true", "interactive=true&urls=true", "interactive=true&selector=body"]
            {
                // What a budget may leave out is decided by the whole page.
                let whole = tab.snapshot(&format!("{query}&budget=900000")).await;
                assert_eq!(tab.snapshot(query).await, whole, "{path} {query}");
                assert!(whole.lines().count() > 1, "{path}: {whole}");
            }
            // Nobody has looked for closed roots there yet.
            let first = house.open(&site.url(&path)).await.snapshot("interactive=true").await;
            assert_eq!(bare(&first), bare(&tab.snapshot("interactive=true").await), "{path}");
        }
    });
}

#[test]
fn words_that_are_drawn_as_dots_are_told_nowhere() {
    run(async {
        let tab = Tab::with(
            "<style>.dots { -webkit-text-security: disc }</style><div id=pin contenteditable class=dots aria-label=Pin>sesame1</div>\
             <p class=dots id=p>sesame2</p><div id=part contenteditable aria-label=Part><b class=dots>sesame3</b> plain words</div>\
             <label for=f>Field <i style='-webkit-text-security: square'>sesame4</i></label><input id=f>\
             <button class=dots id=b>sesame5</button><button aria-labelledby=p>By</button><div role=textbox class=dots>sesame6</div>\
             <label>Around <input class=dots value=sesame7> it <input type=checkbox></label>\
             <style>#made::before { content: 'sesame8'; -webkit-text-security: disc }</style><p id=made>Made</p>",
        )
        .await;
        for query in [
            "",
            "interactive=true",
            "compact=true",
            "format=lean",
            "format=aria",
            "interactive=true&labels=true",
        ] {
            let body = tab.get("/snapshot", query).await.ok().to_string();
            assert!(body.contains("Pin") && body.contains("Field"), "{query}: {body}");
            assert!(!body.contains("sesame"), "{query}: {body}");
        }
        let shown = tab.post("/screenshot", json!({"labels": true})).await.ok().to_string();
        assert!(shown.contains("Pin") && !shown.contains("sesame"), "{shown}");
        let text = tab.get("/text", "selector=body&format=markdown").await.ok().to_string();
        assert!(text.contains("plain words") && !text.contains("sesame"), "{text}");
        for selector in ["#pin", "#part b"] {
            let typed = tab.type_into(selector, "sesame9").await.body.to_string();
            assert!(!typed.contains("sesame"), "{selector}: {typed}");
            tab.eval("part.innerHTML = '<b class=dots>sesame3</b> plain words'").await;
        }
        tab.eval("document.body.insertAdjacentHTML('beforeend', '<div inert id=in><div class=dots>sesame</div></div>')").await;
        let refused =
            tab.act(json!({"kind": "click", "selector": "#in", "timeoutMs": 300})).await.body.to_string();
        assert!(refused.contains("error") && !refused.contains("sesame"), "{refused}");
    });
}

#[test]
fn a_list_without_a_name_is_not_called_by_all_that_it_offers() {
    run(async {
        let tab = Tab::with(
            "<select><option>Alpha<option selected>Beta</select><select multiple><optgroup label=Some><option>One</optgroup>
             </select><div role=combobox tabindex=0>Chosen <ul role=listbox><li role=option>Offered</ul></div>",
        )
        .await;
        for (query, lines) in [
            ("interactive=true", ["combobox [ref=", "listbox [ref=", "combobox \"Chosen\" [ref="]),
            ("compact=true", ["combobox [ref=", "listbox [ref=", "combobox \"Chosen\" [ref="]),
            ("format=lean", ["combobox=Beta", "listbox", "combobox Chosen"]),
        ] {
            let text = tab.snapshot(query).await;
            let told = |line: &str| text.lines().any(|told| told.contains(line));
            for line in lines {
                assert!(told(line), "{query}: {line}\n{text}");
            }
            for name in ["Alpha Beta", "Some One", "listbox One", "Chosen Offered"] {
                assert!(!told(name), "{query}: {name}\n{text}");
            }
        }
    });
}
