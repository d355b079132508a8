//! Attachments: a photo, a recording, a document that belongs to an answer.
//!
//! The answer is one register of canonical JSON that describes the file:
//! `{"bytes":1500000,"name":"house.jpg","sha256":"5f...","type":"image/jpeg"}`. The bytes travel apart from the record and are
//! named by their SHA-256, so that the same file is kept once and can never be another one.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::limits::ATTACHMENT_BYTES;

/// The media types that may be attached: what phones make and any browser or office machine opens.
pub const ATTACHMENT_TYPES: [&str; 9] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "application/pdf",
    "audio/mp4",
    "audio/ogg",
    "audio/amr",
    "video/mp4",
    "video/3gpp",
];

/// What a question of kind attachment says of its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentDef {
    /// Media types taken, in the order of [`ATTACHMENT_TYPES`].
    pub(crate) types: Vec<&'static str>,
    /// Most bytes.
    pub(crate) max_bytes: u64,
}

impl Default for AttachmentDef {
    fn default() -> Self {
        AttachmentDef { types: ATTACHMENT_TYPES.to_vec(), max_bytes: ATTACHMENT_BYTES }
    }
}

impl AttachmentDef {
    /// Media types taken.
    pub fn types(&self) -> &[&'static str] {
        &self.types
    }

    /// Most bytes.
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// The structural schema of an answer.
    pub(crate) fn schema(&self) -> Json {
        json!({
            "type": "object", "additionalProperties": false, "required": ["sha256", "bytes", "type"],
            "properties": {
                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "bytes": {"type": "integer", "minimum": 1, "maximum": self.max_bytes},
                "type": {"enum": self.types},
                "name": {"type": "string", "minLength": 1, "maxLength": 200}
            }
        })
    }
}

/// The answer to a question of kind attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Its media type.
    #[serde(rename = "type")]
    pub media_type: String,
    /// What its maker called it. For people; no path and nothing to open a file by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Attachment {
    /// Reads an answer: the register's text, or the object of a tree of answers.
    pub fn read(json: &Json) -> Option<Attachment> {
        if let Json::String(text) = json {
            let inner: Json = serde_json::from_str(text).ok()?;
            return if inner.is_object() { Attachment::read(&inner) } else { None };
        }
        let text = |key: &str| json.get(key).and_then(Json::as_str).map(String::from);
        let sha256 = text("sha256").filter(|hash| {
            hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })?;
        Some(Attachment {
            sha256,
            bytes: json.get("bytes")?.as_u64()?,
            media_type: text("type")?,
            name: text("name"),
        })
    }

    /// The register's text.
    pub fn canonical(&self) -> String {
        let mut map = Map::new();
        map.insert("sha256".into(), json!(self.sha256));
        map.insert("bytes".into(), json!(self.bytes));
        map.insert("type".into(), json!(self.media_type));
        if let Some(name) = &self.name {
            map.insert("name".into(), json!(name));
        }
        crate::form::canonical(&Json::Object(map))
    }

    /// `house.jpg (picture, 1.5 MB)`, `house.jpg（图片，1.5 MB）`.
    pub fn text(&self, locale: &str) -> String {
        let zh = locale.starts_with("zh");
        let kind = match (self.media_type.split('/').next(), zh) {
            (Some("image"), true) => "图片",
            (Some("image"), false) => "picture",
            (Some("audio"), true) => "录音",
            (Some("audio"), false) => "recording",
            (Some("video"), true) => "视频",
            (Some("video"), false) => "video",
            (_, true) => "文件",
            (_, false) => "document",
        };
        let size = size_text(self.bytes);
        match (&self.name, zh) {
            (Some(name), true) => format!("{name}（{kind}，{size}）"),
            (Some(name), false) => format!("{name} ({kind}, {size})"),
            (None, true) => format!("{kind}，{size}"),
            (None, false) => format!("{kind}, {size}"),
        }
    }
}

/// `980 B`, `23 kB`, `1.5 MB`.
fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_back_what_it_says_and_nothing_else_is_one() {
        let answer = Attachment {
            sha256: "5f".repeat(32),
            bytes: 1_523_000,
            media_type: "image/jpeg".into(),
            name: Some("屋.jpg".into()),
        };
        let text = answer.canonical();
        assert!(text.starts_with(r#"{"bytes":1523000,"name":"屋.jpg","sha256":"5f5f"#), "{text}");
        assert_eq!(Attachment::read(&Json::String(text)), Some(answer.clone()));
        assert_eq!(answer.text("zh"), "屋.jpg（图片，1.5 MB）");
        assert_eq!(Attachment { name: None, bytes: 900, ..answer }.text("en"), "picture, 900 B");
        for wrong in ["", "5f", "[]", r#"{"sha256":"5F","bytes":1,"type":"image/png"}"#, r#""x""#] {
            assert_eq!(Attachment::read(&json!(wrong)), None, "{wrong}");
        }
    }
}
