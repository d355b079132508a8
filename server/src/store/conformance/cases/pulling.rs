//! What a phone is sent.

use std::collections::BTreeSet;

use doorstep_protocol::frame;
use doorstep_protocol::pull::PageItem;
use doorstep_records::RecordId;

use crate::accounts::role::Role;
use crate::store::accounts::Accounts;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, FORM, PAGE, Phone, Subject, TOWN, WEST, World};
use crate::store::reviews::Reviews;

fn world<S: Subject>() -> (World<S>, Phone) {
    let world = World::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    (world, phone)
}

fn held(phone: &Phone) -> BTreeSet<RecordId> {
    phone.records.keys().copied().collect()
}

fn snapshots(items: &[PageItem]) -> Vec<RecordId> {
    let record = |item: &PageItem| match item {
        PageItem::Snapshot { record, .. } => Some(*record),
        _ => None,
    };
    items.iter().filter_map(record).collect()
}

pub(crate) fn a_first_sync_brings_all_of_the_scope<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let long = "测".repeat(300);
    let records: BTreeSet<_> =
        (0..30).map(|n| phone.household(&world, EAST, &format!("{n}{long}"))).collect();
    // Submitted records of the scope, whoever asks and however small the pages.
    for page_bytes in [PAGE, 1] {
        let mut other = world.phone("li");
        let items = world.pull(&mut other, page_bytes);
        let sent = snapshots(&items);
        assert_eq!((sent.len(), held(&other)), (records.len(), records.clone()), "each once");
        for record in &records {
            assert_eq!(other.answers(*record), phone.answers(*record));
        }
        let areas: Vec<&str> = items
            .iter()
            .filter_map(|item| match item {
                PageItem::Area { area } => Some(area.code.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(areas, ["99", TOWN, EAST], "the village and what lies above it");
        let form = |item: &PageItem| matches!(item, PageItem::Form { form, version: 1, .. } if form == FORM);
        let author = phone.actor(sent[0]);
        let bound = |item: &PageItem| {
            let PageItem::Actors { bindings } = item else { return false };
            bindings.iter().any(|bound| bound.actor == author && bound.device == Some(phone.id()))
        };
        assert!(items.iter().any(form) && items.iter().any(bound));
    }
}

pub(crate) fn only_what_is_missing_follows<S: Subject>() {
    let (world, mut phone) = world::<S>();
    let record = phone.household(&world, EAST, "a");
    let mut other = world.phone("li");
    world.pull(&mut other, PAGE);
    for land in 1..=3_i64 {
        phone.edit(&world, record, &[("land", land)]);
    }
    let items = world.pull(&mut other, PAGE);
    let [PageItem::Changes { changes, .. }] = items.as_slice() else { panic!("{items:?}") };
    assert_eq!((changes.len(), other.answers(record)), (3, phone.answers(record)));
    // Two phones that wrote offline come to the same, whatever arrived first.
    let (mine, theirs) =
        (phone.write(&world, record, &[("land", 8_i64)]), other.write(&world, record, &[("land", 9_i64)]));
    phone.deliver(&world, vec![mine]);
    other.deliver(&world, vec![theirs]);
    world.pull(&mut phone, PAGE);
    world.pull(&mut other, PAGE);
    assert_eq!(phone.answers(record), other.answers(record));
    assert_eq!(phone.records.get_mut(&record).unwrap().0.conflicts().len(), 1);
    // A draft is no business of a colleague until it is submitted.
    world.user("wang", Role::Enumerator, &[EAST]);
    let mut peer = world.phone("wang");
    let (draft, items) = phone.begin(&world, EAST, &[("name", "draft")]);
    phone.deliver(&world, items);
    world.pull(&mut peer, PAGE);
    assert_eq!(held(&peer), BTreeSet::from([record]));
    phone.complete(&world, draft);
    assert_eq!(snapshots(&world.pull(&mut peer, PAGE)), [draft]);
}

pub(crate) fn nothing_new_is_said_in_few_bytes<S: Subject>() {
    let (world, mut phone) = world::<S>();
    world.user("wang", Role::Enumerator, &[WEST]);
    let mut stranger = world.phone("wang");
    phone.household(&world, EAST, "a");
    world.pull(&mut phone, PAGE);
    let before = world.pull_page(&mut phone, PAGE).unwrap();
    for n in 0..5 {
        stranger.household(&world, WEST, &n.to_string());
    }
    let after = world.pull_page(&mut phone, PAGE).unwrap();
    let size = |page| frame::encode(page).unwrap().len();
    assert_eq!((after.items.len(), after.more, size(&after)), (0, false, size(&before)));
    assert!(size(&after) <= 400, "{} bytes to say that nothing is new", size(&after));
}

pub(crate) fn a_gained_area_is_filled_and_a_lost_one_left<S: Subject>() {
    let world = World::<S>::new();
    world.user("writer", Role::Enumerator, &[TOWN]);
    world.user("reader", Role::Enumerator, &[EAST]);
    let (mut writer, mut reader) = (world.phone("writer"), world.phone("reader"));
    let long = "测".repeat(400);
    let mut village = |area: &str| -> BTreeSet<RecordId> {
        (0..6).map(|n| writer.household(&world, area, &format!("{n}{long}"))).collect()
    };
    let (east, west) = (village(EAST), village(WEST));
    let grant = |areas: &[&str]| {
        let areas: Vec<String> = areas.iter().map(|area| (*area).to_owned()).collect();
        world.store().user_grant(&operator(), "reader", Role::Enumerator, &areas, world.now()).unwrap();
    };
    world.pull(&mut reader, PAGE);
    assert_eq!(held(&reader), east);
    grant(&[EAST, WEST]);
    let sent: BTreeSet<_> = snapshots(&world.pull(&mut reader, PAGE)).into_iter().collect();
    assert_eq!((sent, held(&reader)), (west.clone(), east.union(&west).copied().collect()));
    // Unsent work of an area that is lost is still taken.
    let kept = *east.first().unwrap();
    let change = reader.write(&world, kept, &[("land", 4_i64)]);
    grant(&[WEST]);
    reader.deliver(&world, vec![change]);
    // What happens while the phone is in the middle of it is not missed.
    world.pull_page(&mut reader, 1).unwrap();
    let edited = *west.last().unwrap();
    writer.edit(&world, edited, &[("land", 5_i64)]);
    world.pull(&mut reader, 1);
    assert_eq!(held(&reader), west);
    assert_eq!(reader.answers(edited), writer.answers(edited));
    grant(&[EAST]);
    world.pull_page(&mut reader, 1).unwrap();
    grant(&[WEST]);
    world.pull(&mut reader, 1);
    assert_eq!(held(&reader), west, "lost and regained in the middle");
}

pub(crate) fn a_record_that_moves_leaves_one_area_and_enters_the_other<S: Subject>() {
    let (world, mut phone) = world::<S>();
    world.user("wang", Role::Enumerator, &[WEST]);
    let mut west = world.phone("wang");
    let (stays, moves) = (phone.household(&world, EAST, "a"), phone.household(&world, EAST, "b"));
    let mut east = world.phone("li");
    world.pull(&mut east, PAGE);
    world.pull(&mut west, PAGE);
    world.store().area_apply(&world.supervisor(), moves, WEST, world.now()).unwrap();
    world.pull(&mut east, PAGE);
    world.pull(&mut west, PAGE);
    assert_eq!((held(&east), held(&west)), (BTreeSet::from([stays]), BTreeSet::from([moves])));
    assert_eq!(west.answers(moves), phone.answers(moves));
    // There and back between two pulls.
    for area in [WEST, EAST] {
        world.store().area_apply(&world.supervisor(), stays, area, world.now()).unwrap();
    }
    world.pull(&mut east, PAGE);
    world.pull(&mut west, PAGE);
    assert_eq!((held(&east), held(&west)), (BTreeSet::from([stays]), BTreeSet::from([moves])));
}

/// What a phone has from an earlier life of the server: it is told what it has lost, and nothing about what it never had.
pub(crate) fn asking_about_a_record_teaches_nothing<S: Subject>() {
    let (world, mut phone) = world::<S>();
    world.user("wang", Role::Enumerator, &[WEST]);
    let near = phone.household(&world, EAST, "测试甲");
    let mut other = world.phone("wang");
    let (far, later) =
        (other.household(&world, WEST, "测试乙"), RecordId::from_parts(1_700_000_000_000, [7; 10]));
    world.settle();
    world.pull(&mut phone, PAGE);
    let asked = |phone: &mut Phone| -> Vec<RecordId> {
        let page = world.pull_asking(phone, PAGE, &[near, far, later]).unwrap();
        let left = |item: PageItem| match item {
            PageItem::Left { record } => Some(record),
            _ => None,
        };
        page.items.into_iter().filter_map(left).collect()
    };
    assert_eq!(asked(&mut phone), [], "one is seen, one was never in reach, one does not exist");
    let grant = |areas: &[&str]| {
        let areas: Vec<String> = areas.iter().map(|area| (*area).to_owned()).collect();
        world.store().user_grant(&operator(), "li", Role::Enumerator, &areas, world.now()).unwrap();
        world.settle();
    };
    grant(&[EAST, WEST]);
    world.pull(&mut phone, PAGE);
    assert_eq!(asked(&mut phone), []);
    grant(&[EAST]);
    world.pull(&mut phone, PAGE);
    assert_eq!(asked(&mut phone), [far], "it was in reach once");
}
