//! Clicks: they land where they should, or say why not. The file to copy for a new test.

use serde_json::json;

use crate::support::{House, Site, Tab, run};

#[test]
fn a_click_by_ref_lands_and_tells_where_the_tab_is() {
    run(async {
        let site = Site::with("<button onclick='this.textContent = \"done\"'>Go</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let go = tab.find("Go").await;
        let answer = tab.act(json!({"kind": "click", "ref": go})).await.ok();
        assert_eq!(answer["url"], site.url("/"));
        assert!(tab.snapshot("").await.contains("button \"done\""));
    });
}

#[test]
fn a_warm_click_is_two_flights() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<button>Go</button>").await;
        let tab = house.open(&site.url("/")).await;
        let go = tab.find("Go").await;
        let service = house.gateway().service();
        let browser = service.running(&service.profile(None).unwrap().name).unwrap().browser;
        let before = browser.traffic();
        tab.act(json!({"kind": "click", "ref": go})).await.ok();
        let after = browser.traffic();
        assert_eq!((after.flights - before.flights, after.sent - before.sent), (2, 5));
        house.stop().await;
    });
}

#[test]
fn a_covered_button_is_refused_at_once_and_the_cover_is_named() {
    run(async {
        let html =
            "<button>Under</button><div id=veil style='position:fixed;inset:0;background:#0008'></div>";
        let tab = House::shared().await.open(&Site::with(html).await.url("/")).await;
        let under = tab.find("Under").await;
        let answer = tab.act(json!({"kind": "click", "ref": under})).await;
        let (status, error) = answer.error();
        assert_eq!((status, answer.code()), (500, "ACT_OPERATION_FAILED"));
        assert!(error.contains("covered") && error.contains("id=\"veil\""), "{error}");
    });
}

#[test]
fn buttons_double_clicks_and_modifiers_reach_the_page() {
    run(async {
        let tab = Tab::showing("counter.html").await;
        let seen = "events.splice(0).filter(e => /click|menu/.test(e.type) && e.isTrusted) \
                    .map(e => [e.type, e.detail, e.modifiers].join(' ').trim())";
        for (how, expected) in [
            (json!({}), json!(["click 1"])),
            (json!({"doubleClick": true}), json!(["click 1", "click 2", "dblclick 2"])),
            (json!({"button": "right"}), json!(["contextmenu 0"])),
            (json!({"modifiers": ["Alt", "Shift"]}), json!(["click 1 alt+shift"])),
        ] {
            let mut act = json!({"kind": "click", "selector": "#target"});
            act.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
            tab.act(act).await.ok();
            assert_eq!(tab.eval(seen).await, expected, "{how}");
        }
    });
}

#[test]
fn a_delay_hovers_before_it_presses() {
    run(async {
        let html = "<script>let over = 0</script><button onmousemove='over ||= performance.now()' \
                    onmousedown='this.textContent = performance.now() - over >= 200'>Go</button>";
        let tab = Tab::with(html).await;
        tab.act(json!({"kind": "click", "selector": "button", "delayMs": 200})).await.ok();
        assert_eq!(tab.property("button", "textContent").await, "true");
    });
}

#[test]
fn a_selector_must_match_one_element() {
    run(async {
        let tab = Tab::with("<button>A</button><button>B</button>").await;
        for (selector, status, code, words) in [
            ("button", 500, "ACT_OPERATION_FAILED", "Selector \"button\" matched 2 elements"),
            ("#none", 500, "ACT_OPERATION_FAILED", "Element \"#none\" not found or not visible"),
            ("b[", 400, "ACT_INVALID_REQUEST", "Selector \"b[\" is not valid CSS"),
        ] {
            let answer = tab.click(selector).await;
            assert!(answer.error().1.starts_with(words), "{answer:?}");
            assert_eq!((answer.status, answer.code()), (status, code), "{answer:?}");
        }
    });
}

#[test]
fn what_cannot_be_used_says_why() {
    run(async {
        let tab = Tab::showing("disabled.html").await;
        for (selector, why) in [
            ("#button", "is not enabled"),
            ("#fieldset", "is not enabled"),
            ("#invisible", "(not visible)"),
            ("#none", "(not visible)"),
            ("#clipped", "(not visible)"),
            ("#detail", "(not visible)"),
            ("#away", "(not visible)"),
            ("#inertbutton", "Made inert by: <div id=\"inert\""),
        ] {
            let answer = tab.click(selector).await;
            let (status, error) = answer.error();
            assert!(status == 500 && error.contains(why), "{selector}: {error}");
        }
        tab.click("#fine").await.ok();
        let error = tab.click("#legend").await.error().1.to_owned();
        assert!(error.contains("covered"), "a modal dialog is in front: {error}");
    });
}

#[test]
fn what_has_no_size_is_not_visible() {
    run(async {
        let tab =
            Tab::with("<button style='all: unset; display: block; width: 0; height: 0'></button>").await;
        let answer = tab.click("button").await;
        assert!(answer.error().1.contains("(not visible)"), "{answer:?}");
    });
}

#[test]
fn what_moves_is_clicked_when_it_rests_or_moves_slowly() {
    run(async {
        let tab = Tab::showing("moving.html").await;
        tab.eval("document.querySelector('#sliding').classList.add('there')").await;
        for name in ["sliding", "slow", "fading"] {
            tab.click(&format!("#{name}")).await.ok();
            assert_eq!(tab.result().await, name);
        }
        tab.eval("result.textContent = ''; document.querySelector('#sliding').style = 'transition: left 20s; left: 0'")
            .await;
        let answer = tab.click("#sliding").await;
        // A browser that has drawn no frame between two looks shows no movement: then the click must hit.
        let is_hit = tab.result().await == "sliding";
        let is_refused = answer.status == 500 && answer.error().1.contains("is not stable");
        assert!(is_hit != is_refused, "{answer:?}");
    });
}

#[test]
fn what_never_stops_is_clicked_on_the_way() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with(
            "<style>button { width: 200px; height: 200px; animation: away 9s linear infinite }
             @keyframes away { to { transform: translate(900px, 200px) } }</style>
             <button onclick='document.title = `hit`'>Go</button>",
        )
        .await;
        // The only tab of its browser, so that every frame is drawn.
        let tab = house.open(&site.url("/")).await;
        tab.eval("new Promise(requestAnimationFrame)").await;
        tab.click("button").await.ok();
        assert_eq!(tab.eval("document.title").await, "hit");
        house.stop().await;
    });
}

#[test]
fn an_overlay_that_fades_is_waited_for() {
    run(async {
        for how in ["css", "script"] {
            let tab = Tab::showing(&format!("fading.html?how={how}")).await;
            tab.eval("fade()").await;
            tab.click("#below").await.ok();
            assert_eq!(tab.result().await, "clicked", "{how}");
        }
    });
}

#[test]
fn a_link_that_wraps_is_hit_on_its_words() {
    run(async {
        let tab = Tab::showing("wrapped.html").await;
        for (selector, hash) in [
            ("#link", "#there"),
            ("#two", "#two"),
            ("#block", "#block"),
            ("#empty", "#empty"),
            ("#shape", "#shape"),
        ] {
            tab.click(selector).await.ok();
            assert_eq!(tab.eval("location.hash").await, hash);
        }
    });
}

#[test]
fn what_is_out_of_sight_is_scrolled_to() {
    run(async {
        let tab = Tab::showing("long.html").await;
        for name in ["far", "nested", "skipped", "right"] {
            tab.click(&format!("#{name}")).await.ok();
            assert_eq!(tab.result().await, name);
        }
    });
}

#[test]
fn what_a_scrolling_box_clips_is_scrolled_to_whatever_lies_below_the_box() {
    run(async {
        let tab = Tab::with(
            "<p id=result></p><div style='height:60px;overflow:hidden scroll'><div style='height:100px'></div>
            <button onclick=\"result.textContent = 'clicked'\">Go</button></div><div style='height:200px'>Below</div>",
        )
        .await;
        tab.click("button").await.ok();
        assert_eq!(tab.result().await, "clicked");
    });
}

#[test]
fn an_open_shadow_root_is_no_wall() {
    run(async {
        let tab = Tab::showing("shadow.html").await;
        for name in ["Deep", "Slotted"] {
            tab.click_ref(&tab.find(&format!("button \"{name}\"")).await).await.ok();
            assert_eq!(tab.result().await, name.to_lowercase());
        }
    });
}

#[test]
fn an_option_is_clicked_in_an_open_list_and_selected_in_a_closed_one() {
    run(async {
        let tab = Tab::showing("select.html").await;
        tab.click("#listed").await.ok();
        assert_eq!(tab.property("#many", "value").await, "One");
        let answer = tab.click("#one option").await;
        assert!(answer.error().1.contains("matched 3 elements"), "{answer:?}");
        let answer = tab.click("#one option[value=b]").await;
        assert!(answer.error().1.contains("use select on its list"), "{answer:?}");
    });
}

/// A row of two alike; `came` runs when the mouse comes to the first one, once. `seen`: who was pressed or clicked.
async fn shy(came: &str) -> Tab<'static> {
    Tab::with(&format!(
        "<style>#row {{ display: flex }} #row > * {{ width: 80px; height: 20px; flex: none }}</style>
         <div id=row><button data-id=a>Delete</button><button data-id=b>Delete</button></div>
         <script>
           seen = []; comes = 0; first = row.firstChild;
           for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click'])
             row.addEventListener(type, (event) => seen.push(type + ' ' + event.target.dataset.id));
           row.onmouseover = () => {{ if (!comes++) {{ {came} }} }}
         </script>"
    ))
    .await
}

#[test]
fn a_press_at_what_slips_away_as_the_mouse_comes_is_tried_again() {
    run(async {
        for (came, what) in [
            ("row.prepend(document.createElement('p'))", "the layout shifts"),
            ("row.innerHTML = row.innerHTML", "it is drawn anew"),
        ] {
            let tab = shy(came).await;
            let first = tab.find("Delete").await;
            let body = tab.click_ref(&first).await.ok();
            let pressed = json!(["pointerdown a", "mousedown a", "mouseup a", "click a"]);
            assert_eq!(tab.eval("seen").await, pressed, "{what}");
            assert_eq!(body["effects"]["contentChanged"], true, "{what}: {body}");
        }
    });
}

#[test]
fn a_press_that_would_land_on_something_else_is_refused_and_the_page_does_not_hear_of_it() {
    run(async {
        let tab = shy("first.remove()").await;
        let first = tab.find("Delete").await;
        let answer = tab.click_ref(&first).await;
        assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"), "{answer:?}");
        assert_eq!(tab.eval("seen").await, json!([]), "the neighbour that moved up is not pressed");

        let cover = "row.insertAdjacentHTML('beforeend', '<p id=over style=\"position: fixed; inset: 0; margin: 0; \
                     width: auto; height: auto\">')";
        let tab = shy(cover).await;
        let answer = tab.click("[data-id=a]").await;
        assert!(answer.error().1.contains("Covered by: <p id=\"over\""), "{answer:?}");
        let tab = shy("row.onmousemove = () => row.prepend(document.createElement('b'))").await;
        let answer = tab.click("[data-id=a]").await;
        assert!(
            answer.error().1.contains("Covered by: <b>"),
            "what slips away each time is told: {answer:?}"
        );
        assert_eq!(tab.eval("seen").await, json!([]));
    });
}

#[test]
fn a_link_over_two_lines_is_clicked_where_nothing_lies_over_it() {
    run(async {
        let html = "<style>body { margin: 0; font: 16px/20px monospace } div { width: 200px; position: relative }
                b { position: absolute; left: 0; top: 0; width: 200px; height: 20px }</style>
            <div onclick='seen.push(event.target.id)'>before <a id=link href=#there>one long link that goes over lines</a>
            <b id=over></b></div><script>seen = []</script>";
        let tab = Tab::with(html).await;
        tab.click("#link").await.ok();
        assert_eq!(tab.eval("[seen, location.hash]").await, json!([["link"], "#there"]));
    });
}

#[test]
fn an_entry_of_a_menu_at_the_end_of_the_body_is_clicked() {
    run(async {
        let html = "<div style='overflow: hidden; height: 40px; transform: scale(1)'><button id=menu>Menu</button></div>
            <script>seen = []; menu.onclick = () => {
                document.body.insertAdjacentHTML('beforeend', '<div id=portal style=\"position: fixed; inset: 0\"><div role=menu \
                    style=\"position: absolute; top: 8px; left: 8px; background: white\"><div role=menuitem>Rename</div></div></div>');
                portal.onclick = (event) => { seen.push(event.target.role ?? event.target.id); portal.remove(); };
            }</script>";
        let tab = Tab::with(html).await;
        let menu = tab.find("Menu").await;
        tab.click_ref(&menu).await.ok();
        let answer = tab.click_ref(&menu).await;
        assert!(answer.error().1.contains("role=\"menu"), "what lies over it is told: {answer:?}");
        let entry = tab.find("Rename").await;
        tab.click_ref(&entry).await.ok();
        assert_eq!(tab.eval("seen").await, json!(["menuitem"]));
        tab.click_ref(&menu).await.ok();
        assert_eq!(tab.eval("document.querySelectorAll('#portal').length").await, 1);
    });
}

#[test]
fn a_double_click_on_a_label_is_two_of_its_control() {
    run(async {
        let html = "<label id=label><input type=checkbox id=box style='position: absolute; opacity: 0; width: 0'>Agree</label>
            <script>seen = []; for (const type of ['click', 'dblclick', 'change']) addEventListener(type, (event) => seen.push(
                type + ' ' + event.target.id))</script>";
        for selector in ["#label", "#box"] {
            let tab = Tab::with(html).await;
            tab.act(json!({"kind": "click", "selector": selector, "doubleClick": true})).await.ok();
            let once = ["click label", "click box", "change box"];
            let expected: Vec<_> = once.iter().chain(&once).chain(&["dblclick label"]).collect();
            assert_eq!(tab.eval("seen").await, json!(expected), "{selector}");
            assert_eq!(tab.property("#box", "checked").await, false);
        }
    });
}

#[test]
fn a_switch_without_a_size_is_clicked_on_what_draws_it() {
    run(async {
        let field = "type=checkbox role=switch style='position: absolute; width: 0; height: 0; margin: 0; opacity: 0'";
        let knob = "display: inline-block; width: 40px; height: 20px";
        let tab = Tab::with(&format!(
            "<label><input id=labelled {field}><span style='{knob}'></span></label>
             <div onclick='root.checked = !root.checked'><input id=root {field}><span style='{knob}'></span></div>
             <div><span style='{knob}' onclick='before.checked = !before.checked'></span><input id=before {field}></div>
             <div style='{knob}' onclick='around.checked = !around.checked'><input id=around {field}></div>
             <div><input id=deaf {field}><span class=knob style='{knob}'></span></div>
             <div><input id=crowded {field}><span style='{knob}'></span><button>Delete</button></div>"
        ))
        .await;
        for id in ["labelled", "root", "before", "around"] {
            for expected in [true, false] {
                let told = tab.click(&format!("#{id}")).await.ok();
                assert_eq!(told.get("warnings"), None, "{told}");
                assert_eq!(tab.property(&format!("#{id}"), "checked").await, expected, "{id}");
            }
        }
        let told = tab.click("#deaf").await.ok();
        let warning = told["warnings"][0].as_str().unwrap_or_default();
        assert!(warning.starts_with("#deaf kept its state") && warning.contains("class=\"knob\""), "{told}");
        let answer = tab.click("#crowded").await;
        assert_eq!(answer.body["details"]["reason"], "notVisible", "{answer:?}");
    });
}
