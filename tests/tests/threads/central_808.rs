//! getodk/central 808: a record is begun and edited twice offline; the second edit is sent first, then the first, and the
//! beginning last. There the beginning could not be processed at all, and nobody could say whether there was a conflict.

use doorstep_protocol::push::ItemVerdict;
use serde_json::json;

use crate::orders::Stage;

#[test]
fn a_beginning_that_comes_last_is_no_error() {
    let mut stage = Stage::unborn(&["li"]);
    stage.edit(0, "name", "赵一");
    stage.edit(0, "dry", 3);
    stage.edit(0, "dry", 4);
    assert_eq!(stage.in_all_orders(&[], |_| ()), 24);

    let letters = stage.letters();
    let mut arrived = stage.fresh();
    for at in [3, 2, 1] {
        let verdicts = arrived.deliver(&[&letters[at]]);
        assert!(matches!(verdicts[..], [ItemVerdict::Waiting { .. }]), "{verdicts:?}");
        assert!(arrived.view().is_none(), "nothing is made of an edit alone");
    }
    let verdicts = arrived.deliver(&[&letters[0]]);
    assert!(verdicts.iter().all(|verdict| *verdict == ItemVerdict::Accepted), "{verdicts:?}");
    assert_eq!(arrived.view().unwrap().answers["dry"].value, json!(4), "what waited came after it at once");
    // Sent again, all is known.
    for letter in &letters {
        let again = arrived.deliver(&[letter]);
        let settled =
            |verdict: &ItemVerdict| matches!(verdict, ItemVerdict::Accepted | ItemVerdict::Duplicate);
        assert!(again.iter().all(settled), "{again:?}");
    }
    arrived.quiet(&letters, &[]);
}
