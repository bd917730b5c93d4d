//! A client that others wrote, on a browser's CDP port: chromiumoxide finds there what it finds at a Chromium of its own.

use chromiumoxide::Browser;
use chromiumoxide::page::ScreenshotParams;
use futures::StreamExt;
use serde_json::json;

use crate::support::cdp::{running, until};
use crate::support::{House, Site, run};

/// Does what programs do with a browser, and closes it.
async fn use_browser(endpoint: &str, site: &Site) {
    let (mut browser, mut handler) = Browser::connect(endpoint).await.expect("it connects");
    let driving = tokio::spawn(async move { while handler.next().await.is_some() {} });
    assert!(browser.version().await.unwrap().product.starts_with("Chrome/"));
    let page = browser.new_page(site.url("/")).await.expect("a page");
    page.wait_for_navigation().await.unwrap();
    assert_eq!(page.get_title().await.unwrap().as_deref(), Some("/"));
    page.find_element("button").await.unwrap().click().await.unwrap();
    let clicked: String = page.evaluate("document.title").await.unwrap().into_value().unwrap();
    assert_eq!(clicked, "Clicked");
    let sum: i32 = page.evaluate("(async () => 20 + 22)()").await.unwrap().into_value().unwrap();
    assert_eq!(sum, 42);
    let picture = page.screenshot(ScreenshotParams::builder().full_page(true).build()).await.unwrap();
    assert_eq!(&picture[1..4], b"PNG");
    page.set_cookie(chromiumoxide::cdp::browser_protocol::network::CookieParam::new("who", "client"))
        .await
        .unwrap();
    let cookies = page.get_cookies().await.unwrap();
    assert_eq!(cookies.iter().map(|cookie| &*cookie.value).collect::<Vec<_>>(), ["client"]);
    page.goto(site.url("/next")).await.unwrap();
    assert!(page.content().await.unwrap().contains("<p>Next</p>"));
    assert_eq!(browser.pages().await.unwrap().len(), 1);
    page.close().await.unwrap();
    browser.close().await.unwrap();
    driving.await.unwrap();
}

#[test]
fn chromiumoxide_drives_a_lease_and_a_whole_browser_and_ends_neither_for_others() {
    run(async {
        let (mut house, port) = running(json!({})).await;
        let site = Site::with("<button onclick=\"document.title = 'Clicked'\">Go</button>").await;
        site.page("/next", "<p>Next</p>");
        let lease = house.post("/leases", json!({"isolation": "context"})).await.ok();
        // A tab of somebody else's is no page of the lease's.
        let ours = house.open("about:blank").await;
        use_browser(lease["endpoint"].as_str().unwrap(), &site).await;
        let path = format!("/leases/{}", lease["lease"].as_str().unwrap());
        until(async || house.get(&path).await.status == 410).await;
        assert_eq!(ours.eval("1 + 1").await, 2);
        drop(ours);
        only_own_tabs(&house).await;
        use_browser(&format!("ws://127.0.0.1:{port}/devtools/browser?token={}", house.token), &site).await;
        assert_eq!(house.open("about:blank").await.eval("2 + 2").await, 4);
        house.stop().await;
    });
}

/// Closes all tabs, so that a client of the whole browser finds none.
async fn only_own_tabs(house: &House) {
    until(async || {
        let tabs = house.get("/tabs").await.ok();
        let ids: Vec<_> =
            tabs["tabs"].as_array().unwrap().iter().map(|tab| tab["targetId"].clone()).collect();
        for id in &ids {
            house.delete(&format!("/tabs/{}", id.as_str().unwrap())).await;
        }
        ids.is_empty()
    })
    .await;
}
