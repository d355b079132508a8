//! Languages of an XLSForm (`label::French (fr)`) made into the locales of a form.

use std::collections::HashSet;

/// How a language is named in the headings of columns; empty for texts without a language.
pub(crate) type Name = String;

/// One language: how it is named in the workbook, the name that counts first, and its locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Language {
    pub(crate) names: Vec<Name>,
    pub(crate) locale: String,
}

/// Names people give to languages, in English and in the language itself.
const NAMES: &[(&str, &str)] = &[
    ("zh", "chinese 中文 汉语 漢語 mandarin 简体中文 繁體中文 中国语"),
    ("en", "english eng anglais inglés ingles"),
    ("fr", "french français francais francés"),
    ("es", "spanish español espanol espagnol"),
    ("pt", "portuguese português portugues"),
    ("ar", "arabic العربية عربي arabe"),
    ("ru", "russian русский"),
    ("sw", "swahili kiswahili"),
    ("hi", "hindi हिन्दी हिंदी"),
    ("bn", "bengali bangla বাংলা"),
    ("ur", "urdu اردو"),
    ("fa", "farsi persian dari فارسی"),
    ("ps", "pashto پښتو"),
    ("id", "indonesian bahasa"),
    ("my", "burmese myanmar မြန်မာ"),
    ("km", "khmer ខ្មែរ"),
    ("lo", "lao ລາວ"),
    ("th", "thai ไทย"),
    ("vi", "vietnamese tiếng"),
    ("ne", "nepali नेपाली"),
    ("am", "amharic አማርኛ"),
    ("ha", "hausa"),
    ("ig", "igbo"),
    ("yo", "yoruba"),
    ("so", "somali soomaali"),
    ("ht", "creole kreyòl kreyol"),
    ("bo", "tibetan 藏语 藏文 བོད་"),
    ("ug", "uyghur 维吾尔语"),
    ("mn", "mongolian монгол 蒙古语"),
    ("de", "german deutsch"),
    ("it", "italian italiano"),
    ("ja", "japanese 日本語"),
    ("ko", "korean 한국어"),
    ("tr", "turkish türkçe"),
    ("uk", "ukrainian українська"),
];

/// The locale of a named language: the tag in its brackets, else its name if it is known, else one made of the name.
pub(crate) fn locale(name: &str) -> String {
    if let Some((_, tail)) = name.rsplit_once('(') {
        let tag = tail.split(')').next().unwrap_or("").trim().replace('_', "-");
        if is_tag(&tag) {
            return tag;
        }
    }
    if is_tag(name) && (name.len() <= 3 || name.as_bytes().get(2) == Some(&b'-')) {
        return name.to_ascii_lowercase();
    }
    let words: Vec<String> =
        name.to_lowercase().split(|c: char| !c.is_alphanumeric() && !is_mark(c)).map(str::to_owned).collect();
    let known =
        NAMES.iter().find(|(_, names)| names.split(' ').any(|known| words.iter().any(|word| word == known)));
    if let Some((tag, _)) = known {
        return (*tag).to_owned();
    }
    let made: String = name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    if made.len() >= 2 { made.to_ascii_lowercase() } else { "und".to_owned() }
}

/// Vowel signs of Indic scripts belong to the word.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0dff}' | '\u{0e00}'..='\u{0fff}' | '\u{1000}'..='\u{109f}')
}

fn is_tag(text: &str) -> bool {
    (2..=12).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The locale of texts that name no language, told from their letters; English for Latin ones.
pub(crate) fn guessed<'a>(texts: impl Iterator<Item = &'a str>) -> &'static str {
    let mut counts = [("zh", 0_usize), ("ja", 0), ("ko", 0), ("ar", 0), ("ru", 0), ("hi", 0), ("en", 0)];
    for c in texts.flat_map(str::chars).take(200_000) {
        let at = match c {
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => 0,
            '\u{3040}'..='\u{30ff}' => 1,
            '\u{ac00}'..='\u{d7af}' => 2,
            '\u{0600}'..='\u{06ff}' => 3,
            '\u{0400}'..='\u{04ff}' => 4,
            '\u{0900}'..='\u{097f}' => 5,
            _ if c.is_alphabetic() => 6,
            _ => continue,
        };
        // One character of Chinese says about as much as three letters.
        counts[at].1 += if at == 0 { 3 } else { 1 };
    }
    if counts[1].1 > 0 && counts[1].1 * 10 > counts[0].1 {
        return "ja";
    }
    counts.iter().max_by_key(|(_, count)| *count).map_or("en", |(tag, _)| tag)
}

/// A locale that is not taken: `en`, `en-2`...
pub(crate) fn free(wanted: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(wanted.clone()) {
        return wanted;
    }
    let mut number = 2_u64;
    loop {
        let next = format!("{}-{number}", &wanted[..wanted.len().min(8)]);
        if taken.insert(next.clone()) {
            return next;
        }
        number += 1;
    }
}

/// Whether a text holds Chinese characters, which forms refuse in English translations.
pub(crate) fn has_han(text: &str) -> bool {
    let han = |c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}');
    text.chars().any(han)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_tag_or_name() {
        for (name, expected) in [
            ("English (en)", "en"),
            ("Français (fr)", "fr"),
            ("中文", "zh"),
            ("简体中文 (zh-CN)", "zh-CN"),
            ("English", "en"),
            ("Igbo", "ig"),
            ("العربية", "ar"),
            ("हिन्दी", "hi"),
            ("fr", "fr"),
            ("pt_BR (pt_BR)", "pt-BR"),
            ("Klingon", "klingon"),
            ("ꦗꦮ", "und"),
            ("Español (es)", "es"),
        ] {
            assert_eq!(locale(name), expected, "{name}");
        }
    }

    #[test]
    fn texts_without_language_are_told_by_their_letters() {
        assert_eq!(guessed(["您的姓名 (name)"].into_iter()), "zh");
        assert_eq!(guessed(["What is your name?"].into_iter()), "en");
        assert_eq!(guessed(["ما اسمك؟"].into_iter()), "ar");
        assert_eq!(guessed(["お名前は何ですか"].into_iter()), "ja");
        assert_eq!(guessed(std::iter::empty()), "en");
    }

    #[test]
    fn a_taken_locale_gets_a_number() {
        let mut taken = HashSet::new();
        assert_eq!(free("en".into(), &mut taken), "en");
        assert_eq!(free("en".into(), &mut taken), "en-2");
    }
}
