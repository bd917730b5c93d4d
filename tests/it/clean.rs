//! What a snapshot tells is what is there: nothing hidden, no secret, and everything that can be clicked.

use serde_json::json;

use crate::support::{House, Site, Tab, run};

const STYLES: [&str; 4] = ["", "interactive=true", "depth=99", "format=lean"];

#[test]
fn hidden_text_is_not_told() {
    run(async {
        let hidden = [
            "<p style='display:none'>Secret</p>",
            "<p style='visibility:hidden'>Secret</p>",
            "<p hidden>Secret</p>",
            "<p hidden=until-found>Secret</p>",
            "<div style='content-visibility:hidden'><p>Secret</p></div>",
            "<details><summary>More</summary><p>Secret</p></details>",
            "<dialog><p>Secret</p></dialog>",
            "<div popover><p>Secret</p></div>",
            "<template><p>Secret</p></template>",
            "<noscript>Secret</noscript>",
            "<div id=h>Secret</div><script>h.attachShadow({mode: 'open'})</script>",
        ];
        let blocks: String = hidden.iter().map(|html| format!("<section>{html}</section>")).collect();
        let tab = Tab::with(&format!("{blocks}<button>Shown</button>")).await;
        for style in STYLES {
            let text = tab.snapshot(style).await;
            assert!(text.contains("Shown") && !text.contains("Secret"), "{style}:\n{text}");
        }
    });
}

#[test]
fn text_for_screen_readers_alone_is_told() {
    run(async {
        let style = "position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)";
        let tab = Tab::with(&format!("<a href=/x>Read <span style='{style}'>about prices</span></a>")).await;
        for style in STYLES {
            assert!(tab.snapshot(style).await.contains("Read about prices"), "{style}");
        }
    });
}

#[test]
fn a_password_is_told_nowhere() {
    run(async {
        let page = "<label>Pass<input id=p type=password value=hunter2></label><form><label for=p>Again</label>
            <input type=password value=hunter2 aria-labelledby=q><span id=q><input type=password value=hunter2></span></form>";
        let tab = Tab::with(page).await;
        let eye = "p.type = 'text'";
        let hint = "p.autocomplete = 'current-password'";
        for change in ["1", "p.value = 'hunter2!'", eye, hint] {
            tab.eval(change).await;
            for style in STYLES {
                let body = tab.get("/snapshot", style).await.ok().to_string();
                assert!(body.contains("textbox") && !body.contains("hunter2"), "{change} {style}:\n{body}");
            }
        }
    });
}

#[test]
fn shadow_roots_open_and_closed_are_told_and_their_buttons_work() {
    run(async {
        let tab = Tab::with(
            "<p id=result></p><x-shop></x-shop><div id=d></div><script>
            const outer = document.querySelector('x-shop').attachShadow({mode: 'closed'});
            outer.innerHTML = '<button>Outer</button><x-inner></x-inner>';
            const inner = outer.querySelector('x-inner').attachShadow({mode: 'closed'});
            inner.innerHTML = '<button>Inner</button>';
            inner.firstChild.onclick = () => result.textContent = 'clicked';
            rename = name => inner.firstChild.ariaLabel = name;
            d.attachShadow({mode: 'closed'}).innerHTML = '<button>Plain</button>';
            </script>",
        )
        .await;
        for style in STYLES {
            let text = tab.snapshot(style).await;
            assert!(["Outer", "Inner", "Plain"].iter().all(|name| text.contains(name)), "{style}:\n{text}");
        }
        let inner = tab.find("Inner").await;
        tab.click_ref(&inner).await.ok();
        assert_eq!(tab.result().await, "clicked");
        tab.eval("rename('Renamed')").await;
        assert!(tab.snapshot("").await.contains("Renamed"));
    });
}

#[test]
fn frames_in_frames_of_other_sites_are_told() {
    run(async {
        let site = Site::with("").await;
        site.page("/three", "<button>Innermost</button>");
        site.page("/two", &format!("<iframe src='{}'></iframe>", site.url("/three")));
        site.page("/", &format!("<iframe src='{}'></iframe>", site.url_as("localhost", "/two")));
        let tab = House::shared().await.open(&site.url("/")).await;
        for style in ["", "interactive=true", "depth=99"] {
            assert!(tab.snapshot(style).await.contains("button \"Innermost\" [ref=f2e"), "{style}");
        }
    });
}

#[test]
fn what_is_clicked_without_being_a_control_has_a_ref_of_its_own() {
    run(async {
        let tab = Tab::with(
            "<p>Text with <span id=a>one</span> and <span onclick='1'>two</span> and
            <span style='cursor:pointer'>three</span></p><i id=b style='display:inline-block;width:9px;height:9px'></i>
            <script>a.addEventListener('click', () => 1); b.addEventListener('mousedown', () => 1)</script>",
        )
        .await;
        let body = tab.get("/snapshot", "interactive=true").await.ok();
        let text = body["snapshot"].as_str().unwrap();
        for name in ["one", "two", "three"] {
            let line = text.lines().find(|line| line.contains(&format!("\"{name}\"")));
            assert!(
                line.is_some_and(|line| line.contains("[ref=") && line.ends_with(']')),
                "{name} in\n{text}"
            );
        }
        let whole = tab.get("/snapshot", "").await.ok();
        let told = whole["snapshot"].as_str().unwrap();
        for said in ["[onclick]: one", "[onclick]: two", "[cursor=pointer]: three"] {
            assert!(told.lines().any(|line| line.ends_with(said)), "{said} in\n{told}");
        }
        assert!(
            told.lines().any(|line| line.contains("generic [ref=") && line.ends_with("] [onclick]")),
            "{told}"
        );
        for id in ["a", "b"] {
            let mut own = 0;
            for reference in whole["refs"].as_object().unwrap().keys() {
                let named =
                    tab.act(json!({"kind": "evaluate", "ref": reference, "fn": "el => el.id"})).await.ok();
                own += u32::from(named["result"] == id);
            }
            assert_eq!(own, 1, "{id} in\n{}", whole["snapshot"]);
        }
    });
}

#[test]
fn a_modal_dialog_in_a_shadow_root_leaves_nothing_else_to_act_on() {
    run(async {
        let tab = Tab::with(
            "<button>Outside</button><div id=host></div><script>
            const root = host.attachShadow({mode: 'open'});
            root.innerHTML = '<dialog aria-label=Sure><button>Inside</button></dialog>'</script>",
        )
        .await;
        for (script, is_open) in [
            ("0", false),
            ("root.querySelector('dialog').showModal()", true),
            ("root.querySelector('dialog').close()", false),
        ] {
            tab.eval(script).await;
            for style in ["", "interactive=true", "format=lean"] {
                let body = tab.get("/snapshot", style).await.ok();
                let named = |name: &str| {
                    let mut rows = body["refs"].as_object().unwrap().values();
                    rows.any(|row| row["name"] == name)
                };
                assert_eq!(
                    (named("Outside"), named("Inside")),
                    (!is_open, is_open),
                    "{script} {style}: {body}"
                );
            }
        }
    });
}

#[test]
fn listeners_are_found_in_large_documents_too() {
    run(async {
        // More elements, and then more listeners, than are asked at once.
        let page = format!(
            "<p><span id=a>one</span> <span>two</span></p>{}<script>
            const rest = document.querySelectorAll('i');
            const hear = (type, all) => {{ for (const e of all) e.addEventListener(type, () => 1) }};
            </script>",
            "<i hidden></i>".repeat(1_200)
        );
        let tab = Tab::with(&page).await;
        let scripts = [
            "hear('input', [a])",
            "hear('click', [a])",
            "a.replaceWith(a.cloneNode(true)); hear('input', rest)",
            "hear('mouseup', [a])",
        ];
        for (script, is_heard) in scripts.into_iter().zip([false, true, false, true]) {
            tab.act(json!({"kind": "evaluate", "fn": script})).await.ok();
            let text = tab.snapshot("interactive=true").await;
            assert_eq!((text.contains("one"), text.contains("two")), (is_heard, false), "{script}\n{text}");
        }
    });
}

#[test]
fn what_listens_without_a_box_of_its_own_is_found_and_so_is_what_gets_one() {
    run(async {
        let page = "<style>#off { display: none }</style><b id=a style='display: contents'>Contents</b>
            <div id=d style='display: contents'><span>Two</span> <span>parts</span></div>
            <div id=off><i><b id=b>Late</b></i></div><button hidden><b id=c style='display: contents'>In hidden</b></button>
            <script>for (const e of [a, b, c, d]) e.addEventListener('click', () => e.title = 'Clicked')</script>";
        let tab = Tab::with(page).await;
        let text = tab.snapshot("").await;
        for (style, words) in
            [("", ": Two parts"), ("interactive=true", "\"Two parts\""), ("format=lean", "Two parts")]
        {
            let text = tab.snapshot(style).await;
            let line =
                text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{style}: {text}"));
            assert!(line.contains("[ref=") || line.starts_with('e'), "{style}: {text}");
        }
        let reference =
            text.lines().find(|line| line.contains("Two parts")).and_then(|line| line.split("[ref=").nth(1));
        tab.click_ref(reference.unwrap().split(']').next().unwrap()).await.ok();
        assert_eq!(tab.eval("d.title").await, "Clicked");
        let names = async || {
            let text = tab.snapshot("interactive=true").await;
            text.lines().filter_map(|line| line.split('"').nth(1).map(str::to_owned)).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["Contents", "Two parts"]);
        tab.eval("document.styleSheets[0].cssRules[0].style.display = 'block'").await;
        assert_eq!(names().await, ["Contents", "Two parts", "Late"]);
    });
}

#[test]
fn a_page_that_keeps_its_listeners_to_itself_is_warned_of() {
    run(async {
        let own = "<script>var getEventListeners = () => ({})</script>";
        let span = "<span id=a>Icon</span><script>a.addEventListener('TYPE', () => 1)</script>";
        for (own, event, is_told) in [(own, "click", true), (own, "input", false), ("", "click", false)] {
            let tab = Tab::with(&format!("{own}{}", span.replace("TYPE", event))).await;
            for style in ["interactive=true", "format=lean", "format=lean"] {
                let answer = tab.get("/snapshot", style).await.ok();
                let warnings = answer["warnings"].to_string();
                assert_eq!(
                    warnings.contains("getEventListeners"),
                    is_told,
                    "{own} {event} {style}: {answer}"
                );
            }
        }
    });
}

#[test]
fn no_ref_holds_two_targets() {
    run(async {
        let page = "<div style='cursor:pointer'><span id=a>A</span><b id=b>B</b></div><button><span onclick='1'>In</span></button>
            <script>for (const e of [a, b]) e.addEventListener('click', () => 1)</script>";
        let tab = Tab::with(page).await;
        let text = tab.snapshot("").await;
        for name in ["A", "B", "In"] {
            let line = text.lines().find(|line| {
                line.trim_end().ends_with(&format!(": {name}")) || line.contains(&format!("\"{name}\""))
            });
            assert!(line.is_some_and(|line| line.contains("[ref=")), "{name} in\n{text}");
        }
    });
}

#[test]
fn targets_of_frameworks_that_listen_at_a_root_have_refs() {
    run(async {
        // What React, Solid, Svelte and jQuery leave on their elements.
        let tab = Tab::with(
            "<div id=react><span id=a>A</span><span id=n>N</span></div><div id=other><span id=b>B</span><span id=c>C</span>
            <span id=d>D</span></div><ul id=list><li class=row>E</li></ul><p>Plain</p><script>
            const on = (at, type = 'click') => at.addEventListener(type, () => 1);
            on(react); react.__reactContainer$x1 = {}; a.__reactProps$x1 = {onMouseDown() {}}; n.__reactProps$x1 = {};
            on(document); b.$$click = () => 1; c.__mousedown = () => 1;
            window.__svelte = {}; d[Symbol('events')] = {click() {}};
            on(document.body); document.body.jQuery371 = {events: {click: [{selector: '.row'}]}};
            </script>",
        )
        .await;
        let text = tab.snapshot("interactive=true").await;
        let names: Vec<_> = text.lines().map(|line| line.split('"').nth(1).unwrap_or("")).collect();
        assert_eq!(names, ["A", "B", "C", "D", "E"], "{text}");
    });
}

#[test]
fn a_password_is_in_no_answer_whatever_is_asked() {
    run(async {
        let tab = Tab::with(
            "<form><label>Pass<input id=p type=password></label></form><input id=q autocomplete=new-password aria-label=New>
            <div id=o contenteditable style='-webkit-text-security:disc' aria-label=Dots></div>",
        )
        .await;
        let mut told = String::new();
        for selector in ["#p", "#q", "#o"] {
            for slowly in [false, true] {
                let act = json!({"kind": "type", "selector": selector, "text": "hunter2", "slowly": slowly});
                let answer = tab.act(act).await.ok();
                assert_eq!(answer["holds"], json!({"length": 7, "matches": true}), "{selector}");
                told += &answer.to_string();
            }
            told += &tab.act(json!({"kind": "insertText", "text": "hunter2"})).await.ok().to_string();
            told += &tab.click(selector).await.ok().to_string();
        }
        for (path, query) in [
            ("/snapshot", ""),
            ("/snapshot", "format=aria"),
            ("/snapshot", "interactive=true"),
            ("/snapshot", "mode=efficient"),
            ("/snapshot", "compact=true"),
            ("/text", ""),
            ("/console", ""),
        ] {
            told += &tab.get(path, query).await.ok().to_string();
        }
        assert!(told.contains("Pass") && !told.contains("hunter2"), "{told}");
    });
}
