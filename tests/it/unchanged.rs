//! A page is walked again only when it may have changed. Each test here changes something in a way of its own, and
//! the next snapshot must tell it.

use serde_json::json;

use crate::support::{House, Site, Tab, run};

/// The whole page in the role style, which tells most.
const WHOLE: &str = "depth=99";

/// The lean style, which says what it says in words of its own.
const LEAN: &str = "format=lean";

/// How the lean style says what others say with these words.
fn in_style(query: &str, words: &str) -> String {
    let named =
        |role: &str| words.strip_prefix(role).and_then(|rest| rest.strip_prefix(" \"")?.strip_suffix('"'));
    match (words, named("button"), named("textbox")) {
        _ if query != LEAN => words.to_owned(),
        ("[checked]", ..) => "[x] C".to_owned(),
        ("[checked=mixed]", ..) => "[-] C".to_owned(),
        ("textbox [", ..) => " =".to_owned(),
        (_, Some(name), _) => format!("[{name}]"),
        (_, _, Some(name)) => format!("{name}="),
        (..) => words.to_owned(),
    }
}

/// All styles tell `before`, twice, then `after` once this script has run.
async fn follows(html: &str, change: &str, before: &str, after: &str) {
    let tab = Tab::with(html).await;
    for told in [before, after] {
        for query in [WHOLE, "", LEAN, WHOLE, "", LEAN] {
            let text = tab.snapshot(query).await;
            let other = in_style(query, if told == before { after } else { before });
            let is_told = text.contains(&in_style(query, told));
            assert!(is_told && !text.contains(&other), "{change}: {told} in\n{text}");
        }
        if told == before {
            tab.eval(change).await;
        }
    }
}

/// No style tells `mark` before this script has run, and all do afterwards.
async fn appears(html: &str, change: &str, mark: &str) {
    let tab = Tab::with(html).await;
    for told in [false, true] {
        for query in [WHOLE, "", LEAN, WHOLE, "", LEAN] {
            let text = tab.snapshot(query).await;
            assert_eq!(text.contains(&in_style(query, mark)), told, "{change}: {mark} in\n{text}");
        }
        if !told {
            tab.eval(change).await;
        }
    }
}

/// Runs the change for each of these.
async fn all_follow(html: &str, changes: &[&str], before: &str, after: &str) {
    for change in changes {
        follows(html, change, before, after).await;
    }
}

#[test]
fn what_did_not_change_is_not_walked_again() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<button>Go</button><input value=x><iframe srcdoc='<p>In</p>'></iframe>").await;
        let tab = house.open(&site.url("/")).await;
        let first = tab.snapshot("").await;
        assert_eq!(tab.snapshot("").await, first);
        let service = house.gateway().service();
        let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
        let before = browser.traffic();
        assert_eq!(tab.snapshot("").await, first);
        let after = browser.traffic();
        // Each document: whether it moved, and what the browser has counted.
        assert_eq!((after.flights - before.flights, after.sent - before.sent), (2, 4));
        house.stop().await;
    });
}

#[test]
fn the_value_of_a_field() {
    run(async {
        let page = "<input id=f aria-label=F value=before><textarea id=t></textarea>";
        all_follow(page, &["f.value = 'after1'"], "before", "after1").await;
        follows("<textarea id=t>before</textarea>", "t.value = 'after1'", "before", "after1").await;
        let page = "<input id=r type=range value=41 aria-label=R>";
        follows(page, "r.value = 59", "41", "59").await;
        follows("<div id=e contenteditable>before</div>", "e.firstChild.data = 'after1'", "before", "after1")
            .await;
    });
}

#[test]
fn what_a_person_types() {
    run(async {
        let tab = Tab::with("<input aria-label=F>").await;
        tab.snapshot("").await;
        tab.type_into("input", "typed").await.ok();
        assert!(tab.snapshot("").await.contains("typed"));
        tab.press("Backspace").await.ok();
        let text = tab.snapshot("").await;
        assert!(text.contains("type") && !text.contains("typed"), "{text}");
    });
}

#[test]
fn what_is_ticked() {
    run(async {
        let page = "<input id=c type=checkbox aria-label=C>";
        appears(page, "c.checked = true", "[checked]").await;
        appears(page, "c.indeterminate = true", "[checked=mixed]").await;
    });
}

#[test]
fn what_is_chosen() {
    run(async {
        let options = "<option>Alpha<option>Beta";
        for (tag, change) in [
            ("select", "s.selectedIndex = 1"),
            ("select multiple", "s.options[1].selected = true"),
            ("select", "s.value = 'Beta'"),
        ] {
            let tab = Tab::with(&format!("<{tag} id=s aria-label=S>{options}</select>")).await;
            assert!(!tab.snapshot("").await.contains("\"Beta\" [selected]"));
            tab.eval(change).await;
            let text = tab.snapshot("").await;
            assert!(text.contains("\"Beta\" [selected]"), "{change}:\n{text}");
        }
    });
}

#[test]
fn rules_that_a_script_edits() {
    run(async {
        let page = "<style id=s>.x { color: red } .y { display: none } .z::before { content: 'hint' }</style>
            <p class=x>Before</p><p class=y>After</p>";
        let swap = "s.sheet.insertRule('.x { display: none !important }', 3); s.sheet.cssRules[1].style.display = 'block'";
        let adopt = "const a = new CSSStyleSheet(); a.replaceSync('.x { display: none } .y { display: block !important }'); \
                     document.adoptedStyleSheets = [a]";
        all_follow(page, &[swap, &format!("(() => {{ {adopt} }})()")], "Before", "After").await;
        follows(
            &format!("{page}<p class=z></p>"),
            "s.sheet.cssRules[2].style.content = '\"told\"'",
            "hint",
            "told",
        )
        .await;
        let alternate =
            "<style id=s>.y { display: none }</style><style id=t media=print>.x { display: none }</style>
            <p class=x>Before</p><p class=y>After</p>";
        follows(alternate, "s.disabled = true; t.media = 'all'", "Before", "After").await;
    });
}

#[test]
fn sheets_that_were_adopted_before() {
    run(async {
        let page = "<p class=x>Before</p><p class=y>After</p><script>
            sheet = new CSSStyleSheet(); sheet.replaceSync('.y { display: none }'); document.adoptedStyleSheets = [sheet]</script>";
        follows(page, "sheet.replaceSync('.x { display: none }')", "Before", "After").await;
    });
}

#[test]
fn what_the_pointer_is_over() {
    run(async {
        let tab = Tab::with("<style>p { display: none } button:hover + p { display: block }</style><button>B</button><p>Shown").await;
        assert!(!tab.snapshot("").await.contains("Shown"));
        tab.act(json!({"kind": "hover", "selector": "button"})).await.ok();
        assert!(tab.snapshot("").await.contains("Shown"));
    });
}

#[test]
fn media_queries() {
    run(async {
        let tab = Tab::with("<style>@media (max-width: 500px) { .x { display: none } } @media (min-width: 501px) { .y { display: none } }</style>
            <p class=x>Wide</p><p class=y>Narrow</p>").await;
        for (width, told, other) in
            [(900, "Wide", "Narrow"), (400, "Narrow", "Wide"), (900, "Wide", "Narrow")]
        {
            tab.act(json!({"kind": "resize", "width": width, "height": 600})).await.ok();
            let text = tab.snapshot("").await;
            assert!(text.contains(told) && !text.contains(other), "{width}:\n{text}");
        }
    });
}

#[test]
fn what_scrolling_brings() {
    run(async {
        let driven = "<style>@keyframes k { from { visibility: hidden } to { visibility: visible } }
            #p { animation: k linear; animation-timeline: scroll(root) }</style><p id=p>Late</p><div style='height:4000px'></div>";
        let virtual_list = "<div id=p></div><div style='height:4000px'></div><script>
            onscroll = () => p.textContent = scrollY > 50 ? 'Late' : ''</script>";
        for page in [driven, virtual_list] {
            let tab = Tab::with(page).await;
            assert!(!tab.snapshot("").await.contains("Late"), "{page}");
            tab.eval("scrollTo(0, 9999)").await;
            tab.until(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
            )
            .await;
            assert!(tab.snapshot("").await.contains("Late"), "{page}");
        }
    });
}

#[test]
fn names_that_come_from_elsewhere() {
    run(async {
        let page = "<p id=l>Before</p><button aria-labelledby=l>x</button>";
        follows(page, "l.firstChild.data = 'After'", "button \"Before\"", "button \"After\"").await;
        let page = "<p id=l>Before</p><p id=m>After</p><button id=b aria-labelledby=l>x</button>";
        follows(page, "b.ariaLabelledByElements = [m]", "button \"Before\"", "button \"After\"").await;
        let page = "<label for=f id=l>Before</label><input id=f>";
        follows(page, "l.firstChild.data = 'After'", "textbox \"Before\"", "textbox \"After\"").await;
        follows(page, "l.htmlFor = ''", "textbox \"Before\"", "textbox [").await;
        let hidden = "<p hidden id=l>Before</p><button aria-labelledby=l>x</button>";
        follows(hidden, "l.firstChild.data = 'After'", "button \"Before\"", "button \"After\"").await;
    });
}

#[test]
fn frames_of_the_same_process() {
    run(async {
        let page = "<iframe id=f srcdoc='<p id=p>Before</p><input id=i aria-label=F value=one><style>#q { display: none }</style><p id=q>Later</p>'></iframe>";
        let inside = |script: &str| format!("(() => {{ const d = f.contentDocument; {script} }})()");
        follows(page, &inside("d.getElementById('p').textContent = 'After'"), "Before", "After").await;
        follows(page, &inside("d.getElementById('i').value = 'two'"), "one", "two").await;
        follows(
            page,
            &inside(
                "d.styleSheets[0].cssRules[0].style.display = 'block'; d.getElementById('p').hidden = true",
            ),
            "Before",
            "Later",
        )
        .await;
    });
}

#[test]
fn frames_of_other_processes() {
    run(async {
        let site = Site::with("").await;
        site.page("/in", "<p id=p>Before</p><input id=i aria-label=F value=one><script>onmessage = e => eval(e.data)</script>");
        site.page("/", &format!("<iframe id=f src='{}'></iframe>", site.url_as("localhost", "/in")));
        let tab = House::shared().await.open(&site.url("/")).await;
        assert!(tab.snapshot("").await.contains("Before"));
        for (change, told) in [
            ("p.textContent = 'After'", "After"),
            ("i.value = 'two'", "two"),
            ("p.style.display = 'none'", ""),
        ] {
            tab.eval(&format!(
                "new Promise(done => {{ onmessage = () => done(1); f.contentWindow.postMessage(`{change}; parent.postMessage(1, '*')`, '*') }})"
            ))
            .await;
            let text = tab.snapshot("").await;
            assert!(
                text.contains(told) && (!told.is_empty() || !text.contains("After")),
                "{change}:\n{text}"
            );
        }
    });
}

#[test]
fn shadow_roots() {
    run(async {
        let page = "<div id=h></div><script>root = h.attachShadow({mode: 'open'}); root.innerHTML = '<b>Before</b><button aria-label=One>x</button><input aria-label=F>'</script>";
        follows(page, "root.querySelector('b').firstChild.data = 'After'", "Before", "After").await;
        follows(page, "root.querySelector('button').ariaLabel = 'Two'", "One", "Two").await;
        appears(page, "root.querySelector('input').value = 'Two'", "Two").await;
        follows(
            "<div id=h>Before</div>",
            "h.attachShadow({mode: 'open'}).innerHTML = 'After'",
            "Before",
            "After",
        )
        .await;
    });
}

#[test]
fn the_focus() {
    run(async {
        let page = "<button id=a>A</button><button id=b>B</button>";
        let style = "<style>:focus { outline: none }</style>";
        let tab = Tab::with(&format!("{style}{page}<script>a.focus()</script>")).await;
        for (change, active) in [("1", Some("A")), ("b.focus()", Some("B")), ("b.blur()", None)] {
            tab.eval(change).await;
            let text = tab.snapshot("").await;
            let told = ["A", "B"].into_iter().find(|name| text.contains(&format!("{name}\" [active]")));
            assert_eq!(told, active, "{change}:\n{text}");
        }
    });
}

#[test]
fn what_opens() {
    run(async {
        let page = "<details id=d><summary>S</summary>Content</details><dialog id=g>Question</dialog><div popover id=p>Popped</div>";
        for (change, told) in [
            ("d.open = true", "Content"),
            ("g.show()", "Question"),
            ("g.showModal()", "Question"),
            ("p.showPopover()", "Popped"),
        ] {
            let tab = Tab::with(page).await;
            assert!(!tab.snapshot("").await.contains(told), "{change}");
            tab.eval(change).await;
            assert!(tab.snapshot("").await.contains(told), "{change}");
        }
    });
}

#[test]
fn listeners() {
    run(async {
        let tab = Tab::with("<span id=s>Icon</span><script>f = () => 1</script>").await;
        let marked = async || tab.snapshot("interactive=true").await.contains("Icon");
        assert!(!marked().await);
        tab.eval("s.addEventListener('click', f)").await;
        assert!(marked().await);
        tab.eval("s.removeEventListener('click', f)").await;
        assert!(!marked().await);
    });
}

#[test]
fn another_document_at_the_same_address() {
    run(async {
        let tab = Tab::with("<script>document.write(`<p>${performance.now()}</p>`)</script>").await;
        let first = tab.snapshot("").await;
        tab.eval("location.reload()").await;
        tab.until("document.readyState === 'complete' && performance.getEntriesByType('navigation')[0].type === 'reload'").await;
        assert_ne!(tab.snapshot("").await, first);
    });
}
