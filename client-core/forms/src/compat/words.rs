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

/// Kinds of questions by their internal names, as people call them.
const KINDS: [(&str, &str, &str); 16] = [
    ("Text", "text", "文本"),
    ("Decimal", "decimal number", "小数"),
    ("Integer", "whole number", "整数"),
    ("Bool", "yes or no", "是否"),
    ("Date", "date", "日期"),
    ("SelectOne", "one choice", "单选"),
    ("SelectMany", "several choices", "多选"),
    ("Roster", "roster", "子表"),
    ("Yearly", "one row a year", "按年填写"),
    ("Group", "group", "分组"),
    ("Gps", "position", "位置"),
    ("Compound", "compound value", "复合值"),
    ("Ranking", "ranking", "排序"),
    ("Quantity", "quantity", "数量"),
    ("Signature", "signature", "签名"),
    ("Attachment", "attachment", "附件"),
];

/// `Integer → Text` in English and in Chinese words.
pub(super) fn kinds(turned: &str) -> (String, String) {
    let of = |zh: bool| {
        let word = |name: &str| match KINDS.iter().find(|(internal, ..)| *internal == name) {
            Some((_, en, chinese)) => if zh { chinese } else { en }.to_string(),
            None => name.to_owned(),
        };
        turned.split(" → ").map(word).collect::<Vec<_>>().join(" → ")
    };
    (of(false), of(true))
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
