//! Uploads: files of two folders only, into inputs and choosers, wherever they are.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

const PAGE: &str = "<input type=file id=one> <input type=file id=many multiple> <label for=one id=label>Label</label>
    <input type=file id=off disabled> <input type=file id=unseen style='display: none'>
    <button id=chooser onclick='one.click()'>Choose</button> <button id=later onclick='setTimeout(() => many.click(), 200)'>
    Later</button> <button id=idle>Idle</button>";

/// A tab with file inputs, and a file of this name in the shared house's uploads.
async fn page(files: &[&str]) -> Tab<'static> {
    let folder = House::shared().await.state("media/uploads");
    std::fs::create_dir_all(&folder).unwrap();
    for file in files {
        std::fs::write(folder.join(file), format!("content of {file}")).unwrap();
    }
    Tab::with(PAGE).await
}

/// The names and texts of the files that an input holds.
async fn held(tab: &Tab<'_>, id: &str) -> Value {
    let script = format!(
        "Promise.all([...document.querySelector('#{id}').files].map(async f => f.name + ': ' + await f.text()))"
    );
    tab.eval(&script).await
}

async fn upload(tab: &Tab<'_>, body: Value) -> crate::support::Answer {
    tab.post("/hooks/file-chooser", body).await
}

#[test]
fn files_go_straight_into_an_input() {
    run(async {
        let tab = page(&["direct.txt", "second.txt"]).await;
        let absolute = House::shared().await.state("media/uploads/direct.txt").display().to_string();
        for (body, id, expected) in [
            (
                json!({"paths": ["direct.txt"], "element": "#one"}),
                "one",
                json!(["direct.txt: content of direct.txt"]),
            ),
            (
                json!({"paths": [absolute], "element": "#unseen"}),
                "unseen",
                json!(["direct.txt: content of direct.txt"]),
            ),
            (
                json!({"paths": ["second.txt"], "element": "#label"}),
                "one",
                json!(["second.txt: content of second.txt"]),
            ),
            (
                json!({"paths": ["direct.txt", "second.txt"], "element": "#many"}),
                "many",
                json!(["direct.txt: content of direct.txt", "second.txt: content of second.txt"]),
            ),
        ] {
            assert_eq!(upload(&tab, body.clone()).await.ok(), json!({"ok": true}), "{body}");
            assert_eq!(held(&tab, id).await, expected, "{body}");
        }
    });
}

#[test]
fn the_page_hears_of_its_files() {
    run(async {
        let tab = page(&["heard.txt"]).await;
        tab.eval("window.heard = [], one.oninput = one.onchange = e => heard.push(e.type), 0").await;
        upload(&tab, json!({"paths": ["heard.txt"], "element": "#one"})).await.ok();
        assert_eq!(tab.eval("heard").await, json!(["input", "change"]));
    });
}

#[test]
fn a_click_opens_the_chooser_that_gets_the_files() {
    run(async {
        let tab = page(&["chosen.txt"]).await;
        for (words, id) in [("button \"Choose\"", "one"), ("Later", "many")] {
            let body = json!({"paths": ["chosen.txt"], "ref": tab.find(words).await});
            assert_eq!(upload(&tab, body).await.ok(), json!({"ok": true}), "{words}");
            assert_eq!(held(&tab, id).await, json!(["chosen.txt: content of chosen.txt"]), "{words}");
        }
        let reference = tab.find("[ref=").await;
        assert!(!reference.is_empty());
    });
}

#[test]
fn an_armed_chooser_gets_its_files_when_it_opens() {
    run(async {
        let tab = page(&["armed.txt"]).await;
        assert_eq!(upload(&tab, json!({"paths": ["armed.txt"]})).await.ok(), json!({"ok": true}));
        assert_eq!(held(&tab, "one").await, json!([]));
        let told = tab.click("#chooser").await.ok();
        assert_eq!(told["effects"]["contentChanged"], true, "the input holds another file: {told}");
        tab.until("one.files.length === 1").await;
        assert_eq!(held(&tab, "one").await, json!(["armed.txt: content of armed.txt"]));
    });
}

#[test]
fn a_click_without_a_chooser_ends_in_time() {
    run(async {
        let tab = page(&["waits.txt"]).await;
        let body = json!({"paths": ["waits.txt"], "ref": tab.find("Idle").await, "timeoutMs": 1500});
        let answer = upload(&tab, body).await;
        let (status, error) = answer.error();
        assert_eq!(status, 504);
        assert!(
            error.starts_with("Timeout 1") && error.ends_with("ms exceeded while completing file upload"),
            "{error}"
        );
    });
}

#[test]
fn inputs_of_other_processes_get_files_too() {
    run(async {
        page(&["framed.txt"]).await;
        let site = Site::new().await;
        site.page("/inner", "<input type=file id=inner aria-label=Inner><script>inner.onchange = async () => parent.postMessage(await inner.files[0].text(), '*')</script>");
        let inner = site.url_as("localhost", "/inner");
        site.page(
            "/",
            &format!(
                "<script>onmessage = e => document.title = e.data</script><iframe src='{inner}'></iframe>"
            ),
        );
        let tab = House::shared().await.open(&site.url("/")).await;
        let input = tab.find("Inner").await;
        upload(&tab, json!({"paths": ["framed.txt"], "inputRef": input})).await.ok();
        tab.until("document.title === 'content of framed.txt'").await;
    });
}

#[test]
fn media_that_came_in_is_named_by_reference() {
    run(async {
        let tab = page(&[]).await;
        let inbound = House::shared().await.state("media/inbound");
        std::fs::create_dir_all(&inbound).unwrap();
        std::fs::write(inbound.join("came.txt"), "in").unwrap();
        for path in ["media://inbound/came.txt", "media/inbound/came.txt"] {
            upload(&tab, json!({"paths": [path], "element": "#one"})).await.ok();
            assert_eq!(held(&tab, "one").await, json!(["came.txt: in"]), "{path}");
            tab.eval("one.value = ''").await;
        }
    });
}

#[test]
fn what_cannot_be_sent_is_refused_and_named() {
    run(async {
        let tab = page(&["a.txt", "b.txt"]).await;
        let inbound = House::shared().await.state("media/inbound").display().to_string();
        let outside = format!("Invalid path: must stay within inbound media directory ({inbound})");
        for (body, error) in [
            (json!({}), "paths are required".to_owned()),
            (json!({"paths": []}), "paths are required".to_owned()),
            (
                json!({"paths": ["a.txt"], "ref": "e1", "inputRef": "e2"}),
                "ref cannot be combined with inputRef/element".into(),
            ),
            (json!({"paths": ["/etc/passwd"], "element": "#one"}), outside.clone()),
            (json!({"paths": ["../x"], "element": "#one"}), outside.clone()),
            (
                json!({"paths": ["media://foo/x"], "element": "#one"}),
                "Unsupported media reference location: foo".into(),
            ),
            (
                json!({"paths": ["none.txt"], "element": "#one"}),
                format!("{outside} and be a regular non-symlink file: \"none.txt\" does not exist"),
            ),
        ] {
            assert_eq!(upload(&tab, body.clone()).await.error(), (400, error.as_str()), "{body}");
        }
        for (element, paths, words) in [
            ("#one", json!(["a.txt", "b.txt"]), "Non-multiple file input can only accept single file"),
            ("#idle", json!(["a.txt"]), "is no file input"),
            ("#off", json!(["a.txt"]), "is not enabled"),
            ("#none", json!(["a.txt"]), "not found or not visible"),
        ] {
            let answer = upload(&tab, json!({"paths": paths, "element": element})).await;
            assert!(answer.error().1.contains(words), "{element}: {answer:?}");
        }
        assert_eq!(held(&tab, "one").await, json!([]), "nothing was sent");
    });
}

#[test]
fn an_input_that_the_page_empties_at_once_is_told() {
    run(async {
        let tab = page(&["taken.txt"]).await;
        tab.eval("one.onchange = many.oninput = (event) => { event.target.value = '' }, 0").await;
        let choose = tab.find("button \"Choose\"").await;
        for way in [json!({"element": "#one"}), json!({"element": "#many"}), json!({"ref": choose})] {
            let mut body = way.clone();
            body["paths"] = json!(["taken.txt"]);
            let answer = upload(&tab, body).await.ok();
            let told = answer["warnings"][0].as_str().unwrap_or_default();
            assert!(
                answer["ok"] == true && told.starts_with("the page emptied the file input at once"),
                "{way}: {answer}"
            );
        }
    });
}

#[test]
fn a_chooser_that_nobody_has_files_for_is_told_and_closed() {
    run(async {
        let tab = page(&["armed.txt"]).await;
        tab.eval("window.heard = [], one.oncancel = () => heard.push('cancel'), 0").await;
        for selector in ["#one", "#chooser"] {
            let body = tab.click(selector).await.ok();
            let told = body["warnings"][0].as_str().unwrap_or_default();
            assert!(
                told.starts_with("the page opened a file chooser that nobody had files for"),
                "{selector}: {body}"
            );
        }
        assert_eq!(tab.eval("heard").await, json!(["cancel", "cancel"]));
        // One that files wait for is not closed, and the one after it is again.
        upload(&tab, json!({"paths": ["armed.txt"]})).await.ok();
        let body = tab.click("#chooser").await.ok();
        assert_eq!(body.get("warnings"), None, "{body}");
        tab.until("one.files.length === 1").await;
        let body = tab.click("#chooser").await.ok();
        assert!(body["warnings"].is_array(), "{body}");
        tab.until("heard.length === 3").await;
    });
}

#[test]
fn what_a_chooser_that_opens_later_makes_of_its_files_is_told_by_the_act_that_opens_it() {
    run(async {
        let tab = page(&["a.txt", "b.txt"]).await;
        tab.eval("one.accept = '.png, image/*', many.accept = '.TXT', 0").await;
        for (click, paths, told, kept) in [
            ("one", json!(["a.txt", "b.txt"]), "a file chooser opened and did not take the files", json!([])),
            (
                "one",
                json!(["a.txt"]),
                "the file input asks for \".png, image/*\", which is not what it was given: a.txt",
                json!(["a.txt: content of a.txt"]),
            ),
            ("many", json!(["b.txt"]), "", json!(["b.txt: content of b.txt"])),
        ] {
            assert_eq!(upload(&tab, json!({"paths": paths})).await.ok(), json!({"ok": true}));
            let body = tab.click(&format!("#{click}")).await.ok();
            let warning = body["warnings"][0].as_str().unwrap_or_default();
            assert!(
                warning.starts_with(told) && warning.is_empty() == told.is_empty(),
                "{click} {paths}: {body}"
            );
            assert_eq!(held(&tab, click).await, kept, "{paths}");
            let next = tab.click("#idle").await.ok();
            assert_eq!(next.get("warnings"), None, "it is told once: {next}");
        }
        let answer = upload(&tab, json!({"paths": ["a.txt"], "element": "#one"})).await.ok();
        assert!(answer["warnings"][0].as_str().unwrap().contains("not what it was given: a.txt"), "{answer}");
    });
}
