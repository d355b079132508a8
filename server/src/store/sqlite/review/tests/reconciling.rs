//! Reconciling: labels, flags, restarts.

use super::world::*;
use crate::reconcile::flag::FlagKind;
use crate::review::model::RecordFilter;
use crate::review::state::RecordState;
use crate::store::operations::Operations;
use crate::store::records::Records;
use crate::store::sqlite::review::cases::case_dirty;
use doorstep_records::Value;

const ID: &str = "999999198001010017";

#[test]
fn labels_search_words_and_the_news_of_them() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let row_seq = || {
        world.store.read(|conn| {
            Ok(conn.query_row("SELECT row_seq FROM record", [], |row| row.get::<_, Option<i64>>(0))?)
        })
    };
    world.settle();
    let line = world.view(record).line;
    assert_eq!((line.label.as_str(), line.author.as_str()), ("张三", ""));
    let first = row_seq().unwrap();
    assert!(first.is_some());
    world.edit(1, record, &[("land", Value::Int(3))]);
    world.settle();
    assert_eq!(row_seq().unwrap(), first, "the line is the same: nobody is told");
    world.edit(1, record, &[("name", text("张三丰"))]);
    world.settle();
    assert!(row_seq().unwrap() > first);
    let found = |words: &str| {
        let filter = RecordFilter { text: Some(words.into()), ..RecordFilter::default() };
        world.store.record_list(&supervisor(), &filter, None, 10).unwrap().records.len()
    };
    assert_eq!((found("三丰"), found("张三 丰"), found("李")), (1, 1, 0));
}

#[test]
fn unknown_answers_and_codes_are_kept_and_flagged() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.edit(1, record, &[("grade", text("C")), ("shoe_size", text("42"))]);
    world.submit(1, record);
    world.settle();
    let flags = world.flags(record);
    assert!(flags.contains(&"unknown_path shoe_size".to_owned()), "{flags:?}");
    assert!(flags.contains(&"unknown_path oneOf grade".to_owned()), "{flags:?}");
    assert!(flags.contains(&"invalid oneOf grade".to_owned()), "{flags:?}");
    let view = world.view(record);
    assert_eq!((&view.answers["grade"].value, &view.answers["shoe_size"].value), (&"C".into(), &"42".into()));
}

#[test]
fn what_was_judged_before_a_rebuild_is_judged_again() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.submit(1, record);
    world.settle();
    world.approve(record);
    world.edit(1, record, &[("land", Value::Int(3))]);
    let before = world.dump();
    // Read and judged by a server while another program rebuilds: the row that "stays as it is" is gone when that is written.
    let waiting = world.store.read(|conn| Ok(case_dirty(conn, 0, 10)?)).unwrap();
    let batch = world.store.prepare(&waiting, 0, &world.entropy).unwrap();
    world.store.rebuild().unwrap();
    let done = world.store.write_batch(batch, 0).unwrap();
    assert_eq!((waiting.len(), done.written, done.touched), (1, 0, 1));
    world.settle();
    assert_eq!(world.dump(), before);
    assert_eq!(world.rows(HOUSEHOLD).len(), 1);
}

#[test]
fn a_batch_that_stops_in_the_middle_goes_on_where_it_stopped() {
    let world = World::new();
    let records: Vec<_> = (1..=9).map(|n| world.household(n, &format!("户{n}"), "")).collect();
    let done = world.reconcile(4);
    assert_eq!((done.written, world.store.health().unwrap().dirty), (4, 5));
    let world = world.reopened();
    assert_eq!(world.reconcile(100).written, 5);
    assert_eq!(world.reconcile(100).written, 0);
    for (n, record) in (1..).zip(records) {
        assert_eq!(world.view(record).line.label, format!("户{n}"));
    }
}

// Clearing the mark without comparing what was read would fail here: the second edit would never be judged.
#[test]
fn what_is_touched_between_reading_and_writing_stays_to_be_judged() {
    use crate::reconcile::judge::judge;
    use crate::store::sqlite::review::cases::{case_dirty, case_load};
    use crate::store::sqlite::review::judged::{Written, judged_write};
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let (loaded, judged) = world
        .store
        .read(|conn| {
            let num = case_dirty(conn, 0, 10)?[0];
            let loaded = case_load(conn, num)?.unwrap();
            let shelf = world.store.inner.forms.shelf(conn, std::iter::once(&loaded.case))?;
            let judged = judge(&loaded.case, &shelf).unwrap();
            Ok((loaded, judged))
        })
        .unwrap();
    world.edit(1, record, &[("name", text("李四"))]);
    let written = world.store.write(move |conn| Ok(judged_write(conn, &loaded, &judged)?)).unwrap();
    assert_eq!(written, Written::Touched);
    world.settle();
    assert_eq!(world.view(record).line.label, "李四");
}

#[test]
fn a_form_that_says_so_approves_clean_submissions_itself() {
    let world = World::new();
    let household = world.household(1, "张三", ID);
    let check = world.begin(1, CHECK, EAST, Some(household));
    world.edit(1, check, &[("round", text("1")), ("found", Value::Int(-2))]);
    world.submit(1, check);
    world.settle();
    assert_eq!(world.state(check), RecordState::Submitted, "an error waits for a person");
    world.edit(1, check, &[("found", Value::Int(2))]);
    let heads = world.submit(1, check);
    world.settle();
    let view = world.view(check);
    assert_eq!((view.line.state, view.line.approved_heads), (RecordState::Approved, Some(heads)));
    assert!(view.reviews[0].auto && view.reviews[0].by.is_empty());
    let row = world.rows(CHECK).remove(0);
    assert_eq!(row.answers().unwrap()["_subject"], household.to_string());
    let before = world.dump();
    world.rebuild();
    assert_eq!((world.dump(), world.view(check).reviews.len()), (before, 1), "said once in the log");
}

#[test]
fn a_place_elsewhere_is_a_proposal_that_a_supervisor_applies() {
    use crate::store::reviews::Reviews;
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.edit(1, record, &[("place", text(WEST))]);
    world.settle();
    assert_eq!(world.flags(record), [format!("outside_area {WEST}")]);
    assert_eq!(world.view(record).line.area, EAST);
    world.store.area_apply(&supervisor(), record, WEST, world.now()).unwrap();
    world.settle();
    assert_eq!(world.view(record).line.area, WEST);
    assert!(world.flags(record).is_empty());
}

#[test]
fn a_form_published_later_judges_what_waited_for_it() {
    let world = World::new();
    let record = world.begin(1, "later", EAST, None);
    world.edit(1, record, &[("name", text("张三"))]);
    world.settle();
    assert_eq!(world.flags(record), ["form_missing 1"]);
}

#[test]
fn lists_are_filtered_and_paged() {
    let world = World::new();
    let records: Vec<_> = (1..=5).map(|n| world.household(n, &format!("户{n}"), "")).collect();
    world.submit(2, records[1]);
    world.settle();
    let list = |filter: RecordFilter, after, limit| {
        let page = world.store.record_list(&supervisor(), &filter, after, limit).unwrap();
        let ids: Vec<_> = page.records.iter().map(|line| line.record).collect();
        (ids, page.next, page.total)
    };
    let all = RecordFilter::default;
    let (first, next, total) = list(all(), None, 2);
    assert_eq!((&first[..], total), (&records[..2], 5));
    assert_eq!(list(all(), next, 2).0, records[2..4]);
    assert_eq!(list(all(), Some(records[3]), 2), (vec![records[4]], None, 5));
    let submitted = RecordFilter { state: Some(RecordState::Submitted), ..all() };
    assert_eq!(list(submitted, None, 9).0, [records[1]]);
    let flagged = RecordFilter { flag: Some(FlagKind::Conflict), ..all() };
    assert!(list(flagged, None, 9).0.is_empty());
    let west = RecordFilter { area: Some(WEST.into()), ..all() };
    assert_eq!(list(west, None, 9), (Vec::new(), None, 0));
    let nowhere = RecordFilter { area: Some("99".into()), ..all() };
    assert_eq!(list(nowhere, None, 9), (Vec::new(), None, 0));
}
