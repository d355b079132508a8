//! Reports over the store at an instant.

use serde_json::json;

use super::{Asked, Definition, Quoted, ReportSet};
use crate::accounts::role::Role;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, FORM, Sqlite};

type World = crate::store::conformance::World<Sqlite>;

/// Finds a report that ignores `--as-of`. (Planted: the scope it counts over is that of now.)
#[test]
fn a_report_counts_what_had_been_approved_by_then() {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut li = world.phone("li");
    let words = json!({"zh": "字", "en": "words"});
    let sum = json!({"source": "all", "of": "doc.land"});
    let values = json!([{"key": "n", "unit": words, "count": {"source": "all"}}, {"key": "land", "unit": words, "sum": sum}]);
    let definition = json!({"format": 1, "id": "T", "title": words, "sources": {"all": {"form": FORM}},
        "rows": [{"key": "row", "label": words, "definition": words, "values": values}]});
    let definition =
        Definition::read("T.json", &definition.to_string()).unwrap_or_else(|faults| panic!("{faults:?}"));
    let set = ReportSet::new(vec![definition], Quoted::default());
    let told = |as_of_ms: Option<i64>| -> String {
        let asked = Asked { as_of_ms, now_ms: world.now(), drill: true, ..Asked::default() };
        let result = set.count_asked(world.store(), &operator(), &asked).unwrap().remove(0);
        let values = result.rows[0].values.iter().map(|value| value.value.unwrap().to_string());
        values.collect::<Vec<_>>().join(" ")
    };
    let before = world.now();
    let one = li.household(&world, EAST, "a");
    li.edit(&world, one, &[("land", 3_i64)]);
    li.complete(&world, one);
    world.approve(one);
    let first = world.now();
    let other = li.household(&world, EAST, "b");
    world.approve(other);
    li.edit(&world, one, &[("land", 5_i64)]);
    li.complete(&world, one);
    world.approve(one);
    assert_eq!([None, Some(first), Some(before)].map(told), ["2 5", "1 3", "0 0"]);
}
