//! Quantities: a number with its unit that keeps how it was said ("over 700,000", typed as 70余万份) and what was masked
//! (`2x00`).
//!
//! The answer is one register of canonical JSON, so that number, unit and qualifier can never come from two hands:
//! `{"entered":"70","entered_unit":"wan_copies","qualifier":"over","unit":"copies","value":"700000"}`.
//! `value` is told in `unit`, the unit of the question; `entered` and `entered_unit` stand only where they differ.
//! Masked: `{"masked":"2x00","unit":"head"}`, and no value: a masked digit is never guessed.

mod parse;
mod text;
pub(crate) mod units;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use crate::expr::{decimal_text, parse_decimal};
use crate::package::Texts;

pub use parse::QuantityError;

/// How a number was said. No qualifier = exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// More than: 余, 多, 超过.
    Over,
    /// More or less: 约, 左右.
    About,
    /// Almost: 近.
    Nearly,
    /// That or more: 以上, 不少于.
    AtLeast,
    /// That or less: 以下, 不超过.
    AtMost,
}

impl Qualifier {
    /// All of them.
    pub const ALL: [Qualifier; 5] =
        [Qualifier::Over, Qualifier::About, Qualifier::Nearly, Qualifier::AtLeast, Qualifier::AtMost];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Qualifier::Over => "over",
            Qualifier::About => "about",
            Qualifier::Nearly => "nearly",
            Qualifier::AtLeast => "at_least",
            Qualifier::AtMost => "at_most",
        }
    }

    /// The qualifier of a code.
    pub fn from_code(code: &str) -> Option<Qualifier> {
        Qualifier::ALL.into_iter().find(|q| q.code() == code)
    }

    /// The word in `locale`, as it stands before a number.
    pub fn word(self, locale: &str) -> &'static str {
        match (self, locale.starts_with("zh")) {
            (Qualifier::Over, true) => "超过",
            (Qualifier::About, true) => "约",
            (Qualifier::Nearly, true) => "近",
            (Qualifier::AtLeast, true) => "不少于",
            (Qualifier::AtMost, true) => "不超过",
            (Qualifier::Over, false) => "over",
            (Qualifier::About, false) => "about",
            (Qualifier::Nearly, false) => "nearly",
            (Qualifier::AtLeast, false) => "at least",
            (Qualifier::AtMost, false) => "at most",
        }
    }

    /// What may be said of the sum of two amounts. Exact (`None`) changes nothing: over 70 and 5 are over 75. Two that
    /// bound from below, or from above, keep their side; what pulls both ways is only known roughly.
    pub fn of_sum(a: Option<Qualifier>, b: Option<Qualifier>) -> Option<Qualifier> {
        use Qualifier::{About, AtLeast, AtMost, Nearly, Over};
        let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
        Some(match (a, b) {
            _ if a == b => a,
            (Over, AtLeast) | (AtLeast, Over) => Over,
            (Nearly, AtMost) | (AtMost, Nearly) => AtMost,
            _ => About,
        })
    }
}

/// What a question of kind quantity says of its answers.
#[derive(Debug, Clone)]
pub struct QuantityDef {
    /// Unit of `value`.
    pub(crate) unit: String,
    /// Its symbol by locale.
    pub(crate) symbol: Texts,
    /// Codes in which it may be typed, the unit itself first.
    pub(crate) entry: Vec<String>,
    /// Whether anything but exact numbers is taken.
    pub(crate) qualifiers: bool,
}

impl QuantityDef {
    /// Code of the unit that `value` is told in.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Codes of the units in which it may be typed, the question's own first.
    pub fn entry(&self) -> &[String] {
        &self.entry
    }

    /// Whether "over", "about" and so on may be said.
    pub fn takes_qualifiers(&self) -> bool {
        self.qualifiers
    }

    /// Reads a typed text: `70余万份`, `over 70 wan`, `216.0429万元`, `2x00`. Never guesses: what can be read in two ways
    /// is an error that says what is expected.
    pub fn parse(&self, text: &str) -> Result<Quantity, QuantityError> {
        parse::parse(self, text)
    }

    /// A unit of this question in words, such as 万份; other units by their code.
    pub fn unit_text(&self, code: &str, locale: &str) -> String {
        text::unit(self, code, locale)
    }

    /// The structural schema of an answer.
    pub(crate) fn schema(&self) -> Json {
        let qualifiers: Vec<&str> = Qualifier::ALL.into_iter().map(Qualifier::code).collect();
        json!({
            "type": "object", "additionalProperties": false, "required": ["unit"],
            "properties": {
                "value": {"type": "string", "format": "decimal"},
                "entered": {"type": "string", "format": "decimal"},
                "masked": {"type": "string", "maxLength": parse::MASKED_CHARS, "pattern": "^[0-9.]*[xX□*][0-9.xX□*]*$"},
                "unit": {"const": self.unit},
                "entered_unit": {"enum": self.entry},
                "qualifier": {"enum": qualifiers},
            }
        })
    }
}

/// The answer to a question of kind quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The amount in `unit`; none when masked.
    pub value: Option<Decimal>,
    /// The digits as they were left readable: `2x00`.
    pub masked: Option<String>,
    /// The unit of the question.
    pub unit: String,
    /// The number as typed, where that is not `value`.
    pub entered: Option<Decimal>,
    /// The unit as typed, where that is not `unit`.
    pub entered_unit: Option<String>,
    /// How it was said; none = exact.
    pub qualifier: Option<Qualifier>,
}

impl Quantity {
    /// An amount as typed. `None` when it cannot be told in `unit`.
    pub fn new(
        entered: Decimal,
        entered_unit: &str,
        unit: &str,
        qualifier: Option<Qualifier>,
    ) -> Option<Quantity> {
        let value = units::convert(entered, entered_unit, unit)?;
        Some(Quantity {
            value: Some(value),
            masked: None,
            unit: unit.to_string(),
            entered: (entered != value).then_some(entered),
            entered_unit: (entered_unit != unit).then(|| entered_unit.to_string()),
            qualifier,
        })
    }

    /// Reads an answer: the register's text, or the object of a tree of answers. `None` when it is no quantity; whether
    /// it is a right one, [`crate::Form::evaluate`] says.
    pub fn read(json: &Json) -> Option<Quantity> {
        if let Json::String(text) = json {
            let inner: Json = serde_json::from_str(text).ok()?;
            return if inner.is_object() { Quantity::read(&inner) } else { None };
        }
        let text = |key: &str| json.get(key).and_then(Json::as_str);
        let number = |key: &str| text(key).and_then(parse_decimal);
        let (value, masked) = (number("value"), text("masked").map(String::from));
        (value.is_some() != masked.is_some()).then_some(())?;
        Some(Quantity {
            value,
            masked,
            unit: text("unit")?.to_string(),
            entered: number("entered"),
            entered_unit: text("entered_unit").map(String::from),
            qualifier: text("qualifier").and_then(Qualifier::from_code),
        })
    }

    /// The register's text: keys sorted, no white space, plain decimals.
    pub fn canonical(&self) -> String {
        let decimal = |n: &Option<Decimal>| n.as_ref().map(decimal_text);
        let parts: BTreeMap<&str, Option<String>> = BTreeMap::from([
            ("value", decimal(&self.value)),
            ("masked", self.masked.clone()),
            ("unit", Some(self.unit.clone())),
            ("entered", decimal(&self.entered)),
            ("entered_unit", self.entered_unit.clone()),
            ("qualifier", self.qualifier.map(|q| q.code().to_string())),
        ]);
        let written: serde_json::Map<String, Json> = parts
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_string(), Json::String(value?))))
            .collect();
        crate::form::canonical(&Json::Object(written))
    }

    /// In words: 70余万份, `over 700,000 copies`, `2x00头`.
    pub fn text(&self, def: &QuantityDef, locale: &str) -> String {
        text::quantity(self, def, locale)
    }

    /// The number as typed (or the value) and its unit.
    pub(crate) fn as_typed(&self) -> (Option<Decimal>, &str) {
        (self.entered.or(self.value), self.entered_unit.as_deref().unwrap_or(&self.unit))
    }
}
