//! One chapter the whole way: filled on phones without a network, synchronised through a network that cuts, approved, and
//! counted from the dataset. The rows that arrive give the figure that the fillings give.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use doorstep_server::reports::DatasetRow;
use doorstep_server::store::dataset::Datasets;

use super::Chapter;
use super::figures_b::{Book, Desk, book};
use super::report3::Report3;
use super::tests::play;

#[test]
fn the_pairs_of_report_3_arrive_from_phones_and_count_the_same() {
    let chapter = Report3::read().unwrap();
    let scene = play(&chapter);
    let (host, carried) = (&scene.host, scene.carried.as_ref().unwrap());
    assert_eq!((carried.chapter, carried.records), ("report3", 76));

    let mut arrived = Vec::new();
    for (form, _) in chapter.forms() {
        let operator = host.store.operator_scope();
        host.store
            .dataset_each(&operator, form, &mut |row| {
                let answers = serde_json::from_str(&row.json).unwrap();
                let row = DatasetRow {
                    record: row.record,
                    form_version: row.form_version,
                    area: row.area,
                    subject: row.subject,
                    answers,
                    conflicts: row.conflicts,
                    author: None,
                    device: None,
                };
                arrived.push((*form, row));
                Ok(())
            })
            .unwrap();
    }
    let desk = Desk::new(&chapter, "T3");
    let (from_phones, from_fillings) = (desk.figures(&Book(arrived)), desk.figures(&book(&chapter)));
    assert_eq!(from_phones["P3-03"].records, 38);
    let values = |figures: &std::collections::BTreeMap<
        String,
        doorstep_server::reports::result::RowResult,
    >| { figures["P3-03"].values.iter().map(|value| value.exact).collect::<Vec<_>>() };
    assert_eq!(values(&from_phones), values(&from_fillings));
}
