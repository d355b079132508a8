//! Checks of quantities: violations `quantity_shape`, `quantity_unit`, `quantity_value`, `quantity_qualifier` and
//! `quantity_entered`, each told of the answer as a whole.

use super::Form;
use super::outcome::Violation;
use crate::expr::{Record, Value, decimal_text};
use crate::quantity::{QuantityDef, units};

impl Form {
    /// A structural violation at `inner` (`value`, `unit`...; empty = the object itself) of the quantity at `path`.
    pub(super) fn quantity_violation(&self, path: &str, inner: &str) -> Violation {
        let def = self.question(path).and_then(|q| q.quantity.as_ref());
        match inner {
            "unit" | "entered_unit" => {
                let units = |locale: &str, comma: &str| {
                    let codes = def.map_or(&[][..], |def| &def.entry).iter();
                    let words: Vec<String> =
                        codes.filter_map(|code| Some(def?.unit_text(code, locale))).collect();
                    words.join(comma)
                };
                let params = [("units_en", units("en", ", ")), ("units_zh", units("zh", "、"))];
                Violation::keyword(path, "quantity_unit", &params)
            }
            "value" | "entered" | "masked" => Violation::keyword(path, "quantity_value", &[]),
            "qualifier" => Violation::keyword(path, "quantity_qualifier", &[]),
            _ => Violation::keyword(path, "quantity_shape", &[]),
        }
    }
}

/// What a schema cannot say: value or masked, never both; the value is what was typed, told in the unit.
pub(super) fn check(def: &QuantityDef, record: &Record, path: &str) -> Vec<Violation> {
    let mut out = Vec::new();
    let (value, entered) = (record.get("value"), record.get("entered"));
    let masked = record.get("masked");
    if value.is_null() == masked.is_null() {
        out.push(Violation::keyword(path, "quantity_value", &[]));
    }
    if !def.qualifiers && !record.get("qualifier").is_null() {
        out.push(Violation::keyword(path, "quantity_qualifier", &[("exact", "true".to_string())]));
    }
    let unit = record.get("entered_unit");
    let typed_in = unit.as_text().unwrap_or(&def.unit);
    let fits = match (&value, &entered) {
        (Value::Num(value), Value::Num(entered)) => {
            units::convert(*entered, typed_in, &def.unit) == Some(value.normalize())
        }
        // Typed in another unit, the same number is another amount; masked digits cannot be converted.
        (Value::Num(value), _) => units::convert(*value, typed_in, &def.unit) == Some(value.normalize()),
        (_, Value::Num(_)) => false,
        _ => true,
    };
    if !fits {
        let number = |value: &Value| value.as_number().map_or(String::new(), |n| decimal_text(&n));
        let params = [
            ("entered", number(if entered.is_null() { &value } else { &entered })),
            ("entered_unit", typed_in.to_string()),
            ("value", number(&value)),
        ];
        out.push(Violation::keyword(path, "quantity_entered", &params));
    }
    out
}
