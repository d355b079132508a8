//! Signatures: who signed, and exactly which state of the record.
//!
//! The answer is one register of canonical JSON: `{"by":"王小明","heads":["5f..."],"role":"户主","signed_on":"2015-07-01"}`. It
//! names the heads that were signed, so that a later change of an answer can be told: *changed after signing*.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// What a question of kind signature says of itself.
#[derive(Debug, Clone, Default)]
pub struct SignatureDef {
    /// Templates of the answers it stands for, with everything below; empty = all.
    pub(crate) covers: Vec<String>,
    /// Whether a signature that was overtaken is to be given again.
    pub(crate) again: bool,
}

impl SignatureDef {
    /// Whether an answer at `path` is one that was signed.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let below = |template: &String| {
            path.strip_prefix(template.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'))
        };
        self.covers.is_empty() || self.covers.iter().any(below)
    }

    /// The structural schema of an answer.
    pub(crate) fn schema() -> Json {
        json!({
            "type": "object", "additionalProperties": false, "required": ["by", "signed_on", "heads"],
            "properties": {
                "by": {"type": "string", "minLength": 1, "maxLength": 200},
                "role": {"type": "string", "minLength": 1, "maxLength": 200},
                "signed_on": {"type": "string", "format": "date"},
                "heads": {"type": "array", "minItems": 1, "maxItems": 1000, "uniqueItems": true,
                    "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
                "attachment": {"type": "object"}
            }
        })
    }
}

/// The answer to a question of kind signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// Who: a name, or the row id of a member.
    pub by: String,
    /// As what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Civil date.
    pub signed_on: String,
    /// The hashes that name what was signed.
    pub heads: Vec<String>,
    /// Descriptor of a picture of the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Json>,
}

impl Signature {
    /// Reads an answer: the register's text, or the object of a tree of answers.
    pub fn read(json: &Json) -> Option<Signature> {
        if let Json::String(text) = json {
            let inner: Json = serde_json::from_str(text).ok()?;
            return if inner.is_object() { Signature::read(&inner) } else { None };
        }
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(String::from);
        let heads = json.get("heads")?.as_array()?.iter();
        Some(Signature {
            by: text("by")?,
            role: text("role"),
            signed_on: text("signed_on")?,
            heads: heads.map(|head| head.as_str().map(String::from)).collect::<Option<_>>()?,
            attachment: json.get("attachment").cloned(),
        })
    }

    /// The register's text.
    pub fn canonical(&self) -> String {
        let mut map = Map::new();
        map.insert("by".into(), json!(self.by));
        map.insert("signed_on".into(), json!(self.signed_on));
        map.insert("heads".into(), json!(self.heads));
        if let Some(role) = &self.role {
            map.insert("role".into(), json!(role));
        }
        if let Some(attachment) = &self.attachment {
            map.insert("attachment".into(), attachment.clone());
        }
        crate::form::canonical(&Json::Object(map))
    }
}

/// A signature and what happened to the record since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureState {
    /// Where it stands.
    pub path: String,
    /// The answer.
    #[serde(flatten)]
    pub signature: Signature,
    /// Answers that were touched after signing, without signatures; a change that the signer had not seen counts too.
    pub changed: BTreeSet<String>,
    /// The heads name no state of this record: nobody can say what was signed.
    pub unknown: bool,
    /// The form wants it again.
    pub again: bool,
}

impl SignatureState {
    /// True when what was signed is not what stands now.
    pub fn is_overtaken(&self) -> bool {
        self.unknown || !self.changed.is_empty()
    }

    /// What is to be said about it, if anything: 签名后有改动.
    pub fn remark(&self, locale: &str) -> Option<&'static str> {
        match (self.unknown, self.is_overtaken(), locale.starts_with("zh")) {
            (true, _, true) => Some("无法核对签名的内容"),
            (true, _, false) => Some("what was signed cannot be told"),
            (_, true, true) => Some("签名后有改动"),
            (_, true, false) => Some("changed after signing"),
            _ => None,
        }
    }
}
