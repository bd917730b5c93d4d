//! Clients of the protocol that come with a lease's own secret: a browser that has what is leased and nothing else.

use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error as WsError;

use crate::support::cdp::{Client, until};
use crate::support::{House, Site, run};

/// A lease, as a client of the protocol has it.
struct Guest {
    id: String,
    url: String,
    client: Client,
}

impl Guest {
    async fn new(house: &House) -> Self {
        let granted = house.post("/leases", json!({"isolation": "context"})).await.ok();
        let url = granted["endpoint"].as_str().unwrap_or_else(|| panic!("{granted}")).to_owned();
        let client = Client::at(&url).await;
        Self { id: granted["lease"].as_str().unwrap().to_owned(), url, client }
    }

    async fn ok(&mut self, method: &str, params: Value) -> Value {
        let answer = self.client.call(method, params).await;
        assert!(answer["result"].is_object(), "{method}: {answer}");
        answer["result"].clone()
    }

    #[track_caller]
    fn refused(answer: &Value) -> String {
        answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// What it has heard of targets, by their ids.
    fn heard(&self) -> Vec<String> {
        let id = |event: &Value| {
            let params = &event["params"];
            let id = params["targetInfo"]["targetId"].as_str().or_else(|| params["targetId"].as_str());
            id.map(str::to_owned)
        };
        self.client.events.iter().filter_map(id).collect()
    }

    async fn targets(&mut self) -> Vec<String> {
        let listed = self.ok("Target.getTargets", json!({})).await;
        let rows = listed["targetInfos"].as_array().unwrap().iter();
        rows.filter(|row| row["type"] == "page")
            .map(|row| row["targetId"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn two_clients_with_leases_see_neither_targets_nor_cookies_nor_events_of_each_other() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Page</p>").await;
        let shared = house.open(&site.url("/")).await;
        let (mut ada, mut ben) = (Guest::new(&house).await, Guest::new(&house).await);
        for guest in [&mut ada, &mut ben] {
            guest.ok("Target.setDiscoverTargets", json!({"discover": true})).await;
            let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
            guest.ok("Target.setAutoAttach", attach).await;
            let contexts = guest.ok("Target.getBrowserContexts", json!({})).await;
            assert_eq!((&contexts["browserContextIds"], guest.targets().await.len()), (&json!([]), 0));
        }
        let mut tabs = Vec::new();
        for (guest, who) in [(&mut ada, "ada"), (&mut ben, "ben")] {
            let made = guest.ok("Target.createTarget", json!({"url": "about:blank"})).await;
            let target = made["targetId"].as_str().unwrap().to_owned();
            let attached = guest.client.event("Target.attachedToTarget").await;
            assert_eq!(attached["params"]["targetInfo"]["targetId"], target, "{attached}");
            let session = attached["params"]["sessionId"].as_str().unwrap().to_owned();
            guest.client.call_in(Some(&session), "Runtime.enable", json!({})).await;
            guest.client.call_in(Some(&session), "Runtime.runIfWaitingForDebugger", json!({})).await;
            guest.client.call_in(Some(&session), "Page.enable", json!({})).await;
            guest.client.call_in(Some(&session), "Page.navigate", json!({"url": site.url("/")})).await;
            guest.client.event("Page.loadEventFired").await;
            let script = format!("document.cookie = 'who={who}'; console.log('{who}'); 1");
            let told = guest.client.eval(Some(&session), &script).await;
            assert_eq!(told["result"]["result"]["value"], 1, "{told}");
            let said = guest.client.event("Runtime.consoleAPICalled").await;
            assert_eq!(said["params"]["args"][0]["value"], who);
            tabs.push((target, session));
        }
        // Tabs of others open and close meanwhile, with nothing in their way.
        let another = house.open(&site.url("/")).await;
        assert_eq!(another.eval("document.readyState").await, "complete");
        for (guest, who, own, other) in [(&mut ada, "ada", 0, 1), (&mut ben, "ben", 1, 0)] {
            let (own, (foreign, of_foreign)) = (&tabs[own].0, &tabs[other]);
            assert_eq!(guest.targets().await, std::slice::from_ref(own));
            let cookies = guest.ok("Storage.getCookies", json!({})).await;
            let values: Vec<_> =
                cookies["cookies"].as_array().unwrap().iter().map(|c| c["value"].clone()).collect();
            assert_eq!(values, [json!(who)]);
            for target in [foreign, &shared.id] {
                for method in ["Target.attachToTarget", "Target.closeTarget", "Target.getTargetInfo"] {
                    let answer =
                        guest.client.call(method, json!({"targetId": target, "flatten": true})).await;
                    assert!(Guest::refused(&answer).contains("No target"), "{method}: {answer}");
                }
            }
            let answer = guest.client.eval(Some(of_foreign), "1").await;
            assert_eq!(answer["error"]["code"], -32001, "{answer}");
            let heard = guest.heard();
            assert!(heard.iter().all(|id| id == own), "{heard:?} {own}");
        }
        // What openclaw does under the lease is done in the same context.
        let list = house.get(&format!("/tabs?lease={}", ada.id)).await.ok();
        assert_eq!(list["tabs"][0]["targetId"], tabs[0].0, "{list}");
        drop((shared, another));
        house.stop().await;
    });
}

#[test]
fn what_may_concern_others_is_refused_to_a_client_with_a_lease() {
    run(async {
        let mut house = House::with(json!({})).await;
        let shared = house.open("about:blank").await;
        let mut guest = Guest::new(&house).await;
        let (target, session) = guest.client.tab("about:blank").await;
        let of_browser = [
            ("Target.createBrowserContext", json!({"proxyServer": "http://127.0.0.1:1"})),
            ("Target.createBrowserContext", json!({"originsWithUniversalNetworkAccess": ["http://a.test"]})),
            ("Target.disposeBrowserContext", json!({"browserContextId": "other"})),
            ("Browser.getWindowBounds", json!({"windowId": 1})),
            ("Browser.setDownloadBehavior", json!({"behavior": "deny", "browserContextId": "other"})),
            ("Target.createTarget", json!({"url": "about:blank", "browserContextId": "other"})),
            ("Storage.getCookies", json!({"browserContextId": "other"})),
            ("Browser.getBrowserCommandLine", json!({})),
            ("Browser.crash", json!({})),
            ("SystemInfo.getInfo", json!({})),
            ("Tracing.start", json!({})),
            ("Fetch.enable", json!({})),
            ("Runtime.evaluate", json!({"expression": "1"})),
        ];
        for (method, params) in of_browser {
            let answer = guest.client.call(method, params).await;
            assert!(Guest::refused(&answer).contains(method), "{answer}");
        }
        // A session with a page of its own is no way around that.
        let of_page = [
            ("Target.attachToTarget", json!({"targetId": shared.id, "flatten": true})),
            ("Target.attachToBrowserTarget", json!({})),
            ("Storage.getCookies", json!({"browserContextId": "other"})),
            ("Browser.getBrowserCommandLine", json!({})),
            ("SystemInfo.getInfo", json!({})),
            ("DOM.setFileInputFiles", json!({"files": ["/etc/passwd"], "nodeId": 1})),
            (
                "Input.dispatchDragEvent",
                json!({"type": "drop", "x": 1, "y": 1, "data": {"items": [], "files": ["/etc/passwd"], "dragOperationsMask": 1}}),
            ),
            ("Emulation.addScreen", json!({"left": 0, "top": 2000, "width": 800, "height": 600})),
            ("Network.loadNetworkResource", json!({"url": "http://127.0.0.1/", "options": {}})),
            ("Page.navigate", json!({"url": "chrome://version"})),
            ("Page.navigate", json!({"url": "javascript:1"})),
            ("Target.createTarget", json!({"url": "chrome://version"})),
        ];
        for (method, params) in of_page {
            let answer = guest.client.call_in(Some(&session), method, params).await;
            assert!(Guest::refused(&answer).contains(method), "{answer}");
        }
        // A name that stands twice may be read as either.
        let twice = format!(r#"{{"targetId":"{target}","targetId":"{}"}}"#, shared.id);
        guest.client.write(format!(r#"{{"id":777,"method":"Target.getTargetInfo","params":{twice}}}"#)).await;
        let answer = guest.client.read().await.unwrap();
        assert!(Guest::refused(&answer).contains("No target"), "{answer}");
        let listed = guest.client.call_in(Some(&session), "Target.getTargets", json!({})).await;
        let ids =
            listed["result"]["targetInfos"].as_array().unwrap().iter().map(|row| row["targetId"].clone());
        assert!(ids.clone().any(|id| id == target) && ids.clone().all(|id| id != shared.id), "{listed}");
        assert_eq!(guest.ok("Browser.setDownloadBehavior", json!({"behavior": "deny"})).await, json!({}));
        // The rest of the port, and of the gateway, is as narrow.
        let at = |path: &str| guest.url.replace("ws:", "http:").replace("/devtools/browser", path);
        let list: Value = house.bare().get(at("/json/list")).send().await.unwrap().json().await.unwrap();
        assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &json!(target)));
        let close = house.bare().get(at(&format!("/json/close/{}", shared.id))).send().await.unwrap();
        assert_eq!(close.status(), 404);
        let page = guest.url.replace("/devtools/browser", &format!("/devtools/page/{}", shared.id));
        assert!(matches!(connect_async(page).await, Err(WsError::Http(answer)) if answer.status() == 404));
        let mut own =
            Client::at(&guest.url.replace("/devtools/browser", &format!("/devtools/page/{target}"))).await;
        assert_eq!(own.eval(None, "1 + 1").await["result"]["result"]["value"], 2);
        let secret = guest.url.split_once("token=").unwrap().1;
        let control =
            house.bare().get(format!("{}/tabs", house.control())).bearer_auth(secret).send().await.unwrap();
        assert_eq!(control.status(), 401);
        let leases = house.get("/leases").await.ok();
        assert!(!leases.to_string().contains(secret), "the list shows no secrets");
        drop(shared);
        house.stop().await;
    });
}

#[test]
fn a_client_goes_with_its_lease_and_a_lease_with_a_client_that_closes_its_browser() {
    run(async {
        let mut house = House::with(json!({})).await;
        let shared = house.open("about:blank").await;
        let mut released = Guest::new(&house).await;
        let mut closing = Guest::new(&house).await;
        released.client.tab("about:blank").await;
        house.post("/leases/release", json!({"lease": released.id})).await.ok();
        while released.client.read().await.is_some() {}
        assert!(
            matches!(connect_async(&released.url).await, Err(WsError::Http(answer)) if answer.status() == 401)
        );
        let (target, _) = closing.client.tab("about:blank").await;
        assert_eq!(closing.ok("Browser.close", json!({})).await, json!({}));
        assert!(closing.client.read().await.is_none());
        until(async || house.get(&format!("/leases/{}", closing.id)).await.status == 410).await;
        let gone = house.post("/leases/release", json!({"lease": closing.id})).await.ok();
        assert_eq!(gone["released"], false);
        let port = house.get("/").await.ok()["cdpPort"].as_u64().unwrap();
        let mut operator = Client::of(&house, u16::try_from(port).unwrap()).await;
        let all = operator.call("Target.getTargets", json!({})).await.to_string();
        assert!(!all.contains(&target) && all.contains(&shared.id), "{all}");
        let contexts = operator.call("Target.getBrowserContexts", json!({})).await;
        assert_eq!(contexts["result"]["browserContextIds"], json!([]));
        drop(shared);
        house.stop().await;
    });
}

#[test]
fn a_context_that_a_client_makes_is_the_leases_and_gone_with_the_client_or_the_lease() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Page</p>").await;
        let mut guest = Guest::new(&house).await;
        let mut ids = Vec::new();
        for n in 0..8 {
            let made = guest.ok("Target.createBrowserContext", json!({})).await;
            ids.push(made["browserContextId"].as_str().unwrap_or_else(|| panic!("{n}: {made}")).to_owned());
        }
        let ninth = guest.client.call("Target.createBrowserContext", json!({})).await;
        assert!(Guest::refused(&ninth).contains("at most 8"), "{ninth}");
        guest.ok("Target.disposeBrowserContext", json!({"browserContextId": ids.remove(0)})).await;
        let further = guest.ok("Target.getBrowserContexts", json!({})).await;
        assert_eq!(further["browserContextIds"], json!(ids));
        // Both of its contexts are seen, and each has cookies of its own.
        let mut targets = Vec::new();
        for (context, who) in [(None, "first"), (Some(&ids[0]), "further")] {
            let mut params = json!({"url": site.url("/")});
            let mut of = json!({});
            if let Some(context) = context {
                params["browserContextId"] = json!(context);
                of["browserContextId"] = json!(context);
            }
            let target =
                guest.ok("Target.createTarget", params).await["targetId"].as_str().unwrap().to_owned();
            of["cookies"] = json!([{"name": "who", "value": who, "url": site.url("/")}]);
            guest.ok("Storage.setCookies", of.clone()).await;
            of.as_object_mut().unwrap().remove("cookies");
            let cookies = guest.ok("Storage.getCookies", of).await;
            assert_eq!(
                (&cookies["cookies"][0]["value"], &cookies["cookies"][1]),
                (&json!(who), &json!(null))
            );
            targets.push(target);
        }
        let (mut seen, mut made) = (guest.targets().await, targets.clone());
        seen.sort();
        made.sort();
        assert_eq!(seen, made);
        // It is openclaw's tab of that lease, too, and the guard stands before it.
        let path = format!("/tabs?lease={}", guest.id);
        until(async || {
            let tabs = house.get(&path).await.ok();
            targets.iter().all(|id| tabs.to_string().contains(id))
        })
        .await;
        // Another client of the lease has the same; another lease sees nothing of it.
        let mut beside = Client::at(&guest.url).await;
        let told = beside.call("Target.getBrowserContexts", json!({})).await;
        assert_eq!(told["result"]["browserContextIds"], json!(ids));
        let mut other = Guest::new(&house).await;
        assert_eq!(other.ok("Target.getBrowserContexts", json!({})).await["browserContextIds"], json!([]));
        for (method, key, id) in [
            ("Target.attachToTarget", "targetId", &targets[1]),
            ("Target.disposeBrowserContext", "browserContextId", &ids[0]),
            ("Target.createTarget", "browserContextId", &ids[0]),
        ] {
            let mut params = json!({"flatten": true, "url": "about:blank"});
            params[key] = json!(id);
            Guest::refused(&other.client.call(method, params).await);
        }
        // The client goes, and its contexts with it; those of the client beside it go with the lease.
        let kept =
            beside.call("Target.createBrowserContext", json!({})).await["result"]["browserContextId"].clone();
        drop(guest.client);
        let port = u16::try_from(house.get("/").await.ok()["cdpPort"].as_u64().unwrap()).unwrap();
        let mut operator = Client::of(&house, port).await;
        let mut contexts = async || {
            let told = operator.call("Target.getBrowserContexts", json!({})).await;
            told["result"]["browserContextIds"].as_array().unwrap().clone()
        };
        while contexts().await.iter().any(|id| ids.iter().any(|gone| id == gone)) {}
        assert!(contexts().await.contains(&kept));
        let told = beside.call("Target.getBrowserContexts", json!({})).await;
        assert_eq!(told["result"]["browserContextIds"], json!([kept]));
        house.post("/leases/release", json!({"lease": guest.id})).await.ok();
        house.post("/leases/release", json!({"lease": other.id})).await.ok();
        assert_eq!(contexts().await, Vec::<Value>::new());
        house.stop().await;
    });
}

#[test]
fn what_a_client_may_ask_of_its_browser_it_may_ask_in_a_second_session_too() {
    run(async {
        let mut house = House::with(json!({})).await;
        let shared = house.open("about:blank").await;
        let mut guest = Guest::new(&house).await;
        let (target, _) = guest.client.tab("about:blank").await;
        let attached = guest.ok("Target.attachToBrowserTarget", json!({})).await;
        let second = attached["sessionId"].as_str().unwrap().to_owned();
        let version = guest.client.call_in(Some(&second), "Browser.getVersion", json!({})).await;
        assert!(version["result"]["product"].is_string(), "{version}");
        let listed = guest.client.call_in(Some(&second), "Target.getTargets", json!({})).await.to_string();
        assert!(listed.contains(&target) && !listed.contains(&shared.id), "{listed}");
        for method in ["Tracing.start", "SystemInfo.getInfo", "Storage.getUsageAndQuota"] {
            Guest::refused(&guest.client.call_in(Some(&second), method, json!({})).await);
        }
        // What others open is nothing to it, and does not wait for it.
        let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
        let answer = guest.client.call_in(Some(&second), "Target.setAutoAttach", attach).await;
        assert_eq!(answer["result"], json!({}), "{answer}");
        let another = house.open("about:blank").await;
        assert_eq!(another.eval("document.readyState").await, "complete");
        guest.client.call_in(Some(&second), "Browser.getVersion", json!({})).await;
        let heard = guest.heard();
        assert!(!heard.contains(&shared.id) && !heard.contains(&another.id), "{heard:?}");
        // A window is known to be its own once it has been told of it.
        let window =
            guest.ok("Browser.getWindowForTarget", json!({"targetId": target})).await["windowId"].clone();
        let bounds = guest.ok("Browser.getWindowBounds", json!({"windowId": window})).await;
        assert!(bounds["bounds"]["width"].is_u64(), "{bounds}");
        let foreign = json!({"windowId": window.as_i64().unwrap() + 1});
        Guest::refused(&guest.client.call("Browser.getWindowBounds", foreign).await);
        drop((shared, another));
        house.stop().await;
    });
}

#[test]
fn two_commands_of_one_number_do_not_get_past_the_reading_of_replies() {
    run(async {
        let mut house = House::with(json!({})).await;
        let shared = house.open("about:blank").await;
        let mut guest = Guest::new(&house).await;
        for method in ["Browser.getVersion", "Target.getTargets"] {
            guest.client.write(json!({"id": 5, "method": method}).to_string()).await;
        }
        for _ in 0..2 {
            let answer = guest.client.read().await.unwrap();
            assert!(answer["result"].is_object() && !answer.to_string().contains(&shared.id), "{answer}");
        }
        drop(shared);
        house.stop().await;
    });
}

#[test]
fn a_client_hears_of_its_own_downloads_and_they_go_where_all_go() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<a href='data:text/plain,hi' download=own.txt>Get</a>").await;
        let shared = house.open(&site.url("/")).await;
        let mut guest = Guest::new(&house).await;
        let elsewhere = house.home.join("elsewhere");
        let wanted = json!({"behavior": "allow", "downloadPath": elsewhere, "eventsEnabled": true});
        guest.ok("Browser.setDownloadBehavior", wanted).await;
        let (target, session) = guest.client.tab(&site.url("/")).await;
        let lease = format!("?lease={}", guest.id);
        let click = json!({"kind": "click", "selector": "a", "targetId": target, "effectsMs": 5000});
        shared.click("a").await.ok();
        let tabs = format!("/tabs{lease}");
        until(async || house.get(&tabs).await.ok().to_string().contains(&target)).await;
        let done = house.post(&format!("/act{lease}"), click).await.ok();
        assert_eq!(done["downloads"][0]["suggestedFilename"], "own.txt", "{done}");
        let begun = guest.client.event("Browser.downloadWillBegin").await["params"].clone();
        assert_eq!((&begun["frameId"], &begun["suggestedFilename"]), (&json!(target), &json!("own.txt")));
        loop {
            let told = guest.client.event("Browser.downloadProgress").await["params"].clone();
            assert_eq!(told["guid"], begun["guid"], "{told}");
            if told["state"] == "completed" {
                break;
            }
        }
        guest.client.eval(Some(&session), "1").await;
        assert!(guest.client.events.iter().all(|event| event["method"] != "Browser.downloadWillBegin"));
        assert!(!elsewhere.exists());
        // The next file goes there as well when the client is gone.
        drop(guest.client);
        let click = json!({"kind": "click", "selector": "a", "targetId": target, "effectsMs": 5000});
        let done = house.post(&format!("/act{lease}"), click).await.ok();
        assert_eq!(done["downloads"][0]["suggestedFilename"], "own.txt", "{done}");
        drop(shared);
        house.stop().await;
    });
}
