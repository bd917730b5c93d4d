//! Workers: what they say, throw and ask for is their page's.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

/// A page with a worker that runs this, and `window.done` once the worker has said `done`.
async fn with_worker(site: &Site, script: &str) -> Tab<'static> {
    site.answer("/worker.js", &[("Content-Type", "text/javascript")], script.as_bytes());
    site.page(
        "/",
        "<script>const worker = new Worker('/worker.js'); worker.onmessage = event => window.done = event.data</script>",
    );
    let tab = House::shared().await.open(&site.url("/")).await;
    tab.until("window.done").await;
    tab
}

#[test]
fn what_a_worker_says_and_throws_is_heard() {
    run(async {
        let site = Site::new().await;
        let script = "console.log('from the worker'); Promise.reject(new Error('worked')); \
                      setTimeout(() => postMessage('done'), 1)";
        let tab = with_worker(&site, script).await;
        let said = tab.get("/console", "").await.ok();
        let texts: Vec<&Value> = said["messages"].as_array().unwrap().iter().map(|m| &m["text"]).collect();
        assert!(texts.contains(&&json!("from the worker")), "{said}");
        let errors = tab.get("/errors", "").await.ok();
        let messages: Vec<&Value> =
            errors["errors"].as_array().unwrap().iter().map(|e| &e["message"]).collect();
        assert_eq!(messages, [&json!("worked")], "{errors}");
    });
}

#[test]
fn what_a_worker_asks_for_is_told_and_its_body_read() {
    run(async {
        let site = Site::new().await;
        site.answer("/data", &[], b"for the worker");
        let script = "fetch('/data').then(a => a.text()).then(() => postMessage('done')); \
                      setInterval(() => fetch('/again?' + Date.now()), 30)";
        site.answer("/again", &[], b"again");
        let tab = with_worker(&site, script).await;
        let requests = tab.get("/requests", "filter=data").await.ok();
        assert_eq!(requests["requests"][0]["status"], 200, "{requests}");
        assert_eq!(requests["requests"].as_array().unwrap().len(), 1, "{requests}");
        let answer = tab.post("/response/body", json!({"url": "/again"})).await.ok();
        assert_eq!(answer["response"]["body"], "again");
    });
}

#[test]
fn workers_within_workers_run() {
    run(async {
        let site = Site::new().await;
        let inner = "console.log('inner'); postMessage('done')";
        site.answer("/inner.js", &[("Content-Type", "text/javascript")], inner.as_bytes());
        let tab = with_worker(
            &site,
            "const inner = new Worker('/inner.js'); inner.onmessage = event => postMessage(event.data)",
        )
        .await;
        let said = tab.get("/console", "").await.ok();
        assert!(said["messages"].to_string().contains("inner"), "{said}");
    });
}
