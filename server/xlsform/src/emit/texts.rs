//! Texts in all languages: the first stands in the schema, the others in `i18n/`.

use super::Emitter;
use crate::language::has_han;
use crate::limits;
use crate::report::{At, Subject};
use crate::said::Said;
use crate::table::Field;

/// Longest label that stands for a name inside another text.
const LABEL_CHARS: usize = 40;

/// `members/*/name` as translations call it: `members.name`.
pub(crate) fn dotted(template: &str) -> String {
    template.split('/').filter(|part| *part != "*").collect::<Vec<_>>().join(".")
}

impl Emitter<'_, '_, '_> {
    /// The text of a field of a row: the first language is returned, the others are kept under `key`. Without any text
    /// the fallback stands in all languages; with an empty fallback there is none.
    pub(super) fn texts(&mut self, row: usize, field: Field, key: &str, fallback: &str) -> Option<String> {
        let mut texts = self.read(row, field);
        if texts.iter().all(Option::is_none) {
            if fallback.is_empty() {
                return None;
            }
            return Some(self.same(key, fallback));
        }
        let any = |not: usize, texts: &[Option<String>], plain: bool| {
            let others = texts.iter().enumerate().filter(|(i, _)| *i != not);
            let mut found = others.filter_map(|(_, text)| text.clone());
            found.find(|text| !plain || !has_han(text))
        };
        for index in 0..texts.len() {
            if texts[index].is_some() {
                continue;
            }
            let plain = self.languages.is_plain_english(index);
            let other = any(index, &texts, plain);
            let stands = other.unwrap_or_else(|| plain_name(fallback));
            self.missing(row, index, &stands);
            self.put(index, key, &stands);
            if index == 0 {
                texts[0] = Some(stands);
            }
        }
        for (index, text) in texts.iter().enumerate().skip(1) {
            if let Some(text) = text {
                self.put(index, key, text);
            }
        }
        texts.swap_remove(0)
    }

    /// The texts of a row by language, as they may stand in a form.
    fn read(&mut self, row: usize, field: Field) -> Vec<Option<String>> {
        let cells = self.table.texts(row, field);
        let mut out = vec![None; self.languages.all.len()];
        let mut used: Vec<At> = Vec::new();
        for (index, out) in out.iter_mut().enumerate() {
            let picked = self.languages.pick(index, |name| cells.get(name).copied());
            let Some((text, at)) = picked else { continue };
            used.push(at);
            *out = self.fitted(text, at, index);
        }
        let taken: Vec<&str> =
            cells.values().filter(|(_, at)| used.contains(at)).map(|(text, _)| *text).collect();
        for (text, at) in cells.values().filter(|(_, at)| !used.contains(at)) {
            if taken.contains(text) {
                self.tracker.carried(*at);
                continue;
            }
            let said = Said::new(
                "another column of the same language says something else, or the language is left out",
                "同一语言的另一列内容不同，或该语言未导入",
            );
            self.tracker.lost(*at, Subject::Text, said);
        }
        out
    }

    /// A text as a form may hold it; none when it may not.
    fn fitted(&mut self, text: &str, at: At, index: usize) -> Option<String> {
        if self.languages.is_plain_english(index) && has_han(text) {
            let said = Said::new(
                "an English text may hold no Chinese characters; another text stands there",
                "英文文字不得含有汉字，以其他文字代替",
            );
            self.tracker.lost(at, Subject::Text, said);
            return None;
        }
        let filled = self.filled(text, index);
        if filled != text {
            let said = Said::new(
                "texts show no answers; the name of the question stands in brackets",
                "文字中不显示答案，以方括号中的题目名称代替",
            );
            self.tracker.changed(at, Subject::Text, said);
        }
        if filled.len() > limits::LABEL_BYTES {
            let said = Said::new("the text is too long; its end is left out", "文字过长，末尾已省略");
            self.tracker.changed(at, Subject::Text, said);
            let end = (0..=limits::LABEL_BYTES).rev().find(|end| filled.is_char_boundary(*end)).unwrap_or(0);
            return Some(filled[..end].to_owned());
        }
        self.tracker.carried(at);
        Some(filled)
    }

    /// `${name}` becomes the label of that question, or its name, in brackets.
    fn filled(&self, text: &str, index: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}') else {
                break;
            };
            let name = rest[start + 2..start + end].trim();
            out.push_str(&rest[..start]);
            out.push('[');
            out.push_str(&self.short_label(name, index));
            out.push(']');
            rest = &rest[start + end + 1..];
        }
        out.push_str(rest);
        out
    }

    fn short_label(&self, name: &str, index: usize) -> String {
        let label = self.form.find(name, None).and_then(|id| {
            let cells = self.table.texts(self.form.nodes[id].row, Field::Label);
            self.languages.pick(index, |language| cells.get(language).map(|(text, _)| *text))
        });
        let plain = self.languages.is_plain_english(index);
        let short = |text: &&str| {
            let bad = text.contains("${") || text.contains('\n') || (plain && has_han(text));
            !bad && text.chars().count() <= LABEL_CHARS
        };
        match label.filter(short) {
            Some(label) => label.to_owned(),
            None if plain => plain_name(name),
            None => name.to_owned(),
        }
    }

    fn missing(&mut self, row: usize, index: usize, stands: &str) {
        let column = self.table.columns.iter().find(|column| column.field == Field::Label);
        let at = self.table.get(row, Field::Type).map(|(_, at)| at);
        let Some(at) = at.or_else(|| column.map(|column| self.table.at(row, column.index))) else {
            return;
        };
        let language = self.languages.locale(index).to_owned();
        let short: String = stands.chars().take(40).collect();
        self.tracker.note(
            at,
            Subject::Text,
            Said::new(
                format!("a text in {language} is missing; \"{short}\" stands there"),
                format!("缺少 {language} 文字，以“{short}”代替"),
            ),
        );
    }

    /// One text for all languages.
    pub(super) fn same(&mut self, key: &str, text: &str) -> String {
        for index in 1..self.languages.all.len() {
            let plain = self.languages.is_plain_english(index) && has_han(text);
            let text = if plain { plain_name(text) } else { text.to_owned() };
            self.put(index, key, &text);
        }
        text.to_owned()
    }

    /// A sentence of ours: in Chinese where the language is Chinese, else in English.
    pub(super) fn ours(&mut self, key: &str, said: &Said) -> String {
        for index in 1..self.languages.all.len() {
            let text = said.in_language(self.languages.locale(index)).to_owned();
            self.put(index, key, &text);
        }
        said.in_language(self.languages.locale(0)).to_owned()
    }

    pub(super) fn put(&mut self, index: usize, key: &str, text: &str) {
        if let Some(words) = index.checked_sub(1).and_then(|at| self.words.get_mut(at)) {
            words.insert(key.to_owned(), text.to_owned());
        }
    }
}

/// A name without Chinese characters.
pub(super) fn plain_name(name: &str) -> String {
    if has_han(name) { crate::names::key(name) } else { name.to_owned() }
}
