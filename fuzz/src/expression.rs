//! Expressions of forms and reports: total whatever is written, and printed so that the same can be read again.

use doorstep_forms::expr::{Budget, Expr, Scope, Type, TypeEnv, Value, row_value};
use serde_json::json;

use crate::{Seed, seed};

/// A household to look at. Values belong to one thread.
fn doc() -> Value {
    row_value(&json!({
        "a": "10.5", "n": "4", "zero": "0", "name": " Wang 王 ", "born": "1980-02-29", "day": "2015-02-28",
        "yes": true, "no": false, "dk": {"missing": "dk"}, "causes": {"illness": true, "school": false},
        "id": "11010519491231002X",
        "members": {
            "01J9ZZZZZZZZZZZZZZZZZZZZZA": {"name": "甲", "income": "1", "_order": "c"},
            "01J9ZZZZZZZZZZZZZZZZZZZZZB": {"name": "乙", "income": "2", "_order": "b"},
            "01J9ZZZZZZZZZZZZZZZZZZZZZC": {"name": "丙", "_deleted": true}
        },
        "years": {"2014": {"x": "7"}, "2015": {"x": "8"}}
    }))
}

thread_local! {
    static DOC: Value = doc();
}

/// Parses, checks, evaluates, prints.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expr = match Expr::parse(text) {
        Ok(expr) => expr,
        Err(error) => return drop(error.to_string()),
    };
    let printed = expr.to_string();
    match Expr::parse(&printed) {
        Ok(again) => assert_eq!(again.to_string(), printed),
        // What was written in short may be too long in full.
        Err(error) => assert!(printed.len() > text.len(), "{printed:?}: {error}"),
    }
    for env in [TypeEnv::default(), TypeEnv::default().with("doc", Type::Any)] {
        drop(expr.check(&env));
    }
    let value = |scope: Scope| expr.eval(&mut { scope }, &mut Budget::for_expression()).to_json();
    let with_doc = || Scope::default().with("doc", DOC.with(Value::clone));
    assert_eq!(value(with_doc()), value(with_doc()), "the same expression, another value");
    drop(value(Scope::default()));
}

/// Expressions of each kind.
pub fn seeds() -> Vec<Seed> {
    [
        "1 + 2 * 3 - doc.a / 4 % 7",
        "doc.a >= 3 && doc.yes || !doc.no",
        "doc.zero == 0 ? 'a' + \"b\" : r'\\n'",
        "date('2015-12-31') + 1 > doc.day",
        "doc.members.map(m, m.income)",
        "sum(doc.members.filter(m, m.income > 1).map(m, m.income))",
        "doc.members.exists(m, m.name == '甲') && doc.members.all(m, m.income < 100)",
        "doc.causes.illness == true",
        "[1, 2, 3][1] in [2, 3]",
        "count_missing(doc.a, doc.n)",
        "doc.name.matches('^W[a-z]+')",
        "size(doc.members) > 0",
        "years_between(doc.born, doc.day)",
        "doc.years['2014'].x",
        "null == doc.nobody",
        "'\\u738b' + string(1.50)",
        "min(doc.a, doc.n) + max(1, 2) + round(2.5, 0)",
        "-(-(-1)) - -doc.a",
    ]
    .into_iter()
    .enumerate()
    .map(|(at, text)| seed(format!("{at:02}"), text))
    .collect()
}
