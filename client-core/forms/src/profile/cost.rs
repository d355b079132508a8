//! References and size, worked out before anything is compiled: a small schema of nested references can stand
//! for millions of subschemas.

use std::collections::HashMap;

use super::FILE;
use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::limits;

/// Size and depth of a subtree with every reference replaced by its target.
#[derive(Clone, Copy, Default)]
struct Cost {
    subschemas: u64,
    depth: u64,
}

enum State {
    Open,
    Done(Cost),
}

struct Walk<'a> {
    defs: HashMap<&'a str, &'a Node>,
    states: HashMap<&'a str, State>,
    chain: usize,
    sound: bool,
}

/// True when every reference leads to a definition of this file, none in a circle, and the whole is within the
/// limits.
pub(super) fn check(schema: &Node, faults: &mut Faults) -> bool {
    let defs = schema.get("$defs").map_or(&[][..], Node::entries);
    let by_name = defs.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let mut walk = Walk { defs: by_name, states: HashMap::new(), chain: 0, sound: true };
    for (name, def) in defs {
        walk.def(name, def, faults);
    }
    let mut total = Cost::default();
    for (key, value) in schema.entries().iter().filter(|(k, _)| k != "$defs") {
        total = add(total, walk.member(key, value, &join("", key), faults));
    }
    if total.subschemas > limits::SUBSCHEMAS {
        let max = limits::SUBSCHEMAS;
        let en = format!("more than {max} subschemas when every reference is counted as a copy");
        faults.add(FILE, "", FaultKind::TooManySubschemas, en, format!("展开引用后子模式超过 {max} 个"));
        walk.sound = false;
    }
    if total.depth > 2 * limits::JSON_DEPTH as u64 {
        let en = "nested too deeply when references are followed";
        faults.add(FILE, "", FaultKind::TooDeep, en, "展开引用后嵌套过深");
        walk.sound = false;
    }
    walk.sound
}

fn add(a: Cost, b: Cost) -> Cost {
    Cost { subschemas: a.subschemas.saturating_add(b.subschemas), depth: a.depth.max(b.depth) }
}

impl<'a> Walk<'a> {
    fn def(&mut self, name: &'a str, def: &'a Node, faults: &mut Faults) -> Cost {
        match self.states.get(name) {
            Some(State::Done(cost)) => return *cost,
            Some(State::Open) => {
                let en = format!("the references of {name} lead back to itself");
                let zh = format!("{name} 的引用形成循环");
                faults.add(FILE, join("/$defs", name), FaultKind::RefLoop, en, zh);
                self.sound = false;
                return Cost::default();
            }
            None => {}
        }
        if self.chain >= limits::JSON_DEPTH {
            // Named once: the rest of a long chain would say the same again.
            if !faults.has(|fault| fault.kind == FaultKind::TooDeep) {
                let en = "a chain of references longer than the limit";
                faults.add(FILE, join("/$defs", name), FaultKind::TooDeep, en, "引用链过长");
            }
            self.sound = false;
            return Cost::default();
        }
        self.states.insert(name, State::Open);
        self.chain += 1;
        let cost = self.node(def, &join("/$defs", name), faults);
        self.chain -= 1;
        self.states.insert(name, State::Done(cost));
        cost
    }

    fn node(&mut self, node: &'a Node, pointer: &str, faults: &mut Faults) -> Cost {
        let mut total = Cost::default();
        match node {
            Node::Object(entries) => {
                for (key, value) in entries {
                    total = add(total, self.member(key, value, &join(pointer, key), faults));
                }
                total.subschemas = total.subschemas.saturating_add(1);
                total.depth = total.depth.saturating_add(1);
            }
            Node::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    total = add(total, self.node(item, &format!("{pointer}/{i}"), faults));
                }
            }
            _ => {}
        }
        total
    }

    fn member(&mut self, key: &'a str, value: &'a Node, pointer: &str, faults: &mut Faults) -> Cost {
        match key {
            "$ref" => self.reference(value, pointer, faults),
            "enum" | "const" => Cost::default(),
            _ if key.starts_with("x-") => Cost::default(),
            // The map itself is no schema; its values are.
            "properties" | "$defs" => {
                let values = value.entries().iter();
                values.fold(Cost::default(), |sum, (name, child)| {
                    add(sum, self.node(child, &join(pointer, name), faults))
                })
            }
            _ => self.node(value, pointer, faults),
        }
    }

    fn reference(&mut self, value: &'a Node, pointer: &str, faults: &mut Faults) -> Cost {
        let target = value.as_str().unwrap_or_default();
        if !target.starts_with('#') {
            let en = format!("{target:?} refers outside this file");
            faults.add(FILE, pointer, FaultKind::RemoteRef, en, format!("不允许引用文件之外的 {target:?}"));
            self.sound = false;
            return Cost::default();
        }
        let name = target.strip_prefix("#/$defs/").filter(|name| !name.contains('/'));
        match name.and_then(|name| self.defs.get_key_value(name).map(|(k, v)| (*k, *v))) {
            Some((name, def)) => self.def(name, def, faults),
            None => {
                let en = format!("{target:?} is not a definition under $defs");
                faults.add(FILE, pointer, FaultKind::UnknownRef, en, format!("$defs 中没有 {target:?}"));
                self.sound = false;
                Cost::default()
            }
        }
    }
}
