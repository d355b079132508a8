//! What a screen shows already: of the next view it is told only what changed. A household's form is 34 kB of JSON, an answer
//! changes a few hundred bytes of it, and what did not change is not drawn anew.
//!
//! A change is JSON: `null` where nothing did, `{"set": value}` where another value stands, `{"keys": {key: change}, "gone":
//! [key]}` for an object, `{"list": [element]}` for a list, whose elements are the place of one before that stays as it is,
//! `[place, change]` of one before, or `{"set": value}` of one that is new. `web/src/engine/change.ts` makes the view of it;
//! `changes.json` holds examples that both are tested with.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// The view that was told last, and its name.
#[derive(Debug, Default)]
pub struct Screen {
    last: Option<(String, Value)>,
}

impl Screen {
    /// Tells a view under a `name` that no other has: `{name, change}` to a screen that `holds` the last one, else `{name, view}`.
    pub fn tell(&mut self, view: Value, name: String, holds: Option<&str>) -> Value {
        let told = match &self.last {
            Some((last, before)) if Some(last.as_str()) == holds => {
                json!({"name": name, "change": change(before, &view)})
            }
            _ => json!({"name": name, "view": view}),
        };
        self.last = Some((name, view));
        told
    }
}

/// What must be said to whom `before` is known; nothing when it says the same.
fn change(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => object(before, after),
        (Value::Array(before), Value::Array(after)) => list(before, after),
        _ => (before != after).then(|| json!({"set": after})),
    }
}

fn object(before: &Map<String, Value>, after: &Map<String, Value>) -> Option<Value> {
    let mut keys = Map::new();
    for (key, value) in after {
        let changed = match before.get(key) {
            Some(before) => change(before, value),
            None => Some(json!({"set": value})),
        };
        if let Some(changed) = changed {
            keys.insert(key.clone(), changed);
        }
    }
    let gone: Vec<&String> = before.keys().filter(|key| !after.contains_key(*key)).collect();
    (!keys.is_empty() || !gone.is_empty()).then(|| json!({"keys": keys, "gone": gone}))
}

/// Questions, rosters and rows are known by their paths, so that one that came above others moves them and changes nothing.
fn list(before: &[Value], after: &[Value]) -> Option<Value> {
    let places: HashMap<&str, usize> =
        before.iter().enumerate().filter_map(|(place, value)| Some((path(value)?, place))).collect();
    let mut same = before.len() == after.len();
    let mut elements = Vec::with_capacity(after.len());
    for (at, value) in after.iter().enumerate() {
        let place = path(value).map_or(Some(at), |path| places.get(path).copied());
        let was = place.and_then(|place| Some((place, before.get(place)?)));
        let element = match was.map(|(place, was)| (place, change(was, value))) {
            Some((place, None)) => json!(place),
            Some((place, Some(changed))) => json!([place, changed]),
            None => json!({"set": value}),
        };
        same &= element.as_u64() == Some(at as u64);
        elements.push(element);
    }
    (!same).then(|| json!({"list": elements}))
}

fn path(value: &Value) -> Option<&str> {
    value.get("path").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page makes of a change.
    fn applied(before: &Value, change: &Value) -> Value {
        if let Some(value) = change.get("set") {
            return value.clone();
        }
        if let Some(elements) = change["list"].as_array() {
            return elements.iter().map(|element| one(before, element)).collect();
        }
        let mut after = before.clone();
        if let (Some(keys), Some(object)) = (change["keys"].as_object(), after.as_object_mut()) {
            for (key, changed) in keys {
                object.insert(key.clone(), applied(&before[key], changed));
            }
            for key in change["gone"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                object.remove(key);
            }
        }
        after
    }

    fn one(before: &Value, element: &Value) -> Value {
        match (element.as_u64(), element.as_array().map(Vec::as_slice)) {
            (Some(place), _) => before[place as usize].clone(),
            (_, Some([place, changed])) => {
                applied(&before[place.as_u64().unwrap_or(u64::MAX) as usize], changed)
            }
            _ => element["set"].clone(),
        }
    }

    #[test]
    fn only_what_changed_is_told() {
        let examples: Vec<Value> = serde_json::from_str(include_str!("changes.json")).unwrap_or_default();
        assert!(!examples.is_empty());
        for example in examples {
            let told = change(&example["before"], &example["after"]);
            assert_eq!(told.as_ref().unwrap_or(&Value::Null), &example["change"], "{}", example["what"]);
            if let Some(told) = told {
                assert_eq!(applied(&example["before"], &told), example["after"], "{}", example["what"]);
            }
        }
    }

    #[test]
    fn a_screen_that_holds_another_view_is_told_the_whole() {
        let mut screen = Screen::default();
        let view = |value: i64| json!({"value": value});
        assert_eq!(screen.tell(view(1), "v1".into(), Some("v0")), json!({"name": "v1", "view": view(1)}));
        assert_eq!(screen.tell(view(1), "v2".into(), Some("v1")), json!({"name": "v2", "change": null}));
        assert_eq!(screen.tell(view(2), "v3".into(), Some("v1")), json!({"name": "v3", "view": view(2)}));
        assert_eq!(screen.tell(view(2), "v4".into(), None), json!({"name": "v4", "view": view(2)}));
    }

    fn json_values() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf =
            prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::from), (0..3).prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof![Just("path"), Just("set"), Just("list"), Just("a")];
            let path = prop_oneof![Just(json!("p")), Just(json!("q")), inner.clone()];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map(key, inner, 0..3)
                    .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
                path.prop_map(|path| json!({"path": path})),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn a_change_makes_the_view_after_of_the_view_before(before in json_values(), after in json_values()) {
            match change(&before, &after) {
                None => proptest::prop_assert_eq!(before, after),
                Some(told) => proptest::prop_assert_eq!(applied(&before, &told), after),
            }
        }
    }
}
