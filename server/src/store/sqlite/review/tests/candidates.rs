//! Households with somebody alike, though no number is the same.

use doorstep_forms::FormPackage;
use doorstep_records::RecordId;
use serde_bytes::ByteBuf;
use serde_json::json;

use super::world::*;
use crate::accounts::role::Role;
use crate::duplicates::compare::Reason;
use crate::duplicates::model::{Pair, PairKind, PairState};
use crate::log::LogEntry;
use crate::store::Scope;
use crate::store::duplicates::Duplicates;

const PEOPLE: &str = "people";
/// Right numbers of two people, and the first with one digit wrong.
const ONE: &str = "11010519491231002X";
const TWO: &str = "110105194912310054";
const MISTYPED: &str = "11010519491231012X";

/// A register that says who a person is.
fn people() -> FormPackage {
    let text = |title: &str| json!({"title": title, "type": "string"});
    let member = json!({"type": "object", "additionalProperties": false, "properties": {
        "name": text("姓名"), "birth": text("出生"), "sex": text("性别"), "id_no": text("证件号")}});
    let column = |name: &str| format!("members/*/{name}");
    let (name, id_no) = (column("name"), column("id_no"));
    package(
        json!({"id": PEOPLE, "version": 1, "kind": "register", "entity": "household", "title": {"zh": "农户"},
            "locales": ["zh"], "label": "doc.name", "identity": [id_no],
            "person": {"name": name, "birth": column("birth"), "sex": column("sex"), "number": id_no}}),
        json!({"title": "农户", "type": "object", "additionalProperties": false, "properties": {
            "name": text("户主"),
            "members": {"title": "成员", "type": "object", "x-roster": {"kind": "rows", "label": "row.name"},
                "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}, "additionalProperties": member}}}),
    )
}

fn town() -> World {
    let world = World::new();
    world.log(LogEntry::FormPublished { package: ByteBuf::from(people().to_bytes()), by: by("admin") });
    world
}

/// A submitted household of one person: name, birth, number.
fn home(world: &World, phone: u8, area: &str, (name, birth, number): (&str, &str, &str)) -> RecordId {
    let record = world.begin(phone, PEOPLE, area, None);
    tell(world, phone, record, &[("name", name), ("birth", birth), ("id_no", number)]);
    record
}

/// Answers about the person of a household, and the household submitted.
fn tell(world: &World, phone: u8, record: RecordId, answers: &[(&str, &str)]) {
    let puts: Vec<(String, _)> = answers
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (format!("{}/{key}", member(phone)), text(value)))
        .collect();
    let puts: Vec<_> = puts.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    world.edit(phone, record, &puts);
    world.submit(phone, record);
    world.settle();
}

fn open(world: &World, scope: &Scope) -> Vec<Pair> {
    world.store.duplicate_list(scope, PairState::Open, 10).unwrap()
}

fn reasons(pair: &Pair) -> Vec<Reason> {
    pair.evidence[0].reasons.iter().map(|told| told.key).collect()
}

#[test]
fn people_alike_are_candidates_with_their_evidence_and_only_for_who_may_see_both() {
    let world = town();
    let one = home(&world, 1, EAST, ("王伟", "1980-01-02", ""));
    let two = home(&world, 2, WEST, ("汪玮", "1980-01-02", ""));
    home(&world, 3, WEST, ("李芳", "1980-01-02", ""));
    let pairs = open(&world, &supervisor());
    let [pair] = &pairs[..] else { panic!("{pairs:?}") };
    assert_eq!((pair.a, pair.b, pair.kind), (one, two, PairKind::Candidate));
    assert_eq!(reasons(pair), [Reason::SameSound, Reason::SameBirth]);
    assert_eq!((&pair.evidence[0].a, &pair.evidence[0].b), (&member(1), &member(2)));
    assert_eq!(pair.evidence[0].reasons[0].zh, "姓名同音");
    assert!(pair.shared.is_empty(), "no number is the same");
    assert_eq!(world.flags(one), [format!("duplicate_suspect {two} candidate")]);
    let east = scope(9, Role::Supervisor, &["01/0101/"]);
    assert!(open(&world, &east).is_empty(), "one of them is not theirs");
}

#[test]
fn a_name_and_a_village_are_a_candidate_and_never_more() {
    let world = town();
    home(&world, 1, EAST, ("阿卜杜拉·买买提", "", ""));
    home(&world, 2, EAST, ("阿卜杜拉 买买提", "", ""));
    home(&world, 3, WEST, ("阿卜杜拉•买买提", "", ""));
    let pairs = open(&world, &supervisor());
    assert_eq!(pairs.len(), 1, "the same name in another village says nothing: {pairs:?}");
    assert_eq!(
        (reasons(&pairs[0]), pairs[0].kind),
        (vec![Reason::SameName, Reason::SamePlace], PairKind::Candidate)
    );
    assert_eq!(world.store.duplicate_list(&supervisor(), PairState::Merged, 10).unwrap(), []);
}

#[test]
fn a_mistyped_number_is_a_candidate_whichever_came_first_and_certain_once_corrected() {
    for (first, second) in [(ONE, MISTYPED), (MISTYPED, ONE)] {
        let world = town();
        let one = home(&world, 1, EAST, ("王伟", "", first));
        let two = home(&world, 2, WEST, ("王伟", "", second));
        home(&world, 3, WEST, ("王伟", "", TWO));
        let pairs = open(&world, &supervisor());
        assert_eq!(pairs.len(), 1, "two right numbers are two people: {pairs:?}");
        assert_eq!((pairs[0].a, pairs[0].b, pairs[0].kind), (one, two, PairKind::Candidate));
        assert!(reasons(&pairs[0]).contains(&Reason::NumberMistyped));
        tell(&world, 2, two, &[("id_no", first)]);
        assert_eq!(open(&world, &supervisor())[0].kind, PairKind::Certain);
        assert_eq!(world.flags(one), [format!("duplicate_suspect {two} certain")]);
        tell(&world, 2, two, &[("id_no", TWO)]);
        let left: Vec<_> = open(&world, &supervisor()).iter().map(|pair| (pair.a, pair.kind)).collect();
        assert!(!left.iter().any(|(a, _)| *a == one), "the number was another's: {left:?}");
        assert!(world.flags(one).is_empty());
    }
}

#[test]
fn what_is_dismissed_stays_so_and_what_is_merged_is_one_household() {
    let world = town();
    let one = home(&world, 1, EAST, ("王伟", "1980-01-02", ""));
    let two = home(&world, 2, EAST, ("王玮", "1980-01-02", ""));
    world.store.duplicate_dismiss(&supervisor(), one, two, world.now()).unwrap();
    tell(&world, 2, two, &[("birth", "1980-01-03")]);
    tell(&world, 2, two, &[("birth", "1980-01-02")]);
    assert!(open(&world, &supervisor()).is_empty() && world.flags(one).is_empty());
    let three = home(&world, 3, EAST, ("王伟", "1980-01-02", ""));
    let with = |pairs: &[Pair]| pairs.iter().filter(|pair| pair.b == three).count();
    assert_eq!(with(&open(&world, &supervisor())), 2);
    assert_eq!(world.store.duplicate_merge(&supervisor(), three, one, world.now()).unwrap(), one);
    world.settle();
    let state = |world: &World| {
        let all = PairState::ALL.map(|state| world.store.duplicate_list(&supervisor(), state, 10).unwrap());
        (all, world.flags(one), world.flags(two), world.flags(three))
    };
    let before = state(&world);
    assert!(
        open(&world, &supervisor()).is_empty(),
        "what stands for both was dismissed against the second: {before:?}"
    );
    world.rebuild();
    assert_eq!(state(&world), before, "a rebuild gives the same");
}

#[test]
fn a_name_that_too_many_share_is_compared_in_part_and_that_is_told() {
    let world = town();
    let many = u8::try_from(crate::duplicates::block::BLOCK_MAX + 2).unwrap();
    for phone in 0..=many {
        let record = world.begin(phone, PEOPLE, if phone < many { EAST } else { WEST }, None);
        let at = |key: &str| format!("{}/{key}", member(phone));
        let (name, birth) = (at("name"), at("birth"));
        world.edit(phone, record, &[(&name, text("无名氏")), (&birth, text("1900-01-01"))]);
        world.submit(phone, record);
    }
    world.settle();
    let told = |scope: &Scope| -> Vec<(&str, String, u64)> {
        let crowds = world.store.duplicate_crowds(scope).unwrap();
        crowds.into_iter().map(|crowd| (crowd.basis.name(), crowd.name, crowd.people)).collect()
    };
    let (name, most) = ("无名氏".to_owned(), u64::from(many));
    assert_eq!(told(&supervisor()), [("name_birth", name.clone(), most + 1), ("name_place", name, most)]);
    let west = scope(9, Role::Supervisor, &["01/0102/"]);
    assert!(told(&west).is_empty(), "one of them lives here: of the others nothing is told");
    let all = world.store.duplicate_list(&supervisor(), PairState::Open, 10_000).unwrap();
    let pairs = all.len();
    assert!(pairs <= usize::from(many) * 16 + 16, "{pairs}");
    // Page by page it is the same list, however small the pages.
    for limit in [1, 7] {
        let mut paged: Vec<Pair> = Vec::new();
        while paged.len() < pairs.min(60) {
            let after = paged.last().map(|pair| (pair.a, pair.b));
            let page = world.store.duplicate_page(&supervisor(), PairState::Open, after, limit).unwrap();
            assert!(!page.is_empty(), "{} of {pairs}", paged.len());
            paged.extend(page);
        }
        assert!(all.starts_with(&paged), "pages of {limit}");
    }
}
