//! Refs: one name for one element of one document, for as long as it lives.

use serde_json::json;

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
