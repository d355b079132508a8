//! The facts the rule of review looks at, read from a record at the heads a reviewer names.

use doorstep_records::Heads;

use super::rule::Facts;
use crate::reconcile::case::Case;
use crate::reconcile::judge::{JudgeError, standing_errors};
use crate::reconcile::rulebook::{Ask, Library};

/// Gathers the facts. The record is evaluated at exactly `heads`, under the version that judges it there, with its
/// disputes settled as the dataset would settle them. `served`: these heads were shown to this reviewer.
///
/// # Errors
/// [`JudgeError`] when the stored facts contradict each other.
pub fn examine(case: &Case, library: &dyn Library, heads: &Heads, served: bool) -> Result<Facts, JudgeError> {
    let mut record = case.open()?;
    let mut facts = Facts {
        state: case.state,
        discarded: case.discarded,
        // The empty heads are in every record and name nothing.
        known: !heads.is_empty() && record.contains_heads(heads),
        served,
        ..Facts::default()
    };
    if !facts.known {
        return Ok(facts);
    }
    let holds = |record: &mut doorstep_records::Record, older: &Heads| record.descends(heads, older);
    facts.holds_submission = match case.complete(&mut record)? {
        Some(complete) => holds(&mut record, &complete),
        None => false,
    };
    facts.holds_any_submission =
        case.submissions.iter().any(|submission| holds(&mut record, &submission.heads));
    facts.is_approved = case.approved().is_some_and(|approval| approval.heads == *heads);
    facts.descends = match case.approved() {
        Some(approval) => holds(&mut record, &approval.heads),
        None => true,
    };
    let version = case.judging_version(&mut record, heads);
    let rules = library.version(&case.form, version);
    let under = rules.as_ref().and_then(|rules| rules.lens());
    facts.confirms = rules.as_ref().is_some_and(|rules| rules.about().confirm);
    let reading = case.settled_at(&mut record, heads, under)?;
    facts.different = reading.disputed_paths();
    match &rules {
        Some(rules) => {
            let previous = match case.approved() {
                Some(approval) if !facts.is_approved => {
                    Some(case.settled_at(&mut record, &approval.heads, under)?.answers)
                }
                _ => None,
            };
            let assessment = rules.assess(&reading.answers, previous.as_ref(), Ask::Full);
            facts.errors = standing_errors(&assessment, &reading);
            facts.errors.extend(case.files_missing(&assessment.files));
        }
        // Nothing vouches for answers whose form is unknown here.
        None => facts.errors.push(super::rule::StandingError {
            path: String::new(),
            key: crate::reconcile::flag::FlagKind::FormMissing.name().to_owned(),
        }),
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::testing::{Bench, text};
    use crate::review::rule::{Decision, Refusal, WAIVE_DIFFERENT, Waiver, decide};

    fn approve(bench: &Bench, heads: &Heads, waivers: &[Waiver]) -> Result<(), Refusal> {
        let facts = examine(&bench.case(), bench, heads, bench.was_served(heads)).unwrap();
        decide(Decision::Approve, &facts, waivers)
    }

    fn waiver(key: &str, path: &str) -> Waiver {
        Waiver { key: key.into(), path: path.into(), reason: "seen on site".into() }
    }

    #[test]
    fn what_was_submitted_stays_approvable_while_somebody_else_drafts() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a")), ("land", text("3"))]);
        let submitted = bench.submit();
        bench.serve(&submitted);
        let current = bench.edit(2, &[("land", text("bad"))]);
        assert_eq!(approve(&bench, &submitted, &[]), Ok(()));
        assert_eq!(approve(&bench, &current, &[]), Err(Refusal::NotSeen), "nobody was shown the newer heads");
        bench.serve(&current);
        assert!(matches!(approve(&bench, &current, &[]), Err(Refusal::InvalidAnswers { .. })));
    }

    #[test]
    fn a_dispute_blocks_until_it_is_settled_or_waived() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a")), ("land", text("3"))]);
        let base = bench.submit();
        bench.edit_at(2, &base, &[("land", text("4"))]);
        bench.edit_at(3, &base, &[("land", text("5"))]);
        let heads = bench.submit();
        bench.serve(&heads);
        let refused = Err(Refusal::DifferentAnswers { paths: vec!["land".into()] });
        assert_eq!(approve(&bench, &heads, &[]), refused);
        assert_eq!(approve(&bench, &heads, &[waiver(WAIVE_DIFFERENT, "land")]), Ok(()));
        let settled = bench.edit(9, &[("land", text("4"))]);
        bench.serve(&settled);
        assert_eq!(approve(&bench, &settled, &[]), Ok(()));
    }

    #[test]
    fn a_required_answer_given_twice_is_not_missing() {
        let mut bench = Bench::new();
        bench.edit(1, &[("land", text("3"))]);
        let base = bench.submit();
        bench.edit_at(2, &base, &[("name", text("a"))]);
        bench.edit_at(3, &base, &[("name", text("b"))]);
        let heads = bench.submit();
        bench.serve(&heads);
        assert_eq!(approve(&bench, &heads, &[waiver(WAIVE_DIFFERENT, "name")]), Ok(()));
    }

    #[test]
    fn older_heads_do_not_take_an_approval_back() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        let first = bench.submit();
        bench.edit(1, &[("land", text("3"))]);
        let second = bench.submit();
        bench.approve(&second);
        bench.serve(&first);
        assert_eq!(approve(&bench, &first, &[]), Err(Refusal::NotDescending));
    }

    #[test]
    fn heads_of_nowhere_are_not_seen() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        bench.submit();
        let mut other = Bench::new();
        let foreign = other.edit(5, &[("name", text("z"))]);
        bench.serve(&foreign);
        assert_eq!(approve(&bench, &foreign, &[]), Err(Refusal::NotSeen));
        bench.serve(&Heads::empty());
        assert_eq!(approve(&bench, &Heads::empty(), &[]), Err(Refusal::NotSeen));
    }

    #[test]
    fn without_its_form_nothing_is_vouched_for() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        let heads = bench.submit();
        bench.serve(&heads);
        bench.published = false;
        assert!(matches!(approve(&bench, &heads, &[]), Err(Refusal::InvalidAnswers { .. })));
    }
}
