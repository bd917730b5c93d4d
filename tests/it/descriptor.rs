//! `/json/protocol`: what a browser's protocol is made of. A browser of the same program is started for it, once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use openclaw::chromium::Executable;
use serde_json::{Value, json};

use crate::protocol::protocol;
use crate::support::cdp::{parsed, running};
use crate::support::processes::naming;
use crate::support::{House, Site, run};

/// The installed browser in a program that notes each start; once `words` lie beside it, one that is started with a port
/// does what they say instead.
fn noting(folder: &Path) -> String {
    let real = Executable::find(None, &|name| std::env::var(name).ok()).expect("a browser is installed").path;
    let program = folder.join("browser");
    let script = format!(
        "#!/bin/sh\necho >> \"$0.starts\"\n\
         case \"$*\" in *--remote-debugging-port=0*) test -e \"$0.words\" && . \"$0.words\";; esac\n\
         exec {} \"$@\"\n",
        real.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

fn starts(program: &str) -> usize {
    fs::read_to_string(format!("{program}.starts")).unwrap().lines().count()
}

/// What the port answers, with a status, to whoever has this secret.
async fn told(house: &House, port: u16, secret: &str) -> (u16, String) {
    let url = format!("http://127.0.0.1:{port}/json/protocol");
    let answer = house.bare().get(url).bearer_auth(secret).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[test]
fn the_protocol_is_what_chromium_tells_and_one_start_serves_all_who_ask() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let program = noting(folder.path());
        let (mut house, port) = running(json!({"browser": {"executablePath": program}})).await;
        assert_eq!((told(&house, port, "wrong").await.0, starts(&program)), (401, 1));
        let lease = house.post("/leases", json!({"isolation": "context"})).await.ok();
        let of_lease = lease["endpoint"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
        let asked = (0..8).map(|n| told(&house, port, if n % 2 == 0 { &house.token } else { &of_lease }));
        let answers = futures::future::join_all(asked).await;
        let chromiums = protocol().await;
        for (status, text) in answers {
            assert_eq!(status, 200, "{text}");
            assert!(parsed(&text) == chromiums, "not what Chromium tells");
        }
        assert_eq!(starts(&program), 2, "the profile's browser and one more");
        // It has ended, and nothing of it is left but its answer.
        let kept = house.state("protocol");
        assert!(naming(&kept).is_empty());
        let left: Vec<_> =
            fs::read_dir(kept.join("user-data")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [".openclaw.lock"]);
        let file =
            fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_file());
        let file = file.expect("it is kept");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Another gateway of the instance need not ask again, unless what was kept is damaged.
        house.stop().await;
        house.start().await;
        house.post("/start", json!({})).await.ok();
        assert_eq!((told(&house, port, &house.token).await.0, starts(&program)), (200, 3));
        fs::write(&file, "{\"domains\":[").unwrap();
        let (status, text) = told(&house, port, &house.token).await;
        assert!(status == 200 && parsed(&text) == chromiums);
        assert_eq!(starts(&program), 4);
        house.stop().await;
    });
}

#[test]
fn a_protocol_that_cannot_be_had_says_why_and_nothing_is_kept() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let program = noting(folder.path());
        let (mut house, port) = running(json!({"browser": {"executablePath": program}})).await;
        let site = Site::new().await;
        let address = site.url("/").trim_start_matches("http://").to_owned();
        let listens =
            format!("echo DevTools listening on ws://{address}devtools/browser/x >&2; exec sleep 1000");
        let version = |name: &str, revision: &str| {
            json!({"Browser": name, "WebKit-Version": format!("537.36 ({revision})")}).to_string()
        };
        let mine =
            house.bare().get(format!("http://127.0.0.1:{port}/json/version")).bearer_auth(&house.token);
        let mine: Value = mine.send().await.unwrap().json().await.unwrap();
        let revision = mine["WebKit-Version"].as_str().unwrap();
        for (words, version, protocol, status, said) in [
            ("echo out of luck >&2; exit 3", String::new(), "", 503, "out of luck"),
            (&listens, "<p>".to_owned(), "", 502, "does not say what it is"),
            (&listens, version("Chrome/1.2.3.4", "@other"), "", 503, "is Chrome/1.2.3.4 by now"),
            (&listens, version("Chrome", revision), "{\"domains\":[]}", 502, "told none"),
        ] {
            fs::write(format!("{program}.words"), words).unwrap();
            site.answer("/json/version", &[], version.as_bytes());
            site.answer("/json/protocol", &[], protocol.as_bytes());
            let (found, text) = told(&house, port, &house.token).await;
            let error = parsed(&text)["error"].as_str().unwrap().to_owned();
            assert!(found == status && error.contains(said), "{words}: {found} {error}");
            let kept = house.state("protocol");
            assert_eq!((naming(&kept), fs::read_dir(&kept).unwrap().count()), (Vec::new(), 1), "{words}");
        }
        // What others asked of the browser went on.
        assert_eq!(house.open("about:blank").await.eval("1 + 1").await, 2);
        fs::remove_file(format!("{program}.words")).unwrap();
        assert_eq!(told(&house, port, &house.token).await.0, 200);
        house.stop().await;
    });
}
