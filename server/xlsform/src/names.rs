//! Names of an XLSForm made into keys and codes that forms accept. The same name always gives the same key: keys are
//! permanent, and the next version of a form must find them again.

use std::collections::HashSet;

/// Longest key or code.
const BYTES: usize = 64;

/// A key: `[a-z][a-z0-9_]{0,63}`, and not `missing`.
pub(crate) fn key(name: &str) -> String {
    let mut key = plain(name).to_ascii_lowercase();
    if !key.starts_with(|c: char| c.is_ascii_lowercase()) {
        key = format!("q{}{key}", if key.starts_with('_') { "" } else { "_" });
    }
    if key == "missing" {
        key.push_str("_q");
    }
    shortened(key, name)
}

/// A code: `[A-Za-z0-9_]{1,64}`, and no word that means something else. A leading minus is a word: -1 and 1 are different answers.
pub(crate) fn code(name: &str) -> String {
    let name_without = name.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let mut code = match name_without {
        Some(rest) => format!("minus_{}", plain(rest)),
        None => plain(name),
    };
    if code.is_empty() {
        code.push('_');
    }
    // `missing` marks why there is no answer; the others are keys of a question's own translations.
    if matches!(code.as_str(), "missing" | "label" | "description" | "unit") {
        code.push('_');
    }
    shortened(code, name)
}

/// Letters, digits and `_`. Letters with marks lose them; all others are written by their number.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => out.push(c),
            '\u{2010}'..='\u{201f}' => out.push('_'),
            _ if c.is_ascii() => out.push('_'),
            _ => match unmarked(c) {
                Some(letters) => out.push_str(letters),
                None => out.push_str(&format!("u{:04x}", c as u32)),
            },
        }
    }
    out
}

fn shortened(text: String, name: &str) -> String {
    if text.len() <= BYTES { text } else { shortened_to(&text, name, BYTES) }
}

/// The beginning of a name and a sum of all of it, in `most` bytes (at least 12).
pub(crate) fn shortened_to(text: &str, name: &str, most: usize) -> String {
    let kept = text.len().min(most.max(12) - 9);
    format!("{}_{:08x}", &text[..kept], sum(name))
}

/// FNV-1a of 32 bits.
fn sum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// `wanted`, or `wanted_2` and so on when it is taken.
pub(crate) fn unique(wanted: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(wanted.clone()) {
        return wanted;
    }
    let mut number = 2_u64;
    loop {
        let ending = format!("_{number}");
        let stem = &wanted[..wanted.len().min(BYTES - ending.len())];
        let next = format!("{stem}{ending}");
        if taken.insert(next.clone()) {
            return next;
        }
        number += 1;
    }
}

/// Latin letters with marks and ligatures of the languages of Europe, Africa and Vietnam.
fn unmarked(c: char) -> Option<&'static str> {
    const LETTERS: &[(&str, &str)] = &[
        ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"),
        ("A", "ÀÁÂÃÄÅĀĂĄǍẠẢẤẦẨẪẬẮẰẲẴẶ"),
        ("ae", "æ"),
        ("AE", "Æ"),
        ("c", "çćĉċč"),
        ("C", "ÇĆĈĊČ"),
        ("d", "ďđḍɗ"),
        ("D", "ĎĐḌƊ"),
        ("e", "èéêëēĕėęěẹẻẽếềểễệɛǝ"),
        ("E", "ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆƐƎ"),
        ("g", "ĝğġģǧ"),
        ("G", "ĜĞĠĢǦ"),
        ("h", "ĥħḥ"),
        ("H", "ĤĦḤ"),
        ("i", "ìíîïĩīĭįıǐịỉ"),
        ("I", "ÌÍÎÏĨĪĬĮİǏỊỈ"),
        ("j", "ĵ"),
        ("J", "Ĵ"),
        ("k", "ķǩƙ"),
        ("K", "ĶǨƘ"),
        ("l", "ĺļľŀł"),
        ("L", "ĹĻĽĿŁ"),
        ("n", "ñńņňŋṅǹ"),
        ("N", "ÑŃŅŇŊṄǸ"),
        ("o", "òóôõöøōŏőǒọỏốồổỗộớờởỡợơɔ"),
        ("O", "ÒÓÔÕÖØŌŎŐǑỌỎỐỒỔỖỘỚỜỞỠỢƠƆ"),
        ("oe", "œ"),
        ("OE", "Œ"),
        ("r", "ŕŗř"),
        ("R", "ŔŖŘ"),
        ("s", "śŝşšșṣ"),
        ("S", "ŚŜŞŠȘṢ"),
        ("ss", "ß"),
        ("t", "ţťŧțṭ"),
        ("T", "ŢŤŦȚṬ"),
        ("u", "ùúûüũūŭůűųǔụủứừửữựư"),
        ("U", "ÙÚÛÜŨŪŬŮŰŲǓỤỦỨỪỬỮỰƯ"),
        ("w", "ŵ"),
        ("W", "Ŵ"),
        ("y", "ýÿŷỳỵỷỹƴ"),
        ("Y", "ÝŸŶỲỴỶỸƳ"),
        ("z", "źżžẓ"),
        ("Z", "ŹŻŽẒ"),
    ];
    LETTERS.iter().find(|(_, marked)| marked.contains(c)).map(|(letter, _)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_forms_accept() {
        for (name, expected) in [
            ("age", "age"),
            ("Enum_Name", "enum_name"),
            ("_device_date", "q_device_date"),
            ("a4__Local-LGA.x", "a4__local_lga_x"),
            ("1st", "q_1st"),
            ("prénom", "prenom"),
            ("姓名", "u59d3u540d"),
            ("missing", "missing_q"),
            ("العمر", "u0627u0644u0639u0645u0631"),
            ("-", "q_"),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
        let long = key(&"x".repeat(80));
        assert_eq!((long.len(), long.starts_with("xxx")), (64, true));
        assert_ne!(key(&format!("{}a", "x".repeat(80))), key(&format!("{}b", "x".repeat(80))));
    }

    #[test]
    fn codes_keep_their_case_and_their_sign() {
        for (name, expected) in [
            ("Yes", "Yes"),
            ("-1", "minus_1"),
            ("1", "1"),
            ("1.5", "1_5"),
            ("New York", "New_York"),
            ("是", "u662f"),
            ("missing", "missing_"),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let mut taken = HashSet::new();
        let names: Vec<_> = (0..3).map(|_| unique("a".into(), &mut taken)).collect();
        assert_eq!(names, ["a", "a_2", "a_3"]);
        let long: Vec<_> = (0..2).map(|_| unique("b".repeat(64), &mut taken)).collect();
        assert_eq!((long[0].len(), long[1].len()), (64, 64));
    }
}
