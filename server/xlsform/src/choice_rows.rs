//! What became of each row of choices.

use std::collections::{BTreeMap, HashMap};

use crate::form::{Form, Kind};
use crate::languages::Languages;
use crate::limits;
use crate::report::{At, Subject, Tracker};
use crate::said::Said;
use crate::table::{Field, Table};

/// Says of each row of choices what became of it.
pub(crate) fn account(
    form: &Form,
    table: &Table<'_>,
    names: &HashMap<String, usize>,
    languages: &Languages,
    tracker: &mut Tracker<'_>,
) {
    let used: Vec<bool> = {
        let mut used = vec![false; form.lists.len()];
        for node in form.nodes.iter().filter(|node| !node.lost) {
            if let Kind::SelectOne(list) | Kind::SelectMany(list) | Kind::Rank(list) = node.kind {
                used[list] = true;
            }
        }
        used
    };
    let mut notes: BTreeMap<usize, (&Said, bool)> = BTreeMap::new();
    for list in names.values().map(|id| &form.lists[*id]) {
        notes.extend(list.refused.iter().map(|(row, said)| (*row, (said, true))));
        notes.extend(list.renamed.iter().map(|(row, said)| (*row, (said, false))));
    }
    for row in table.rows() {
        let list = table.get(row, Field::ListName).and_then(|(name, _)| names.get(name));
        let Some(list) = list.copied() else {
            let said = Said::new("a choice of no list", "选项没有注明选项表 (list_name)");
            tracker.lost_row(table.sheet, row, Subject::Choice, said);
            continue;
        };
        if !used[list] {
            let name = &form.lists[list].name;
            let said = Said::new(
                format!("no question of the form uses the list {name}"),
                format!("表单中没有题目使用选项表 {name}"),
            );
            tracker.lost_row(table.sheet, row, Subject::Choice, said);
            continue;
        }
        match notes.get(&row) {
            Some((said, true)) => {
                tracker.lost_row(table.sheet, row, Subject::Choice, (*said).clone());
                continue;
            }
            Some((said, false)) => {
                if let Some((_, at)) = table.get(row, Field::Name) {
                    tracker.changed(at, Subject::Choice, (*said).clone());
                }
            }
            None => {}
        }
        choice_cells(form, list, table, row, languages, tracker);
    }
}

fn choice_cells(
    form: &Form,
    list: usize,
    table: &Table<'_>,
    row: usize,
    languages: &Languages,
    tracker: &mut Tracker<'_>,
) {
    for field in [Field::ListName, Field::Name] {
        if let Some((_, at)) = table.get(row, field) {
            tracker.carried(at);
        }
    }
    let cells = table.texts(row, Field::Label);
    for index in 0..languages.all.len() {
        let Some((text, at)) = languages.pick(index, |name| cells.get(name).copied()) else {
            continue;
        };
        if languages.is_plain_english(index) && crate::language::has_han(text) {
            let said = Said::new(
                "an English text may hold no Chinese characters; another text stands there",
                "英文文字不得含有汉字，以其他文字代替",
            );
            tracker.lost(at, Subject::Text, said);
        } else if text.len() > limits::LABEL_BYTES {
            let said = Said::new("the text is too long; its end is left out", "文字过长，末尾已省略");
            tracker.changed(at, Subject::Text, said);
        } else if text.contains("${") {
            let said = Said::new(
                "texts show no answers; it stands as it is written",
                "文字中不显示答案，按原文保留",
            );
            tracker.changed(at, Subject::Text, said);
        } else {
            tracker.carried(at);
        }
    }
    for (text, at) in cells.values() {
        let twin = cells.values().any(|(other, place)| place != at && other == text);
        if !tracker.is_unspoken(*at) {
            continue;
        }
        if twin {
            tracker.carried(*at);
        } else {
            let said = Said::new(
                "another column of the same language says something else, or the language is left out",
                "同一语言的另一列内容不同，或该语言未导入",
            );
            tracker.lost(*at, Subject::Text, said);
        }
    }
    for column in form.lists[list].columns.iter().filter_map(|column| column.index) {
        if form.lists[list].in_file {
            tracker.carried(At { sheet: table.sheet, row: 0, column });
            tracker.carried(table.at(row, column));
        } else {
            let said = Said::new(
                "the list stands in the schema, which has no further columns",
                "该选项表写在模式中，没有附加列",
            );
            tracker.lost(table.at(row, column), Subject::Choice, said);
        }
    }
}
