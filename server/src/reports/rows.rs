//! Dataset rows as the engine takes them, and the places they lie in.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::Quantity;
use doorstep_forms::expr::{Record, RowShape, Value};
use doorstep_records::RecordId;
use serde_json::{Map, Value as Json};

use super::definition::Words;

/// One approved record.
#[derive(Debug, Clone)]
pub struct DatasetRow {
    /// The record; of merged duplicates the one that stays.
    pub record: RecordId,
    /// The version that judged it.
    pub form_version: u32,
    /// Area code.
    pub area: String,
    /// The record it is about, redirected to the one that stays.
    pub subject: Option<RecordId>,
    /// Answers by path, irrelevant ones pruned, calculated ones present.
    pub answers: Map<String, Json>,
    /// Unresolved conflicts of the record.
    pub conflicts: u32,
    /// Who began the record: the account's id.
    pub author: Option<String>,
    /// The device it was begun on; none for the office.
    pub device: Option<String>,
}

/// Which answers are looked at: the first segments of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(BTreeSet<String>);

impl Fields {
    pub(super) fn add(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    pub(super) fn and(mut self, other: &Fields) -> Fields {
        self.0.extend(other.0.iter().cloned());
        self
    }

    /// True when the answer at a path is looked at.
    pub fn wants(&self, path: &str) -> bool {
        self.0.contains(path.split('/').next().unwrap_or(path))
    }
}

/// Where rows come from: the dataset within one asker's scope.
pub trait Rows {
    /// What can go wrong in the store.
    type Error;

    /// Visits every row of a form once, in any order, the same rows each time within one report. Answers that `fields`
    /// does not want may be left out.
    fn visit(
        &self,
        form: &str,
        fields: &Fields,
        visit: &mut dyn FnMut(DatasetRow) -> Result<(), Self::Error>,
    ) -> Result<(), Self::Error>;
}

/// The nested document of flat answers: `members/<row>/name` becomes an object in an object.
pub fn nest(answers: &Map<String, Json>) -> Json {
    let mut root = Map::new();
    for (path, value) in answers {
        put(&mut root, path, value);
    }
    Json::Object(root)
}

/// An answer in the way of another is an unknown path: the one that comes later in path order stays out.
fn put(at: &mut Map<String, Json>, path: &str, value: &Json) {
    match path.split_once('/') {
        None => {
            at.entry(path).or_insert_with(|| whole(value));
        }
        Some((segment, rest)) => {
            if let Json::Object(inner) = at.entry(segment).or_insert_with(|| Json::Object(Map::new())) {
                put(inner, rest, value);
            }
        }
    }
}

/// A quantity or a ranking is one text of canonical JSON; an expression looks into it. Any other text stays a text.
fn whole(value: &Json) -> Json {
    let Some(text) = value.as_str() else { return value.clone() };
    let inside = match text.as_bytes().first() {
        Some(b'{') if Quantity::read(value).is_some() => serde_json::from_str(text),
        Some(b'[') => serde_json::from_str::<Vec<String>>(text).map(Json::from),
        _ => return value.clone(),
    };
    inside.unwrap_or_else(|_| value.clone())
}

/// The `doc` of an expression, with the lists of the form that have no rows.
pub(super) fn doc_value(answers: &Map<String, Json>, shape: &RowShape) -> Value {
    match nest(answers) {
        Json::Object(tree) => shape.value(&tree),
        _ => no_doc(),
    }
}

/// The `subject` of a record that has none: whatever is asked of it is null.
pub(super) fn no_doc() -> Value {
    Value::Record(Record::new([]).into())
}

/// One area of the tree.
#[derive(Debug, Clone)]
struct Place {
    parent: Option<String>,
    level: String,
    name: Words,
}

/// The levels an expression may name as `area.<level>`.
pub const LEVELS: &[&str] = &["province", "city", "county", "town", "village", "natural_village", "group"];

/// The area tree: for each code its ancestors by level.
#[derive(Debug, Clone, Default)]
pub struct Places {
    places: BTreeMap<String, Place>,
}

impl Places {
    /// Adds an area.
    pub fn add(&mut self, code: &str, parent: Option<&str>, level: &str, name: Words) {
        let parent = parent.filter(|parent| !parent.is_empty()).map(str::to_owned);
        self.places.insert(code.to_owned(), Place { parent, level: level.to_owned(), name });
    }

    /// The name of an area.
    pub fn name(&self, code: &str) -> Option<&Words> {
        self.places.get(code).map(|place| &place.name)
    }

    /// The codes of an area and its ancestors by level.
    pub fn levels(&self, code: &str) -> BTreeMap<&str, &str> {
        let mut levels = BTreeMap::new();
        let mut at = self.places.get_key_value(code);
        while let Some((code, place)) = at {
            if levels.insert(place.level.as_str(), code.as_str()).is_some() {
                break;
            }
            at = place.parent.as_ref().and_then(|parent| self.places.get_key_value(parent));
        }
        levels
    }

    /// The codes from the root down to an area; empty when it is not known.
    pub fn line(&self, code: &str) -> Vec<&str> {
        let mut line = Vec::new();
        let mut at = self.places.get_key_value(code);
        // A tree that runs in a circle ends where it began.
        while let Some((code, place)) = at.filter(|(code, _)| !line.contains(&code.as_str())) {
            line.push(code.as_str());
            at = place.parent.as_ref().and_then(|parent| self.places.get_key_value(parent));
        }
        line.reverse();
        line
    }

    /// The `area` of an expression.
    pub(super) fn value(&self, code: &str) -> Value {
        let fields = self.levels(code).into_iter().map(|(level, code)| (level, Value::from(code)));
        Value::Record(Record::new(fields).into())
    }
}
