//! What must come out when both phones have met, worked out from the plan and the record's history alone.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::{ChangeHash, Record};
use serde_json::{Value as Json, json};

use crate::phones::registers;
use crate::plan::{Fate, Kind, Pair, ROW_1, ROW_2, Turn, by_hand};

/// Where a register is read under the second version, by the plan alone.
pub(crate) fn target(pair: &Pair, path: &str, version: u32) -> Option<(String, Option<Fate>)> {
    let template = path.replace(ROW_1, "*").replace(ROW_2, "*");
    let row = if path.contains(ROW_1) { ROW_1 } else { ROW_2 };
    let moved = pair.two.question("people").is_some();
    if let Some(tail) = path.strip_prefix("rows/").filter(|tail| moved && tail.ends_with("/_deleted")) {
        return Some((format!("people/{tail}"), None));
    }
    for (from, fate) in &pair.fates {
        let code = template.strip_prefix(&format!("{from}/")).filter(|_| fate.kind == Kind::Many);
        if template != *from && code.is_none() {
            continue;
        }
        let now = fate.now.as_ref()?.replace('*', row);
        let code = match code {
            Some("a") if fate.turn == Turn::MapCode && version == 1 => Some("z"),
            code => code,
        };
        let path = code.map_or(now.clone(), |code| format!("{now}/{code}"));
        return Some((path, Some(fate.clone())));
    }
    Some((path.to_owned(), None))
}

/// What must come out, worked out from the plan: for each path the values that nobody has replaced knowingly.
pub(crate) fn expected(pair: &Pair, record: &mut Record) -> BTreeMap<String, BTreeSet<String>> {
    let registers = registers(record);
    let mut all: BTreeMap<String, Vec<(String, ChangeHash, Json)>> = BTreeMap::new();
    for (path, register) in &registers {
        for said in &register.candidates {
            let Some((at, fate)) = target(pair, path, said.version) else { continue };
            let value = match &fate {
                Some(fate) if said.version == 1 => match fate.turn {
                    Turn::Convert | Turn::MoveAndConvert => by_hand(fate.kind, &said.value),
                    Turn::MapCode if said.value == "a" => json!("z"),
                    _ => said.value.clone(),
                },
                _ => said.value.clone(),
            };
            all.entry(at).or_default().push((path.clone(), said.change, value));
        }
    }
    let standing = |list: &Vec<(String, ChangeHash, Json)>| -> BTreeSet<String> {
        let replaced = |(register, change, _): &&(String, ChangeHash, Json)| {
            list.iter().any(|(other, newer, _)| other != register && record.has_seen(newer, change))
        };
        list.iter().filter(|said| !replaced(said)).map(|(_, _, value)| value.to_string()).collect()
    };
    all.iter().map(|(path, list)| (path.clone(), standing(list))).collect()
}
