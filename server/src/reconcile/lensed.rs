//! A record read under a form version that reads earlier ones through lenses.

use std::collections::BTreeMap;

use doorstep_forms::{Causality, ClashKind, Form, Reading as Lensed, Register, Said};
use doorstep_records::{Answer, Answers, ChangeHash, Record};

use super::reading::{Dispute, Reading};

struct History<'r>(&'r Record);

impl Causality for History<'_> {
    type Change = ChangeHash;

    fn has_seen(&self, newer: &ChangeHash, older: &ChangeHash) -> bool {
        self.0.has_seen(newer, older)
    }
}

/// The answers of a record (at any heads) under `form`.
pub fn read_under(form: &Form, record: &Record, answers: &Answers) -> Lensed<ChangeHash> {
    let said = |answer: &Answer| Register {
        value: answer.value.to_json(),
        candidates: answer
            .candidates
            .iter()
            .map(|candidate| Said {
                value: candidate.value.to_json(),
                version: candidate.form_version,
                change: candidate.hash,
            })
            .collect(),
    };
    let registers: BTreeMap<String, Register<ChangeHash>> =
        answers.iter().map(|(key, answer)| (key.as_str().to_owned(), said(answer))).collect();
    form.read(&registers, &History(record))
}

/// The same as reconcile reads it.
pub(super) fn reading(form: &Form, record: &Record, answers: &Answers) -> Reading {
    let lensed = read_under(form, record, answers);
    let mut disputes: Vec<Dispute> = lensed
        .clashes
        .iter()
        .filter(|clash| super::reading::is_answer(&clash.path))
        .map(|clash| Dispute {
            path: clash.path.clone(),
            kind: match clash.kind {
                ClashKind::DifferentAnswers => "different_answers",
                ClashKind::ClosedAndEdited => "closed_and_edited",
            },
        })
        .collect();
    disputes.sort();
    disputes.dedup();
    let (mut kept, mut kept_disputed) = (BTreeMap::new(), Vec::new());
    for (path, value) in open_rows(form, &lensed) {
        match answers.get(path.as_str()) {
            Some(answer) if answer.is_conflict() => kept_disputed.push(path.clone()),
            _ => drop(kept.insert(path.clone(), value.clone())),
        }
    }
    Reading { answers: lensed.answers, disputes, kept, kept_disputed }
}

/// What was kept of removed questions, without cleared answers and without rows that were closed, under whatever name the
/// roster has now.
fn open_rows<'l>(
    form: &Form,
    lensed: &'l Lensed<ChangeHash>,
) -> impl Iterator<Item = (&'l String, &'l serde_json::Value)> {
    let is_closed = move |row: &str| {
        let flag = format!("{row}/_deleted");
        let now = form.reads_at(&flag);
        let said = now.and_then(|now| lensed.answers.get(&now)).or_else(|| lensed.kept.get(&flag));
        said == Some(&serde_json::Value::Bool(true))
    };
    lensed.kept.iter().filter(move |(path, value)| {
        let housekeeping = path.ends_with("/_order") || path.ends_with("/_deleted");
        !value.is_null() && !housekeeping && !path.match_indices('/').any(|(end, _)| is_closed(&path[..end]))
    })
}

/// The answers by the paths of `form`, each with the candidates that stand there, in whatever register.
pub fn answers_under(form: &Form, record: &Record, answers: &Answers) -> BTreeMap<String, Answer> {
    let lensed = read_under(form, record, answers);
    let candidate = |at: &doorstep_forms::Lensed<ChangeHash>| {
        let found = answers.get(at.register.as_str())?.candidates.iter().find(|c| c.hash == at.change)?;
        let value = doorstep_records::Value::from_json(&at.value()).unwrap_or_else(|| found.value.clone());
        Some(doorstep_records::Candidate { value, ..found.clone() })
    };
    let answer = |(path, all): (&String, &Vec<doorstep_forms::Lensed<ChangeHash>>)| {
        let candidates: Vec<_> = all.iter().filter_map(candidate).collect();
        let value = lensed.answers.get(path).and_then(doorstep_records::Value::from_json)?;
        (!candidates.is_empty()).then(|| (path.clone(), Answer { value, candidates }))
    };
    let mut under: BTreeMap<String, Answer> = lensed.candidates.iter().filter_map(answer).collect();
    // What the version removed with notice is still to be seen, under its own name.
    let kept =
        lensed.kept.keys().filter_map(|path| Some((path.clone(), answers.get(path.as_str())?.clone())));
    under.extend(kept);
    under
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use doorstep_forms::FormPackage;
    use doorstep_records::{ActorId, ChangeNote, Heads, Key, Value};
    use serde_json::json;

    use super::*;
    use crate::reconcile::case::{ApprovalFact, Case, SubmissionFact};
    use crate::reconcile::judge::judge;
    use crate::reconcile::published::Published;
    use crate::reconcile::rulebook::{Library, Rulebook};
    use crate::reconcile::testing::Bench;
    use crate::review::state::RecordState;

    /// Version 1 asks `land` and `note`; in version 2 `land` has moved, is a number of another unit, and `note` is gone.
    struct Versions(Vec<Arc<Published>>);

    impl Library for Versions {
        fn version(&self, _: &str, version: u32) -> Option<Arc<dyn Rulebook>> {
            let found = self.0.iter().find(|form| form.form().manifest().version == version)?;
            Some(Arc::clone(found) as Arc<dyn Rulebook>)
        }

        fn area_path(&self, _: &str) -> Option<String> {
            None
        }
    }

    fn form(version: u32, properties: serde_json::Value, lens: Option<serde_json::Value>) -> Arc<Published> {
        let manifest = json!({"id": "household", "version": version, "kind": "register", "entity": "household",
            "title": {"zh": "表"}, "locales": ["zh"], "label": "doc.name"});
        let schema =
            json!({"title": "表", "type": "object", "additionalProperties": false, "properties": properties});
        let mut files = BTreeMap::from([
            ("form.json".to_owned(), manifest.to_string().into_bytes()),
            ("schema.json".to_owned(), schema.to_string().into_bytes()),
        ]);
        if let Some(steps) = lens {
            files.insert("lenses/1.json".into(), json!({ "steps": steps }).to_string().into_bytes());
        }
        let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"));
        Arc::new(Published::new(Form::compile(package).unwrap()))
    }

    fn versions() -> Versions {
        let name = json!({"title": "户主", "type": "string"});
        let decimal = |from: &str, most: u32| {
            let mut question =
                json!({"title": "耕地", "type": "string", "format": "decimal", "maximum": most});
            if !from.is_empty() {
                question["x-from"] = from.into();
            }
            question
        };
        let note = json!({"title": "备注", "type": "string"});
        let one = form(1, json!({"name": name.clone(), "land": decimal("", 100), "note": note}), None);
        let two = form(
            2,
            json!({"name": name, "land_ha": decimal("land", 6)}),
            Some(json!([
                {"op": "convert", "at": "land_ha", "to": "decimal", "factor": "0.1"},
                {"op": "remove", "at": "note"}
            ])),
        );
        Versions(vec![one, two])
    }

    fn put(record: &mut Record, (by, version): (u8, u32), at: &Heads, puts: &[(&str, &str)]) -> Heads {
        let actor = ActorId::derive(&[by; 16], "user", Bench::new().id, 0);
        let puts: Vec<_> =
            puts.iter().map(|(key, v)| (Key::parse(key).unwrap(), Value::Text((*v).into()))).collect();
        let change = record.write_anyway_at(&actor, &ChangeNote::new(version, 1_000), at, &puts).unwrap();
        [change.hash].into_iter().collect()
    }

    fn case(record: &mut Record, submissions: &[(&Heads, u32)], approved: Option<&Heads>) -> Case {
        let fact = |(heads, version): &(&Heads, u32)| SubmissionFact {
            heads: (*heads).clone(),
            form_version: *version,
            received_ms: 1_000,
        };
        Case {
            state: RecordState::Submitted,
            document: record.save(),
            submissions: submissions.iter().map(fact).collect(),
            approvals: approved
                .map(|heads| ApprovalFact { heads: heads.clone(), at_ms: 10 })
                .into_iter()
                .collect(),
            ..Bench::new().case()
        }
    }

    fn flags(case: &Case) -> Vec<String> {
        let judged = judge(case, &versions()).unwrap();
        judged
            .flags
            .iter()
            .map(|f| format!("{} {} {}", f.kind.name(), f.key, f.path).trim_end().to_owned())
            .collect()
    }

    #[test]
    fn each_submission_is_judged_by_its_version_and_errors_bear_its_keys() {
        let mut record = Record::new();
        let old = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a"), ("land", "70"), ("note", "n")]);
        assert_eq!(flags(&case(&mut record, &[(&old, 1)], None)), [""; 0], "as filled");
        // Taken over by a phone with version 2 without touching the land: 7 hectares are too many there.
        let new = put(&mut record, (2, 2), &old, &[("name", "b")]);
        let both = case(&mut record, &[(&old, 1), (&new, 2)], None);
        assert_eq!(flags(&both), ["invalid maximum land_ha"], "and `note` is no unknown answer");
        let settled = put(&mut record, (2, 2), &new, &[("land_ha", "5")]);
        assert_eq!(flags(&case(&mut record, &[(&settled, 2)], None)), [""; 0]);
    }

    #[test]
    fn two_versions_written_at_once_are_a_dispute_that_blocks_and_never_reaches_the_dataset() {
        let mut record = Record::new();
        let base = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a"), ("land", "30")]);
        let new = put(&mut record, (2, 2), &base, &[("land_ha", "4")]);
        put(&mut record, (1, 1), &base, &[("land", "50")]);
        let heads = record.heads();
        let disputed = case(&mut record, &[(&new, 2)], None);
        assert_eq!(flags(&disputed), ["conflict different_answers land_ha"]);
        let approved = case(&mut record, &[(&new, 2)], Some(&heads));
        let row = judge(&approved, &versions()).unwrap().row.into_row().unwrap();
        assert_eq!(
            (row.json.as_str(), row.form_version),
            (r#"{"name":"a"}"#, 2),
            "nobody's answer is put forward"
        );
        // Choosing the value that stands in the new place already.
        let mut settled = Record::load(&record.save()).unwrap();
        let chosen = put(&mut settled, (3, 2), &heads, &[("land_ha", "4")]);
        assert_eq!(flags(&case(&mut settled, &[(&chosen, 2)], None)), [""; 0]);
    }

    #[test]
    fn what_was_approved_under_the_old_version_reads_under_the_new_one() {
        let mut record = Record::new();
        let old = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a"), ("land", "30")]);
        let new = put(&mut record, (2, 2), &old, &[("land_ha", "4")]);
        let amended = case(&mut record, &[(&old, 1), (&new, 2)], Some(&old));
        let judged = judge(&amended, &versions()).unwrap();
        let row = judged.row.into_row().unwrap();
        assert_eq!(
            (row.json.as_str(), row.form_version),
            (r#"{"land":"30","name":"a"}"#, 1),
            "as it was approved"
        );
        assert_eq!(flags(&amended), ["edited_since_approval"], "one answer: 3 became 4");
        let form = versions();
        let answers = record.answers();
        let under = answers_under(form.0[1].form(), &record, &answers);
        assert_eq!(under.keys().collect::<Vec<_>>(), ["land_ha", "name"]);
        assert_eq!(under["land_ha"].candidates.len(), 1, "the former one was replaced knowingly");
    }

    fn row(case: &Case) -> String {
        judge(case, &versions()).unwrap().row.into_row().unwrap().json
    }

    /// The fault it found: a row approved under the version that removed a question lost what had been answered to it.
    #[test]
    fn what_a_version_removed_stays_in_the_dataset() {
        let mut record = Record::new();
        let old = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a"), ("land", "30"), ("note", "n")]);
        let new = put(&mut record, (2, 2), &old, &[("name", "b")]);
        let amended = case(&mut record, &[(&old, 1), (&new, 2)], Some(&new));
        assert_eq!(row(&amended), r#"{"land_ha":"3","name":"b","note":"n"}"#);
        assert_eq!(flags(&amended), [""; 0], "nobody is asked about it");
    }

    #[test]
    fn of_different_answers_to_a_removed_question_the_one_approved_before_stands() {
        let mut record = Record::new();
        let old = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a"), ("note", "n")]);
        put(&mut record, (1, 1), &old, &[("note", "x")]);
        put(&mut record, (4, 1), &old, &[("note", "y")]);
        let both = record.heads();
        let new = put(&mut record, (2, 2), &both, &[("name", "b")]);
        let submissions = [(&old, 1), (&new, 2)];
        let fresh = case(&mut record, &submissions, Some(&new));
        assert_eq!(row(&fresh), r#"{"name":"b"}"#, "nobody's answer is put forward");
        let before = ApprovalFact { heads: old.clone(), at_ms: 5 };
        let approvals = [vec![before], fresh.approvals.clone()].concat();
        assert_eq!(row(&Case { approvals, ..fresh }), r#"{"name":"b","note":"n"}"#);
    }

    /// The fault it found: a draft that a phone had taken over to a new version was judged by the one it was begun under.
    #[test]
    fn a_draft_is_judged_by_the_version_it_was_taken_over_to() {
        let mut record = Record::new();
        let old = put(&mut record, (1, 1), &Heads::empty(), &[("name", "a")]);
        let new = put(&mut record, (1, 2), &old, &[("land_ha", "4")]);
        let draft = |versions: &[u32], record: &mut Record| Case {
            state: RecordState::Draft,
            versions: versions.to_vec(),
            ..case(record, &[], None)
        };
        assert_eq!(flags(&draft(&[1, 2], &mut record)), [""; 0]);
        assert_eq!(flags(&draft(&[1], &mut record)), ["unknown_path  land_ha"], "2 is not published");
        let test = Case { test: true, ..draft(&[1, 2], &mut record) };
        assert_eq!(flags(&test), ["unknown_path  land_ha"], "a test stays what it was begun as");
        // As it was before the phone took it over, it is what it was; and what is sent is judged by what it says.
        let case = draft(&[1, 2], &mut record);
        assert_eq!([&old, &new].map(|heads| case.judging_version(&mut record, heads)), [1, 2]);
        let mut sent = self::case(&mut record, &[(&new, 1)], None);
        sent.versions = vec![1, 2];
        assert_eq!(sent.judging_version(&mut record, &new), 1);
        // A version that does not exist takes nothing over.
        put(&mut record, (1, 999), &new, &[("name", "b")]);
        assert_eq!(flags(&draft(&[1, 2], &mut record)), [""; 0]);
    }
}
