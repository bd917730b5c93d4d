//! Short ways to say what tests of pages say most: a page in a tab of the shared house, a click, a text.

use serde_json::{Value, json};

use super::house::{Answer, House, Tab};
use super::site::Site;

impl Tab<'static> {
    /// A tab of the shared house that shows this HTML.
    pub async fn with(html: &str) -> Self {
        House::shared().await.open(&Site::with(html).await.url("/")).await
    }

    /// A tab of the shared house that shows a file of `tests/pages`.
    pub async fn showing(file: &str) -> Self {
        House::shared().await.open(&Site::new().await.url(&format!("/{file}"))).await
    }
}

impl Tab<'_> {
    /// Clicks what a CSS selector matches.
    pub async fn click(&self, selector: &str) -> Answer {
        self.act(json!({"kind": "click", "selector": selector})).await
    }

    /// Clicks what a ref names.
    pub async fn click_ref(&self, reference: &str) -> Answer {
        self.act(json!({"kind": "click", "ref": reference})).await
    }

    /// Types text into what a CSS selector matches.
    pub async fn type_into(&self, selector: &str, text: &str) -> Answer {
        self.act(json!({"kind": "type", "selector": selector, "text": text})).await
    }

    /// Presses a key.
    pub async fn press(&self, key: &str) -> Answer {
        self.act(json!({"kind": "press", "key": key})).await
    }

    /// The result of `evaluate`, or its failure.
    pub async fn try_eval(&self, script: &str) -> Answer {
        self.act(json!({"kind": "evaluate", "fn": script})).await
    }

    /// What an element says of itself: `document.querySelector(SELECTOR).PROPERTY`.
    pub async fn property(&self, selector: &str, property: &str) -> Value {
        self.eval(&format!("document.querySelector({}).{property}", json!(selector))).await
    }

    /// The text of `#result`, where pages of `tests/pages` write what happened.
    pub async fn result(&self) -> Value {
        self.property("#result", "textContent").await
    }

    /// `GET PATH` for this tab; `query` such as `interactive=true`.
    pub async fn get(&self, path: &str, query: &str) -> Answer {
        self.house.get(&format!("{path}?targetId={}&{query}", self.id)).await
    }

    /// `POST PATH` for this tab.
    pub async fn post(&self, path: &str, mut body: Value) -> Answer {
        body["targetId"] = self.id.clone().into();
        self.house.post(path, body).await
    }

    /// Waits until JavaScript yields something truthy.
    pub async fn until(&self, script: &str) {
        self.act(json!({"kind": "wait", "fn": script})).await.ok();
    }
}
