//! The names a report's expressions see, with their types.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_forms::expr::{RecordType, Type, TypeEnv};

use super::rows::LEVELS;

/// `area.<level>`: each a code.
pub(super) fn area_type() -> Type {
    record("area", LEVELS.iter().map(|level| ((*level).to_owned(), Type::Text)))
}

/// A record of numbers: `values`, `measures`, `params`.
pub(super) fn numbers<'a>(name: &str, keys: impl Iterator<Item = &'a str>) -> Type {
    record(name, keys.map(|key| (key.to_owned(), Type::Num)))
}

fn record(template: &str, fields: impl Iterator<Item = (String, Type)>) -> Type {
    let fields: BTreeMap<String, Type> = fields.collect();
    Type::Record(Arc::new(RecordType { template: template.to_owned(), fields, ..RecordType::default() }))
}

/// The names of a source's rows: `doc`, `area` and, with a roster, `row`.
pub(super) fn source_env(doc: Type, row: Option<Type>) -> TypeEnv {
    let env = TypeEnv::default().with("doc", doc).with("area", area_type());
    match row {
        Some(row) => env.with("row", row),
        None => env,
    }
}

/// The type of one row of a roster, if `name` is one.
pub(super) fn roster_row(doc: &Type, name: &str) -> Option<Type> {
    match doc {
        Type::Record(record) => match record.fields.get(name)? {
            Type::List(item) => Some((**item).clone()),
            Type::Any => Some(Type::Any),
            _ => None,
        },
        Type::Any => Some(Type::Any),
        _ => None,
    }
}
