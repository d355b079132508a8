//! The sheet of settings: one row of values under their headings.

use crate::book::Book;
use crate::report::{At, Subject, Tracker};
use crate::said::Said;

/// What the settings say that a form can say too.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(crate) title: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) default_language: Option<String>,
    /// An expression, and where it stands.
    pub(crate) instance_name: Option<(String, At)>,
    pub(crate) duplicates: bool,
}

/// Reads the settings, if the workbook has them.
pub(crate) fn read(book: &Book, sheet: Option<usize>, tracker: &mut Tracker<'_>) -> Settings {
    let mut settings = Settings::default();
    let Some(sheet) = sheet else { return settings };
    let rows = &book.sheets[sheet].rows;
    let Some(header) = rows.first() else {
        return settings;
    };
    for row in 2..rows.len() {
        tracker.lost_row(sheet, row, Subject::Setting, Said::new("settings are one row", "设置只有一行"));
    }
    for (column, heading) in header.cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        let value = rows.get(1).and_then(|row| row.cells.get(column)).map_or("", String::as_str);
        let at = At { sheet, row: 1, column };
        let name = heading.split_whitespace().collect::<Vec<_>>().join("_").to_lowercase();
        let taken = match name.as_str() {
            "form_title" | "set_form_title" | "title" => put(&mut settings.title, value),
            "form_id" | "set_form_id" | "id_string" => put(&mut settings.id, value),
            "default_language" => put(&mut settings.default_language, value),
            "instance_name" => {
                settings.instance_name = Some((value.to_owned(), at)).filter(|_| !value.is_empty());
                true
            }
            "allow_choice_duplicates" => {
                settings.duplicates = is_yes(value);
                true
            }
            "clean_text_values" => true,
            _ => false,
        };
        if taken {
            tracker.carried(At { row: 0, ..at });
            tracker.carried(at);
        } else {
            let said = refused(&name);
            tracker.lost(At { row: 0, ..at }, Subject::Setting, said.clone());
            tracker.lost(at, Subject::Setting, said);
        }
    }
    settings
}

fn put(place: &mut Option<String>, value: &str) -> bool {
    if place.is_some() {
        return value.is_empty();
    }
    *place = Some(value.to_owned()).filter(|value| !value.is_empty());
    true
}

pub(crate) fn is_yes(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "yes" | "true" | "true()")
}

pub(crate) fn is_no(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "no" | "false" | "false()")
}

fn refused(name: &str) -> Said {
    match name {
        "version" => Said::new(
            "versions of a form are numbered 1, 2, 3; the package has version 1",
            "表单版本按 1、2、3 编号；导入的表单包为第 1 版",
        ),
        "public_key" | "submission_url" | "auto_send" | "auto_delete" => {
            Said::new("how records travel is not a matter of the form", "数据如何传送与表单无关")
        }
        "style" => Said::new("layout is not carried", "版式不会导入"),
        _ => Said::new("a form has no such setting", "表单没有此设置"),
    }
}
