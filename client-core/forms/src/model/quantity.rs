//! `x-quantity` read from the schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::texts::Translator;
use super::view::View;
use crate::expr::{RecordType, Type};
use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::package::Texts;
use crate::profile::FILE;
use crate::quantity::{QuantityDef, units};

/// What expressions see of a quantity.
pub(super) fn type_of(template: &str) -> Type {
    let text = ["unit", "entered_unit", "qualifier", "masked"].map(|key| (key.to_string(), Type::Text));
    let numbers = ["value", "entered"].map(|key| (key.to_string(), Type::Num));
    let fields: BTreeMap<String, Type> = text.into_iter().chain(numbers).collect();
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

/// Reads the definition; `keys` are the translation keys of the unit's symbol.
pub(super) fn read(
    view: &View<'_>,
    keys: &[String],
    translator: &Translator<'_>,
    faults: &mut Faults,
) -> Option<QuantityDef> {
    for keyword in ["properties", "required", "additionalProperties", "items", "x-unit"] {
        if let Some((_, at)) = view.at(keyword) {
            let en = "the inside of a quantity follows from x-quantity; leave this out";
            faults.add(FILE, at, FaultKind::Question, en, "数量题的内部结构由 x-quantity 决定，请删去此项");
        }
    }
    let (node, pointer) = view.at("x-quantity")?;
    let unit = node.str_at("unit")?.to_string();
    let symbol = symbol(node, &unit, &pointer, keys, translator, faults)?;
    let entry = entry(node, &unit, &pointer, faults);
    let qualifiers = node.get("qualifiers").and_then(Node::as_bool).unwrap_or(true);
    Some(QuantityDef { unit, symbol, entry, qualifiers })
}

/// The symbol that is written, else that of the table. A unit of one's own needs one: a mistyped code must not
/// become a unit.
fn symbol(
    node: &Node,
    unit: &str,
    pointer: &str,
    keys: &[String],
    translator: &Translator<'_>,
    faults: &mut Faults,
) -> Option<Texts> {
    if let Some(written) = node.str_at("symbol") {
        return Some(translator.texts(written, keys, faults));
    }
    let (magnitude, base) = units::split(unit);
    let Some(known) = units::unit(base) else {
        let near = crate::suggest::nearest(unit, units::codes());
        let en = format!(
            "{unit} is not in the table of units; a counting unit of your own needs a \"symbol\"{}",
            crate::suggest::en(near)
        );
        let zh = format!("单位表中没有 {unit}；自定的计数单位须写 \"symbol\"{}", crate::suggest::zh(near));
        faults.add(FILE, join(pointer, "unit"), FaultKind::KeywordValue, en, zh);
        return None;
    };
    let text = |locale: &String| {
        let zh = locale.starts_with("zh");
        let gap = if magnitude.en.is_empty() || zh { "" } else { " " };
        let (size, name) = if zh { (magnitude.zh, known.zh) } else { (magnitude.en, known.en) };
        (locale.clone(), format!("{size}{gap}{name}"))
    };
    // Both languages of the table, so that messages have them whatever the form speaks.
    let both = ["zh".to_string(), "en".to_string()];
    Some(translator.manifest.locales.iter().chain(&both).map(text).collect())
}

/// The codes in which it may be typed: as written, else the unit itself and its thousands, 万 and 亿.
fn entry(node: &Node, unit: &str, pointer: &str, faults: &mut Faults) -> Vec<String> {
    let mut entry = vec![unit.to_string()];
    let Some(list) = node.get("entry") else {
        if units::split(unit).0 == units::ONE {
            entry.extend(units::MAGNITUDES.iter().map(|m| format!("{}{unit}", m.prefix)));
        }
        return entry;
    };
    for (i, code) in list.items().iter().enumerate() {
        let Some(code) = code.as_str().filter(|code| *code != unit) else { continue };
        if units::convertible(code, unit) {
            entry.push(code.to_string());
        } else {
            let near = crate::suggest::nearest(code, units::codes());
            let en = format!("{code} cannot be converted to {unit}{}", crate::suggest::en(near));
            let zh = format!("{code} 不能换算为 {unit}{}", crate::suggest::zh(near));
            faults.add(FILE, format!("{pointer}/entry/{i}"), FaultKind::KeywordValue, en, zh);
        }
    }
    entry
}
