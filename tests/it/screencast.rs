//! Screencasts: a ticket lets one viewer watch one tab, and a viewer never disturbs the tab or another viewer.

use std::time::Duration;

use futures::StreamExt;
use openclaw::Deadline;
use openclaw::cdp::browser_protocol::page::NavigateParams;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{House, Site, Tab, run};

const PATIENCE: Duration = Duration::from_secs(30);

/// One viewer.
struct Viewer(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What a viewer got.
#[derive(Debug)]
enum Got {
    Told(Value),
    Picture { head: Value, size: (u16, u16) },
    End(u16, String),
}

/// Width and height of a JPEG, from its frame header (ITU T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> (u16, u16) {
    assert_eq!(bytes[..2], [0xff, 0xd8]);
    let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xc0..=0xc2) {
        at += 2 + usize::from(number(at + 2));
    }
    (number(at + 7), number(at + 5))
}

async fn ticket(tab: &Tab<'_>, how: Value) -> Value {
    tab.post("/screencast", how).await.ok()
}

impl Viewer {
    async fn with(house: &House, ticket: &Value) -> Result<Self, WsError> {
        let url = format!("ws://127.0.0.1:{}{}", house.base, ticket["wsPath"].as_str().unwrap());
        Ok(Self(connect_async(url).await?.0))
    }

    async fn next(&mut self) -> Got {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("something is shown").expect("no end") {
                Ok(Message::Text(text)) => return Got::Told(serde_json::from_str(&text).unwrap()),
                Ok(Message::Binary(bytes)) => {
                    let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
                    let head = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
                    return Got::Picture { head, size: jpeg_size(&bytes[4 + length..]) };
                }
                Ok(Message::Close(Some(frame))) => {
                    return Got::End(frame.code.into(), frame.reason.to_string());
                }
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The first thing that fits.
    async fn until<T>(&mut self, fits: impl Fn(&Got) -> Option<T>) -> T {
        loop {
            let got = self.next().await;
            if let Some(found) = fits(&got) {
                return found;
            }
            assert!(!matches!(got, Got::End(..)), "{got:?}");
        }
    }

    async fn picture(&mut self) -> (Value, (u16, u16)) {
        self.until(|got| match got {
            Got::Picture { head, size } => Some((head.clone(), *size)),
            Got::Told(_) | Got::End(..) => None,
        })
        .await
    }

    /// The size of the first picture whose head has this value.
    async fn picture_with(&mut self, key: &str, value: &Value) -> (u16, u16) {
        self.until(|got| match got {
            Got::Picture { head, size } if head[key] == *value => Some(*size),
            Got::Picture { .. } | Got::Told(_) | Got::End(..) => None,
        })
        .await
    }

    async fn end(&mut self) -> (u16, String) {
        loop {
            if let Got::End(code, reason) = self.next().await {
                return (code, reason);
            }
        }
    }
}

const TALL: &str = "<body style='height: 5000px; background: linear-gradient(red, blue)'>Tall";

#[test]
fn a_viewer_sees_what_the_tab_shows() {
    run(async {
        let site = Site::new().await;
        let tab = Tab::with(TALL).await;
        let given = ticket(&tab, json!({})).await;
        let token = given["token"].as_str().unwrap();
        assert!(token.len() == 48 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
        assert_eq!(given["wsPath"], format!("/browser/screencast?token={token}"));
        assert_eq!((given["targetId"].as_str(), given.get("ok")), (Some(tab.id.as_str()), None));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let left = u128::from(given["expiresAtMs"].as_u64().unwrap()).saturating_sub(now);
        assert!((1..=60_000).contains(&left), "{left}");

        let mut viewer = Viewer::with(tab.house, &given).await.unwrap();
        let Got::Told(ready) = viewer.next().await else { panic!("not told first") };
        let url = given["url"].clone();
        assert_eq!(ready, json!({"type": "ready", "targetId": tab.id, "url": url, "title": "/"}));
        let (head, (width, height)) = viewer.picture().await;
        assert_eq!((&head["url"], &head["scrollY"]), (&url, &json!(0.0)));
        // It fits in 1280 x 1280 as it is.
        assert_eq!(
            (head["cssWidth"].as_f64(), head["cssHeight"].as_f64()),
            (Some(f64::from(width)), Some(f64::from(height)))
        );
        assert!(head["ts"].as_f64().unwrap() > 1.7e9, "seconds since 1970: {head}");

        tab.eval("scrollTo(0, 200)").await;
        viewer.picture_with("scrollY", &json!(200.0)).await;
        let other = site.url("/counter.html");
        tab.navigate(&other).await.ok();
        let meta = viewer
            .until(|got| match got {
                Got::Told(told) if told["url"] == other => Some(told.clone()),
                Got::Told(_) | Got::Picture { .. } | Got::End(..) => None,
            })
            .await;
        assert_eq!(meta["type"], "meta");
        tab.eval("document.body.style.background = 'green'").await;
        viewer.picture_with("url", &json!(other)).await;
    });
}

#[test]
fn a_ticket_is_good_once_and_no_other_is() {
    run(async {
        let tab = Tab::with(TALL).await;
        let given = ticket(&tab, json!({})).await;
        let mut viewer = Viewer::with(tab.house, &given).await.unwrap();
        viewer.picture().await;
        let path = |path: &str| json!({"wsPath": path});
        for wrong in [
            given.clone(),
            path("/browser/screencast"),
            path("/browser/screencast?token="),
            path("/browser/screencast?token=0123"),
        ] {
            let refused = Viewer::with(tab.house, &wrong).await.err();
            let Some(WsError::Http(response)) = refused else { panic!("{wrong}: {refused:?}") };
            assert_eq!(response.status(), 401, "{wrong}");
        }
    });
}

#[test]
fn viewers_have_sizes_of_their_own_and_leave_the_tab_alone() {
    run(async {
        let tab = Tab::with(TALL).await;
        tab.act(json!({"kind": "resize", "width": 640, "height": 400})).await.ok();
        let given = ticket(&tab, json!({"maxWidth": 50, "maxHeight": 99999, "quality": 200})).await;
        assert_eq!(given["warnings"].as_array().map(Vec::len), Some(3), "{given}");
        let mut small = Viewer::with(tab.house, &given).await.unwrap();
        let given = ticket(&tab, json!({"maxWidth": "640", "quality": true})).await;
        assert_eq!(given["warnings"].as_array().map(Vec::len), Some(2), "{given}");
        let mut large = Viewer::with(tab.house, &given).await.unwrap();
        let wide = json!(640.0);
        let sizes =
            (small.picture_with("cssWidth", &wide).await, large.picture_with("cssWidth", &wide).await);
        // Chromium may round a few pixels away.
        assert!((310..=320).contains(&sizes.0.0) && (630..=640).contains(&sizes.1.0), "{sizes:?}");
        drop(small);
        tab.eval("scrollTo(0, 300)").await;
        large.picture_with("scrollY", &json!(300.0)).await;
        drop(large);
        tab.eval("scrollTo(0, 400)").await;
        let tabs = tab.house.get("/tabs").await.ok();
        let listed = tabs["tabs"].as_array().unwrap().iter().filter(|listed| listed["targetId"] == *tab.id);
        assert_eq!(listed.count(), 1, "{tabs}");
    });
}

#[test]
fn a_viewer_that_does_not_read_delays_nobody() {
    run(async {
        let tab = Tab::with("<body style='margin: 0'><canvas id=c width=800 height=600></canvas>").await;
        let lazy = Viewer::with(tab.house, &ticket(&tab, json!({"quality": 90})).await).await.unwrap();
        let mut keen = Viewer::with(tab.house, &ticket(&tab, json!({})).await).await.unwrap();
        // Noise is large: the lazy viewer's socket is full after some pictures.
        tab.eval(
            "() => { const x = c.getContext('2d'); (function draw() { const d = x.createImageData(800, 600); \
             for (let i = 0; i < d.data.length; i++) d.data[i] = Math.random() * 256; x.putImageData(d, 0, 0); \
             window.drawn = (window.drawn ?? 0) + 1; requestAnimationFrame(draw) })() }",
        )
        .await;
        for _ in 0..40 {
            keen.picture().await;
        }
        assert!(tab.eval("drawn").await.as_u64() > Some(20));
        drop(lazy);
    });
}

#[test]
fn a_film_ends_with_its_tab() {
    run(async {
        let tab = Tab::with(TALL).await;
        let given = ticket(&tab, json!({})).await;
        let mut viewer = Viewer::with(tab.house, &given).await.unwrap();
        viewer.picture().await;
        let late = ticket(&tab, json!({})).await;
        tab.house.delete(&format!("/tabs/{}", tab.id)).await.ok();
        assert_eq!(viewer.end().await, (4004, "target_closed".to_owned()));
        let mut late = Viewer::with(tab.house, &late).await.unwrap();
        assert_eq!(late.end().await, (4004, "target_closed".to_owned()));
    });
}

#[test]
fn what_the_policy_refuses_is_not_shown() {
    run(async {
        let tab = Tab::with(TALL).await;
        let given = ticket(&tab, json!({})).await;
        let mut viewer = Viewer::with(tab.house, &given).await.unwrap();
        viewer.picture().await;
        // Behind our back: no request is made that a guard could hold.
        let service = tab.house.gateway().service();
        let profile = service.profile(None).unwrap();
        let page = service.running(&profile.name).unwrap().browser.find(&tab.id).unwrap().page;
        let soon = Deadline::after(PATIENCE);
        page.session().send(&NavigateParams::new("chrome://version/"), soon).await.unwrap();
        loop {
            match viewer.next().await {
                Got::End(code, reason) => {
                    // From a tab that shows a page of Chromium's own it may take our channel away, and give another.
                    let ends = [(4003, "navigation_blocked"), (4004, "target_closed")];
                    assert!(ends.contains(&(code, reason.as_str())), "{code} {reason}");
                    break;
                }
                Got::Picture { head, .. } => assert_eq!(head["url"], given["url"], "{head}"),
                Got::Told(told) => assert_eq!(told["url"], given["url"], "{told}"),
            }
        }
    });
}

#[test]
fn viewers_are_told_when_the_gateway_stops() {
    run(async {
        let mut house = House::with(json!({})).await;
        let opened = house.post("/tabs/open", json!({"url": "about:blank"})).await.ok();
        let given = house.post("/screencast", json!({"targetId": opened["targetId"]})).await.ok();
        let mut viewer = Viewer::with(&house, &given).await.unwrap();
        viewer.picture().await;
        let stopping = tokio::spawn(async move { house.stop().await });
        assert_eq!(viewer.end().await, (1012, "service restart".to_owned()));
        stopping.await.unwrap();
    });
}
