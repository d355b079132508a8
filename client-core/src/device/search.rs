//! Finding records in lists: by name, by the first letters of its sounds (王小明: `wxm`), by place, by any part of a number.
//!
//! A person types letter by letter, so the lines are read from the store once and kept until something is written.

use std::collections::{BTreeMap, HashSet};

use doorstep_protocol::pull::Area;
use pinyin::ToPinyin;

use super::Device;
use crate::error::DeviceError;
use crate::store::RecordRow;
use crate::store::{people, records};
use crate::told;

/// Surnames whose first letter is another than that of the same character elsewhere.
const SURNAMES: [(char, char); 13] = [
    ('单', 's'),
    ('曾', 'z'),
    ('解', 'x'),
    ('查', 'z'),
    ('区', 'o'),
    ('朴', 'p'),
    ('翟', 'z'),
    ('乐', 'y'),
    ('折', 's'),
    ('秘', 'b'),
    ('种', 'c'),
    ('召', 's'),
    ('仇', 'q'),
];

/// A Latin name of a place is looked for by no fewer letters: fewer are the first letters of a person's name.
const LATIN_PLACE: usize = 3;

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words; a line must have them all.
    pub search: String,
    /// Only this form.
    pub form: Option<String>,
    /// Only tests and practice, or only what counts.
    pub test: Option<bool>,
    /// Registrations that were merged into another one as well.
    pub merged: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Found<'d> {
    /// Lines by record id (oldest first).
    pub rows: Vec<&'d RecordRow>,
    /// How many there are in each group of [`told::group`].
    pub counts: BTreeMap<&'static str, usize>,
}

/// Every line with what is searched in it.
#[derive(Debug)]
pub(super) struct Lines {
    /// Rows ever written when this was read.
    written: u64,
    lines: Vec<(RecordRow, Sought)>,
    areas: Vec<Area>,
}

#[derive(Debug)]
struct Sought {
    text: String,
    sounds: String,
}

impl Device {
    /// The lines that a person looks for.
    pub fn search(&mut self, query: &Query) -> Result<Found<'_>, DeviceError> {
        let written = self.store.read().total_changes();
        if self.lines.as_ref().is_none_or(|lines| lines.written != written) {
            let rows = records::all(self.store.read())?;
            let lines = rows.into_iter().map(|row| (sought(&row.label, &row.search), row));
            let lines = lines.map(|(sought, row)| (row, sought)).collect();
            self.lines = Some(Lines { written, lines, areas: people::areas(self.store.read())? });
        }
        let words = query.search.to_lowercase();
        let Some(Lines { lines, areas, .. }) = &self.lines else {
            return Ok(Found { rows: Vec::new(), counts: BTreeMap::new() });
        };
        let words: Vec<Word<'_>> = words.split_whitespace().map(|word| Word::of(word, areas)).collect();
        let mut found = Found { rows: Vec::new(), counts: BTreeMap::new() };
        for (row, sought) in lines {
            let wanted = query.form.as_ref().is_none_or(|form| row.form == *form)
                && query.test.is_none_or(|test| row.test == test)
                && (query.merged || row.canonical.is_none());
            if wanted && words.iter().all(|word| word.is_in(row, sought)) {
                *found.counts.entry(told::group(row)).or_default() += 1;
                found.rows.push(row);
            }
        }
        Ok(found)
    }
}

/// A word that is looked for.
struct Word<'a> {
    text: &'a str,
    /// It may be first letters.
    letters: bool,
    /// Places that are called so, and those below them.
    places: HashSet<&'a str>,
}

impl<'a> Word<'a> {
    fn of(text: &'a str, areas: &'a [Area]) -> Word<'a> {
        let latin = text.chars().count() >= LATIN_PLACE;
        let named = |area: &&Area| {
            area.name_zh.to_lowercase().contains(text)
                || as_said(&area.name_zh).contains(text)
                || (latin && area.name_en.to_lowercase().contains(text))
        };
        let mut places: HashSet<&str> = areas.iter().filter(named).map(|area| area.code.as_str()).collect();
        // Until no place below one of them is missing: a tree has few levels.
        while !places.is_empty() {
            let below = areas.iter().filter(|area| {
                area.parent.as_deref().is_some_and(|parent| places.contains(parent))
                    && !places.contains(area.code.as_str())
            });
            let below: Vec<&str> = below.map(|area| area.code.as_str()).collect();
            if below.is_empty() {
                break;
            }
            places.extend(below);
        }
        Word { text, letters: text.bytes().all(|byte| byte.is_ascii_alphanumeric()), places }
    }

    fn is_in(&self, row: &RecordRow, sought: &Sought) -> bool {
        sought.text.contains(self.text)
            || (self.letters && sought.sounds.contains(self.text))
            || self.places.contains(row.area.as_str())
    }
}

/// A place as people say it: 大湾第三村民小组 is 大湾三组.
fn as_said(name: &str) -> String {
    name.replace("村民小组", "组").replace("居民小组", "组").replace('第', "")
}

fn sought(label: &str, search: &str) -> Sought {
    let text = format!("{label}\n{search}").to_lowercase();
    let mut sounds = String::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_ascii()) {
        put_sounds(word, None, &mut sounds);
        let surname = SURNAMES.iter().find(|(surname, _)| word.starts_with(*surname));
        if let Some((_, letter)) = surname {
            put_sounds(word, Some(*letter), &mut sounds);
        }
    }
    Sought { text, sounds }
}

/// The first letter of each character's sound; what has none stands for itself.
fn put_sounds(word: &str, first: Option<char>, sounds: &mut String) {
    for (place, c) in word.chars().enumerate() {
        match (place, first, c.to_pinyin()) {
            (0, Some(letter), _) => sounds.push(letter),
            (.., Some(sound)) => sounds.push_str(sound.first_letter()),
            (.., None) => sounds.push(c),
        }
    }
    sounds.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::state;

    fn row(label: &str, search: &str, area: &str) -> (RecordRow, Sought) {
        let row = RecordRow {
            id: doorstep_records::RecordId::from_parts(1, [0; 10]),
            form: "household_register".into(),
            form_version: 1,
            area: area.into(),
            subject: None,
            label: label.into(),
            search: search.into(),
            state: state::SUBMITTED.into(),
            canonical: None,
            own: false,
            in_scope: true,
            discarded: false,
            unsent: 0,
            needs_checking: 0,
            unsent_submission: false,
            test: false,
        };
        let sought = sought(label, search);
        (row, sought)
    }

    fn area(code: &str, parent: Option<&str>, zh: &str, en: &str) -> Area {
        Area {
            code: code.into(),
            parent: parent.map(Into::into),
            level: "group".into(),
            name_zh: zh.into(),
            name_en: en.into(),
            ended: false,
        }
    }

    fn finds(word: &str, line: &(RecordRow, Sought), areas: &[Area]) -> bool {
        Word::of(word, areas).is_in(&line.0, &line.1)
    }

    #[test]
    fn a_household_is_found_by_name_sounds_place_and_the_end_of_a_number() {
        let areas =
            [area("1", None, "青禾村", "Qinghe"), area("11", Some("1"), "青禾第三村民小组", "Group 3")];
        let wang = row("王小明", "王小明 李秀英 13800000127 青禾村7号", "11");
        for word in ["王小", "wxm", "xm", "lxy", "0127", "三组", "青禾", "qinghe", "group"] {
            assert!(finds(word, &wang, &areas), "{word}");
        }
        for word in ["张", "wxl", "0128", "四组", "ml"] {
            assert!(!finds(word, &wang, &areas), "{word}");
        }
        // Two letters are a person's, not the beginning of a place in Latin.
        assert!(!finds("gr", &wang, &areas));
    }

    #[test]
    fn a_surname_is_found_by_both_its_sounds() {
        let zeng = row("曾小红", "", "1");
        assert!(finds("zxh", &zeng, &[]) && finds("cxh", &zeng, &[]));
    }
}
