//! A bench for judging: one record, a form of three rules, no database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorstep_records::{ActorId, ChangeNote, Heads, Key, Record, RecordId, Value};

use super::case::{ApprovalFact, Case, Counts, SubmissionFact};
use super::past::History;
use super::rulebook::{About, Ask, Assessment, Library, Rulebook};
use crate::review::rule::StandingError;
use crate::review::state::RecordState;

/// `name` is required and the label; the text `bad` is an error; `odd` is unknown.
pub(crate) struct Rules(pub(crate) About);

impl Rulebook for Rules {
    fn about(&self) -> &About {
        &self.0
    }

    fn assess(
        &self,
        answers: &BTreeMap<String, serde_json::Value>,
        _: Option<&BTreeMap<String, serde_json::Value>>,
        ask: Ask,
    ) -> Assessment {
        let full = ask != Ask::Draft;
        let mut row = BTreeMap::new();
        let error = |path: &str, key: &str| StandingError { path: path.into(), key: key.into() };
        let mut assessment = Assessment::default();
        for (path, value) in answers.iter().filter(|(path, _)| !path.starts_with('_')) {
            if path == "odd" {
                assessment.unknown.push(error(path, ""));
                continue;
            }
            if value == "bad" {
                assessment.errors.push(error(path, "never_bad"));
            }
            if !value.is_null() {
                row.insert(path.clone(), value.clone());
            }
        }
        assessment.label = answers.get("name").and_then(|name| name.as_str()).unwrap_or_default().to_owned();
        if full && assessment.label.is_empty() {
            assessment.errors.push(error("name", "required"));
        }
        assessment.row = (ask == Ask::Row).then_some(row);
        assessment
    }
}

/// One record under test.
pub(crate) struct Bench {
    pub(crate) record: Record,
    pub(crate) id: RecordId,
    pub(crate) state: RecordState,
    pub(crate) submissions: Vec<SubmissionFact>,
    pub(crate) approvals: Vec<ApprovalFact>,
    pub(crate) about: About,
    pub(crate) published: bool,
    document: Vec<u8>,
    served: Vec<Heads>,
}

impl Library for Bench {
    fn version(&self, _: &str, _: u32) -> Option<Arc<dyn Rulebook>> {
        let rules: Arc<dyn Rulebook> = Arc::new(Rules(self.about.clone()));
        self.published.then_some(rules)
    }

    fn area_path(&self, code: &str) -> Option<String> {
        (2..=code.len()).step_by(2).map(|end| format!("{}/", &code[..end])).collect::<String>().into()
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench {
            record: Record::new(),
            id: RecordId::from_parts(1_700_000_000_000, [7; 10]),
            state: RecordState::Draft,
            submissions: Vec::new(),
            approvals: Vec::new(),
            about: About {
                search: vec!["members/*/name".into(), "phone".into()],
                identity: vec!["members/*/id_no".into()],
                area_path: Some("place".into()),
                ..About::default()
            },
            published: true,
            document: Record::new().save(),
            served: Vec::new(),
        }
    }

    /// Edits by a person who has seen everything.
    pub(crate) fn edit(&mut self, by: u8, puts: &[(&str, Value)]) -> Heads {
        let heads = self.record.heads();
        self.edit_at(by, &heads, puts)
    }

    /// Edits by a person who has seen only `heads`.
    pub(crate) fn edit_at(&mut self, by: u8, heads: &Heads, puts: &[(&str, Value)]) -> Heads {
        let actor = self.actor(by);
        let puts: Vec<_> =
            puts.iter().map(|(key, value)| (Key::parse(key).unwrap(), value.clone())).collect();
        self.record.write_at(&actor, &ChangeNote::new(1, 1_000), heads, &puts).unwrap();
        self.document = self.record.save();
        self.record.heads()
    }

    /// The actor of a person.
    pub(crate) fn actor(&self, by: u8) -> ActorId {
        ActorId::derive(&[by; 16], "user", self.id, 0)
    }

    pub(crate) fn submit(&mut self) -> Heads {
        let heads = self.record.heads();
        self.submissions.push(SubmissionFact { heads: heads.clone(), form_version: 1, received_ms: 1 });
        self.state = RecordState::Submitted;
        heads
    }

    pub(crate) fn approve(&mut self, heads: &Heads) {
        let at_ms = 10 + self.approvals.len() as i64;
        self.approvals.push(ApprovalFact { heads: heads.clone(), at_ms });
        self.state = RecordState::Approved;
    }

    pub(crate) fn serve(&mut self, heads: &Heads) {
        self.served.push(heads.clone());
    }

    pub(crate) fn was_served(&self, heads: &Heads) -> bool {
        self.served.contains(heads)
    }

    pub(crate) fn case(&self) -> Case {
        Case {
            record: self.id,
            form: "household".into(),
            form_version: 1,
            versions: vec![1],
            area: "0102".into(),
            subject: None,
            state: self.state,
            discarded: false,
            alias_of: None,
            document: self.document.clone(),
            submissions: self.submissions.clone(),
            approvals: self.approvals.clone(),
            waived: Vec::new(),
            test: false,
            begun_closed: false,
            marks: Vec::new(),
            field: BTreeSet::new(),
            files: Default::default(),
            counts: Counts::default(),
            stored_row: None,
            member_moves: Vec::new(),
            merged: Vec::new(),
            timed_ms: 0,
            history: History::default(),
        }
    }
}
