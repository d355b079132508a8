//! Lists of choices: as definitions of the schema, or as files of codes.

use std::collections::{BTreeMap, BTreeSet};

use super::Emitter;
use super::json::J;
use crate::choices::recoded;
use crate::form::{List, ListId};
use crate::language::has_han;

/// The definition of a list for answers of one code.
pub(super) fn one(list: &List) -> String {
    format!("one_{}", list.key)
}

/// The definition of a list for answers of many.
pub(super) fn many(list: &List) -> String {
    format!("many_{}", list.key)
}

impl Emitter<'_, '_, '_> {
    /// The label of a choice in one language; another language, or its name, where it has none.
    fn choice_label(&self, list: ListId, choice: usize, index: usize) -> String {
        let choice = &self.form.lists[list].choices[choice];
        let plain = self.languages.is_plain_english(index);
        let fits = |text: &&str| !(text.trim().is_empty() || plain && has_han(text));
        let get = |index: usize| {
            let label = self.languages.pick(index, |name| choice.labels.get(name).map(String::as_str));
            label.filter(fits)
        };
        let own = get(index);
        let other = || (0..self.languages.all.len()).find_map(get);
        // A file beside the workbook names no language.
        let file = || choice.labels.get("").map(String::as_str).filter(fits);
        match own.or_else(other).or_else(file) {
            Some(text) => cut(text),
            None if plain => super::texts::plain_name(&choice.name),
            None => cut(&choice.name),
        }
    }

    /// The definitions that questions refer to.
    pub(super) fn definitions(&mut self, wanted: &BTreeSet<(ListId, bool)>) -> Vec<(String, J)> {
        wanted.iter().map(|(list, ticks)| self.definition(*list, *ticks)).collect()
    }

    fn definition(&mut self, id: ListId, ticks: bool) -> (String, J) {
        let list = &self.form.lists[id];
        let name = if ticks { many(list) } else { one(list) };
        let mut entries = Vec::with_capacity(list.choices.len());
        for choice in 0..list.choices.len() {
            let code = self.form.lists[id].choices[choice].code.clone();
            let title = self.choice_label(id, choice, 0);
            for index in 1..self.languages.all.len() {
                let text = self.choice_label(id, choice, index);
                self.put(index, &format!("$defs.{name}.{code}"), &text);
            }
            entries.push((code, title));
        }
        let definition = if ticks {
            let tick = |title: String| J::object([("type", J::text("boolean")), ("title", J::text(title))]);
            let ticks = entries.into_iter().map(|(code, title)| (code, tick(title))).collect();
            J::object([
                ("type", J::text("object")),
                ("x-multi", J::bool(true)),
                ("additionalProperties", J::bool(false)),
                ("properties", J::Object(ticks)),
            ])
        } else {
            let option = |(code, title)| J::object([("const", J::text(code)), ("title", J::text(title))]);
            J::object([
                ("type", J::text("string")),
                ("oneOf", J::List(entries.into_iter().map(option).collect())),
            ])
        };
        (name, definition)
    }

    /// `codes/<list>.csv`; columns that filters compare with answers of another list stand there again with its codes.
    pub(super) fn file(&self, id: ListId, recode: &BTreeSet<(ListId, String, ListId)>) -> Vec<u8> {
        let list = &self.form.lists[id];
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header = vec!["code".to_owned(), "label".to_owned()];
        header.extend((1..self.languages.all.len()).map(|i| format!("label_{}", self.languages.locale(i))));
        header.extend(list.columns.iter().map(|column| column.ident.clone()));
        let again: Vec<(usize, ListId)> = recode
            .iter()
            .filter(|(of, ..)| *of == id)
            .filter_map(|(_, column, other)| {
                Some((list.columns.iter().position(|known| known.ident == *column)?, *other))
            })
            .collect();
        header.extend(
            again.iter().map(|(at, other)| recoded(&list.columns[*at].ident, &self.form.lists[*other].key)),
        );
        let mut rows = vec![header];
        for (at, choice) in list.choices.iter().enumerate() {
            let mut row = vec![choice.code.clone()];
            row.extend((0..self.languages.all.len()).map(|index| self.choice_label(id, at, index)));
            row.extend(choice.cells.iter().cloned());
            row.extend(again.iter().map(|(column, other)| match choice.cells[*column].as_str() {
                "" => String::new(),
                name => self.form.lists[*other].code_of(name),
            }));
            rows.push(row);
        }
        for row in rows {
            // Writing into memory does not fail.
            if writer.write_record(&row).is_err() {
                return Vec::new();
            }
        }
        writer.into_inner().unwrap_or_default()
    }

    /// The name of a list's file.
    pub(super) fn list_file(list: &List) -> String {
        format!("codes/{}.csv", list.key)
    }

    /// All files of lists that are in use.
    pub(super) fn files(&self, recode: &BTreeSet<(ListId, String, ListId)>) -> BTreeMap<String, Vec<u8>> {
        let lists = self.form.lists.iter().enumerate().filter(|(id, _)| self.listed.contains(id));
        lists.map(|(id, list)| (Self::list_file(list), self.file(id, recode))).collect()
    }
}

/// Labels are one line, and not longer than a text of a form may be; the report says where one was cut.
fn cut(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.len() <= crate::limits::LABEL_BYTES {
        return text;
    }
    let end = (0..=crate::limits::LABEL_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_owned()
}
