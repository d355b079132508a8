//! The two languages a person may read: English and Chinese. Every text of this crate that reaches a person is a
//! [`Said`]: it exists in both, and the border that shows it chooses.

use std::fmt;

/// A language of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// The tag of the language: `en` or `zh`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Zh => "zh",
        }
    }

    /// The language of a POSIX locale name such as `zh_CN.UTF-8`; English for anything that is not Chinese.
    pub fn of_locale(locale: &str) -> Language {
        if locale.to_ascii_lowercase().starts_with("zh") { Language::Zh } else { Language::En }
    }

    /// The language an `Accept-Language` header prefers (RFC 9110, 12.5.4); English when it names neither.
    pub fn of_accept_language(header: &str) -> Language {
        let mut best: Option<(f32, Language)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok());
            let language = match tag.split('-').next() {
                Some("zh") => Language::Zh,
                Some("en" | "*") => Language::En,
                _ => continue,
            };
            let weight = weight.unwrap_or(0.0);
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map_or(Language::En, |(_, language)| language)
    }
}

/// One sentence in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Said {
    /// The sentence in both languages.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Said {
        Said { en: en.into(), zh: zh.into() }
    }

    /// The sentence in one language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

/// Logs and error chains are English.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_known_language_wins() {
        let cases = [
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en-GB,en;q=0.9,zh;q=0.8", Language::En),
            ("fr, zh;q=0.4, en;q=0.5", Language::En),
            ("fr;q=1.0, zh-Hans;q=0.1", Language::Zh),
            ("zh;q=0, en;q=0.1", Language::En),
            ("*", Language::En),
            ("", Language::En),
            ("zh;q=notanumber", Language::En),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::of_accept_language(header), expected, "{header}");
        }
        assert_eq!(Language::of_locale("zh_CN.UTF-8"), Language::Zh);
        assert_eq!(Language::of_locale("C.UTF-8"), Language::En);
    }
}
