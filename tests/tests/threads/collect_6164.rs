//! getodk/collect 6164: a record is begun and edited offline, and all is sent together. There the server had the record
//! without the edit, phone and server numbered its versions differently from then on, and no later edit took effect.

use serde_json::json;

use crate::field::{answer, shown};
use crate::orders::{Letter, Stage, orders};

#[test]
fn begun_and_edited_sent_together_and_edited_again() {
    let mut stage = Stage::unborn(&["li", "wang"]);
    stage.edit(0, "name", "赵一");
    stage.edit(0, "address", "甲一组1号");
    stage.complete(0);
    let letters = stage.letters();
    for order in orders(letters.len()) {
        let mut arrived = stage.fresh();
        let record = arrived.record;
        let together: Vec<&Letter> = order.iter().map(|at| &letters[*at]).collect();
        arrived.deliver(&together);
        assert_eq!(arrived.view().unwrap().answers["address"].value, "甲一组1号", "{order:?}");
        arrived.quiet(&letters, &[]);
        // Who began it edits again, then somebody else, by turns.
        for (number, phone) in [0, 1, 0, 1].into_iter().enumerate() {
            let address = json!(format!("甲一组{}号", number + 2));
            answer(&mut arrived.phones[phone], record, &[("address", address.clone())]);
            arrived.quiet(&letters, &[]);
            assert_eq!(arrived.view().unwrap().answers["address"].value, address);
            for phone in &mut arrived.phones {
                assert_eq!(shown(phone, record, "address").0, address, "{order:?}");
            }
        }
    }
}
