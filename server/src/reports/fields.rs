//! Reading of a stored row only the answers that are looked at: most of a household's are not.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::rows::Fields;

/// The wanted answers of a row's JSON text.
pub(super) fn read(json: &str, fields: &Fields) -> Result<Map<String, Json>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let answers = Wanted(fields).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(answers)
}

struct Wanted<'a>(&'a Fields);

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Map<String, Json>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Map<String, Json>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("answers by path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut answers = Map::new();
        while let Some(path) = map.next_key_seed(WantedPath(self.0))? {
            match path {
                Some(path) => drop(answers.insert(path, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(answers)
    }
}

/// A path, if it is wanted: the others are never copied.
struct WantedPath<'a>(&'a Fields);

impl<'de> DeserializeSeed<'de> for WantedPath<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for WantedPath<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a path")
    }

    fn visit_str<E>(self, path: &str) -> Result<Self::Value, E> {
        Ok(self.0.wants(path).then(|| path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wanted_answers_are_read() {
        let mut fields = Fields::default();
        fields.add("members");
        fields.add("poor");
        let json = r#"{"address":"x","members/A/name":"y","members_found":{"a":[1]},"poor":true}"#;
        let read = read(json, &fields).unwrap();
        assert_eq!(Json::Object(read).to_string(), r#"{"members/A/name":"y","poor":true}"#);
        assert!(super::read("{\"a\":", &fields).is_err() && super::read("{} {}", &fields).is_err());
    }
}
