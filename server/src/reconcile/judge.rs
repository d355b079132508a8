//! Judging one record: a pure function from a case and its form version to what lists, queues and the dataset show.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use doorstep_forms::Form;
use doorstep_plant::{Plant, is as planted};
use doorstep_protocol::limits::CLOCK_SKEW_MS;
use doorstep_records::{Heads, Record, Resolution, UnknownHeads};

use super::case::Case;
use super::flag::{Flag, FlagKind};
use super::head;
use super::past::{Timeline, timeline};
use super::reading::{Reading, read_now};
use super::rulebook::{About, Ask, Assessment, Library, Rulebook};
use super::united::{RowAfter, approved_row};
use crate::duplicates::identity::{Identity, event_key, identities};
use crate::duplicates::person::{Person, people};
use crate::duplicates::template;
use crate::review::difference::changed_answers;
use crate::review::rule::{StandingError, WAIVE_DIFFERENT};
use crate::review::state::RecordState;

/// What reconcile writes about one record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// Its line in lists; none to leave it as it is.
    pub line: Option<Line>,
    /// Sorted.
    pub flags: Vec<Flag>,
    /// Evidence of who it is about; empty for drafts and for records that another stands for.
    pub identities: BTreeSet<Identity>,
    /// The people in it, as they are compared; empty likewise, and for events.
    pub people: BTreeSet<Person>,
    /// What becomes of the dataset row.
    pub row: RowAfter,
    /// What the row was before; none to leave that as it is.
    pub timeline: Option<Timeline>,
    /// Heads that pass without a person.
    pub auto_approve: Option<Heads>,
}

/// What a list shows and search looks through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// What people call it.
    pub label: String,
    /// What search looks through besides.
    pub search: String,
}

impl Judged {
    /// A record that cannot be judged: only that is said, all else is left as it is.
    pub fn unjudged(flag: Flag) -> Judged {
        Judged { flags: vec![flag], row: RowAfter::Kept, ..Judged::default() }
    }
}

/// Why a record cannot be judged: what the store holds of it does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// The document does not open.
    #[error("the stored document does not open")]
    Document(#[from] doorstep_records::LoadError),
    /// A review or submission names heads the document lacks.
    #[error("a review or submission names heads that the document lacks")]
    Heads(#[from] UnknownHeads),
}

/// Judges a record.
///
/// # Errors
/// [`JudgeError`] when the stored facts contradict each other.
pub fn judge(case: &Case, library: &dyn Library) -> Result<Judged, JudgeError> {
    let mut record = case.open()?;
    let heads = record.heads();
    let version = case.judging_version(&mut record, &heads);
    let Some(rules) = library.version(&case.form, version) else {
        return Ok(Judged::unjudged(Flag::at(FlagKind::FormMissing, version.to_string(), "")));
    };
    let under = rules.lens();
    let raw = read_now(&mut record, under);
    let mut settled = Cow::Borrowed(&raw);
    if !raw.is_settled() {
        case.settle(&mut record, &heads, settled.to_mut(), under)?;
    }
    let previous = previous_answers(case, &mut record, &heads, under)?;
    let submitted = case.state != RecordState::Draft;
    let ask = match case.approved() {
        Some(approval) if approval.heads == heads => Ask::Row,
        _ if submitted => Ask::Full,
        _ => Ask::Draft,
    };
    let assessment = rules.assess(&settled.answers, previous.as_ref().map(|p| &p.answers), ask);

    let line = Line { label: assessment.label.clone(), search: search_text(&raw, rules.about()) };
    let mut judged = Judged { line: Some(line), ..Judged::default() };
    judged.flags = flags_now(case, &heads, &raw, &assessment, (rules.about(), library));
    judged.flags.extend(edited_since(case, &mut record, &heads, &raw, under)?);
    judged.flags.extend(resolved_in_field(case, &mut record));
    if case.test {
        // Nobody's evidence, in no queue, in no count.
        judged.row = RowAfter::None;
    } else if case.alias_of.is_none() {
        if submitted && !case.discarded {
            (judged.identities, judged.people) = evidence(case, &raw, rules.about(), under)?;
        }
        let (row, differing) = approved_row(case, &mut record, library, assessment.row.as_ref())?;
        judged.row = row;
        judged.flags.extend(differing);
        judged.auto_approve = auto_approve(case, &mut record, &heads, &rules, &raw, &assessment)?;
    }
    judged.timeline = Some(timeline(case, &mut record, library)?);
    judged.flags.sort();
    judged.flags.dedup();
    Ok(judged)
}

/// What was approved before the present state, for the rules about allowed moves.
fn previous_answers(
    case: &Case,
    record: &mut Record,
    heads: &Heads,
    under: Option<&Form>,
) -> Result<Option<Reading>, UnknownHeads> {
    match case.approved() {
        Some(approval) if approval.heads != *heads => {
            case.settled_at(record, &approval.heads, under).map(Some)
        }
        _ => Ok(None),
    }
}

/// The errors that stand at some reading: a required answer that two people gave differently is not missing.
pub fn standing_errors(assessment: &Assessment, reading: &Reading) -> Vec<StandingError> {
    let given = |error: &&StandingError| !(error.key == "required" && reading.is_disputed(&error.path));
    assessment.errors.iter().filter(given).cloned().collect()
}

fn flags_now(
    case: &Case,
    heads: &Heads,
    raw: &Reading,
    assessment: &Assessment,
    (about, library): (&About, &dyn Library),
) -> Vec<Flag> {
    let waived = |key: &str, path: &str| {
        case.waived.iter().any(|waiver| waiver.key == key && waiver.path == path && waiver.heads == *heads)
    };
    let mut flags = Vec::new();
    for dispute in raw.disputes.iter().filter(|dispute| !waived(WAIVE_DIFFERENT, &dispute.path)) {
        flags.push(Flag::at(FlagKind::Conflict, dispute.kind, &dispute.path));
    }
    if case.state != RecordState::Draft {
        for error in standing_errors(assessment, raw) {
            if !waived(&error.key, &error.path) {
                flags.push(Flag::at(FlagKind::Invalid, error.key, error.path));
            }
        }
    }
    if case.state != RecordState::Draft {
        let kind = FlagKind::AttachmentsMissing;
        for (path, sha256) in &assessment.files {
            if !case.files.contains(sha256) && !waived(kind.name(), path) {
                flags.push(Flag { detail: sha256.clone(), ..Flag::at(kind, "", path) });
            }
        }
    }
    flags.extend(assessment.unknown.iter().map(|at| Flag::at(FlagKind::UnknownPath, &at.key, &at.path)));
    if let Some(code) = proposed_area(case, raw, about, library) {
        flags.push(Flag { detail: code, ..Flag::at(FlagKind::OutsideArea, "", "") });
    }
    if case.begun_closed {
        flags.push(Flag::at(FlagKind::ClosedVersion, case.form_version.to_string(), ""));
    }
    let nobodys = matches!(case.state, RecordState::Draft | RecordState::NotAccepted);
    if !nobodys && !case.discarded && case.alias_of.is_none() {
        for (path, text) in assessment.others.iter().filter(|_| !planted(Plant::OtherAnswerUnlisted)) {
            flags.push(Flag { detail: text.clone(), ..Flag::at(FlagKind::OtherAnswer, "", path) });
        }
    }
    if !nobodys && !case.discarded && case.alias_of.is_none() {
        flags.extend(head::undecided(raw, about));
    }
    flags.extend(case.marks.iter().cloned());
    let counts = case.counts;
    if counts.quarantined > 0 {
        flags.push(Flag::whole(FlagKind::Quarantined, counts.quarantined.to_string()));
    }
    if counts.waiting > 0 {
        flags.push(Flag::whole(FlagKind::Waiting, counts.waiting.to_string()));
    }
    if counts.ahead_ms > CLOCK_SKEW_MS {
        flags.push(Flag::whole(FlagKind::ClockSkew, counts.ahead_ms.to_string()));
    }
    flags
}

/// The area the answers name, when it is neither above nor below the one that authorises.
fn proposed_area(case: &Case, raw: &Reading, about: &About, library: &dyn Library) -> Option<String> {
    let template = about.area_path.as_deref()?;
    let named = template::find(&raw.answers, template).into_iter().find_map(|found| found.value.as_str())?;
    let holds =
        |path: Option<String>, code: &str| path.is_some_and(|path| path.split('/').any(|at| at == code));
    let elsewhere = named != case.area
        && !holds(library.area_path(&case.area), named)
        && !holds(library.area_path(named), &case.area);
    (!named.is_empty() && elsewhere).then(|| named.to_owned())
}

fn edited_since(
    case: &Case,
    record: &mut Record,
    heads: &Heads,
    raw: &Reading,
    under: Option<&Form>,
) -> Result<Option<Flag>, UnknownHeads> {
    let Some(approval) = case.approved().filter(|approval| approval.heads != *heads) else {
        return Ok(None);
    };
    let approved = super::reading::read_at(record, &approval.heads, under)?;
    let changed = changed_answers(&approved.answers, &raw.answers);
    let count = changed.iter().filter(|answer| !answer.path.starts_with('_')).count();
    Ok((count > 0).then(|| Flag::whole(FlagKind::EditedSinceApproval, count.to_string())))
}

/// What enumerators chose between different answers since the last approval: nobody at the office has looked at it yet.
fn resolved_in_field(case: &Case, record: &mut Record) -> Vec<Flag> {
    let resolutions = record.resolutions();
    let mut is_approved = |change| {
        let change: Heads = [change].into_iter().collect();
        case.approved().is_some_and(|last| record.descends(&last.heads, &change))
    };
    let mut flags = Vec::new();
    for Resolution { chosen, losers } in resolutions {
        if !case.field.contains(&chosen.actor) || is_approved(chosen.hash) {
            continue;
        }
        let losers: Vec<serde_json::Value> = losers.iter().map(|loser| loser.value.to_json()).collect();
        flags.push(Flag {
            detail: serde_json::Value::from(losers).to_string(),
            ..Flag::at(FlagKind::ResolvedInField, chosen.hash.to_string(), chosen.key.as_str())
        });
    }
    flags
}

fn search_text(raw: &Reading, about: &About) -> String {
    let mut words: Vec<&str> = about
        .search
        .iter()
        .flat_map(|template| template::find(&raw.answers, template))
        .filter_map(|found| found.value.as_str())
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    let mut seen = BTreeSet::new();
    words.retain(|word| seen.insert(*word));
    words.join(" ")
}

/// Evidence of this record and of those merged into it, which it stands for.
fn evidence(
    case: &Case,
    raw: &Reading,
    about: &About,
    under: Option<&Form>,
) -> Result<(BTreeSet<Identity>, BTreeSet<Person>), JudgeError> {
    // Who left is evidence where they are now.
    let here = |reading: &Reading, row: &str| {
        about.membership.as_ref().is_none_or(|membership| membership.is_open(&reading.answers, row))
    };
    let of = |case: &Case, reading: &Reading| {
        if about.is_event {
            event_key(&case.form, case.subject, &reading.answers, &about.identity).into_iter().collect()
        } else {
            let mut found = identities(&reading.answers, &about.identity);
            found.retain(|identity| here(reading, &identity.row));
            found
        }
    };
    let persons = |reading: &Reading| match &about.person {
        Some(asked) if !about.is_event => {
            let mut found = people(&reading.answers, asked);
            found.retain(|person| here(reading, &person.row));
            found
        }
        _ => BTreeSet::new(),
    };
    let (mut numbers, mut persons_of_all) = (of(case, raw), persons(raw));
    for merged in &case.merged {
        let reading = read_now(&mut merged.open()?, under);
        numbers.extend(of(merged, &reading));
        persons_of_all.extend(persons(&reading));
    }
    Ok((numbers, persons_of_all))
}

/// Nothing stands against it, and every file it speaks of is here.
fn is_clean(case: &Case, reading: &Reading, assessment: &Assessment) -> bool {
    reading.disputes.is_empty()
        && assessment.errors.is_empty()
        && case.files_missing(&assessment.files).is_empty()
}

/// The submitted heads, when the form lets valid and undisputed submissions pass.
fn auto_approve(
    case: &Case,
    record: &mut Record,
    heads: &Heads,
    rules: &Arc<dyn Rulebook>,
    raw: &Reading,
    assessment: &Assessment,
) -> Result<Option<Heads>, UnknownHeads> {
    let Some(complete) = case.complete(record)? else { return Ok(None) };
    if !rules.about().auto_approve || case.state != RecordState::Submitted || case.discarded {
        return Ok(None);
    }
    let clean = if complete == *heads {
        is_clean(case, raw, assessment)
    } else {
        let under = rules.lens();
        let reading = case.settled_at(record, &complete, under)?;
        let previous = previous_answers(case, record, &complete, under)?;
        let assessment = rules.assess(&reading.answers, previous.as_ref().map(|p| &p.answers), Ask::Full);
        is_clean(case, &reading, &assessment)
    };
    let descends = case.approved().is_none_or(|approval| record.descends(&complete, &approval.heads));
    Ok((clean && descends).then_some(complete))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::case::{Counts, StoredRow, WaivedFact};
    use crate::reconcile::testing::{Bench, text};

    fn flags(judged: &Judged) -> Vec<String> {
        let line = |flag: &Flag| format!("{} {} {} {}", flag.kind.name(), flag.key, flag.path, flag.detail);
        judged.flags.iter().map(|flag| line(flag).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn a_draft_gets_a_line_in_lists_and_no_errors() {
        let mut bench = Bench::new();
        bench.edit(1, &[("phone", text(" 138 ")), ("land", text("bad")), ("odd", text("kept"))]);
        let judged = judge(&bench.case(), &bench).unwrap();
        assert_eq!(judged.line.as_ref().unwrap().search, "138");
        assert_eq!(flags(&judged), ["unknown_path odd"]);
        assert!(judged.row == RowAfter::None && judged.identities.is_empty());
    }

    #[test]
    fn a_submission_is_judged_fully_and_people_are_evidence() {
        let mut bench = Bench::new();
        let id = "members/01ARZ3NDEKTSV4RRFFQ69G5FAV/id_no";
        bench.edit(1, &[("land", text("bad")), (id, text("999999198001010017")), ("place", text("0103"))]);
        bench.submit();
        let case = Case { counts: Counts { quarantined: 2, waiting: 1, ahead_ms: 600_001 }, ..bench.case() };
        let judged = judge(&case, &bench).unwrap();
        assert_eq!(
            flags(&judged),
            [
                "invalid never_bad land",
                "invalid required name",
                "quarantined 2",
                "outside_area 0103",
                "clock_skew 600001",
                "waiting 1"
            ]
        );
        assert_eq!(judged.identities.len(), 1);
        let discarded = Case { discarded: true, ..case };
        assert!(judge(&discarded, &bench).unwrap().identities.is_empty());
    }

    #[test]
    fn the_dataset_shows_what_was_approved_and_not_what_came_after() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a")), ("land", text("3"))]);
        let approved = bench.submit();
        bench.approve(&approved);
        assert_eq!(flags(&judge(&bench.case(), &bench).unwrap()), [""; 0]);
        bench.edit(2, &[("land", text("4")), ("_date", text("2015-07-02"))]);
        let judged = judge(&bench.case(), &bench).unwrap();
        assert_eq!(flags(&judged), ["edited_since_approval 1"]);
        let row = judged.row.into_row().unwrap();
        assert_eq!(row.json, r#"{"land":"3","name":"a"}"#);
        assert_eq!((row.heads.clone(), row.approved_ms, row.form_version), (approved, 10, 1));
        let stored = StoredRow { heads: row.heads, approved_ms: 10, form_version: 1, subject: None };
        let again = Case { stored_row: Some(stored.clone()), ..bench.case() };
        assert_eq!(judge(&again, &bench).unwrap().row, RowAfter::Kept, "nothing to write");
        let older = Case { stored_row: Some(StoredRow { approved_ms: 9, ..stored }), ..bench.case() };
        assert!(judge(&older, &bench).unwrap().row.into_row().is_some());
    }

    #[test]
    fn under_a_waiver_what_was_approved_before_stands_and_never_the_winner() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a")), ("land", text("3"))]);
        let base = bench.submit();
        bench.approve(&base);
        bench.edit_at(2, &base, &[("land", text("4")), ("phone", text("1"))]);
        bench.edit_at(3, &base, &[("land", text("5")), ("phone", text("2"))]);
        let heads = bench.submit();
        assert_eq!(
            flags(&judge(&bench.case(), &bench).unwrap()),
            [
                "conflict different_answers land",
                "conflict different_answers phone",
                "edited_since_approval 2"
            ]
        );
        bench.approve(&heads);
        let waived = ["land", "phone"].map(|path| WaivedFact {
            heads: heads.clone(),
            key: WAIVE_DIFFERENT.into(),
            path: path.into(),
        });
        let case = Case { waived: waived.into(), ..bench.case() };
        let judged = judge(&case, &bench).unwrap();
        assert_eq!(
            judged.row.into_row().unwrap().json,
            r#"{"land":"3","name":"a"}"#,
            "phone stays empty until chosen"
        );
        assert!(judged.flags.is_empty());
    }

    #[test]
    fn what_an_enumerator_chose_is_told_until_an_approval_covers_it() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        let base = bench.submit();
        bench.edit_at(2, &base, &[("land", text("4"))]);
        bench.edit_at(3, &base, &[("land", text("5"))]);
        let chosen = bench.edit(2, &[("land", text("5"))]);
        let office = bench.case();
        assert_eq!(flags(&judge(&office, &bench).unwrap()), [""; 0], "chosen at the office");
        let field = [bench.actor(2)].into_iter().collect();
        let case = Case { field, ..office };
        let told = format!("resolved_in_field {} land [\"4\"]", chosen.iter().next().unwrap());
        assert_eq!(flags(&judge(&case, &bench).unwrap()), [told]);
        bench.submit();
        bench.approve(&chosen);
        let case = Case { field: case.field, ..bench.case() };
        assert_eq!(flags(&judge(&case, &bench).unwrap()), [""; 0]);
    }

    #[test]
    fn merged_registrations_are_one_row_and_list_where_they_differ() {
        let (mut one, mut two) = (Bench::new(), Bench::new());
        one.edit(1, &[("name", text("a")), ("members/A/id_no", text("999999198001010017"))]);
        two.edit(
            2,
            &[
                ("name", text("b")),
                ("members/X/id_no", text("999999198001010017")),
                ("members/X/name", text("x")),
            ],
        );
        for bench in [&mut one, &mut two] {
            let heads = bench.submit();
            bench.approve(&heads);
        }
        let alias = Case { alias_of: Some(one.id), ..two.case() };
        assert_eq!(judge(&alias, &two).unwrap().row, RowAfter::None, "counted once");
        let canonical = Case { merged: vec![alias], ..one.case() };
        let judged = judge(&canonical, &one).unwrap();
        assert_eq!(flags(&judged), [r#"duplicate_differs name "b""#]);
        let row = judged.row.into_row().unwrap();
        assert_eq!(row.json, r#"{"members/A/id_no":"999999198001010017","members/A/name":"x","name":"a"}"#);
        assert_eq!(row.heads.len(), 2);
    }

    #[test]
    fn only_clean_submissions_pass_without_a_person() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        let heads = bench.submit();
        assert_eq!(judge(&bench.case(), &bench).unwrap().auto_approve, None, "the form does not say so");
        bench.about.auto_approve = true;
        assert_eq!(judge(&bench.case(), &bench).unwrap().auto_approve, Some(heads.clone()));
        bench.edit(2, &[("land", text("bad"))]);
        assert_eq!(judge(&bench.case(), &bench).unwrap().auto_approve, Some(heads), "drafts block nothing");
        bench.submit();
        assert_eq!(judge(&bench.case(), &bench).unwrap().auto_approve, None);
    }

    #[test]
    fn a_place_above_or_below_is_no_proposal() {
        for (place, proposed) in
            [("01", false), ("0102", false), ("010203", false), ("0103", true), ("", false)]
        {
            let mut bench = Bench::new();
            bench.edit(1, &[("place", text(place))]);
            let judged = judge(&bench.case(), &bench).unwrap();
            assert_eq!(
                judged.flags.iter().any(|flag| flag.kind == FlagKind::OutsideArea),
                proposed,
                "{place}"
            );
        }
    }

    #[test]
    fn a_record_without_its_form_is_kept_and_flagged() {
        let mut bench = Bench::new();
        bench.edit(1, &[("name", text("a"))]);
        bench.published = false;
        assert_eq!(flags(&judge(&bench.case(), &bench).unwrap()), ["form_missing 1"]);
    }
}
