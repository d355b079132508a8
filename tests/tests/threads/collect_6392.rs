//! getodk/collect 6392: of two offline edits of a known record only the second is sent. There nothing happened on the
//! server, and nobody could see why. Here it waits where the office can see it, shows nothing half done, and both are
//! applied when the first comes.

use doorstep_protocol::push::ItemVerdict;
use doorstep_server::reconcile::flag::FlagKind;
use serde_json::json;

use crate::field::shown;
use crate::orders::Stage;

#[test]
fn a_part_of_a_run_waits_to_be_whole() {
    let mut stage =
        Stage::known(&["li", "wang"], &[("name", json!("赵一")), ("address", json!("甲一组1号"))]);
    stage.edit(0, "address", "甲一组2号");
    stage.edit(0, "address", "甲一组3号");
    stage.edit(0, "dry", 3);
    // Every part of the run in every order is a beginning of one of these.
    assert_eq!(stage.in_all_orders(&[], |_| ()), 6);

    let letters = stage.letters();
    let mut arrived = stage.fresh();
    let record = arrived.record;
    let verdicts = arrived.deliver(&[&letters[1]]);
    assert!(
        matches!(&verdicts[..], [ItemVerdict::Waiting { missing }] if missing.len() == 1),
        "{verdicts:?}"
    );
    let view = arrived.view().unwrap();
    assert_eq!(view.answers["address"].value, "甲一组1号");
    let waiting: Vec<&str> = view
        .flags
        .iter()
        .filter(|flag| flag.kind == FlagKind::Waiting)
        .map(|flag| flag.detail.as_str())
        .collect();
    assert_eq!(waiting, ["1"], "the office sees that something is missing");
    // Others work on, undisturbed; the author sees his own.
    arrived.field.sync(&mut arrived.phones[1]);
    assert_eq!(shown(&mut arrived.phones[1], record, "address").0, "甲一组1号");
    assert_eq!(shown(&mut arrived.phones[0], record, "address").0, "甲一组3号");
    // The phone itself sends the rest, and what had waited is known.
    arrived.quiet(&letters, &[]);
    assert_eq!(shown(&mut arrived.phones[1], record, "address").0, "甲一组3号");
}
