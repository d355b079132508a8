//! Small helpers for texts and lists in reasons.

use std::collections::BTreeSet;

use crate::package::Texts;

/// Most items named in one reason.
const NAMED: usize = 20;

/// Items as a person reads them: the first ones, and how many more.
pub(super) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    let mut named: Vec<String> = items.iter().take(NAMED).map(|item| item.as_ref().to_owned()).collect();
    if items.len() > NAMED {
        named.push(format!("… +{}", items.len() - NAMED));
    }
    named.join(", ")
}

/// `before → after`.
pub(super) fn turned(before: impl std::fmt::Display, after: impl std::fmt::Display) -> String {
    let short = |text: String| -> String {
        if text.chars().count() > 80 { text.chars().take(79).chain(['…']).collect() } else { text }
    };
    format!("{} → {}", short(before.to_string()), short(after.to_string()))
}

/// The text that changed, in the first language where it did.
pub(super) fn turned_text(before: &Texts, after: &Texts) -> String {
    let differing = after.iter().find(|(locale, text)| before.get(*locale) != Some(text));
    let locale = differing.map(|(locale, _)| locale).or_else(|| before.keys().next());
    let of = |texts: &Texts| locale.and_then(|locale| texts.get(locale)).cloned().unwrap_or_default();
    turned(of(before), of(after))
}

/// Whether texts differ in a language both have. A language that came or went is told once, for the whole form.
pub(super) fn differ(before: &Texts, after: &Texts) -> bool {
    let mut shared = before.iter().filter_map(|(locale, text)| Some((text, after.get(locale)?))).peekable();
    if shared.peek().is_none() {
        return before != after;
    }
    shared.any(|(a, b)| a != b)
}

/// Whether no language they share has a word (in Chinese a character) in common. A text that was only corrected,
/// shortened or completed keeps some.
pub(super) fn says_something_else(before: &Texts, after: &Texts) -> bool {
    let mut shared = before.iter().filter_map(|(locale, text)| Some((text, after.get(locale)?))).peekable();
    shared.peek().is_some() && shared.all(|(a, b)| parts(a).is_disjoint(&parts(b)))
}

fn parts(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric() || !c.is_ascii()).filter(|word| !word.is_empty());
    let characters = text.chars().filter(|c| c.is_alphanumeric() && !c.is_ascii()).map(String::from);
    words.map(str::to_owned).chain(characters).collect()
}
