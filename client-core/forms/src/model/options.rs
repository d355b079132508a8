//! Where the codes of a select come from.

use std::collections::BTreeSet;

use super::texts::Translator;
use super::view::View;
use super::{Kind, Options, Rule};
use crate::expr::Expr;
use crate::fault::{FaultKind, Faults};
use crate::json::{Node, join};
use crate::package::is_code;
use crate::profile::FILE;

/// Dotted path without row ids, as translation keys use it: `members.relation`.
pub(super) fn dotted(template: &str) -> String {
    let parts: Vec<&str> = template.split('/').filter(|s| *s != "*").collect();
    parts.join(".")
}

/// Parses an expression; a fault and `None` when it cannot be.
pub(super) fn rule(text: &str, pointer: &str, faults: &mut Faults) -> Option<Rule> {
    match Expr::parse(text) {
        Ok(expr) => {
            let (pointer, text) = (pointer.to_string(), text.to_string());
            Some(Rule { pointer, text, expr, reads: Default::default() })
        }
        Err(error) => {
            faults.expression(FILE, pointer, text, &error);
            None
        }
    }
}

pub(super) fn is_select(view: &View<'_>) -> bool {
    ["oneOf", "enum", "x-codes", "x-row-of"].iter().any(|key| view.get(key).is_some())
}

/// The options of a select. `template` is the select's own; a ranking passes the view of its items.
pub(super) fn read(
    view: &View<'_>,
    kind: Kind,
    template: &str,
    translator: &Translator<'_>,
    faults: &mut Faults,
) -> Options {
    if let Some((codes, pointer)) = view.at("x-codes") {
        let filter = codes.str_at("filter").and_then(|f| rule(f, &join(&pointer, "filter"), faults));
        return Options::List { list: codes.str_at("list").unwrap_or_default().to_string(), filter };
    }
    if let Some(roster) = view.str_at("x-row-of") {
        return Options::Rows { roster: roster.to_string() };
    }
    let keys = |code: &str| {
        let mut keys = vec![format!("{}.{code}", dotted(template))];
        keys.extend(view.def_names().iter().map(|def| format!("$defs.{def}.{code}")));
        keys
    };
    if kind == Kind::SelectMany {
        return ticks(view, keys, translator, faults);
    }
    if let Some(options) = view.get("oneOf") {
        let mut seen = std::collections::BTreeSet::new();
        let mut fixed = Vec::new();
        for option in options.items() {
            let (Some(code), Some(title)) = (option.str_at("const"), option.str_at("title")) else {
                continue;
            };
            if !seen.insert(code) {
                let en = format!("the code {code} stands here twice");
                faults.add(FILE, view.pointer(), FaultKind::Question, en, format!("代码 {code} 重复"));
            }
            fixed.push((code.to_string(), translator.texts(title, &keys(code), faults)));
        }
        return Options::Fixed(fixed);
    }
    match view.get("enum") {
        Some(codes) => {
            let codes = codes.items().iter().filter_map(Node::as_str);
            let texts = |code: &str, faults: &mut Faults| translator.optional(code, &keys(code), faults);
            Options::Fixed(codes.map(|code| (code.to_string(), texts(code, faults))).collect())
        }
        None => Options::None,
    }
}

/// The codes of a multi-select are its boolean properties.
fn ticks(
    view: &View<'_>,
    keys: impl Fn(&str) -> Vec<String>,
    translator: &Translator<'_>,
    faults: &mut Faults,
) -> Options {
    let mut fixed = Vec::new();
    for (code, tick) in view.properties() {
        if !is_code(code) || code == "missing" || tick.str_at("type") != Some("boolean") {
            let en = "a multi-select has one boolean property per code";
            faults.add(FILE, tick.pointer(), FaultKind::Question, en, "多选题的每个代码须为一个布尔属性");
        }
        let title = tick.str_at("title").unwrap_or(code);
        let mut keys = keys(code);
        keys.push(format!("{}.label", keys[0]));
        fixed.push((code.to_string(), translator.texts(title, &keys, faults)));
    }
    if fixed.is_empty() {
        let en = "a multi-select has boolean properties, or x-codes";
        faults.add(FILE, view.pointer(), FaultKind::Question, en, "多选题须有布尔属性或 x-codes");
    }
    Options::Fixed(fixed)
}

/// `x-exclusive`: ticks that cannot stand beside any other.
pub(super) fn exclusive_codes(view: &View<'_>, options: &Options, faults: &mut Faults) -> BTreeSet<String> {
    let Some((named, pointer)) = view.at("x-exclusive") else { return BTreeSet::new() };
    let codes: BTreeSet<String> = named.items().iter().filter_map(Node::as_str).map(str::to_owned).collect();
    let known = |code: &String| matches!(options, Options::Fixed(ticks) if ticks.iter().any(|(tick, _)| tick == code));
    if let Some(code) = codes.iter().find(|code| !known(code)) {
        let en = format!("names ticks of this question; {code} is none");
        faults.add(FILE, pointer, FaultKind::Question, en, format!("须为本题的选项；{code} 不是"));
    }
    codes
}
