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

/// `record.id`, `record.author`, `record.device`: texts.
fn record_type() -> Type {
    record("record", ["id", "author", "device"].iter().map(|name| ((*name).to_owned(), Type::Text)))
}

/// The names of a source's rows: `doc`, `area`, `record`, `valid_at`, with a roster `row`, with a subject's form `subject`.
pub(super) fn source_env(doc: Type, row: Option<Type>, subject: Option<Type>) -> TypeEnv {
    let mut env = TypeEnv::default()
        .with("doc", doc)
        .with("area", area_type())
        .with("record", record_type())
        .with("valid_at", Type::Date);
    if let Some(row) = row {
        env = env.with("row", row);
    }
    if let Some(subject) = subject {
        env = env.with("subject", subject);
    }
    env
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
