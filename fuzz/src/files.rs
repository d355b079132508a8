//! Several files in one input, so that a mutation stays inside one of them: 0x01, name, line feed, content, again.

use std::collections::BTreeMap;

const MARK: u8 = 1;

/// The files in an input; what comes before the first mark is left out.
pub fn split(data: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let parts = data.split(|byte| *byte == MARK).skip(1);
    parts
        .map(|part| {
            let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
            let content = part.get(end + 1..).unwrap_or_default();
            (String::from_utf8_lossy(&part[..end]).into_owned(), content.to_vec())
        })
        .collect()
}

/// An input of these files.
pub fn join<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    files
        .into_iter()
        .flat_map(|(name, content)| [&[MARK][..], name.as_bytes(), b"\n", content].concat())
        .collect()
}
