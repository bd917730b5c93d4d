//! Leases: tabs of one's own in a browser that others use, too, and how they end.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::cdp::{Client, until};
use crate::support::{Answer, House, Site, run};

/// A lease of a house, as its holder calls with it.
struct Holder<'a> {
    house: &'a House,
    id: String,
    fence: u64,
}

impl<'a> Holder<'a> {
    async fn new(house: &'a House, wish: Value) -> Self {
        let granted = house.post("/leases", wish).await.ok();
        let id = granted["lease"].as_str().unwrap_or_else(|| panic!("{granted}")).to_owned();
        Self { house, id, fence: granted["fence"].as_u64().unwrap() }
    }

    async fn context(house: &'a House) -> Self {
        Self::new(house, json!({"isolation": "context"})).await
    }

    async fn get(&self, path: &str) -> Answer {
        let sign = if path.contains('?') { '&' } else { '?' };
        self.house.get(&format!("{path}{sign}lease={}", self.id)).await
    }

    async fn post(&self, path: &str, mut body: Value) -> Answer {
        body["lease"] = self.id.clone().into();
        self.house.post(path, body).await
    }

    async fn open(&self, url: &str) -> String {
        let opened = self.post("/tabs/open", json!({"url": url})).await.ok();
        opened["targetId"].as_str().unwrap().to_owned()
    }

    /// What JavaScript yields in the tab that this lease used last.
    async fn eval(&self, script: &str) -> Value {
        self.post("/act", json!({"kind": "evaluate", "fn": script})).await.ok()["result"].clone()
    }

    async fn tabs(&self) -> BTreeSet<String> {
        targets(&self.get("/tabs").await.ok())
    }

    async fn release(&self) -> Value {
        self.post("/leases/release", json!({})).await.ok()
    }
}

fn targets(list: &Value) -> BTreeSet<String> {
    let tabs = list["tabs"].as_array().unwrap_or_else(|| panic!("{list}"));
    tabs.iter().map(|tab| tab["targetId"].as_str().unwrap().to_owned()).collect()
}

/// The targets of tabs that are in no lease.
async fn shared_tabs(house: &House) -> BTreeSet<String> {
    targets(&house.get("/tabs").await.ok())
}

/// A client of the browser's port, which sees all of it.
async fn operator(house: &House) -> Client {
    let port = house.get("/").await.ok()["cdpPort"].as_u64().unwrap();
    Client::of(house, u16::try_from(port).unwrap()).await
}

async fn contexts(client: &mut Client) -> usize {
    let listed = client.call("Target.getBrowserContexts", json!({})).await;
    listed["result"]["browserContextIds"].as_array().unwrap_or_else(|| panic!("{listed}")).len()
}

/// An error's status, code and sentence.
fn refusal(answer: Answer) -> (u16, String, String) {
    let text = |key: &str| answer.body[key].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
    (answer.status, text("code"), text("error"))
}

#[test]
fn what_two_leases_keep_in_their_contexts_is_their_own() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Mine</p>").await;
        let (ada, ben) = tokio::join!(Holder::context(&house), Holder::context(&house));
        let shared = house.open(&site.url("/")).await;
        let (of_ada, of_ben) = (ada.open(&site.url("/")).await, ben.open(&site.url("/")).await);
        ada.eval("document.cookie = 'who=ada'; localStorage.setItem('who', 'ada')").await;
        ben.eval("document.cookie = 'who=ben'").await;
        let cookies = |list: Value| {
            list["cookies"].as_array().unwrap().iter().map(|c| c["value"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(cookies(ada.get("/cookies").await.ok()), [json!("ada")]);
        assert_eq!(cookies(ben.get("/cookies").await.ok()), [json!("ben")]);
        assert_eq!(cookies(house.get("/cookies").await.ok()), [] as [Value; 0]);
        assert_eq!(ben.eval("localStorage.getItem('who')").await, Value::Null);
        ben.post("/cookies/clear", json!({})).await.ok();
        ben.post("/cookies/set", json!({"cookie": {"name": "who", "value": "new", "url": site.url("/")}}))
            .await
            .ok();
        assert_eq!(ada.eval("document.cookie").await, "who=ada");
        assert_eq!(ben.eval("document.cookie").await, "who=new");
        // Everybody sees and touches what is theirs.
        assert_eq!(ada.tabs().await, [of_ada.clone()].into());
        assert_eq!(ben.tabs().await, [of_ben.clone()].into());
        assert_eq!(shared_tabs(&house).await, [shared.id.clone()].into());
        let click = |target: &str| json!({"kind": "evaluate", "fn": "1", "targetId": target});
        let (status, code, error) = refusal(ada.post("/act", click(&of_ben)).await);
        assert!((status, &*code) == (403, "TAB_NOT_YOURS") && error.contains(&ben.id), "{error}");
        let (status, code, error) = refusal(house.post("/act", click(&of_ben)).await);
        assert!((status, &*code) == (403, "TAB_NOT_YOURS") && error.contains(&ben.id), "{error}");
        let (status, code, _) = refusal(ada.post("/act", click(&shared.id)).await);
        assert_eq!((status, &*code), (403, "TAB_NOT_YOURS"));
        assert_eq!(refusal(house.delete(&format!("/tabs/{of_ada}")).await).1, "TAB_NOT_YOURS");
        assert_eq!(refusal(house.post("/tabs/focus", json!({"targetId": of_ada})).await).1, "TAB_NOT_YOURS");
        // A call without a tab means one of its own, and an operator sees which leases there are.
        house.post("/act", json!({"kind": "evaluate", "fn": "document.title = 'shared'"})).await.ok();
        assert_eq!(shared.eval("document.title").await, "shared");
        let list = house.get("/leases").await.ok();
        let rows: Vec<_> = list["leases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["lease"].clone(), targets(row)))
            .collect();
        assert!(
            rows.contains(&(json!(ada.id), [of_ada].into()))
                && rows.contains(&(json!(ben.id), [of_ben].into())),
            "{list}"
        );
        drop(shared);
        house.stop().await;
    });
}

#[test]
fn a_lease_of_tabs_shares_the_login_and_takes_its_own_tabs_along_and_no_others() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<a id=new target=_blank href='/more'>More</a><button onclick=\"window.open('/more')\">Open</button>").await;
        site.page("/more", "<a id=again target=_blank href='/'>Again</a>");
        let theirs = house.open(&site.url("/")).await;
        theirs.eval("document.cookie = 'login=yes'").await;
        let mut person = operator(&house).await;
        let lease = Holder::new(&house, json!({"isolation": "tab", "owner": "ada"})).await;
        let first = lease.open(&site.url("/")).await;
        assert_eq!(lease.eval("document.cookie").await, "login=yes");
        let of_person = person.tab(&site.url("/more")).await.0;
        for selector in ["#new", "button"] {
            let done = lease
                .post("/act", json!({"kind": "click", "selector": selector, "targetId": first}))
                .await
                .ok();
            let popup = done["effects"]["tabsOpened"][0]["targetId"]
                .as_str()
                .unwrap_or_else(|| panic!("{done}"))
                .to_owned();
            // What a popup opens is the lease's, too.
            lease.post("/act", json!({"kind": "click", "selector": "#again", "targetId": popup})).await.ok();
        }
        until(async || lease.tabs().await.len() == 5).await;
        until(async || shared_tabs(&house).await == [theirs.id.clone(), of_person.clone()].into()).await;
        assert_eq!(lease.release().await["released"], true);
        assert_eq!(shared_tabs(&house).await, [theirs.id.clone(), of_person.clone()].into());
        let all = person.call("Target.getTargets", json!({})).await;
        let pages =
            all["result"]["targetInfos"].as_array().unwrap().iter().filter(|info| info["type"] == "page");
        assert_eq!(pages.count(), 2, "{all}");
        assert_eq!(theirs.eval("document.cookie").await, "login=yes");
        drop(theirs);
        house.stop().await;
    });
}

#[test]
fn fences_go_up_and_on_over_a_restart_and_another_ones_fence_is_refused() {
    run(async {
        let mut house = House::with(json!({})).await;
        let (old, older) = {
            let first = Holder::context(&house).await;
            let second = Holder::context(&house).await;
            assert!(second.fence > first.fence);
            let act = |fence: u64| json!({"kind": "evaluate", "fn": "1", "fence": fence});
            second.post("/act", act(second.fence)).await.ok();
            for wrong in [first.fence, second.fence + 1] {
                let answer = second.post("/act", act(wrong)).await;
                assert_eq!(answer.body["field"], "fence");
                assert_eq!(refusal(answer).1, "FENCE_MISMATCH");
                let answer = second.post("/leases/release", json!({"fence": wrong})).await;
                assert_eq!(refusal(answer).1, "FENCE_MISMATCH");
            }
            assert_eq!(
                refusal(house.post("/leases/renew", json!({"lease": second.id, "fence": first.fence})).await)
                    .1,
                "FENCE_MISMATCH"
            );
            (second.fence, first.id.clone())
        };
        house.stop().await;
        house.start().await;
        {
            let third = Holder::context(&house).await;
            assert!(third.fence > old, "{} {old}", third.fence);
            let (status, code, _) = refusal(house.get(&format!("/leases/{older}")).await);
            assert_eq!((status, &*code), (404, "LEASE_NOT_FOUND"));
        }
        house.stop().await;
        std::fs::write(house.state("fences.json"), "none").unwrap();
        house.start().await;
        let (status, code, error) = refusal(house.post("/leases", json!({})).await);
        assert!((status, &*code) == (500, "FENCE_LOST") && error.contains("fences.json"), "{error}");
        house.stop().await;
    });
}

#[test]
fn a_lease_whose_time_is_over_loses_its_calls_its_tabs_and_its_context() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Soon gone</p>").await;
        house.post("/start", json!({})).await.ok();
        let mut client = operator(&house).await;
        let lease = Holder::context(&house).await;
        let renewed = Holder::new(&house, json!({"ttlMs": 20_000})).await;
        renewed.post("/leases/renew", json!({"ttlMs": 60_000})).await.ok();
        assert_eq!(contexts(&mut client).await, 2);
        let tab = lease.open(&site.url("/")).await;
        // Under way when the time is over, and with another step to do.
        let wait = json!({"kind": "wait", "fn": "false", "timeoutMs": 60_000});
        let click = json!({"kind": "evaluate", "fn": "fetch('/late')"});
        let batch = json!({"kind": "batch", "stopOnError": false, "actions": [wait, click], "targetId": tab});
        lease.post("/leases/renew", json!({"ttlMs": 1000})).await.ok();
        let answer = lease.post("/act", batch).await;
        assert_eq!(
            (answer.status, &answer.body["details"]["reason"]),
            (410, &json!("expired")),
            "{}",
            answer.body
        );
        let lost = json!([{"tabId": "t1", "url": site.url("/")}]);
        assert_eq!(answer.body["details"]["lost"], lost, "{}", answer.body);
        until(async || house.get("/leases").await.ok()["leases"].as_array().unwrap().len() == 1).await;
        // The release of one that has ended waits for what is left of it.
        assert_eq!(lease.release().await["released"], false);
        assert_eq!(contexts(&mut client).await, 1);
        let (status, code, error) = refusal(lease.get("/tabs").await);
        assert!((status, &*code) == (410, "LEASE_ENDED") && error.contains("its time was over"), "{error}");
        assert_eq!(refusal(lease.post("/tabs/open", json!({"url": "about:blank"})).await).1, "LEASE_ENDED");
        assert_eq!(refusal(lease.post("/leases/renew", json!({})).await).1, "LEASE_ENDED");
        assert!(!site.asked().contains(&"/late".to_owned()));
        renewed.open(&site.url("/")).await;
        house.stop().await;
    });
}

#[test]
fn a_lease_that_is_released_ends_what_is_under_way_and_is_released_once() {
    run(async {
        let mut house = House::with(json!({})).await;
        let lease = Holder::context(&house).await;
        let page = lease.open("about:blank").await;
        let wait = json!({"kind": "wait", "fn": "false", "timeoutMs": 60_000, "targetId": page});
        let stuck = json!({"kind": "evaluate", "fn": "() => { window.stuck = true; return new Promise(() => {}) }", "timeoutMs": 60_000, "targetId": page});
        let release = async {
            until(async || lease.eval("window.stuck === true").await == true).await;
            lease.release().await
        };
        let (waited, stuck, released) =
            tokio::join!(lease.post("/act", wait), lease.post("/act", stuck), release);
        for answer in [waited, stuck] {
            let (status, code, error) = refusal(answer);
            assert!((status, &*code) == (410, "LEASE_ENDED") && error.contains("under way"), "{error}");
        }
        assert_eq!(released, json!({"ok": true, "lease": lease.id, "released": true}));
        let again = tokio::join!(lease.release(), lease.release());
        assert_eq!((&again.0["released"], &again.1["released"]), (&json!(false), &json!(false)));
        assert_eq!(contexts(&mut operator(&house).await).await, 0);
        house.stop().await;
    });
}

#[test]
fn the_end_of_a_browser_ends_its_leases_and_is_told_with_what_was_lost() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Page</p>").await;
        let lease = Holder::context(&house).await;
        lease.open(&site.url("/")).await;
        let wait = json!({"kind": "wait", "fn": "false", "timeoutMs": 60_000});
        let stop = async {
            until(async || site.asked().contains(&"/".to_owned())).await;
            house.post("/stop", json!({})).await.ok()
        };
        let (waited, _) = tokio::join!(lease.post("/act", wait), stop);
        for answer in [waited, lease.get("/snapshot").await] {
            let details = &answer.body["details"];
            assert_eq!((answer.status, &details["reason"]), (410, &json!("browserEnded")), "{}", answer.body);
            assert_eq!(details["lost"][0]["url"], site.url("/"), "{}", answer.body);
            assert!(answer.body["error"].as_str().unwrap().contains("cookies"), "{}", answer.body);
        }
        assert_eq!(house.get("/leases").await.ok()["leases"], json!([]));
        assert_eq!(lease.release().await["released"], false);
        // Nothing of it comes back with the next browser.
        let next = Holder::context(&house).await;
        assert!(next.fence > lease.fence && next.tabs().await.is_empty());
        house.stop().await;
    });
}

#[test]
fn a_wish_with_a_key_is_granted_once_and_twenty_contexts_at_once_are_twenty() {
    run(async {
        let mut house = House::with(json!({})).await;
        let wish = || json!({"isolation": "context", "owner": "ada", "idempotencyKey": "k"});
        // Cold, so that both ask before there is one.
        let (one, two) = tokio::join!(house.post("/leases", wish()), house.post("/leases", wish()));
        let (one, two) = (one.ok(), two.ok());
        assert_eq!((&one["lease"], &one["fence"]), (&two["lease"], &two["fence"]));
        let other = json!({"isolation": "tab", "owner": "ada", "idempotencyKey": "k"});
        let (status, code, _) = refusal(house.post("/leases", other).await);
        assert_eq!((status, &*code), (409, "LEASE_KEY_IN_USE"));
        house.post("/leases/release", json!({"lease": one["lease"]})).await.ok();
        let next = house.post("/leases", wish()).await.ok();
        assert_ne!(next["lease"], one["lease"]);
        house.post("/leases/release", json!({"lease": next["lease"]})).await.ok();
        let mut client = operator(&house).await;
        assert_eq!(contexts(&mut client).await, 0);
        let holders = join_all((0..20).map(|_| Holder::context(&house))).await;
        let fences: BTreeSet<u64> = holders.iter().map(|holder| holder.fence).collect();
        assert_eq!((fences.len(), contexts(&mut client).await), (20, 20));
        join_all(holders.iter().map(Holder::release)).await;
        assert_eq!(contexts(&mut client).await, 0);
        house.stop().await;
    });
}

#[test]
fn what_is_wrong_with_a_wish_is_told_by_its_field() {
    run(async {
        let house = House::shared().await;
        for (path, body, status, code, field, words) in [
            ("/leases", json!({"ttlMs": 999}), 400, "INVALID_REQUEST", "ttlMs", "1000 to 3600000"),
            ("/leases", json!({"ttlMs": 3_600_001}), 400, "INVALID_REQUEST", "ttlMs", "1000 to 3600000"),
            ("/leases", json!({"ttlMs": -1}), 400, "INVALID_REQUEST", "ttlMs", "ttlMs"),
            ("/leases", json!({"ttlMs": "soon"}), 400, "INVALID_REQUEST", "ttlMs", "ttlMs"),
            (
                "/leases",
                json!({"isolation": "tabs"}),
                400,
                "INVALID_REQUEST",
                "isolation",
                "\"tab\" or \"browser\"",
            ),
            ("/leases", json!({"isolation": 1}), 400, "INVALID_REQUEST", "isolation", "string"),
            ("/leases", json!({"owner": "a\nb"}), 400, "INVALID_REQUEST", "owner", "one line"),
            (
                "/leases",
                json!({"idempotencyKey": "k".repeat(201)}),
                400,
                "INVALID_REQUEST",
                "idempotencyKey",
                "200",
            ),
            ("/leases", json!({"profile": "nobody"}), 404, "PROFILE_NOT_FOUND", "profile", "nobody"),
            ("/leases", json!({"lease": "lease-0"}), 409, "LEASE_NOT_MEANT", "lease", "lease-acquire"),
            ("/stop", json!({"lease": "lease-0"}), 409, "LEASE_NOT_MEANT", "lease", "stop"),
            ("/leases/renew", json!({}), 400, "INVALID_REQUEST", "lease", "required"),
            (
                "/leases/renew",
                json!({"lease": "lease-0", "ttlMs": 1}),
                400,
                "INVALID_REQUEST",
                "ttlMs",
                "1000",
            ),
            ("/leases/renew", json!({"lease": "lease-0"}), 404, "LEASE_NOT_FOUND", "lease", "lease-0"),
            ("/leases/release", json!({"lease": "lease-0"}), 404, "LEASE_NOT_FOUND", "lease", "lease-0"),
            (
                "/tabs/open",
                json!({"url": "about:blank", "lease": "lease-0"}),
                404,
                "LEASE_NOT_FOUND",
                "lease",
                "lease-0",
            ),
            (
                "/tabs/open",
                json!({"url": "about:blank", "lease": ["x"]}),
                400,
                "INVALID_REQUEST",
                "lease",
                "string",
            ),
            (
                "/tabs/open",
                json!({"url": "about:blank", "fence": 1}),
                400,
                "INVALID_REQUEST",
                "fence",
                "name the lease",
            ),
            (
                "/tabs/open",
                json!({"url": "about:blank", "fence": "x"}),
                400,
                "INVALID_REQUEST",
                "fence",
                "positive",
            ),
        ] {
            let answer = house.post(path, body.clone()).await;
            let told = answer.body.clone();
            let (found, kind, error) = refusal(answer);
            assert!(
                (found, &*kind, &told["field"]) == (status, code, &json!(field)) && error.contains(words),
                "{path} {body}: {found} {told}"
            );
        }
        let holder = Holder::context(house).await;
        let other = json!({"url": "about:blank", "profile": "other"});
        let answer = holder.post("/tabs/open", other).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!("profile")), "{}", answer.body);
        let warned = house.get(&format!("/leases?lease={}", holder.id)).await.ok();
        assert!(warned["warnings"][0].as_str().unwrap().contains("lease"), "{warned}");
        holder.release().await;
    });
}

#[test]
fn settings_and_policy_hold_in_each_lease_by_itself() {
    run(async {
        let strict = json!({"browser": {"ssrfPolicy": {"blockedHostnames": ["localhost"]}}});
        let mut house = House::with(strict).await;
        let site = Site::with("<a href='/file' download=got.txt>Get</a>").await;
        site.guarded("/guarded", "Basic YTpi", "<p>In</p>");
        site.file("/file", None, b"whole");
        let (ada, tabs) =
            (Holder::context(&house).await, Holder::new(&house, json!({"isolation": "tab"})).await);
        tabs.open(&site.url("/")).await;
        ada.open(&site.url("/")).await;
        tabs.post("/set/headers", json!({"headers": {"x-who": "tabs"}})).await.ok();
        ada.post("/set/headers", json!({"headers": {"x-who": "ada"}})).await.ok();
        let shared = house.open(&site.url("/")).await;
        assert_eq!(site.header("/", "x-who"), None);
        for (holder, who) in [(&tabs, "tabs"), (&ada, "ada")] {
            holder.post("/navigate", json!({"url": site.url("/?again")})).await.ok();
            assert_eq!(site.header("/", "x-who").as_deref(), Some(who));
            holder.open(&site.url("/")).await;
            assert_eq!(site.header("/", "x-who").as_deref(), Some(who));
        }
        // A password of one is nobody else's.
        ada.post("/set/credentials", json!({"username": "a", "password": "b"})).await.ok();
        ada.post("/navigate", json!({"url": site.url("/guarded")})).await.ok();
        assert_eq!(ada.eval("document.body.textContent").await, "In");
        for answer in [
            shared.navigate(&site.url("/guarded")).await,
            tabs.post("/navigate", json!({"url": site.url("/guarded")})).await,
        ] {
            answer.ok();
            assert_eq!(site.header("/guarded", "authorization"), None);
        }
        // Documents are held against the policy in every context, whoever asks for them.
        ada.post("/navigate", json!({"url": site.url("/")})).await.ok();
        let refused = site.url_as("localhost", "/refused");
        for script in [format!("location.href = '{refused}'"), format!("window.open('{refused}'), 1")] {
            let answer = ada.post("/act", json!({"kind": "evaluate", "fn": script})).await;
            assert!([200, 400].contains(&answer.status), "{}", answer.body);
        }
        assert_eq!(refusal(ada.post("/tabs/open", json!({"url": refused})).await).1, "NAVIGATION_BLOCKED");
        let done = ada.post("/act", json!({"kind": "click", "selector": "a"})).await.ok();
        assert_eq!(done["downloads"][0]["suggestedFilename"], "got.txt", "{done}");
        assert_eq!(std::fs::read(done["downloads"][0]["path"].as_str().unwrap()).unwrap(), b"whole");
        assert!(!site.asked().contains(&"/refused".to_owned()));
        drop(shared);
        house.stop().await;
    });
}
