//! Values at run time.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value as Json;

/// Why an answer is missing although the question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Does not know.
    Dk,
    /// Refused to say.
    Refused,
    /// The question does not apply.
    Na,
}

impl Missing {
    /// `dk`, `refused` or `na`.
    pub fn code(self) -> &'static str {
        match self {
            Missing::Dk => "dk",
            Missing::Refused => "refused",
            Missing::Na => "na",
        }
    }

    /// Reads the stored form `{"missing": "dk"}`.
    pub fn from_json(json: &Json) -> Option<Missing> {
        let object = json.as_object().filter(|o| o.len() == 1)?;
        match object.get("missing")?.as_str()? {
            "dk" => Some(Missing::Dk),
            "refused" => Some(Missing::Refused),
            "na" => Some(Missing::Na),
            _ => None,
        }
    }

    /// The stored form `{"missing": "dk"}`.
    pub fn to_json(self) -> Json {
        serde_json::json!({ "missing": self.code() })
    }
}

/// A value of the expression language. Cloning is cheap (shared text, lists and records).
#[derive(Debug, Clone)]
pub enum Value {
    /// No answer.
    Null,
    /// No answer, with the reason; every operator sees it as `Null`, only `is_dk` and its kin see the reason.
    Missing(Missing),
    /// True or false.
    Bool(bool),
    /// The one number type.
    Num(Decimal),
    /// Text, also a code.
    Text(Arc<str>),
    /// A civil date.
    Date(Date),
    /// A list; a roster is a list of records.
    List(Rc<Vec<Value>>),
    /// A list of rows that are made when they are asked for: a code list.
    Table(Arc<dyn Table>),
    /// Named fields.
    Record(Rc<Record>),
}

/// Rows that stand elsewhere.
pub trait Table: std::fmt::Debug {
    /// How many rows there are.
    fn count(&self) -> usize;
    /// The row with this id.
    fn row(&self, id: &str) -> Option<Value>;
    /// All rows in their order.
    fn rows(&self) -> Vec<Value>;
}

struct RowFields {
    id: Arc<str>,
    year: Arc<str>,
}

static ROW_FIELDS: LazyLock<RowFields> =
    LazyLock::new(|| RowFields { id: "_id".into(), year: "_year".into() });

/// Named fields; a roster row carries its row id, a multi-select its ticks.
#[derive(Debug, Default)]
pub struct Record {
    pub(crate) id: Option<Arc<str>>,
    pub(crate) multi: bool,
    /// Sorted by name: few, read often, and mostly written in that order.
    fields: RefCell<Vec<(Arc<str>, Value)>>,
}

impl Record {
    /// A plain record with these fields.
    pub fn new<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Record {
        let record = Record::default();
        fields.into_iter().for_each(|(name, value)| record.set(&Arc::from(name), value));
        record
    }

    /// A plain record with room for `count` fields.
    pub(crate) fn with_room(count: usize) -> Record {
        Record { fields: RefCell::new(Vec::with_capacity(count)), ..Record::default() }
    }

    /// A row with room for `count` fields besides its own.
    pub(crate) fn row(id: &str, count: usize) -> Record {
        let text: Arc<str> = id.into();
        let record = Record { id: Some(text.clone()), ..Record::with_room(count + 2) };
        record.set(&ROW_FIELDS.id, Value::Text(text));
        if let Some(year) = year_of(id) {
            record.set(&ROW_FIELDS.year, Value::Num(year));
        }
        record
    }

    pub(crate) fn multi() -> Record {
        Record { multi: true, ..Record::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Value {
        let fields = self.fields.borrow();
        match fields.binary_search_by(|(at, _)| (**at).cmp(name)) {
            Ok(at) => fields[at].1.clone(),
            Err(_) => self.absent(),
        }
    }

    /// The same, looked for first where it was found last, which is noted in `found_at`.
    pub(super) fn get_near(&self, name: &str, found_at: &AtomicUsize) -> Value {
        let fields = self.fields.borrow();
        match fields.get(found_at.load(Relaxed)) {
            Some((found, value)) if **found == *name => return value.clone(),
            _ => {}
        }
        match fields.binary_search_by(|(at, _)| (**at).cmp(name)) {
            Ok(at) => {
                found_at.store(at, Relaxed);
                fields[at].1.clone()
            }
            Err(_) => self.absent(),
        }
    }

    /// What a field that is not there reads as.
    fn absent(&self) -> Value {
        if self.multi { Value::Bool(false) } else { Value::Null }
    }

    pub(crate) fn set(&self, name: &Arc<str>, value: Value) {
        let mut fields = self.fields.borrow_mut();
        if fields.last().is_none_or(|(last, _)| **last < **name) {
            fields.push((name.clone(), value));
            return;
        }
        match fields.binary_search_by(|(at, _)| (**at).cmp(name)) {
            Ok(at) => fields[at].1 = value,
            Err(at) => fields.insert(at, (name.clone(), value)),
        }
    }

    /// The ticked codes of a multi-select, in code order.
    pub(crate) fn ticked(&self) -> Vec<Value> {
        let fields = self.fields.borrow();
        let ticked = fields.iter().filter(|(_, v)| matches!(v, Value::Bool(true)));
        ticked.map(|(code, _)| Value::Text(code.clone())).collect()
    }
}

fn year_of(id: &str) -> Option<Decimal> {
    (id.len() == 4).then(|| id.parse::<u16>().ok())?.map(Decimal::from)
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

impl Value {
    /// True for `Null` and for the missing codes.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null | Value::Missing(_))
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(t) = self { Some(t) } else { None }
    }

    /// The number; text that is a decimal counts, so that rows without a schema can be computed with.
    pub fn as_number(&self) -> Option<Decimal> {
        match self {
            Value::Num(n) => Some(*n),
            Value::Text(t) => parse_decimal(t),
            _ => None,
        }
    }

    /// The date; text of the form `2015-12-31` counts.
    pub fn as_date(&self) -> Option<Date> {
        match self {
            Value::Date(d) => Some(*d),
            Value::Text(t) => parse_date(t),
            _ => None,
        }
    }

    /// The items of a list, or the ticked codes of a multi-select.
    pub(crate) fn items(&self) -> Option<Rc<Vec<Value>>> {
        match self {
            Value::List(items) => Some(items.clone()),
            Value::Table(table) => Some(Rc::new(table.rows())),
            Value::Record(record) if record.multi => Some(Rc::new(record.ticked())),
            _ => None,
        }
    }

    /// As JSON: numbers become decimal strings, dates text, a list of rows an array.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Missing(m) => m.to_json(),
            Value::Bool(b) => Json::Bool(*b),
            Value::Num(n) => Json::String(decimal_text(n)),
            Value::Text(t) => Json::String(t.to_string()),
            Value::Date(d) => Json::String(date_text(*d)),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Table(table) => Json::Array(table.rows().iter().map(Value::to_json).collect()),
            Value::Record(record) => {
                let fields = record.fields.borrow();
                Json::Object(fields.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect())
            }
        }
    }
}

/// Plain notation without trailing zeros: `12.5`, `0`, `-3`.
pub(crate) fn decimal_text(n: &Decimal) -> String {
    let n = n.normalize();
    if n.is_zero() { "0".to_string() } else { n.to_string() }
}

/// Reads a decimal in plain notation: optional minus, digits, optional point and digits; at most 28 digits.
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let body = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if text.len() > 40 || !digits(whole) || !digits(fraction) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// Reads a date of exactly the form `2015-12-31`.
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let part = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i16>().ok())?
    };
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Writes a date as `2015-12-31`.
pub fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}
