//! JSON that keeps the order of its keys: the order of properties is the order of questions.

/// A JSON value.
#[derive(Debug, Clone)]
pub(crate) enum J {
    /// A number or a word, as it stands.
    Raw(String),
    Text(String),
    List(Vec<J>),
    Object(Vec<(String, J)>),
}

impl J {
    pub(crate) fn object<const N: usize>(entries: [(&str, J); N]) -> J {
        J::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(crate) fn text(text: impl Into<String>) -> J {
        J::Text(text.into())
    }

    pub(crate) fn bool(truth: bool) -> J {
        J::Raw(truth.to_string())
    }

    pub(crate) fn raw(text: impl Into<String>) -> J {
        J::Raw(text.into())
    }

    pub(crate) fn put(&mut self, key: &str, value: J) {
        if let J::Object(entries) = self {
            entries.push((key.to_owned(), value));
        }
    }

    /// As a file: two spaces for each level, a line break at the end.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out.into_bytes()
    }

    fn write(&self, out: &mut String, level: usize) {
        match self {
            J::Raw(text) => out.push_str(text),
            J::Text(text) => out.push_str(&quoted(text)),
            J::List(items) if items.is_empty() => out.push_str("[]"),
            J::Object(entries) if entries.is_empty() => out.push_str("{}"),
            J::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    line(out, level + 1, i > 0);
                    item.write(out, level + 1);
                }
                line(out, level, false);
                out.push(']');
            }
            J::Object(entries) => {
                out.push('{');
                // Small objects stand on one line: the options of a list are read at a glance.
                let small = self.is_small();
                for (i, (key, value)) in entries.iter().enumerate() {
                    match (small, i) {
                        (true, 0) => {}
                        (true, _) => out.push_str(", "),
                        (false, _) => line(out, level + 1, i > 0),
                    }
                    out.push_str(&quoted(key));
                    out.push_str(": ");
                    value.write(out, level + 1);
                }
                if !small {
                    line(out, level, false);
                }
                out.push('}');
            }
        }
    }

    fn is_small(&self) -> bool {
        let J::Object(entries) = self else {
            return false;
        };
        let length = |(key, value): &(String, J)| match value {
            J::Raw(text) | J::Text(text) => key.len() + text.len(),
            _ => usize::MAX / 8,
        };
        entries.len() <= 3 && entries.iter().map(length).sum::<usize>() < 80
    }
}

fn line(out: &mut String, level: usize, comma: bool) {
    if comma {
        out.push(',');
    }
    out.push('\n');
    (0..level).for_each(|_| out.push_str("  "));
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_texts_are_escaped() {
        let value = J::object([
            ("b", J::text("a \"quote\"\nand a line")),
            (
                "a",
                J::List(vec![J::object([("const", J::text("x")), ("title", J::text("X"))]), J::bool(true)]),
            ),
        ]);
        let text = String::from_utf8(value.file()).unwrap();
        assert_eq!(
            text,
            "{\n  \"b\": \"a \\\"quote\\\"\\nand a line\",\n  \"a\": [\n    {\"const\": \"x\", \"title\": \"X\"},\n    true\n  ]\n}\n"
        );
    }
}
