//! Refs: one name for one element of one document, for as long as it lives.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

#[test]
fn an_element_keeps_its_ref_from_snapshot_to_snapshot_and_across_styles() {
    run(async {
        let tab = Tab::with("<button>One</button><p></p><button>Two</button>").await;
        let two = tab.find("Two").await;
        tab.eval("document.querySelector('p').innerHTML = '<button>Between</button>'").await;
        assert_eq!(tab.find("Two").await, two);
        for query in ["interactive=true", "compact=true", "mode=efficient", "selector=body", "depth=9"] {
            let text = tab.snapshot(query).await;
            assert!(text.contains(&format!("button \"Two\" [ref={two}]")), "{query}:\n{text}");
        }
    });
}

#[test]
fn refs_are_never_reused() {
    run(async {
        let site = Site::with("<button>Old</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let old = tab.find("Old").await;
        tab.eval("document.body.innerHTML = '<button>New</button>'").await;
        let new = tab.find("New").await;
        assert_ne!(old, new);
        tab.navigate(&site.url("/")).await.ok();
        let again = tab.find("Old").await;
        assert!(again != old && again != new, "{old} {new} {again}");
    });
}

#[test]
fn what_is_gone_back_to_has_refs_that_work() {
    run(async {
        let site =
            Site::with("<a href=/two>There</a><button onclick='this.dataset.hit = 1'>Go</button>").await;
        site.page("/two", "<p>Two");
        let tab = House::shared().await.open(&site.url("/")).await;
        let (old, there) = (tab.find("Go").await, tab.find("There").await);
        tab.act(json!({"kind": "click", "ref": there})).await.ok();
        tab.act(json!({"kind": "wait", "url": "**/two"})).await.ok();
        tab.eval("history.back()").await;
        tab.act(json!({"kind": "wait", "selector": "button"})).await.ok();
        let go = tab.find("Go").await;
        assert_ne!(go, old, "it is another document");
        tab.act(json!({"kind": "click", "ref": go})).await.ok();
        assert_eq!(tab.eval("document.querySelector('button').dataset.hit").await, "1");
        assert_eq!(tab.act(json!({"kind": "click", "ref": old})).await.error().0, 404);
    });
}

#[test]
fn a_ref_of_a_replaced_document_is_unknown() {
    run(async {
        let site = Site::with("<button>Go</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let go = tab.find("Go").await;
        tab.navigate(&site.url("/")).await.ok();
        for act in [
            json!({"kind": "click", "ref": go}),
            json!({"kind": "type", "ref": go, "text": "x"}),
            json!({"kind": "evaluate", "ref": go, "fn": "el => el.tagName"}),
        ] {
            let answer = tab.act(act).await;
            assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"), "{answer:?}");
            assert!(answer.error().1.contains("its document was replaced by a navigation"), "{answer:?}");
        }
    });
}

#[test]
fn a_ref_of_a_removed_element_is_unknown_at_once() {
    run(async {
        let tab = Tab::with("<button>Go</button>").await;
        let go = tab.find("Go").await;
        tab.eval("document.querySelector('button').remove()").await;
        let answer = tab.click_ref(&go).await;
        assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"));
        assert!(answer.error().1.contains("its element was removed"), "{answer:?}");
    });
}

#[test]
fn all_spellings_of_a_ref_mean_the_same() {
    run(async {
        let tab = Tab::with("<button onclick='n.value++'>Go</button><input id=n value=0>").await;
        let go = tab.find("Go").await;
        let number = go.trim_start_matches('e');
        for spelled in
            [go.clone(), format!("@{go}"), format!("ref={go}"), number.to_owned(), format!("ax{number}")]
        {
            tab.click_ref(&spelled).await.ok();
        }
        assert_eq!(tab.property("#n", "value").await, "5");
        for bogus in ["e9999", "f7e1", "foo bar"] {
            let answer = tab.click_ref(bogus).await;
            assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"));
            assert!(
                answer.error().1.starts_with(&format!("Unknown ref \"{bogus}\". Run a new snapshot")),
                "{answer:?}"
            );
        }
    });
}

#[test]
fn a_lost_ref_is_told_with_what_is_most_like_it_now() {
    run(async {
        let site = Site::with("<button>Save</button><button>Delete</button>").await;
        let tab = House::shared().await.open(&site.url("/")).await;
        let [save, delete] = [tab.find("\"Save\"").await, tab.find("\"Delete\"").await];
        tab.eval("document.querySelector('button').outerHTML = '<button>Save</button>'").await;
        let answer = tab.click_ref(&save).await;
        let again = tab.find("\"Save\"").await;
        assert_ne!(again, save);
        let words = format!(
            "Unknown ref \"{save}\" (its element was removed from the page). It was button \"Save\". Closest: {again} \
             button \"Save\". Run a new snapshot and use a ref from that snapshot."
        );
        assert_eq!(answer.error(), (404, &*words));
        let now = json!({"ref": again, "role": "button", "name": "Save"});
        let was = json!({"role": "button", "name": "Save"});
        assert_eq!(answer.body["details"], json!({"reason": "removed", "was": was, "candidate": now}));
        site.page("/", "<button>Delete all</button><p>Other</p>");
        tab.navigate(&site.url("/")).await.ok();
        let answer = tab.click_ref(&delete).await;
        assert_eq!(answer.body["details"]["reason"], "navigated");
        assert_eq!(answer.body["details"]["candidate"], Value::Null, "{answer:?}");
        assert!(answer.error().1.contains("nothing like that is there now"), "{answer:?}");
    });
}

#[test]
fn what_the_page_has_put_in_the_place_of_a_lost_element_is_named_whatever_it_is_called() {
    run(async {
        let tab =
            Tab::with("<button>One</button><input id=field aria-label=Swap><input aria-label=Other>").await;
        let lost = tab.find("\"Swap\"").await;
        tab.eval("field.outerHTML = '<input id=field aria-label=Elsewhere>', 0").await;
        let answer = tab.click_ref(&lost).await;
        let now = tab.find("\"Elsewhere\"").await;
        assert_eq!(answer.body["details"]["candidate"]["ref"], now, "{answer:?}");
        // A neighbour that moved up was there before.
        tab.eval("field.remove(), 0").await;
        let answer = tab.click_ref(&now).await;
        assert_eq!(answer.body["details"]["candidate"], Value::Null, "{answer:?}");
    });
}

#[test]
fn a_ref_of_a_frame_that_went_says_so() {
    run(async {
        let tab = Tab::with("<iframe srcdoc='<button>Go</button>'></iframe><button>Stay</button>").await;
        let go = tab.find("\"Go\"").await;
        tab.eval("document.querySelector('iframe').remove()").await;
        let answer = tab.click_ref(&go).await;
        assert!(answer.error().1.contains("its frame was removed from the page"), "{answer:?}");
        assert_eq!(
            (answer.code(), &answer.body["details"]["reason"]),
            ("UNKNOWN_REF", &json!("frameRemoved"))
        );
    });
}

#[test]
fn a_frame_that_reloads_takes_its_refs_along() {
    run(async {
        let site = Site::with("<iframe src=/inner></iframe>").await;
        site.page("/inner", "<button>Go</button>");
        let tab = House::shared().await.open(&site.url("/")).await;
        let go = tab.find("\"Go\"").await;
        tab.eval("new Promise(done => { frames[0].frameElement.onload = done; frames[0].location.reload() }).then(() => 1)")
            .await;
        let answer = tab.click_ref(&go).await;
        assert_eq!(answer.body["details"]["reason"], "navigated", "{answer:?}");
        let again = tab.find("\"Go\"").await;
        assert_eq!(answer.body["details"]["candidate"]["ref"], again);
        tab.click_ref(&again).await.ok();
    });
}

#[test]
fn a_node_that_is_taken_out_and_put_back_keeps_its_ref_and_one_that_changes_documents_does_not() {
    run(async {
        let tab = Tab::with("<iframe srcdoc='<p>Inner</p>'></iframe><button>Go</button>").await;
        tab.snapshot("").await;
        let go = tab.find("\"Go\"").await;
        tab.eval("(async () => { b = document.querySelector('button'); b.remove() })()").await;
        assert_eq!(tab.click_ref(&go).await.code(), "UNKNOWN_REF");
        tab.eval("(async () => { document.body.prepend(b); history.pushState({}, '', '/elsewhere') })()")
            .await;
        tab.click_ref(&go).await.ok();
        assert_eq!(tab.find("\"Go\"").await, go);
        tab.eval("(async () => { frames[0].document.body.append(b) })()").await;
        assert_eq!(tab.click_ref(&go).await.code(), "UNKNOWN_REF");
        let moved = tab.find("\"Go\"").await;
        assert!(moved.starts_with('f'), "{moved}");
        tab.click_ref(&moved).await.ok();
    });
}

#[test]
fn whoever_names_a_lost_element_hears_what_is_like_it_and_under_which_name_it_was_given() {
    run(async {
        let tab = Tab::with("<input aria-label=Other><div id=box><input aria-label=Name></div>").await;
        let (other, lost) = (tab.find("\"Other\"").await, tab.find("\"Name\"").await);
        tab.eval("box.innerHTML = box.innerHTML").await;
        let again = tab.find("\"Name\"").await;
        let fields = json!([{"ref": other, "value": "x"}, {"ref": lost, "value": "y"}]);
        for (answer, field) in [
            (tab.get("/snapshot", &format!("within={lost}")).await, "within"),
            (tab.get("/snapshot", &format!("format=aria&within={lost}")).await, "within"),
            (tab.post("/screenshot", json!({"ref": lost})).await, "ref"),
            (tab.act(json!({"kind": "fill", "fields": fields})).await, "fields[1].ref"),
        ] {
            assert_eq!((answer.error().0, answer.code()), (404, "UNKNOWN_REF"), "{field}: {answer:?}");
            assert_eq!(answer.body["field"], field, "{answer:?}");
            assert_eq!(answer.body["details"]["candidate"]["ref"], again, "{field}: {answer:?}");
        }
        assert_eq!(tab.property("input", "value").await, "x", "the first one was filled");
    });
}
