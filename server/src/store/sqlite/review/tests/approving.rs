//! Deciding on exact heads.

use super::world::*;
use crate::review::rule::{Decision, Refusal, StandingError, WAIVE_DIFFERENT};
use crate::review::state::RecordState;
use crate::store::records::{At, Records};
use crate::store::reviews::{Decided, Reviews};
use doorstep_protocol::ProblemKind;
use doorstep_records::{Heads, Value};

const ID: &str = "999999198001010017";

// An approval without the check of heads would fail here: the newer, unseen answers would enter the dataset.
#[test]
fn what_arrives_while_a_reviewer_reads_becomes_an_amendment() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let seen = world.submit(1, record);
    world.settle();
    assert_eq!(world.view(record).heads, seen);
    let newer = world.edit(2, record, &[("land", Value::Int(4))]);
    assert_eq!(world.refusal(record, &newer), Refusal::NotSeen);

    let decided = world.decide(&supervisor(), record, Decision::Approve, &seen, Vec::new());
    let Decided::Taken(taken) = decided else { panic!("{decided:?}") };
    assert!(taken.newer && taken.state == RecordState::Approved);
    world.settle();
    let row = &world.rows(HOUSEHOLD)[0];
    assert_eq!((row.heads.clone(), row.answers().unwrap().get("land")), (seen.clone(), None));
    let view = world.view(record);
    assert_eq!(world.flags(record), ["edited_since_approval 1"]);
    assert_eq!(view.amendment.len(), 1);
    assert_eq!((view.amendment[0].path.as_str(), &view.amendment[0].after), ("land", &4.into()));
}

#[test]
fn what_one_submitted_is_approvable_while_another_drafts() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let submitted = world.submit(1, record);
    world.edit(2, record, &[("land", Value::Int(-1))]);
    world.settle();
    let view = world.store.record_get(&supervisor(), record, &At::ToReview).unwrap();
    assert_eq!(view.heads, submitted, "what is there to be reviewed leaves the draft out");
    let decided = world.decide(&supervisor(), record, Decision::Approve, &submitted, Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
}

#[test]
fn different_answers_block_are_told_and_may_be_waived() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let base = world.submit(1, record);
    world.view(record);
    world.approve(record);
    world.edit_at(1, record, &base, &[("land", Value::Int(3)), ("phone", text("1"))]);
    world.edit_at(2, record, &base, &[("land", Value::Int(5))]);
    let heads = world.submit(1, record);
    world.settle();
    assert_eq!(world.flags(record), ["conflict different_answers land", "edited_since_approval 2"]);
    let view = world.view(record);
    assert!(view.answers["land"].different && view.answers["land"].value.is_null());
    let names: Vec<String> =
        view.answers["land"].candidates.iter().map(|c| c.by.clone().unwrap().name).collect();
    assert_eq!(names, ["phone1", "phone2"]);
    assert_eq!(world.refusal(record, &heads), Refusal::DifferentAnswers { paths: vec!["land".into()] });

    let waivers = vec![waiver(WAIVE_DIFFERENT, "land")];
    let decided = world.decide(&supervisor(), record, Decision::Approve, &heads, waivers);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    let row = world.rows(HOUSEHOLD).remove(0);
    let answers = row.answers().unwrap();
    assert_eq!((answers.get("land"), answers["phone"].as_str(), row.conflicts), (None, Some("1"), 1));
    assert!(world.flags(record).is_empty(), "waived at these heads");
}

#[test]
fn errors_block_are_told_and_may_be_waived() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.edit(1, record, &[("land", Value::Int(-1))]);
    let heads = world.submit(1, record);
    world.settle();
    assert_eq!(world.flags(record), ["invalid minimum land"]);
    let view = world.view(record);
    assert!(view.violations.iter().any(|v| v.path == "land" && v.severity == "error" && !v.zh.is_empty()));
    let standing = StandingError { path: "land".into(), key: "minimum".into() };
    assert_eq!(world.refusal(record, &heads), Refusal::InvalidAnswers { violations: vec![standing] });
    let mut nameless = waiver("minimum", "land");
    nameless.reason = " ".into();
    let refused = world.refused(record, &heads, vec![nameless]);
    assert_eq!(refused.refusal, Refusal::ReasonMissing { path: "land".into() });
    let decided =
        world.decide(&supervisor(), record, Decision::Approve, &heads, vec![waiver("minimum", "land")]);
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
}

#[test]
fn a_newer_submission_is_not_sent_back_unseen() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let first = world.submit(1, record);
    world.view(record);
    world.edit(1, record, &[("land", Value::Int(3))]);
    world.submit(1, record);
    for decision in [Decision::SendBack, Decision::NotAccept] {
        let decided = world.decide(&supervisor(), record, decision, &first, Vec::new());
        assert!(matches!(decided, Decided::Refused(refused) if refused.refusal == Refusal::NotSeen));
    }
}

#[test]
fn not_accepted_leaves_the_dataset_and_may_be_reopened() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.submit(1, record);
    let heads = world.approve(record);
    assert_eq!(world.rows(HOUSEHOLD).len(), 1);
    let taken = |decision| {
        let decided = world.decide(&supervisor(), record, decision, &heads, Vec::new());
        world.settle();
        matches!(decided, Decided::Taken(_))
    };
    assert!(taken(Decision::NotAccept));
    assert_eq!((world.state(record), world.rows(HOUSEHOLD).len()), (RecordState::NotAccepted, 0));
    assert_eq!(world.refusal(record, &heads), Refusal::WrongState(RecordState::NotAccepted));
    assert!(taken(Decision::Reopen));
    assert_eq!(world.state(record), RecordState::Submitted);
    assert!(taken(Decision::Approve));
    assert_eq!(world.rows(HOUSEHOLD).len(), 1);
}

#[test]
fn an_amendment_that_is_not_accepted_leaves_what_was_approved() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    world.submit(1, record);
    let approved = world.approve(record);
    world.edit(1, record, &[("land", Value::Int(9))]);
    let amended = world.submit(1, record);
    assert_eq!(world.state(record), RecordState::Submitted);
    world.view(record);
    let decided = world.decide(&supervisor(), record, Decision::NotAccept, &amended, Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    assert_eq!(world.state(record), RecordState::Approved);
    assert_eq!(world.rows(HOUSEHOLD)[0].heads, approved);
}

#[test]
fn heads_that_lack_what_was_approved_are_refused_with_the_difference() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let first = world.submit(1, record);
    world.view(record);
    world.edit(1, record, &[("land", Value::Int(9))]);
    world.submit(1, record);
    world.approve(record);
    let refused = world.refused(record, &first, Vec::new());
    assert_eq!(refused.refusal, Refusal::NotDescending);
    assert_eq!(refused.difference.len(), 1);
    assert_eq!(refused.difference[0].path, "land");
}

#[test]
fn drafts_and_heads_of_nowhere_are_not_approvable() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let heads = world.view(record).heads;
    assert_eq!(world.refusal(record, &heads), Refusal::WrongState(RecordState::Draft));
    world.submit(1, record);
    let other = world.household(2, "李四", "");
    let foreign = world.heads(other);
    assert_eq!(world.refusal(record, &foreign), Refusal::NotSeen);
    assert_eq!(world.refusal(record, &Heads::empty()), Refusal::NotSeen);
    let error = world.store.record_get(&supervisor(), record, &At::Heads(foreign)).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::NotFound);
}

#[test]
fn comments_from_the_office_reach_the_feed() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let heads = world.heads(record);
    let comment = crate::review::model::NewComment { path: None, text: "call me".into() };
    let (id, at_ms) = (world.object(), world.now());
    world.store.comment_add(&supervisor(), record, id, &heads, &comment, at_ms).unwrap();
    assert_eq!(world.view(record).comments[0].text, "call me");
    let empty = crate::review::model::NewComment { path: None, text: "  ".into() };
    let error = world.store.comment_add(&supervisor(), record, id, &heads, &empty, at_ms).unwrap_err();
    assert_eq!(error.kind(), ProblemKind::Invalid);
}

// Taking only the latest submission for complete would leave the other person's answers out of the dataset.
#[test]
fn what_two_submitted_without_knowing_of_each_other_is_reviewed_together() {
    let world = World::new();
    let record = world.household(1, "张三", ID);
    let first = world.submit(1, record);
    let one = world.edit_at(1, record, &first, &[("land", Value::Int(4))]);
    let two = world.edit_at(2, record, &first, &[("phone", text("13900000000"))]);
    world.submit_at(1, record, &one);
    world.submit_at(2, record, &two);
    // A copy of the first submission comes late: it takes nothing back.
    world.submit_at(1, record, &first);
    world.settle();
    let view = world.store.record_get(&supervisor(), record, &At::ToReview).unwrap();
    assert_eq!(view.heads, one.iter().chain(two.iter()).copied().collect());
    let decided = world.decide(&supervisor(), record, Decision::Approve, &view.heads, Vec::new());
    assert!(matches!(decided, Decided::Taken(_)), "{decided:?}");
    world.settle();
    let answers = world.rows(HOUSEHOLD)[0].answers().unwrap();
    assert_eq!((answers.get("land"), answers.get("phone")), (Some(&4.into()), Some(&"13900000000".into())));
    assert_eq!(world.state(record), RecordState::Approved);
}
