//! What a caller wrote and an answer says again in its errors and warnings: as much of it as one needs to know it by.

use serde_json::{Map, Value};

/// Characters of one text that are said again: whoever wrote more has the rest.
const MOST: usize = 200;

/// The texts of a request that are longer than that, names of fields included.
#[derive(Debug, Default)]
pub(super) struct LongTexts(Vec<String>);

impl LongTexts {
    pub(super) fn of(path: &str, query: &Map<String, Value>, body: &Value) -> Self {
        let mut texts = Self::default();
        path.split('/').for_each(|segment| texts.note(segment));
        texts.note_object(query);
        texts.note_all(body);
        // One may be a part of another.
        texts.0.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts
    }

    fn note_all(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.note(text),
            Value::Array(list) => list.iter().for_each(|value| self.note_all(value)),
            Value::Object(map) => self.note_object(map),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn note_object(&mut self, map: &Map<String, Value>) {
        for (name, value) in map {
            self.note(name);
            self.note_all(value);
        }
    }

    fn note(&mut self, text: &str) {
        let text = text.trim();
        if text.len() > MOST && text.chars().nth(MOST).is_some() {
            // Messages say it as it is, or in quotes.
            let quoted = format!("{text:?}");
            let quoted = quoted.trim_matches('"');
            if quoted != text {
                self.0.push(quoted.to_owned());
            }
            self.0.push(text.to_owned());
        }
    }

    /// Shortens them wherever an answer, or what it says of an act of a batch, speaks in its own words.
    pub(super) fn cut(&self, answer: &mut Value) {
        if self.0.is_empty() {
            return;
        }
        for said in ["error", "field", "details", "warnings"] {
            if let Some(said) = answer.get_mut(said) {
                self.cut_in(said);
            }
        }
        if let Some(Value::Array(results)) = answer.get_mut("results") {
            results.iter_mut().for_each(|result| self.cut(result));
        }
    }

    fn cut_in(&self, said: &mut Value) {
        match said {
            Value::String(said) => self.0.iter().for_each(|text| shorten(said, text)),
            Value::Array(list) => list.iter_mut().for_each(|said| self.cut_in(said)),
            Value::Object(map) => map.values_mut().for_each(|said| self.cut_in(said)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Cuts a text wherever it is said, be it in full or only so far.
fn shorten(said: &mut String, text: &str) {
    let head = text.char_indices().nth(MOST).map_or(text, |(end, _)| &text[..end]);
    let mut from = 0;
    while let Some(at) = said[from..].find(head) {
        let same = said[from + at..].chars().zip(text.chars()).take_while(|(one, other)| one == other);
        let length: usize = same.map(|(one, _)| one.len_utf8()).sum();
        let end = from + at + length;
        from += at + head.len();
        if length > head.len() {
            said.replace_range(from..end, "…");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn long_texts_are_cut_where_an_answer_speaks_and_nowhere_else() {
        let long = format!("a \"b\"{}", "é".repeat(300));
        let short: String = long.chars().take(MOST).chain(['…']).collect();
        let texts = LongTexts::of("/act", &Map::new(), &json!({"a": [{"text": long}], "b": "short"}));
        let error = format!("no {long:?}, no {long}");
        let mut answer = json!({"error": error, "result": long, "results": [{"warnings": [long]}]});
        texts.cut(&mut answer);
        let quoted: String = format!("{long:?}").trim_matches('"').chars().take(MOST).chain(['…']).collect();
        let error = format!("no \"{quoted}\", no {short}");
        assert_eq!(answer, json!({"error": error, "result": long, "results": [{"warnings": [short]}]}));
    }
}
