//! Strict JSON that keeps the order of keys: schema order is the order of questions.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value as Json};

use crate::fault::{FaultKind, Faults};
use crate::{limits, suggest};

/// A JSON value whose objects keep their order (and, until checked, their duplicates).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The entries of an object; nothing for anything else.
    pub(crate) fn entries(&self) -> &[(String, Node)] {
        if let Node::Object(entries) = self { entries } else { &[] }
    }

    /// The items of an array; nothing for anything else.
    pub(crate) fn items(&self) -> &[Node] {
        if let Node::Array(items) = self { items } else { &[] }
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Node::Object(_))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Node::String(s) = self { Some(s) } else { None }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Node::Bool(b) = self { Some(*b) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Node::Number(n) = self { n.as_u64() } else { None }
    }

    pub(crate) fn str_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::as_str)
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Node::Null => Json::Null,
            Node::Bool(b) => Json::Bool(*b),
            Node::Number(n) => Json::Number(n.clone()),
            Node::String(s) => Json::String(s.clone()),
            Node::Array(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Node::Object(entries) => {
                Json::Object(entries.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
        }
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Node, E> {
        Ok(Node::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Node, E> {
        Ok(Node::Number(n.into()))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Node, E> {
        Ok(Node::Number(n.into()))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Node, E> {
        Ok(Number::from_f64(n).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, s: &str) -> Result<Node, E> {
        Ok(Node::String(s.to_string()))
    }

    fn visit_string<E>(self, s: String) -> Result<Node, E> {
        Ok(Node::String(s))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Object(entries))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Appends a key to a JSON pointer.
pub(crate) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Decodes text: UTF-8 without byte order mark and NUL, within `limit` bytes.
pub(crate) fn text<'a>(file: &str, bytes: &'a [u8], limit: usize, faults: &mut Faults) -> Option<&'a str> {
    use FaultKind::{ByteOrderMark, NotUtf8, Nul, TooLarge};
    if bytes.len() > limit {
        let (en, zh) = (format!("larger than {limit} bytes"), format!("超过 {limit} 字节"));
        faults.add(file, "", TooLarge, en, zh);
        return None;
    }
    if bytes.starts_with(b"\xef\xbb\xbf") || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
    {
        faults.add(file, "", ByteOrderMark, "starts with a byte order mark", "文件开头有字节顺序标记 (BOM)");
        return None;
    }
    if bytes.contains(&0) {
        faults.add(file, "", Nul, "holds a NUL byte", "含有 NUL 字节");
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = error.valid_up_to();
            faults.add(
                file,
                "",
                NotUtf8,
                format!("not UTF-8 at byte {at}"),
                format!("第 {at} 字节不是 UTF-8"),
            );
            None
        }
    }
}

/// Line, column in characters, and the sign that stands there when it is none of JSON; serde_json counts bytes.
fn place(text: &str, error: &serde_json::Error) -> (usize, usize, Option<char>) {
    let (line, column) = (error.line(), error.column());
    let written = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let before = column.checked_sub(1).and_then(|at| Some((written.get(..at)?, written.get(at..)?)));
    match before {
        Some((before, from)) => {
            let sign = from.chars().next().filter(|sign| !sign.is_ascii());
            (line, before.chars().count() + 1, sign)
        }
        None => (line, column, None),
    }
}

/// Parses and checks one JSON file; `None` when a fault makes its content unusable.
pub(crate) fn parse(file: &str, bytes: &[u8], limit: usize, faults: &mut Faults) -> Option<Node> {
    let text = text(file, bytes, limit, faults)?;
    let node: Node = match serde_json::from_str(text) {
        Ok(node) => node,
        Err(error) => {
            let (line, column, sign) = place(text, &error);
            let kind = if error.to_string().contains("recursion limit") {
                FaultKind::TooDeep
            } else {
                FaultKind::Syntax
            };
            let (mut en, mut zh) = (
                format!("not JSON at line {line}, column {column}"),
                format!("第 {line} 行第 {column} 列不是合法 JSON"),
            );
            if let Some(sign) = sign {
                en.push_str(&format!(": {sign:?} stands there{}", suggest::half_en(sign)));
                zh.push_str(&format!("：此处为 {sign:?}{}", suggest::half_zh(sign)));
            } else if error.is_eof() {
                en.push_str(": the file ends too early");
                zh.push_str("：文件不完整");
            }
            faults.add(file, "", kind, en, zh);
            return None;
        }
    };
    let before = faults.len();
    check(file, &node, "", 1, faults);
    (faults.len() == before).then_some(node)
}

fn check(file: &str, node: &Node, pointer: &str, depth: usize, faults: &mut Faults) {
    if depth > limits::JSON_DEPTH {
        let max = limits::JSON_DEPTH;
        let en = format!("nested deeper than {max} levels");
        faults.add(file, pointer, FaultKind::TooDeep, en, format!("嵌套超过 {max} 层"));
        return;
    }
    match node {
        Node::String(s) => string(file, s, pointer, faults),
        Node::Array(items) => {
            if items.len() > limits::JSON_ARRAY {
                faults.add(file, pointer, FaultKind::TooLarge, "array too long", "数组过长");
                return;
            }
            for (i, item) in items.iter().enumerate() {
                check(file, item, &format!("{pointer}/{i}"), depth + 1, faults);
            }
        }
        Node::Object(entries) => {
            let mut seen = std::collections::HashSet::new();
            for (key, value) in entries {
                let at = join(pointer, key);
                string(file, key, &at, faults);
                if !seen.insert(key.as_str()) {
                    let en = format!("the key {key:?} stands here twice");
                    faults.add(file, &at, FaultKind::DuplicateKey, en, format!("键 {key:?} 重复"));
                }
                check(file, value, &at, depth + 1, faults);
            }
        }
        _ => {}
    }
}

fn string(file: &str, text: &str, pointer: &str, faults: &mut Faults) {
    if text.contains('\0') {
        faults.add(file, pointer, FaultKind::Nul, "holds a NUL character", "含有 NUL 字符");
    }
    if text.len() > limits::STRING_BYTES {
        faults.add(file, pointer, FaultKind::TooLarge, "text too long", "文本过长");
    }
}
