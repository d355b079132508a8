//! The languages of a workbook, the first of them the one that stands in `schema.json`.

use std::collections::HashSet;

use crate::language::{self, Language};
use crate::limits;
use crate::report::{Subject, Tracker};
use crate::said::Said;
use crate::table::{Field, Table};

/// All languages that are carried.
#[derive(Debug, Clone)]
pub(crate) struct Languages {
    pub(crate) all: Vec<Language>,
    /// Texts without a language are of the first one, beside those that name it.
    pub(crate) plain_is_first: bool,
}

const TEXTS: [Field; 5] =
    [Field::Label, Field::Hint, Field::Guidance, Field::ConstraintMessage, Field::RequiredMessage];

/// Finds the languages in the headings. `default` is that of the settings, `given` that of the caller.
pub(crate) fn find(
    tables: &[&Table<'_>],
    default: Option<&str>,
    given: Option<&str>,
    tracker: &mut Tracker<'_>,
) -> Languages {
    let mut names: Vec<String> = Vec::new();
    let columns = tables.iter().flat_map(|table| &table.columns).filter(|c| TEXTS.contains(&c.field));
    for column in columns {
        if !names.contains(&column.language) {
            names.push(column.language.clone());
        }
    }
    if names.is_empty() {
        names.push(String::new());
    }
    let plain = names.iter().any(String::is_empty);
    let default = default.filter(|name| !name.eq_ignore_ascii_case("default"));
    let same = if plain && default.is_none() { same_as_plain(&names, tables, given) } else { None };
    let default = default.or(same.as_deref());
    let first = match default {
        Some(name) => name.to_owned(),
        None if plain => String::new(),
        None => names[0].clone(),
    };
    // Texts without a language are in the default language.
    let plain_is_first = plain && default.is_some();
    names.retain(|name| *name != first && !(plain_is_first && name.is_empty()));
    names.insert(0, first);
    for name in names.split_off(names.len().min(limits::LANGUAGES)) {
        let most = limits::LANGUAGES;
        let en = format!("the language {name} is left out: at most {most} are carried");
        tracker.remark(None, Subject::Language, Said::new(en, format!("未导入语言 {name}：最多 {most} 种")));
    }
    let mut taken = HashSet::new();
    let all = names
        .into_iter()
        .map(|name| {
            let locale = language::free(wanted(&name, tables, given), &mut taken);
            told(&name, &locale, given, tracker);
            Language { name, locale }
        })
        .collect();
    Languages { all, plain_is_first }
}

/// The named language that texts without one are in, when no sheet has both: one sheet names it, another does not.
fn same_as_plain(names: &[String], tables: &[&Table<'_>], given: Option<&str>) -> Option<String> {
    let plain = wanted("", tables, given);
    let name = names.iter().find(|name| !name.is_empty() && language::locale(name) == plain)?;
    let both = |table: &&Table<'_>| {
        let has = |language: &str| {
            table.columns.iter().any(|column| TEXTS.contains(&column.field) && column.language == language)
        };
        has("") && has(name)
    };
    (!tables.iter().any(both)).then(|| name.clone())
}

fn wanted(name: &str, tables: &[&Table<'_>], given: Option<&str>) -> String {
    if !name.is_empty() {
        return language::locale(name);
    }
    if let Some(given) = given {
        return language::locale(given);
    }
    let texts = tables.iter().flat_map(|table| {
        let columns = table.columns.iter().filter(|c| c.field == Field::Label && c.language.is_empty());
        columns.flat_map(move |column| table.rows().map(move |row| table.cell(row, column.index)))
    });
    language::guessed(texts).to_owned()
}

fn told(name: &str, locale: &str, given: Option<&str>, tracker: &mut Tracker<'_>) {
    if name.is_empty() && given.is_some() {
        return;
    }
    let (en, zh) = if name.is_empty() {
        (
            format!("the texts name no language; they are taken as {locale} (--language says another)"),
            format!("文字未注明语言，按 {locale} 处理（可用 --language 指定）"),
        )
    } else {
        (format!("the language {name} is the locale {locale}"), format!("语言 {name} 对应语言代码 {locale}"))
    };
    tracker.remark(None, Subject::Language, Said::new(en, zh));
}

impl Languages {
    /// The text of the language `index` among texts by name.
    pub(crate) fn pick<'x, T: Copy>(&self, index: usize, get: impl Fn(&str) -> Option<T> + 'x) -> Option<T> {
        let found = get(&self.all[index].name);
        if index == 0 && self.plain_is_first { found.or_else(|| get("")) } else { found }
    }

    pub(crate) fn locale(&self, index: usize) -> &str {
        &self.all[index].locale
    }

    /// Whether texts of this language may hold no Chinese characters.
    pub(crate) fn is_plain_english(&self, index: usize) -> bool {
        index > 0 && self.locale(index).starts_with("en")
    }
}
