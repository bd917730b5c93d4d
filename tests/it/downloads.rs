//! Downloads: an act tells what it started, callers wait for them and say where they go, and nothing leaves the folders.

use serde_json::{Value, json};

use crate::support::{End, House, Site, Tab, run};

/// The one download that an answer tells of.
#[track_caller]
fn only(body: &Value) -> &Value {
    let downloads = body["downloads"].as_array().unwrap_or_else(|| panic!("no downloads in {body}"));
    assert_eq!(downloads.len(), 1, "{body}");
    &downloads[0]
}

fn text_of(download: &Value) -> String {
    std::fs::read_to_string(download["path"].as_str().expect("a path")).expect("the file is there")
}

/// Clicks, and yields the one download of it: told at once, or by whoever waits for it.
async fn click(tab: &Tab<'_>, selector: &str) -> Value {
    let body = tab.click(selector).await.ok();
    match body["downloads"].as_array() {
        Some(_) => only(&body).clone(),
        None => tab.post("/wait/download", json!({"timeoutMs": 10_000})).await.ok()["download"].clone(),
    }
}

/// A page with these links, and a file with a name from its server at `/file`.
async fn links(html: &str) -> (Site, Tab<'static>) {
    let site = Site::with(html).await;
    site.file("/file", Some("report.txt"), b"hello");
    let tab = House::shared().await.open(&site.url("/")).await;
    (site, tab)
}

#[test]
fn a_click_tells_what_it_downloaded() {
    run(async {
        let (site, tab) = links("<a download href=/file>Get</a>").await;
        let body = tab.click("a").await.ok();
        let download = only(&body);
        assert_eq!(download["url"], site.url("/file"));
        assert_eq!(
            (download["suggestedFilename"].as_str(), text_of(download)),
            (Some("report.txt"), "hello".into())
        );
        let path = download["path"].as_str().unwrap();
        let folder = House::shared().await.state("media/downloads");
        assert!(path.starts_with(folder.to_str().unwrap()) && path.ends_with("-report.txt"), "{path}");
        assert_eq!(body["url"], site.url("/"), "the tab stays where it is");
    });
}

#[test]
fn every_way_to_start_a_download_is_told() {
    run(async {
        let (_site, tab) = links(
            "<a id=markup href=/file download>Get</a> <a id=popup href=/file target=_blank>Get</a>
             <a id=data href='data:text/plain,data' download=d.txt>Get</a>
             <button id=blob onclick='Object.assign(document.createElement(`a`), {href: window.URL.createObjectURL(new Blob([`blob`])),
             download: `b.txt`}).click()'>Get</button>",
        )
        .await;
        for (id, name, text) in [
            ("markup", "report.txt", "hello"),
            ("popup", "report.txt", "hello"),
            ("data", "d.txt", "data"),
            ("blob", "b.txt", "blob"),
        ] {
            let download = click(&tab, &format!("#{id}")).await;
            assert_eq!(
                (download["suggestedFilename"].as_str(), text_of(&download)),
                (Some(name), text.into()),
                "{id}"
            );
        }
    });
}

#[test]
fn files_that_a_script_asks_for_are_told_by_the_act_that_made_it_do_so() {
    run(async {
        let html = "<a id=x href=/file download></a><a id=y href=/file#y download></a>
             <button id=one onclick='x.click()'>One</button><button id=two onclick='x.click(); y.click()'>Two</button>
             <button id=off onclick='x.cloneNode().click()'>Off</button>
             <button id=blob onclick='Object.assign(x.cloneNode(), {href: window.URL.createObjectURL(new Blob([`b`]))}).click()'>\
             Blob</button>";
        // Chromium lets a page ask for ten files in a second.
        for _ in 0..5 {
            let (_site, tab) = links(html).await;
            for (id, files) in [("one", 1), ("two", 2), ("off", 1), ("blob", 1)] {
                // What changes besides says nothing of a file.
                tab.eval(&format!("document.querySelector('#{id}').focus()")).await;
                let body = tab.click(&format!("#{id}")).await.ok();
                let told = body["downloads"].as_array().map(Vec::len);
                assert_eq!(told, Some(files), "{id}: {body}");
            }
        }
    });
}

#[test]
fn a_file_whose_server_is_slow_is_told_as_pending() {
    run(async {
        let (site, tab) =
            links("<a id=x href=/never download></a><button onclick='x.click()'>Get</button>").await;
        site.page_that_never_comes("/never");
        tab.eval("document.querySelector('button').focus()").await;
        let body = tab.click("button").await.ok();
        assert_eq!(body["effects"], json!({"effect": "pending", "pending": {"downloads": 1}}), "{body}");
    });
}

#[test]
fn downloaded_files_are_private() {
    run(async {
        use std::os::unix::fs::PermissionsExt;
        let (_site, tab) = links("<a href=/file>Get</a>").await;
        let download = click(&tab, "a").await;
        let path = std::path::Path::new(download["path"].as_str().unwrap());
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700));
    });
}

#[test]
fn a_name_from_the_server_cannot_lead_elsewhere() {
    run(async {
        let (site, tab) = links("<a href=/evil>Get</a>").await;
        site.file("/evil", Some("../../../evil.sh"), b"x");
        let download = click(&tab, "a").await;
        let folder = House::shared().await.state("media/downloads");
        let path = std::path::PathBuf::from(download["path"].as_str().unwrap());
        assert_eq!(path.parent(), Some(folder.as_path()), "{download}");
    });
}

#[test]
fn a_download_that_its_server_breaks_off_is_told_as_failed() {
    run(async {
        let (site, tab) = links("<a download href=/cut>Get</a>").await;
        site.file_that_ends("/cut", Some("cut.bin"), b"half", End::BrokenOff);
        let body = tab.click("a").await.ok();
        assert_eq!(only(&body)["state"], "failed", "{body}");
        let failed = json!(["cut.bin: it was cancelled, or its server broke it off"]);
        assert_eq!(
            (&body["effects"]["failedDownloads"], &body["effects"]["downloads"]),
            (&failed, &Value::Null)
        );
        assert!(!std::path::Path::new(only(&body)["path"].as_str().unwrap()).exists());
        let answer = tab.post("/download", json!({"ref": tab.find("Get").await, "path": "cut.bin"})).await;
        assert_eq!((answer.status, answer.code()), (502, "DOWNLOAD_FAILED"), "{answer:?}");
    });
}

#[test]
fn a_document_that_is_kept_as_a_file_is_no_failed_request() {
    run(async {
        let (site, tab) = links("<a href=/file>Get</a>").await;
        assert_eq!(text_of(&click(&tab, "a").await), "hello");
        let body = tab.get("/requests", "").await.ok();
        let requests = body["requests"].as_array().unwrap();
        let of_file = requests.iter().find(|row| row["url"] == site.url("/file")).unwrap();
        assert_eq!((&of_file["ok"], of_file.get("failureText")), (&json!(true), None), "{of_file}");
    });
}

#[test]
fn a_long_download_is_told_while_it_goes_on() {
    run(async {
        let (site, tab) = links("<a download href=/held>Get</a>").await;
        site.file_that_ends("/held", Some("held.bin"), &[b'x'; 4096], End::Held);
        let body = tab.click("a").await.ok();
        assert_eq!(
            (&only(&body)["state"], &only(&body)["suggestedFilename"]),
            (&json!("inProgress"), &json!("held.bin"))
        );
    });
}

#[test]
fn a_download_that_was_told_while_it_went_on_can_be_waited_for_once() {
    run(async {
        let (site, tab) = links("<a download href=/late>Get</a>").await;
        let late = End::Late(std::time::Duration::from_secs(3));
        site.file_that_ends("/late", Some("late.bin"), b"late", late);
        let body = tab.click("a").await.ok();
        assert_eq!(body["effects"]["pending"], json!({"downloads": 1}), "{body}");
        let answer = tab.post("/wait/download", json!({"timeoutMs": 500})).await;
        assert_eq!(answer.error(), (504, "Timeout waiting for download"));
        let body = tab.post("/wait/download", json!({"timeoutMs": 10_000})).await.ok();
        assert_eq!(text_of(&body["download"]), "late!");
        let answer = tab.post("/wait/download", json!({"timeoutMs": 500})).await;
        assert_eq!(answer.error(), (504, "Timeout waiting for download"));
    });
}

#[test]
fn an_act_without_downloads_tells_of_none() {
    run(async {
        let (_site, tab) = links("<a href=/file>Get</a><button>Go</button>").await;
        click(&tab, "a").await;
        let body = tab.click("button").await.ok();
        assert!(body.get("downloads").is_none(), "{body}");
    });
}

#[test]
fn a_navigation_to_a_file_downloads_it_and_the_tab_stays() {
    run(async {
        let (site, tab) = links("<p>Here</p>").await;
        let body = tab.navigate(&site.url("/file")).await.ok();
        assert_eq!(
            (&body["url"], &body["download"]["url"]),
            (&json!(site.url("/file")), &json!(site.url("/file")))
        );
        assert_eq!(text_of(&body["download"]), "hello");
        assert_eq!(tab.eval("document.body.textContent").await, "Here");
    });
}

#[test]
fn a_file_that_its_server_does_not_find_is_no_download() {
    run(async {
        let (site, tab) = links("<p>Here</p>").await;
        let headers = [
            (":status", "404"),
            ("content-type", "application/octet-stream"),
            ("content-disposition", "attachment"),
        ];
        site.answer("/gone", &headers, b"no");
        let answer = tab.navigate(&site.url("/gone")).await;
        assert!(answer.error().1.contains("net::ERR_INVALID_RESPONSE"), "{answer:?}");
    });
}

#[test]
fn a_download_that_the_policy_refuses_is_never_requested() {
    run(async {
        let mut house =
            House::with(json!({"browser": {"ssrfPolicy": {"blockedHostnames": ["localhost"]}}})).await;
        let site = Site::new().await;
        let refused = site.url_as("localhost", "/file");
        site.page(
            "/",
            &format!("<a id=plain href='{refused}'>Get</a> <a id=markup download href=/there>Get</a>"),
        );
        site.redirect("/there", &refused);
        site.file("/file", None, b"x");
        let tab = house.open(&site.url("/")).await;
        for id in ["plain", "markup"] {
            let answer = tab.click(&format!("#{id}")).await;
            assert_eq!(answer.code(), "NAVIGATION_BLOCKED", "{id}: {answer:?}");
            assert_eq!(tab.eval("location.pathname").await, "/");
            assert!(answer.body.get("downloads").is_none(), "{id}: {answer:?}");
        }
        assert!(!site.asked().contains(&"/file".to_owned()), "{:?}", site.asked());
        drop(tab);
        house.stop().await;
    });
}

#[test]
fn a_download_goes_where_the_caller_says() {
    run(async {
        let (_site, tab) = links("<a href=/file>Get</a>").await;
        let folder = House::shared().await.state("media/downloads");
        let absolute = folder.join("absolute.txt").display().to_string();
        let get = tab.find("Get").await;
        for path in ["plain.txt", "sub/folder.txt", &absolute, "plain.txt"] {
            let body = tab.post("/download", json!({"ref": get, "path": path})).await.ok();
            let expected = folder.join(path).display().to_string();
            assert_eq!(body["download"]["path"], expected, "{body}");
            assert_eq!(
                (body["targetId"].as_str(), text_of(&body["download"])),
                (Some(tab.id.as_str()), "hello".into())
            );
        }
    });
}

#[test]
fn the_folder_of_the_original_is_taken_when_it_is_named() {
    run(async {
        let (_site, tab) = links("<a href=/file>Get</a>").await;
        let path = format!("/tmp/openclaw/downloads/test-{}.txt", std::process::id());
        let body = tab.post("/download", json!({"ref": tab.find("Get").await, "path": path})).await.ok();
        assert_eq!(
            (body["download"]["path"].as_str(), text_of(&body["download"])),
            (Some(path.as_str()), "hello".into())
        );
        std::fs::remove_file(path).unwrap();
    });
}

#[test]
fn a_download_must_say_what_and_where() {
    run(async {
        let (_site, tab) = links("<a href=/file>Get</a>").await;
        let get = tab.find("Get").await;
        for (body, error) in [
            (json!({}), "ref is required"),
            (json!({"ref": get}), "path is required"),
            (json!({"ref": get, "path": "/etc/x"}), "Invalid path: must stay within downloads directory"),
            (json!({"ref": get, "path": "../x"}), "Invalid path: must stay within downloads directory"),
            (json!({"currentDocument": true}), "expectedUrl is required for currentDocument"),
            (
                json!({"currentDocument": true, "ref": get}),
                "currentDocument cannot be combined with ref or path",
            ),
            (json!({"currentDocument": "yes"}), "currentDocument must be a boolean"),
            (json!({"expectedUrl": "http://h/"}), "expectedUrl requires currentDocument"),
        ] {
            assert_eq!(tab.post("/download", body.clone()).await.error(), (400, error), "{body}");
        }
        let answer = tab.post("/wait/download", json!({"path": "/etc/x"})).await;
        assert_eq!(answer.error(), (400, "Invalid path: must stay within downloads directory"));
    });
}

#[test]
fn a_click_that_downloads_nothing_ends_in_time_or_when_the_tab_goes_elsewhere() {
    run(async {
        let site = Site::with("<button>Stay</button><a href=/there>Leave</a>").await;
        site.page("/there", "There");
        let tab = House::shared().await.open(&site.url("/")).await;
        let (stay, leave) = (tab.find("Stay").await, tab.find("Leave").await);
        let answer = tab.post("/download", json!({"ref": stay, "path": "x", "timeoutMs": 700})).await;
        assert_eq!(answer.error(), (504, "Timeout waiting for download"));
        let answer = tab.post("/download", json!({"ref": leave, "path": "x"})).await;
        assert!(answer.error().1.contains("the tab went to"), "{answer:?}");
        let answer = tab.post("/wait/download", json!({"timeoutMs": 700})).await;
        assert_eq!(answer.error(), (504, "Timeout waiting for download"));
    });
}

#[test]
fn a_waiting_call_gets_the_next_download_and_puts_it_in_its_place() {
    run(async {
        let (site, tab) = links("<a download href=/file>Get</a>").await;
        let wait = tab.post("/wait/download", json!({"path": "waited.txt"}));
        let start = async {
            site.page("/asked", "");
            tab.eval(
                "fetch('/asked').then(() => setTimeout(() => document.querySelector('a').click(), 300)), 0",
            )
            .await
        };
        let (body, _) = tokio::join!(wait, start);
        let body = body.ok();
        let path = House::shared().await.state("media/downloads/waited.txt").display().to_string();
        assert_eq!(
            (body["download"]["path"].as_str(), text_of(&body["download"])),
            (Some(path.as_str()), "hello".into())
        );
    });
}

#[test]
fn the_document_that_a_tab_shows_is_downloaded_when_it_is_the_expected_one() {
    run(async {
        let site = Site::new().await;
        site.page("/index.html", "<p>Shown</p>");
        let tab = House::shared().await.open(&site.url("/index.html")).await;
        let wish = |url: String| json!({"currentDocument": true, "expectedUrl": url});
        let body = tab.post("/download", wish(site.url("/index.html"))).await.ok();
        assert_eq!(body["download"]["suggestedFilename"], "index.html");
        assert!(text_of(&body["download"]).contains("<p>Shown</p>"));
        assert_eq!(tab.eval("document.links.length").await, 0, "nothing is left in the page");
        let answer = tab.post("/download", wish(site.url("/other.html"))).await;
        assert!(answer.error().1.starts_with("expectedUrl is"), "{answer:?}");
        assert_eq!(answer.status, 400);
    });
}

#[test]
fn two_tabs_get_their_own_downloads() {
    run(async {
        let (site, one) = links("<a download href=/file>Get</a>").await;
        site.page("/two", "<a download href=/second>Get</a>");
        site.file("/second", Some("second.txt"), b"second");
        let two = House::shared().await.open(&site.url("/two")).await;
        let (first, second) = tokio::join!(click(&one, "a"), click(&two, "a"));
        assert_eq!((text_of(&first), text_of(&second)), ("hello".into(), "second".into()));
    });
}

#[test]
fn a_batch_tells_what_its_acts_downloaded() {
    run(async {
        let (_site, tab) = links("<a download href=/file>Get</a>").await;
        let click = json!({"kind": "click", "selector": "a"});
        let body = tab.act(json!({"kind": "batch", "actions": [click]})).await.ok();
        assert_eq!(only(&body)["suggestedFilename"], "report.txt");
    });
}
