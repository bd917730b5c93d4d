//! Leases that begin with a profile's logins: cookies, and what origins keep.

use serde_json::{Value, json};

use crate::support::cdp::Client;
use crate::support::{Answer, House, Site, run};

/// A lease under which calls are made.
struct Seeded<'a> {
    house: &'a House,
    granted: Value,
}

impl<'a> Seeded<'a> {
    async fn new(house: &'a House, wish: Value) -> Self {
        let granted = house.post("/leases", wish).await.ok();
        Self { house, granted }
    }

    async fn post(&self, path: &str, mut body: Value) -> Answer {
        body["lease"] = self.granted["lease"].clone();
        self.house.post(path, body).await
    }

    async fn open(&self, url: &str) {
        self.post("/tabs/open", json!({"url": url})).await.ok();
    }

    async fn eval(&self, script: &str) -> Value {
        self.post("/act", json!({"kind": "evaluate", "fn": script})).await.ok()["result"].clone()
    }

    fn warnings(&self) -> Vec<&str> {
        let warnings = self.granted["warnings"].as_array();
        warnings.into_iter().flatten().map(|warning| warning.as_str().unwrap()).collect()
    }
}

/// A browser's cookies, without those whose value nobody chose.
async fn cookies(house: &House, lease: Option<&Seeded<'_>>) -> Vec<Value> {
    let under =
        lease.map(|it| format!("?lease={}", it.granted["lease"].as_str().unwrap())).unwrap_or_default();
    let mut list = house.get(&format!("/cookies{under}")).await.ok()["cookies"].as_array().unwrap().clone();
    list.sort_by_key(|cookie| format!("{}{}", cookie["domain"], cookie["name"]));
    list
}

#[test]
fn a_lease_begins_with_the_cookies_and_local_storage_that_it_asked_for_and_the_profile_keeps_its_own() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Mine</p>").await;
        let origin = site.url("");
        let other = site.url_as("localhost", "");
        let shared = house.open(&site.url("/")).await;
        shared.eval("localStorage.setItem('k', 'half \\ud83e and whole \\ud83e\\udd8a'); localStorage.setItem('getItem', '2')").await;
        let set = json!([
            {"name": "sid", "value": "s3cret", "url": site.url("/"), "httpOnly": true, "sameSite": "Strict"},
            {"name": "wide", "value": "w", "domain": ".app.test", "path": "/", "secure": true, "expires": 4e9},
            {"name": "narrow", "value": "n", "domain": "app.test", "path": "/in", "secure": true, "sameSite": "None"},
            {"name": "other", "value": "o", "domain": "other.test", "path": "/"}
        ]);
        house.post("/cookies/set-many", json!({"cookies": set})).await.ok();
        let before = cookies(&house, None).await;
        assert_eq!(before.len(), 4, "{before:?}");
        let tabs = house.get("/tabs").await.ok();
        let asked = site.asked();

        let all = Seeded::new(&house, json!({"seed": {"cookies": true, "origins": [origin, other]}})).await;
        assert_eq!(
            all.granted["seeded"],
            json!({"profile": "openclaw", "cookies": 4, "origins": [
                {"origin": origin, "localStorage": 2, "databases": 0, "records": 0},
                {"origin": other, "localStorage": 0, "databases": 0, "records": 0}
            ]})
        );
        assert_eq!(all.warnings(), [format!("{other}: nothing is kept there")]);
        assert_eq!(cookies(&house, Some(&all)).await, before);
        // Nothing was asked of the network, and no tab was left or shown.
        assert_eq!(site.asked(), asked);
        assert_eq!(all.granted["tabs"], json!([]));
        assert_eq!(house.get("/tabs").await.ok(), tabs);
        all.open(&site.url("/")).await;
        assert_eq!(all.eval("localStorage.k === 'half \\ud83e and whole \\ud83e\\udd8a'").await, true);
        assert_eq!(all.eval("localStorage.length + localStorage.getItem('getItem')").await, "22");
        assert_eq!(site.header("/", "cookie").as_deref(), Some("sid=s3cret"));
        // What the lease does with them is its own.
        all.eval("localStorage.clear()").await;
        all.post("/cookies/clear", json!({})).await.ok();
        assert_eq!(cookies(&house, None).await, before);
        assert_eq!(shared.eval("localStorage.length").await, 2);

        let some = Seeded::new(&house, json!({"seed": {"cookies": ["app.test", "none.test"]}})).await;
        let of_app = before.iter().filter(|cookie| cookie["domain"].as_str().unwrap().ends_with("app.test"));
        let of_app: Vec<Value> = of_app.cloned().collect();
        assert_eq!(cookies(&house, Some(&some)).await, of_app);
        assert_eq!(some.warnings(), ["there are no cookies for none.test"]);
        some.open(&site.url("/")).await;
        assert_eq!(some.eval("localStorage.length").await, 0);
        let plain = Seeded::new(&house, json!({})).await;
        assert_eq!(plain.granted["seeded"], Value::Null);
        assert_eq!(cookies(&house, Some(&plain)).await, [] as [Value; 0]);
        drop(shared);
        house.stop().await;
    });
}

#[test]
fn a_seed_starts_its_profile_and_reaches_a_browser_of_the_pool_past_a_service_worker() {
    run(async {
        let mut house = House::with(json!({"browser": {"pool": {"spareContexts": 1}}})).await;
        house.post("/profiles/create", json!({"name": "work"})).await.ok();
        let site = Site::with("<p>Mine</p>").await;
        let worker = "onfetch = e => e.respondWith(new Response('<script>localStorage.k = \"worker\"</script>', \
                      {headers: {'content-type': 'text/html'}}))";
        site.answer("/sw.js", &[("content-type", "text/javascript")], worker.as_bytes());
        let opened = house.post("/tabs/open?profile=work", json!({"url": site.url("/")})).await.ok();
        let script = "async () => { localStorage.k = 'v'; await navigator.serviceWorker.register('/sw.js'); \
                      await navigator.serviceWorker.ready; return 'ready' }";
        let body = json!({"kind": "evaluate", "fn": script, "targetId": opened["targetId"]});
        assert_eq!(house.post("/act?profile=work", body).await.ok()["result"], "ready");
        house.delete(&format!("/tabs/{}?profile=work", opened["targetId"].as_str().unwrap())).await.ok();
        house.post("/stop?profile=work", json!({})).await.ok();
        let asked = site.asked();

        let wish =
            json!({"pool": true, "seed": {"profile": "work", "cookies": true, "origins": [site.url("/")]}});
        let lease = Seeded::new(&house, wish).await;
        assert_eq!(lease.granted["seeded"]["origins"][0]["localStorage"], 1, "{}", lease.granted);
        assert!(lease.granted["profile"].as_str().unwrap().starts_with("pool."), "{}", lease.granted);
        assert_eq!(lease.warnings(), ["there are no cookies"]);
        assert_eq!(house.get("/?profile=work").await.ok()["running"], true);
        assert_eq!(site.asked(), asked);
        lease.open(&site.url("/")).await;
        assert_eq!(lease.eval("localStorage.k").await, "v");
        house.stop().await;
    });
}

#[test]
fn a_seed_that_cannot_be_had_is_told_by_its_field_and_leaves_no_lease_and_no_context() {
    run(async {
        let refuse = json!({"dangerouslyAllowPrivateNetwork": false, "blockedHostnames": ["blocked.test"]});
        let mut house = House::with(json!({"browser": {"ssrfPolicy": refuse}})).await;
        house.post("/start", json!({})).await.ok();
        let port = house.get("/").await.ok()["cdpPort"].as_u64().unwrap();
        let mut operator = Client::of(&house, u16::try_from(port).unwrap()).await;
        let refused = async |wish: Value, status: u16, field: &str, says: &str| {
            let answer = house.post("/leases", wish.clone()).await;
            let error = answer.body["error"].as_str().unwrap_or_else(|| panic!("{wish}: {}", answer.body));
            assert_eq!((answer.status, &answer.body["field"]), (status, &json!(field)), "{wish}: {error}");
            assert!(error.contains(says), "{wish}: {error}");
        };
        let origins = |origins: Value| json!({"seed": {"origins": origins}});
        refused(json!({"seed": 5}), 400, "seed", "must be an object").await;
        refused(json!({"seed": {}}), 400, "seed", "takes nothing").await;
        refused(json!({"seed": {"cookies": false, "origins": []}}), 400, "seed", "takes nothing").await;
        refused(json!({"seed": {"cookies": "all"}}), 400, "seed.cookies", "true or a list").await;
        refused(json!({"seed": {"cookies": []}}), 400, "seed.cookies", "true or a list").await;
        refused(json!({"seed": {"cookies": ["a b"]}}), 400, "seed.cookies[0]", "must be a domain").await;
        refused(json!({"seed": {"cokies": true}}), 400, "seed.cokies", "did you mean \"cookies\"").await;
        refused(json!({"seed": {"cookies": true, "profile": 7}}), 400, "seed.profile", "name").await;
        let unknown = json!({"seed": {"cookies": true, "profile": "nobody"}});
        refused(unknown, 404, "seed.profile", "not found").await;
        refused(json!({"isolation": "tab", "seed": {"cookies": true}}), 400, "seed", "needs no seed").await;
        refused(origins(json!("https://a.test")), 400, "seed.origins", "must be a list").await;
        let bad =
            ["a.test", "file:///etc", "data:,x", "https://a.test/path", "https://u:p@a.test", "null", ""];
        for bad in bad {
            refused(origins(json!([bad])), 400, "seed.origins[0]", "must be an origin").await;
        }
        // These are known only when the browsers are there.
        for origin in ["https://blocked.test", "http://127.0.0.1:1"] {
            refused(origins(json!([origin])), 400, "seed.origins", "blocked by policy").await;
        }
        refused(origins(json!(["https://nowhere.invalid"])), 400, "seed.origins", "strict").await;
        assert_eq!(house.get("/leases").await.ok()["leases"], json!([]));
        let listed = operator.call("Target.getBrowserContexts", json!({})).await;
        assert_eq!(listed["result"]["browserContextIds"], json!([]), "{listed}");
        drop(operator);
        house.stop().await;
    });
}

/// Databases of an origin with keys and values of all kinds.
const MAKE: &str = r#"async () => {
    const done = request => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error) })
    const open = indexedDB.open('app', 7)
    open.onupgradeneeded = () => {
        const db = open.result
        const inline = db.createObjectStore('inline', {keyPath: 'id', autoIncrement: true})
        inline.createIndex('by name', ['name.first', 'name.last'], {unique: true})
        inline.createIndex('tags', 'tags', {multiEntry: true})
        db.createObjectStore('outside'); db.createObjectStore('empty', {keyPath: ['a', 'b.c']})
    }
    const db = await done(open), tx = db.transaction(['inline', 'outside'], 'readwrite')
    for (let i = 0; i < 450; i++) tx.objectStore('inline').put({name: {first: 'n' + i, last: 'x'}, tags: ['a', 't' + i]})
    const out = tx.objectStore('outside')
    const buffer = new Uint8Array([0, 1, 127, 128, 255, 9]).buffer
    const odd = {holes: [1, , 3], nan: NaN, zero: -0, far: -Infinity, none: undefined, nil: null, when: new Date(5e11),
        pattern: /a\/b/gi, map: new Map([[{k: 1}, new Set([12345678901234567890n])]]), view: new Uint16Array(buffer, 2, 2),
        data: new DataView(buffer, 1), buffer, error: new TypeError('no', {cause: 'why'}), yes: new Boolean(false),
        half: '\ud83e', marked: ['same', 0], ['__proto__']: 1}
    odd.self = odd
    out.put(odd, 'odd')
    const keys = [0, -0.5, Infinity, '', 'k', new Date(7), buffer, [1, ['x', new Date(2)], buffer]]
    keys.forEach((key, at) => out.put(at, key))
    out.put({file: new Blob(['b'])}, 'blob')
    await new Promise(yes => { tx.oncomplete = yes })
    db.close()
    const bare = indexedDB.open('bare', 1); (await done(bare)).close()
    return 'made'
}"#;

/// All of it as one text.
const TELL: &str = r#"async () => {
    const done = request => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error) })
    const tell = (value, seen = new Map()) => {
        if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : typeof value + JSON.stringify(typeof value === 'bigint' ? value.toString() : typeof value === 'number' ? '' + value : value)
        if (seen.has(value)) return '#' + seen.get(value)
        seen.set(value, seen.size)
        const kind = Object.prototype.toString.call(value)
        const own = Object.keys(value).map(key => key + ':' + tell(Object.getOwnPropertyDescriptor(value, key).value, seen))
        const more = value instanceof Map || value instanceof Set ? [...value].map(it => tell(it, seen))
            : value instanceof ArrayBuffer ? [...new Uint8Array(value)] : ArrayBuffer.isView(value) ? [value.byteOffset, value.byteLength, tell(value.buffer, seen)]
            : value instanceof Date ? [value.getTime()] : value instanceof RegExp ? ['' + value]
            : value instanceof Error ? [value.name, value.message, value.cause, value.stack] : kind.includes('Boolean') ? [value.valueOf()] : [value.length]
        return kind + '{' + own + '|' + more + '}'
    }
    const told = []
    for (const {name, version} of (await indexedDB.databases()).sort((a, b) => a.name < b.name ? -1 : 1)) {
        const db = await done(indexedDB.open(name))
        told.push(name, version)
        for (const from of db.objectStoreNames) {
            const store = db.transaction(from).objectStore(from)
            told.push(from, tell(store.keyPath), store.autoIncrement)
            for (const index of store.indexNames) { const i = store.index(index); told.push(index, tell(i.keyPath), i.unique, i.multiEntry) }
            const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())])
            keys.forEach((key, at) => { if (key !== 'blob') told.push(tell(key), tell(values[at])) })
        }
        db.close()
    }
    return told.join('\n')
}"#;

#[test]
fn a_lease_begins_with_databases_of_all_kinds_of_values_but_those_that_cannot_be_carried() {
    run(async {
        let mut house = House::with(json!({})).await;
        let site = Site::with("<p>Mine</p>").await;
        let shared = house.open(&site.url("/")).await;
        assert_eq!(shared.eval(MAKE).await, "made");
        let told = shared.eval(TELL).await;
        let seed = json!({"seed": {"origins": [site.url("")]}});
        let lease = Seeded::new(&house, seed.clone()).await;
        let row = json!({"origin": site.url(""), "localStorage": 0, "databases": 2, "records": 459});
        assert_eq!(lease.granted["seeded"]["origins"], json!([row]), "{}", lease.granted);
        let lost = "database \"app\": 1 records hold a Blob, which cannot be carried; they were left out";
        assert_eq!(lease.warnings(), [format!("{}: {lost}", site.url(""))]);
        lease.open(&site.url("/")).await;
        let again = lease.eval(TELL).await;
        for (one, other) in told.as_str().unwrap().lines().zip(again.as_str().unwrap().lines()) {
            assert_eq!(one, other);
        }
        assert_eq!(told, again);
        // The numbers that the database gives go on where they were.
        let next = "async () => { const open = indexedDB.open('app'); \
                    const done = r => new Promise(yes => { r.onsuccess = () => yes(r.result) }); \
                    const store = (await done(open)).transaction('inline', 'readwrite').objectStore('inline'); \
                    return done(store.put({name: {first: 'next', last: 'x'}, tags: []})) }";
        assert_eq!(lease.eval(next).await, 451);
        assert_eq!(shared.eval(TELL).await, told);

        let much = "async () => { const open = indexedDB.open('much', 1); \
                    open.onupgradeneeded = () => { const store = open.result.createObjectStore('s'); \
                    for (let i = 0; i < 40; i++) store.put('x'.repeat(1 << 20), i) }; \
                    return new Promise(yes => { open.onsuccess = () => { open.result.close(); yes('much') } }) }";
        assert_eq!(shared.eval(much).await, "much");
        let lease = Seeded::new(&house, seed).await;
        assert_eq!(lease.granted["seeded"]["origins"], json!([row]), "{}", lease.granted);
        let left = format!("{}: database \"much\" was left out: more than 32 MB are too much", site.url(""));
        assert_eq!(lease.warnings()[1..], [left]);
        drop(shared);
        house.stop().await;
    });
}
