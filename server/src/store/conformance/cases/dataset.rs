//! What lasts: the dataset after a rebuild, everything after the store was closed, a ledger imported again.

use doorstep_protocol::push::ItemVerdict;
use serde_json::json;

use crate::accounts::role::Role;
use crate::import::changes::record_id;
use crate::import::households::{ImportOptions, import};
use crate::reports::fixtures;
use crate::review::model::RecordFilter;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World, member};
use crate::store::dataset::Datasets;
use crate::store::duplicates::Duplicates;
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::records::Records;

/// A register with something of everything: approved, amended, merged, waiting, set aside.
fn lived<S: Subject>() -> (World<S>, Phone) {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let mut phone = world.phone("li");
    let id = member(1);
    let records: Vec<_> = (0..4)
        .map(|n| {
            let id_no = if n < 2 { "999999198001010017".to_owned() } else { format!("99999919800101{n:04}") };
            phone.registered(&world, EAST, &[("name", "测试甲"), (id.as_str(), &id_no)])
        })
        .collect();
    records.iter().for_each(|record| world.approve(*record));
    phone.edit(&world, records[2], &[("land", 9_i64)]);
    world.store().duplicate_merge(&world.supervisor(), records[0], records[1], world.now()).unwrap();
    let (_, mut foreign) = phone.begin(&world, WEST, &[("name", "foreign")]);
    let (_, early) = phone.begin(&world, EAST, &[("name", "never begun")]);
    foreign.extend(early.into_iter().skip(1));
    let envelope = phone.seal(&world, foreign);
    world.push(&phone, &envelope);
    world.settle();
    world.pull(&mut phone, PAGE);
    (world, phone)
}

fn dump<S: Subject>(world: &World<S>) -> Vec<String> {
    let mut lines = Vec::new();
    let line = &mut |line: &[u8]| {
        lines.push(String::from_utf8(line.to_vec()).unwrap());
        Ok(())
    };
    world.store().dataset_dump(line).unwrap();
    lines
}

/// The lists of the office.
fn listed<S: Subject>(world: &World<S>) -> String {
    let page = world.store().record_list(&operator(), &RecordFilter::default(), None, 100).unwrap();
    serde_json::to_string(&page).unwrap()
}

pub(crate) fn a_rebuild_gives_the_same_dataset<S: Subject>() {
    let (world, mut phone) = lived::<S>();
    let (before, digest, list) = (dump(&world), world.store().dataset_digest().unwrap(), listed(&world));
    assert_eq!((before.len(), digest.1), (3, 3), "two of four are one household");
    let health = world.store().health().unwrap();
    assert_eq!(world.store().rebuild().unwrap(), health.log_rows);
    world.settle();
    assert_eq!((dump(&world), listed(&world)), (before, list));
    assert_eq!(world.store().dataset_digest().unwrap(), digest);
    assert_eq!(world.store().health().unwrap(), health);
    assert_eq!(world.store().log_verify().unwrap(), health.log_rows);
    assert!(world.pull(&mut phone, PAGE).iter().all(|item| format!("{item:?}").starts_with("Row")));
    // One more answer is another dataset.
    let record = phone.household(&world, EAST, "after");
    world.approve(record);
    assert_ne!(world.store().dataset_digest().unwrap(), digest);
}

pub(crate) fn a_store_opened_again_goes_on<S: Subject>() {
    let (world, mut phone) = lived::<S>();
    let session = world.session(&phone);
    let (record, items) = phone.begin(&world, EAST, &[("name", "on its way")]);
    let envelope = phone.seal(&world, items);
    world.push(&phone, &envelope);
    let before = (dump(&world), listed(&world), world.store().health().unwrap());
    let world = world.reopened();
    assert_eq!((dump(&world), listed(&world), world.store().health().unwrap()), before);
    assert_eq!(world.store().log_verify().unwrap(), before.2.log_rows);
    assert_eq!(world.session(&phone), session);
    let rows = world.log_rows();
    assert_eq!(world.push(&phone, &envelope), vec![ItemVerdict::Accepted; 2], "the answer was lost");
    assert_eq!(world.log_rows(), rows);
    let items = world.pull(&mut phone, PAGE);
    assert!(items.len() <= 2, "the cursor is still good: {items:?}");
    phone.complete(&world, record);
    world.approve(record);
    assert_eq!(world.store().dataset_digest().unwrap().1, 4);
    world.pull(&mut phone, PAGE);
    assert_eq!(phone.state(record), "approved");
}

pub(crate) fn a_ledger_is_imported_once<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    let form = fixtures::form("household_register");
    store.form_publish(&operator(), form.package(), world.now()).unwrap();
    world.user("admin", Role::Admin, &[EAST]);
    let admin = world.scope("admin");
    let ledger = |phone: &str| {
        format!(
            "户编号,区划代码,姓名,身份证号,与户主关系,电话\n\
             1,991101,测试甲,999999197001010017,户主,13800000001\n\
             1,991101,测试乙,999999197202020027,配偶,\n\
             2,991101,测试丙,,户主,{phone}\n\
             3,991102,测试丁,,户主,\n"
        )
    };
    let take = |ledger: &str| {
        let sources = (world.now(), &world.random as &dyn crate::source::Entropy);
        let options = ImportOptions::on("2015-07-01");
        let report = import(store, &admin, ledger.as_bytes(), &options, sources, &mut |_, _| {}).unwrap();
        (report.written.created, report.written.changed, report.written.unchanged, report.rejected)
    };
    assert_eq!(take(&ledger("13800000002")), (2, 0, 0, 1), "the other village is no village");
    let rows = world.log_rows();
    assert_eq!(take(&ledger("13800000002")), (0, 0, 2, 1));
    assert_eq!(world.log_rows(), rows);
    assert_eq!(take(&ledger("13900000002")), (0, 1, 1, 1));
    world.settle();
    let row = store.dataset_get(&operator(), record_id(EAST, "2")).unwrap();
    assert_eq!(row.answers().unwrap()["phone"], json!("13900000002"));
    assert_eq!(store.dataset_digest().unwrap().1, 2);
}
