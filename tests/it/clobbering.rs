//! Fields, pictures and ids named like properties: for a page's own scripts they stand before the properties of their form,
//! their document or the window. Every call answers as for harmless names.

use regex::Regex;
use serde_json::{Value, json};

use crate::support::{Answer, House, Site, Tab, run};

/// A form with a field for each name of a property of any element, among what can be read and acted on.
const FORM: &str = "<h1>Before</h1>
    <form id=order onsubmit='return false' tabindex=0 class=menu title=Order style='overflow:auto;height:300px;animation:none'>
      <p>words <b>bold</b> <a href=/there>there</a></p>
      <label>Field <input id=field></label><label><input id=tick type=checkbox>Tick</label>
      <select id=choice><option>One<option>Two</select>
      <button id=go onclick='result.textContent += \"went \"'>Go</button>
      <div id=editor contenteditable>Text</div>
      <ul><li>a</ul><div id=later style='margin-top:600px'>Later</div>
    </form>
    <form id=written contenteditable>Old</form>
    <div aria-disabled=true><form><span id=barred tabindex=0>Barred</span></form></div>
    <form style='display:none'><button id=hidden>Hidden</button></form>
    <form inert><button id=inert>Inert</button></form>
    <div style='position:relative'><button id=covered>Covered</button><form style='position:absolute;inset:0'>Cover</form></div>
    <form id=heard>Heard</form>
    <p>After <span id=result></span></p>
    <div id=host><form slot=s>Slotted</form></div>
    <iframe srcdoc='<form><input name=PREFIXcheckVisibility><input name=PREFIXlocalName><button>Inside</button></form>'></iframe>
    <div id=fields hidden></div>
    <script>{
      const names = new Set();
      for (const key of Object.getOwnPropertyNames(window).filter((key) => /^HTML.*Element$/.test(key)))
        for (let at = window[key].prototype; at; at = Object.getPrototypeOf(at))
          for (const name of Object.getOwnPropertyNames(at)) names.add(name);
      heard.addEventListener('click', () => result.textContent += 'heard ');
      host.attachShadow({mode: 'open'}).innerHTML = '<form><slot name=s></slot></form>';
      const forms = [...document.forms];
      forms.forEach((form, at) => form.id ||= `form${at}`);
      const field = (form, name) => `<input type=hidden form=${form.id} name='PREFIX${name}'>`;
      fields.innerHTML = forms.flatMap((form) => [...names].map((name) => field(form, name))).join('');
    }</script>";

/// What is told of the page without any act.
async fn read(tab: &Tab<'_>, told: &mut Vec<(String, Value)>) {
    let formats = [
        "format=ai",
        "format=aria",
        "format=lean",
        "interactive=true",
        "depth=9",
        "selector=form",
        "labels=true",
    ];
    for (path, query) in formats
        .map(|query| ("/snapshot", query))
        .into_iter()
        .chain(["format=text", "format=markdown", "selector=form"].map(|query| ("/text", query)))
    {
        told.push((format!("{path} {query}"), tab.get(path, query).await.body));
    }
}

fn calls() -> Vec<(&'static str, Value)> {
    let act = |kind: &str, mut rest: Value| {
        rest["kind"] = kind.into();
        ("/act", rest)
    };
    let on = |kind: &str, selector: &str| act(kind, json!({"selector": selector}));
    let mut calls = vec![
        on("click", "#go"),
        act("type", json!({"selector": "#field", "text": "typed"})),
        act("type", json!({"selector": "#editor", "text": "new text"})),
        act("type", json!({"selector": "#editor", "text": "slow", "slowly": true})),
        act("type", json!({"selector": "#written", "text": "more"})),
        act("fill", json!({"fields": [{"selector": "#tick", "type": "checkbox", "value": true}]})),
        act("select", json!({"selector": "#choice", "values": ["Two"]})),
        act("drag", json!({"startSelector": "#order", "endSelector": "#written"})),
        act("wait", json!({"text": "words bold"})),
        act("wait", json!({"selector": "form"})),
        act("wait", json!({"text": "Hidden", "timeoutMs": 200})),
        act("wait", json!({"textGone": "Slotted", "timeoutMs": 200})),
        act("press", json!({"key": "Tab"})),
        act("clickCoords", json!({"x": 20, "y": 90})),
        act("insertText", json!({"text": "i"})),
        ("/screenshot", json!({"selector": "#order"})),
    ];
    for selector in
        ["#order", "#written", "#heard", "[slot]", "#later", "#barred", "#hidden", "#inert", "#covered"]
    {
        calls.extend(["click", "hover", "scrollIntoView"].map(|kind| on(kind, selector)));
    }
    calls.push(on("type", "#order"));
    calls
}

/// Without what is of this tab or of this moment alone.
fn alike(body: &Value, tab: &Tab<'_>, site: &Site) -> String {
    let text =
        body.to_string().replace(&tab.id, "TAB").replace(&site.url(""), "SITE").replace("harmless-", "");
    let own = Regex::new(
        r#""backendDOMNodeId":\d+|"frameId":"\w+"|"waitedMs":\d+|Waited \d+ ms|"(path|imagePath)":"[^"]*""#,
    )
    .unwrap();
    own.replace_all(&text, "OWN").into_owned()
}

async fn told(html: String) -> Vec<(String, String)> {
    let site = Site::with(&html).await;
    let tab = House::shared().await.open(&site.url("/")).await;
    let mut told = Vec::new();
    read(&tab, &mut told).await;
    for (path, call) in calls() {
        let Answer { body, .. } = tab.post(path, call.clone()).await;
        told.push((format!("{path} {call}"), body));
    }
    read(&tab, &mut told).await;
    told.into_iter().map(|(call, body)| (call, alike(&body, &tab, &site))).collect()
}

/// Every call answers the same of a page with names that stand before properties and of one with others.
async fn assert_same(html: &str) {
    let (wild, tame) =
        tokio::join!(told(html.replace("PREFIX", "")), told(html.replace("PREFIX", "harmless-")));
    let differ: Vec<_> = wild.iter().zip(&tame).filter(|(wild, tame)| wild != tame).collect();
    assert!(differ.is_empty(), "{} of {}:\n{:#?}", differ.len(), wild.len(), differ);
    let reads = tame.iter().filter(|(call, body)| call.starts_with("/snapshot") && body.contains("words"));
    assert!(reads.count() > 10, "{tame:#?}");
}

#[test]
fn fields_are_called_like_properties_of_their_form() {
    run(assert_same(FORM));
}

/// Pictures and forms named like properties of a document, ids like those of a window, and what else scripts of ours could
/// take for their own.
const DOCUMENT: &str = "<h1>Before</h1><form onsubmit='return false'><p>words</p><label>Field <input id=field></label>
      <button id=go onclick='this.textContent = \"Went\"'>Go</button></form><div id=heard>Heard</div>
    <div id=names hidden></div><iframe name=PREFIXinnerWidth hidden></iframe><iframe name=PREFIX__openclaw hidden></iframe>
    <script>{
      const of = [];
      for (let at = document; at; at = Object.getPrototypeOf(at)) of.push(...Object.getOwnPropertyNames(at));
      const ids = ['__openclaw', 'OWN', '__svelte', 'jQuery', ...Object.getOwnPropertyNames(window)];
      heard.onclick = null;
      heard.addEventListener('click', () => heard.textContent = 'Was heard');
      const named = of.map((name) => `<img name='PREFIX${name}' alt><form name='PREFIX${name}'></form>`);
      names.innerHTML = named.concat(ids.map((id) => `<i id='PREFIX${id}'></i>`)).join('');
    }</script>";

#[test]
fn pictures_and_ids_are_called_like_properties_of_the_document_and_the_window() {
    run(assert_same(DOCUMENT));
}
