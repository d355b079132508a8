//! From a JSON pointer to the line and column in the text it points into.

/// Line and column (in characters, both from 1) of what `pointer` names in `text`: the key of a member, the first character
/// of an item or of the whole. When the pointer goes further than the text, its last known step. `None` for text that is no JSON.
pub(crate) fn locate(text: &str, pointer: &str) -> Option<(u32, u32)> {
    let mut scan = Scan { text, at: 0 };
    scan.space();
    let mut found = scan.at;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        match scan.enter(&step) {
            Some(at) => found = at,
            None => break,
        }
    }
    position(text, found)
}

/// Line and column of a byte offset.
fn position(text: &str, at: usize) -> Option<(u32, u32)> {
    let before = text.get(..at)?;
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// Steps over a string; gives its decoded text.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?.trim_start()).ok()
    }

    /// Steps over any value. Depth needs no stack: brackets are counted.
    fn skip(&mut self) -> Option<()> {
        self.space();
        let mut depth = 0usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => _ = self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let end =
                        rest.find(|c: char| ",:]}\"".contains(c) || c.is_whitespace()).unwrap_or(rest.len());
                    if end == 0 {
                        return None;
                    }
                    self.at += end;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Moves to the value of member or item `step`; gives where that begins (the key of a member). Of a key that stands
    /// twice, the last.
    fn enter(&mut self, step: &str) -> Option<usize> {
        self.space();
        let start = self.at;
        let found = match self.peek()? {
            b'{' => self.member(step),
            b'[' => self.item(step.parse().ok()?),
            _ => None,
        };
        match found {
            Some((begins, value)) => {
                self.at = value;
                Some(begins)
            }
            None => {
                self.at = start;
                None
            }
        }
    }

    fn member(&mut self, wanted: &str) -> Option<(usize, usize)> {
        self.take(b'{')?;
        let mut found = None;
        loop {
            self.space();
            if self.peek()? == b'}' {
                return found;
            }
            let begins = self.at;
            let key = self.string()?;
            self.take(b':')?;
            self.space();
            if key == wanted {
                found = Some((begins, self.at));
            }
            self.skip()?;
            if self.take(b',').is_none() {
                return found;
            }
        }
    }

    fn item(&mut self, wanted: usize) -> Option<(usize, usize)> {
        self.take(b'[')?;
        for index in 0.. {
            self.space();
            if self.peek()? == b']' {
                return None;
            }
            if index == wanted {
                return Some((self.at, self.at));
            }
            self.skip()?;
            self.take(b',')?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "{\n  \"a\": {\"x~y/z\": [1, \"甲,]\", {\"b\": null}]},\n  \"词\": true, \"c\\\"\": {},\n  \"last\": -1.5e3\n}\n";

    #[test]
    fn pointers_lead_to_keys_and_items() {
        let cases = [
            ("", Some((1, 1))),
            ("/a", Some((2, 3))),
            ("/a/x~0y~1z", Some((2, 9))),
            ("/a/x~0y~1z/1", Some((2, 22))),
            ("/a/x~0y~1z/2/b", Some((2, 30))),
            ("/词", Some((3, 3))),
            ("/c\"", Some((3, 14))),
            ("/last", Some((4, 3))),
            ("/a/nothing/deeper", Some((2, 3))),
            ("/a/x~0y~1z/9", Some((2, 9))),
            ("/last/0", Some((4, 3))),
        ];
        for (pointer, want) in cases {
            assert_eq!(locate(TEXT, pointer), want, "{pointer}");
        }
    }

    proptest! {
        #[test]
        fn any_text_and_pointer_end(text in "[\\[\\]{}\",:\\\\ a1甲\n]{0,40}", pointer in "(/[a1甲~]{0,3}){0,4}") {
            locate(&text, &pointer);
        }
    }
}
