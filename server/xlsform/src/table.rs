//! A sheet with its heading read: which column says what, in which language. Headings and their aliases follow pyxform.

use std::collections::HashMap;

use crate::book::{Book, Sheet};
use crate::report::{At, Subject, Tracker};
use crate::said::Said;

/// What a column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Field {
    Type,
    Name,
    Label,
    Hint,
    Guidance,
    Constraint,
    ConstraintMessage,
    Required,
    RequiredMessage,
    Relevant,
    ReadOnly,
    Default,
    Calculation,
    Appearance,
    Parameters,
    ChoiceFilter,
    RepeatCount,
    Trigger,
    SaveTo,
    Media,
    ListName,
    Disabled,
    /// Anything else; on the sheet of choices a column that filters may read.
    Other,
}

/// One column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) index: usize,
    pub(crate) field: Field,
    /// Name of the language; empty when none is named.
    pub(crate) language: String,
    /// The heading as it stands.
    pub(crate) heading: String,
}

/// A sheet with its heading.
#[derive(Debug)]
pub(crate) struct Table<'b> {
    pub(crate) sheet: usize,
    pub(crate) columns: Vec<Column>,
    rows: &'b Sheet,
}

/// Which headings a sheet may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Survey,
    Choices,
}

fn survey_field(word: &str) -> Field {
    match word {
        "type" | "command" => Field::Type,
        "name" | "tag" | "value" => Field::Name,
        "label" | "caption" => Field::Label,
        "hint" => Field::Hint,
        "guidance_hint" => Field::Guidance,
        "constraint" => Field::Constraint,
        "constraint_message" | "constraining_message" | "jr:constraintmsg" => Field::ConstraintMessage,
        "required" => Field::Required,
        "required_message" | "requiredmsg" | "jr:requiredmsg" => Field::RequiredMessage,
        "relevant" | "relevance" => Field::Relevant,
        "read_only" | "readonly" => Field::ReadOnly,
        "default" => Field::Default,
        "calculation" | "calculate" => Field::Calculation,
        "appearance" => Field::Appearance,
        "parameters" => Field::Parameters,
        "choice_filter" => Field::ChoiceFilter,
        "repeat_count" | "count" | "jr:count" => Field::RepeatCount,
        "trigger" => Field::Trigger,
        "save_to" | "entities:saveto" => Field::SaveTo,
        "image" | "big-image" | "audio" | "video" | "media" => Field::Media,
        "disabled" => Field::Disabled,
        _ => Field::Other,
    }
}

fn choices_field(word: &str) -> Field {
    match word {
        "list_name" => Field::ListName,
        "name" | "value" => Field::Name,
        "label" | "caption" => Field::Label,
        "image" | "big-image" | "audio" | "video" | "media" => Field::Media,
        _ => Field::Other,
    }
}

/// `Constraint  Message` is `constraint_message`.
fn snake(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

/// Field and language of one heading.
fn heading(text: &str, double: bool, role: Role) -> (Field, String) {
    let field = |word: &str| {
        if role == Role::Survey { survey_field(word) } else { choices_field(word) }
    };
    let whole = field(&snake(text));
    if whole != Field::Other {
        return (whole, String::new());
    }
    let mut parts: Vec<String> = if double || text.contains("::") {
        text.split("::").map(|part| part.trim().to_owned()).collect()
    } else {
        text.split(':').map(|part| part.trim().to_owned()).collect()
    };
    if let Some(at) = parts.iter().position(|part| part == "jr").filter(|at| at + 1 < parts.len()) {
        let name = parts.remove(at + 1);
        parts[at] = format!("jr:{name}");
    }
    let first = snake(&parts[0]);
    // bind::relevant, control::appearance and body::appearance say what their second word says.
    if role == Role::Survey && matches!(first.as_str(), "bind" | "control" | "body") && parts.len() > 1 {
        return (survey_field(&snake(&parts[1])), parts.get(2).cloned().unwrap_or_default());
    }
    let found = field(&first);
    let translated = matches!(
        found,
        Field::Label | Field::Hint | Field::Guidance | Field::ConstraintMessage | Field::RequiredMessage
    );
    match (found, parts.len()) {
        (Field::Media, _) => (Field::Media, parts.pop().unwrap_or_default()),
        (_, 2) if translated => (found, parts.pop().unwrap_or_default()),
        (_, 1) => (found, String::new()),
        _ => (Field::Other, String::new()),
    }
}

impl<'b> Table<'b> {
    /// Reads the heading; columns that stand twice or mean nothing are reported.
    pub(crate) fn new(book: &'b Book, sheet: usize, role: Role, tracker: &mut Tracker<'_>) -> Table<'b> {
        let rows = &book.sheets[sheet];
        let header = rows.rows.first().map_or(&[][..], |row| row.cells.as_slice());
        let double = header.iter().any(|text| text.contains("::"));
        let mut columns: Vec<Column> = Vec::new();
        for (index, text) in header.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let (field, language) = heading(text, double, role);
            let at = At { sheet, row: 0, column: index };
            let twin = columns.iter().find(|column| match field {
                Field::Other => column.field == field && column.heading == *text,
                Field::Media => false,
                _ => column.field == field && column.language == language,
            });
            if let Some(twin) = twin {
                let (en, zh) = (
                    format!("this column says the same as \"{}\", which is taken", twin.heading),
                    format!("此列与“{}”含义相同，采用前者", twin.heading),
                );
                lost_column(tracker, rows, at, Said::new(en, zh));
                continue;
            }
            match (field, role) {
                (Field::Other, Role::Survey) => {
                    let en = "a form has nothing that this column says";
                    lost_column(tracker, rows, at, Said::new(en, "表单中没有与此列对应的内容"));
                }
                (Field::Media, _) => {
                    let en = "pictures, sound and film beside a text are not carried";
                    lost_column(tracker, rows, at, Said::new(en, "文字旁的图片、声音、视频不会导入"));
                }
                _ => {
                    if field != Field::Other {
                        tracker.carried(at);
                    }
                    columns.push(Column { index, field, language, heading: text.clone() });
                }
            }
        }
        for (row, cells) in rows.rows.iter().enumerate().skip(1) {
            for column in 0..cells.cells.len() {
                if header.get(column).is_none_or(String::is_empty) {
                    let reason = Said::new("the column has no heading", "此列没有表头");
                    tracker.lost(At { sheet, row, column }, Subject::Column, reason);
                }
            }
        }
        Table { sheet, columns, rows }
    }

    /// Rows below the heading: their index.
    pub(crate) fn rows(&self) -> std::ops::Range<usize> {
        1..self.rows.rows.len().max(1)
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> &'b str {
        let row = self.rows.rows.get(row);
        row.and_then(|row| row.cells.get(column)).map_or("", String::as_str)
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> At {
        At { sheet: self.sheet, row, column }
    }

    /// The row as the spreadsheet numbers it.
    pub(crate) fn number(&self, row: usize) -> usize {
        self.rows.rows.get(row).map_or(0, |row| row.number)
    }

    pub(crate) fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// The cell of a field without language, when it is not empty.
    pub(crate) fn get(&self, row: usize, field: Field) -> Option<(&'b str, At)> {
        let mut columns = self.columns.iter().filter(|column| column.field == field);
        columns.find_map(|column| {
            let text = self.cell(row, column.index);
            (!text.is_empty()).then(|| (text, self.at(row, column.index)))
        })
    }

    /// The texts of a field by name of the language.
    pub(crate) fn texts(&self, row: usize, field: Field) -> HashMap<&str, (&'b str, At)> {
        let columns = self.columns.iter().filter(|column| column.field == field);
        columns
            .filter_map(|column| {
                let text = self.cell(row, column.index);
                (!text.is_empty()).then(|| (column.language.as_str(), (text, self.at(row, column.index))))
            })
            .collect()
    }
}

fn lost_column(tracker: &mut Tracker<'_>, sheet: &Sheet, at: At, reason: Said) {
    for row in 0..sheet.rows.len() {
        tracker.lost(At { row, ..at }, Subject::Column, reason.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_as_pyxform_reads_them() {
        let cases = [
            ("label", Field::Label, ""),
            ("label::English (en)", Field::Label, "English (en)"),
            ("Label : French", Field::Label, "French"),
            ("constraint message", Field::ConstraintMessage, ""),
            ("jr:constraintMsg", Field::ConstraintMessage, ""),
            ("jr:constraintMsg:中文", Field::ConstraintMessage, "中文"),
            ("bind::relevant", Field::Relevant, ""),
            ("bind::jr:constraintMsg::fr", Field::ConstraintMessage, "fr"),
            ("body::appearance", Field::Appearance, ""),
            ("bind::jr:preload", Field::Other, ""),
            ("media::image::fr", Field::Media, "fr"),
            ("image", Field::Media, ""),
            ("Calculation", Field::Calculation, ""),
            ("repeat count", Field::RepeatCount, ""),
            ("$given_name", Field::Other, ""),
        ];
        for (text, field, language) in cases {
            let double = text.contains("::");
            assert_eq!(heading(text, double, Role::Survey), (field, language.to_owned()), "{text}");
        }
        assert_eq!(heading("list name", false, Role::Choices), (Field::ListName, String::new()));
        assert_eq!(heading("state", false, Role::Choices), (Field::Other, String::new()));
    }
}
