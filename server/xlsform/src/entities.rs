//! The sheet of entities: kept in `x-entity` as it is written, for whoever builds on it.

use serde_json::{Map, Value, json};

use crate::book::Book;
use crate::form::Form;
use crate::names;
use crate::report::{At, Subject, Tracker};
use crate::said::Said;
use crate::table::{Field, Table};

/// The entity of the form and its declaration, if there is a sheet that declares one.
pub(crate) fn read(
    book: &Book,
    sheet: Option<usize>,
    form: &Form,
    survey: &Table<'_>,
    tracker: &mut Tracker<'_>,
) -> Option<(String, Value)> {
    let sheet = sheet?;
    let rows = &book.sheets[sheet].rows;
    let header: Vec<String> = rows.first()?.cells.iter().map(|text| text.trim().to_lowercase()).collect();
    let said = Said::new(
        "kept in x-entity as it is written; nothing here acts on it",
        "按原文保存在 x-entity 中，系统不据此处理",
    );
    let known = |name: &str| {
        matches!(
            name,
            "dataset"
                | "list_name"
                | "list name"
                | "label"
                | "entity_id"
                | "create_if"
                | "update_if"
                | "repeat"
        )
    };
    let mut declarations = Vec::new();
    for (row, cells) in rows.iter().enumerate().skip(1) {
        let mut declaration = Map::new();
        for (column, text) in cells.cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let Some(name) = header.get(column).filter(|name| known(name)) else {
                continue;
            };
            let name = if name.starts_with("list") { "dataset" } else { name.as_str() };
            declaration.insert(name.to_owned(), json!(text));
            tracker.carried(At { sheet, row: 0, column });
            tracker.changed(At { sheet, row, column }, Subject::Entity, said.clone());
        }
        if !declaration.is_empty() {
            declarations.push(Value::Object(declaration));
        }
    }
    let dataset = declarations.first()?.get("dataset").and_then(Value::as_str).unwrap_or("entity");
    let entity = names::key(dataset);
    let mut saved = Map::new();
    for node in form.nodes.iter().filter(|node| !node.lost && node.other_of.is_none()) {
        if let Some((property, at)) = survey.get(node.row, Field::SaveTo) {
            saved.insert(property.to_owned(), json!(node.template));
            tracker.changed(at, Subject::Entity, said.clone());
        }
    }
    Some((entity, json!({ "declarations": declarations, "save_to": saved })))
}
