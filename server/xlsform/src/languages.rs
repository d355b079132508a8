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
}

const TEXTS: [Field; 5] =
    [Field::Label, Field::Hint, Field::Guidance, Field::ConstraintMessage, Field::RequiredMessage];

/// Finds the languages in the headings. `default` is that of the settings, `given` that of the caller. Names of one
/// language are one: `English` here and `English (en)` there, or no name at all on one of the sheets.
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
    // The default language comes first; texts without a language are in it.
    let default = default.filter(|name| !name.eq_ignore_ascii_case("default"));
    let plain = names.iter().any(String::is_empty);
    if let Some(default) = default {
        names.retain(|name| name != default);
        names.insert(0, default.to_owned());
    } else if let Some(at) = names.iter().position(String::is_empty) {
        names.swap(0, at);
    }
    let mut taken = HashSet::new();
    let mut all: Vec<Language> = Vec::new();
    for name in names {
        let of_default = name.is_empty() && plain && default.is_some();
        let locale =
            if of_default { language::locale(&all[0].names[0]) } else { wanted(&name, tables, given) };
        let known = all.iter_mut().find(|language| language.locale == locale && locale != "und");
        if let Some(language) = known {
            told(&name, &locale, given.is_some() || of_default, tracker);
            // A column that names its language counts before one that does not.
            let at = if language.names[0].is_empty() { 0 } else { language.names.len() };
            language.names.insert(at, name);
        } else if all.len() >= limits::LANGUAGES {
            let most = limits::LANGUAGES;
            let en = format!("the language {name} is left out: at most {most} are carried");
            tracker.remark(
                None,
                Subject::Language,
                Said::new(en, format!("未导入语言 {name}：最多 {most} 种")),
            );
        } else {
            let locale = language::free(locale, &mut taken);
            told(&name, &locale, given.is_some(), tracker);
            all.push(Language { names: vec![name], locale });
        }
    }
    Languages { all }
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

fn told(name: &str, locale: &str, known: bool, tracker: &mut Tracker<'_>) {
    if name.is_empty() && known {
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
    pub(crate) fn pick<T: Copy>(&self, index: usize, get: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.all[index].names.iter().find_map(|name| get(name))
    }

    pub(crate) fn locale(&self, index: usize) -> &str {
        &self.all[index].locale
    }

    /// Whether texts of this language may hold no Chinese characters.
    pub(crate) fn is_plain_english(&self, index: usize) -> bool {
        index > 0 && self.locale(index).starts_with("en")
    }
}
