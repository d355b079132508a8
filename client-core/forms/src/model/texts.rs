//! Translated texts, and the faults of missing ones.

use std::collections::BTreeMap;

use crate::fault::{FaultKind, Faults};
use crate::package::{Manifest, Texts};

/// Translations by locale, then by key.
pub(crate) type Translations = BTreeMap<String, BTreeMap<String, String>>;

pub(super) struct Translator<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) translations: &'a Translations,
}

/// Whether a text holds Chinese characters.
pub(crate) fn has_han(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}'))
}

impl Translator<'_> {
    /// `text` in the first locale, and its translations under the first of `keys` that has one.
    pub(super) fn texts(&self, text: &str, keys: &[String], faults: &mut Faults) -> Texts {
        let out = self.optional(text, keys, faults);
        for locale in self.manifest.locales.iter().skip(1) {
            if !out.contains_key(locale) {
                let key = keys.first().map_or("", String::as_str);
                let file = format!("i18n/{locale}.json");
                let en = format!("no translation under {key}");
                faults.add(&file, format!("/{key}"), FaultKind::Translation, en, format!("缺少译文 {key}"));
            }
        }
        out
    }

    /// The same where a translation may be missing.
    pub(super) fn optional(&self, text: &str, keys: &[String], faults: &mut Faults) -> Texts {
        let mut out = Texts::new();
        out.insert(self.manifest.default_locale().to_string(), text.to_string());
        for locale in self.manifest.locales.iter().skip(1) {
            let Some(words) = self.translations.get(locale) else { continue };
            let Some((key, text)) = keys.iter().find_map(|key| words.get_key_value(key)) else { continue };
            if locale.starts_with("en") && has_han(text) {
                let file = format!("i18n/{locale}.json");
                let en = "an English text with Chinese characters";
                faults.add(&file, format!("/{key}"), FaultKind::Translation, en, "英文译文中含有汉字");
            }
            out.insert(locale.clone(), text.clone());
        }
        out
    }
}
