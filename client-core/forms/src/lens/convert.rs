//! One answer read as another kind. What cannot be converted exactly is not converted.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::expr::{Missing, date_text, decimal_text, parse_date, parse_decimal};
use crate::model::Kind;
use crate::quantity::Quantity;

/// What a kind of answer is converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum To {
    Text,
    Decimal,
    Integer,
    Bool,
    Date,
    Code,
    Quantity,
}

/// A conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Convert {
    pub(crate) to: To,
    /// Numbers are multiplied by this: another unit.
    pub(crate) factor: Option<String>,
    /// The code (or text) that yes is read as; for `bool` the code that means yes.
    pub(crate) yes: Option<String>,
    /// The same for no.
    pub(crate) no: Option<String>,
    /// The unit in which a quantity is told after the factor: that of its question.
    pub(crate) unit: Option<String>,
}

impl Convert {
    /// The factor as a number; `None` when it is none.
    pub(crate) fn factor(&self) -> Option<Decimal> {
        match &self.factor {
            None => Some(Decimal::ONE),
            Some(text) => parse_decimal(text).filter(|factor| !factor.is_zero()),
        }
    }

    /// Whether the result is an answer of this kind of question.
    pub(crate) fn fits(&self, kind: Kind) -> bool {
        matches!(
            (self.to, kind),
            (To::Text, Kind::Text)
                | (To::Decimal, Kind::Decimal)
                | (To::Integer, Kind::Integer)
                | (To::Bool, Kind::Bool)
                | (To::Date, Kind::Date)
                | (To::Code, Kind::SelectOne)
                | (To::Quantity, Kind::Quantity)
        )
    }

    /// The value read anew; `None` when it cannot be, exactly.
    pub(crate) fn apply(&self, value: &Json) -> Option<Json> {
        if value.is_null() || Missing::from_json(value).is_some() {
            return Some(value.clone());
        }
        match self.to {
            To::Text => text(value).map(Json::String),
            To::Code => match value {
                Json::Bool(yes) => if *yes { &self.yes } else { &self.no }.clone().map(Json::String),
                other => text(other).filter(|code| crate::package::is_code(code)).map(Json::String),
            },
            To::Bool => match value {
                Json::Bool(_) => Some(value.clone()),
                other => {
                    let code = text(other)?;
                    let is = |wanted: &Option<String>| wanted.as_deref() == Some(code.as_str());
                    if is(&self.yes) { Some(json!(true)) } else { is(&self.no).then_some(json!(false)) }
                }
            },
            To::Date => parse_date(&text(value)?.replace(['/', '.'], "-")).map(|date| json!(date_text(date))),
            To::Quantity => self.quantity(value).map(|quantity| json!(quantity.canonical())),
            To::Decimal => self.number(value).map(|n| json!(decimal_text(&n.normalize()))),
            To::Integer => {
                let n = self.number(value)?;
                n.is_integer().then(|| n.to_i64())?.map(Json::from)
            }
        }
    }

    /// A number, or a quantity in another unit, as a quantity. How it was said stays; what was typed was typed in units of
    /// then, and stands in the register. Masked digits cannot be multiplied.
    fn quantity(&self, value: &Json) -> Option<Quantity> {
        let unit = self.unit.as_ref()?;
        if let Some(said) = Quantity::read(value) {
            let factor = self.factor()?;
            if factor == Decimal::ONE && said.unit == *unit {
                return Some(said);
            }
            let value = said.value?.checked_mul(factor)?.normalize();
            let (entered, entered_unit) = (None, None);
            return Some(Quantity { value: Some(value), unit: unit.clone(), entered, entered_unit, ..said });
        }
        let value = Some(self.number(value)?.normalize());
        let (masked, entered, entered_unit, qualifier) = (None, None, None, None);
        Some(Quantity { value, masked, unit: unit.clone(), entered, entered_unit, qualifier })
    }

    fn number(&self, value: &Json) -> Option<Decimal> {
        let n = match value {
            Json::Number(n) => parse_decimal(&n.to_string())?,
            Json::String(text) => parse_decimal(&crate::form::half_width(text))?,
            _ => return None,
        };
        n.checked_mul(self.factor()?)
    }
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(n) => Some(n.to_string()),
        Json::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_or_not_at_all() {
        let how = |json: Json| {
            let part = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
            let to = serde_json::from_value(json["to"].clone()).unwrap();
            Convert { to, factor: part("factor"), yes: part("true"), no: part("false"), unit: part("unit") }
        };
        let table = [
            (json!({"to": "decimal"}), json!("１２.50 "), Some(json!("12.5"))),
            (json!({"to": "decimal"}), json!("约12"), None),
            (json!({"to": "decimal"}), json!(3), Some(json!("3"))),
            (json!({"to": "decimal", "factor": "10000"}), json!("1.5"), Some(json!("15000"))),
            (json!({"to": "decimal"}), json!(true), None),
            (json!({"to": "integer"}), json!("3.0"), Some(json!(3))),
            (json!({"to": "integer"}), json!("3.5"), None),
            (json!({"to": "integer"}), json!("99999999999999999999"), None),
            (json!({"to": "text"}), json!(7), Some(json!("7"))),
            (json!({"to": "date"}), json!("2015/7/1"), None),
            (json!({"to": "date"}), json!("2015/07/01"), Some(json!("2015-07-01"))),
            (json!({"to": "code", "true": "yes", "false": "no"}), json!(false), Some(json!("no"))),
            (json!({"to": "code", "true": "yes"}), json!(false), None),
            (json!({"to": "bool", "true": "yes", "false": "no"}), json!("yes"), Some(json!(true))),
            (json!({"to": "bool", "true": "yes", "false": "no"}), json!("maybe"), None),
            (
                json!({"to": "quantity", "unit": "mu"}),
                json!("3.50"),
                Some(json!(r#"{"unit":"mu","value":"3.5"}"#)),
            ),
            (
                json!({"to": "quantity", "unit": "mu", "factor": "15"}),
                json!(
                    r#"{"entered":"20000","entered_unit":"m2","qualifier":"over","unit":"hectare","value":"2"}"#
                ),
                Some(json!(r#"{"qualifier":"over","unit":"mu","value":"30"}"#)),
            ),
            (
                json!({"to": "quantity", "unit": "mu", "factor": "15"}),
                json!(r#"{"masked":"2x","unit":"hectare"}"#),
                None,
            ),
            (
                json!({"to": "quantity", "unit": "head"}),
                json!(r#"{"masked":"2x00","unit":"head"}"#),
                Some(json!(r#"{"masked":"2x00","unit":"head"}"#)),
            ),
            (json!({"to": "decimal"}), json!(null), Some(json!(null))),
            (json!({"to": "decimal"}), json!({"missing": "dk"}), Some(json!({"missing": "dk"}))),
        ];
        for (convert, value, expected) in table {
            assert_eq!(how(convert.clone()).apply(&value), expected, "{convert} {value}");
        }
    }
}
