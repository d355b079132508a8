//! Quantities in words. Chinese says them as they were typed (70余万份), in words that [`super::parse`] reads back;
//! other languages say the amount in the question's own unit, because 万 has no word there.

use rust_decimal::Decimal;

use super::{Qualifier, Quantity, QuantityDef, units};
use crate::expr::decimal_text;
use crate::model::text_in;

fn symbol<'a>(def: &'a QuantityDef, base: &'a str, locale: &str) -> &'a str {
    if base == def.unit {
        return text_in(&def.symbol, locale);
    }
    units::unit(base).map_or(base, |unit| if locale.starts_with("zh") { unit.zh } else { unit.en })
}

pub(super) fn unit(def: &QuantityDef, code: &str, locale: &str) -> String {
    let (magnitude, base) = if code == def.unit { (units::ONE, code) } else { units::split(code) };
    let symbol = symbol(def, base, locale);
    match (locale.starts_with("zh"), magnitude.en) {
        (_, "") => symbol.to_string(),
        (true, _) => format!("{}{symbol}", magnitude.zh),
        (false, word) => format!("{word} {symbol}"),
    }
}

pub(super) fn quantity(q: &Quantity, def: &QuantityDef, locale: &str) -> String {
    let zh = locale.starts_with("zh");
    let (number, unit) = match (&q.masked, zh) {
        (Some(masked), _) => (masked.clone(), q.as_typed().1),
        (None, true) => (q.as_typed().0.as_ref().map_or(String::new(), decimal_text), q.as_typed().1),
        (None, false) => (q.value.as_ref().map_or(String::new(), grouped), q.unit.as_str()),
    };
    let unit = self::unit(def, unit, locale);
    match (q.qualifier, zh) {
        (None, true) => format!("{number}{unit}"),
        (None, false) => format!("{number} {unit}"),
        // 余 after a whole number is how people say it.
        (Some(Qualifier::Over), true) if !number.contains('.') => format!("{number}余{unit}"),
        (Some(word), true) => format!("{}{number}{unit}", word.word(locale)),
        (Some(word), false) => format!("{} {number} {unit}", word.word(locale)),
    }
}

/// `1,234,567.5`.
fn grouped(n: &Decimal) -> String {
    let plain = decimal_text(n);
    let (sign, body) = plain.strip_prefix('-').map_or(("", plain.as_str()), |body| ("-", body));
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if fraction.is_empty() { out } else { format!("{out}.{fraction}") }
}
