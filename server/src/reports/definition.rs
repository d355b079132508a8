//! A report definition as read from its file: checked for shape, not yet against the forms.

use std::collections::BTreeMap;

use doorstep_forms::expr::Expr;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reader::Reader;
pub use crate::dataset::valid::Period;

/// Words in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The words in `zh`, or else English.
    pub fn in_language(&self, language: &str) -> &str {
        if language.starts_with("zh") { &self.zh } else { &self.en }
    }
}

/// One fault of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// JSON pointer into it.
    pub pointer: String,
    /// What is wrong, in both languages.
    pub reason: Words,
}

/// An expression with the place it stands in.
#[derive(Debug, Clone)]
pub struct Located {
    /// JSON pointer.
    pub pointer: String,
    /// The expression.
    pub expr: Expr,
}

/// Which dataset rows a source gives.
#[derive(Debug, Clone)]
pub struct Source {
    /// JSON pointer.
    pub pointer: String,
    /// Form id.
    pub form: String,
    /// Which records count at all.
    pub filter: Option<Located>,
    /// Only the latest record about each subject.
    pub one_per_subject: bool,
    /// One row per open row of this roster.
    pub each: Option<String>,
    /// The form of the records that these are about, when expressions read `subject`.
    pub subject: Option<String>,
    /// What holds for a date, where the definition says other than the usual.
    pub valid: ValidDefinition,
}

/// What of a record holds for a date. Outer `None`: the usual; inner `None`: not looked at.
#[derive(Debug, Clone, Default)]
pub struct ValidDefinition {
    /// JSON pointer.
    pub pointer: String,
    /// Path of the record's date: later records do not count.
    pub date: Option<Option<String>>,
    /// Roster of yearly answers: later years are not used.
    pub years: Option<Option<String>>,
    /// Rosters whose rows hold for a period.
    pub rosters: BTreeMap<String, Option<Period>>,
}

/// How an aggregate counts.
#[derive(Debug, Clone)]
pub enum Counting {
    /// Number of source rows.
    Count,
    /// Sum of a number over them.
    Sum(Located),
    /// Number of different values.
    Distinct(Located),
    /// The smallest number.
    Min(Located),
    /// The largest number.
    Max(Located),
}

/// One number counted over a source.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// JSON pointer.
    pub pointer: String,
    /// Name of the source.
    pub source: String,
    /// How.
    pub counting: Counting,
    /// Which of the source's rows.
    pub filter: Option<Located>,
    /// How exact the number of a row is: `over`, `about`...
    pub approx: Option<Located>,
}

/// A name that a ratio refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// An earlier value of the same row.
    Value(String),
    /// A measure of the report.
    Measure(String),
}

/// How a value comes about.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a few hundred of them are read once and kept")]
pub enum Calculation {
    /// Counted.
    Aggregate(Aggregate),
    /// `scale * numerator / denominator`.
    Ratio {
        /// Above.
        numerator: Reference,
        /// Below.
        denominator: Reference,
        /// 100 for percent.
        scale: Decimal,
    },
    /// An expression over `values`, `measures` and `params`.
    Formula(Located),
}

/// One value of a row.
#[derive(Debug, Clone)]
pub struct ValueDefinition {
    /// JSON pointer.
    pub pointer: String,
    /// Name within the row.
    pub key: String,
    /// Heading.
    pub label: Option<Words>,
    /// Unit.
    pub unit: Words,
    /// Decimals shown when no quoted value rules.
    pub decimals: Option<u32>,
    /// How it is calculated.
    pub calculation: Calculation,
}

/// One output row.
#[derive(Debug, Clone)]
pub struct RowDefinition {
    /// JSON pointer.
    pub pointer: String,
    /// Name within the report.
    pub key: String,
    /// Heading.
    pub label: Words,
    /// What the figure means.
    pub definition: Words,
    /// The quoted figure it reproduces.
    pub figure: Option<String>,
    /// Its values.
    pub values: Vec<ValueDefinition>,
}

/// A report definition.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The file it came from.
    pub file: String,
    /// Name of the report.
    pub id: String,
    /// Title.
    pub title: Words,
    /// Sources by name.
    pub sources: BTreeMap<String, Source>,
    /// Rule parameters by name.
    pub params: BTreeMap<String, Decimal>,
    /// Measures by name.
    pub measures: BTreeMap<String, Aggregate>,
    /// Rows in order.
    pub rows: Vec<RowDefinition>,
    /// Expressions over `area`: the report again for each group.
    pub by: Vec<Located>,
}

impl Definition {
    /// Reads one file; every fault is named at once.
    pub fn read(file: &str, text: &str) -> Result<Definition, Vec<Fault>> {
        let mut reader = Reader::new(file);
        let definition = match serde_json::from_str(text) {
            Ok(json) => reader.definition(&json),
            Err(error) => {
                reader.fault("", format!("不是 JSON：{error}"), format!("this is not JSON: {error}"));
                None
            }
        };
        match definition {
            Some(definition) if reader.faults.is_empty() => Ok(definition),
            _ => Err(reader.faults),
        }
    }

    /// Reads several files; faults of all of them, also a report id used twice.
    pub fn read_all<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<Definition>, Vec<Fault>> {
        let (mut definitions, mut faults) = (Vec::<Definition>::new(), Vec::new());
        for (file, text) in files {
            match Definition::read(file, text) {
                Ok(definition) if definitions.iter().any(|other| other.id == definition.id) => {
                    faults.push(Fault {
                        file: file.to_owned(),
                        pointer: "/id".into(),
                        reason: Words {
                            zh: format!("报表编号 {} 重复", definition.id),
                            en: format!("the report id {} is used twice", definition.id),
                        },
                    });
                }
                Ok(definition) => definitions.push(definition),
                Err(mut found) => faults.append(&mut found),
            }
        }
        if faults.is_empty() { Ok(definitions) } else { Err(faults) }
    }
}
