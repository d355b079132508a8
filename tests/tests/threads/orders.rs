//! Runs of edits that phones have written and not sent, delivered one by one in every order to fresh copies of one town.
//!
//! What must be seen at each step is worked out here from the letters that have arrived, apart from the server: a letter
//! is applied when all letters its phone wrote before it are there; two phones conflict at an answer when the last
//! applied values of both differ.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{DeviceId, SignedEnvelope};
use doorstep_records::RecordId;
use doorstep_server::reconcile::flag::FlagKind;
use doorstep_server::review::model::RecordView;
use doorstep_server::store::records::{At, Records};
use doorstep_tests::sim::form::FORM;
use doorstep_tests::sim::phone::Phone;
use serde_json::{Value, json};

use crate::field::{Field, answer, outbox, submit};

/// What a letter tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// One answer.
    Edit(String, Value),
    /// The record was begun.
    Begun,
    /// It is complete.
    Complete,
}

/// One signed envelope that has not been sent.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) phone: usize,
    pub(crate) told: Told,
    device: DeviceId,
    envelope: SignedEnvelope,
}

/// A town, phones, a record, and what was written about it without a network.
pub(crate) struct Stage {
    pub(crate) field: Field,
    pub(crate) phones: Vec<Phone>,
    pub(crate) record: RecordId,
    written: Vec<Vec<Told>>,
}

impl Stage {
    fn with(names: &[&str]) -> (Field, Vec<Phone>) {
        let field = Field::small();
        let phones = names.iter().map(|name| field.phone(name, &["A"])).collect();
        (field, phones)
    }

    /// A record that everybody has.
    pub(crate) fn known(names: &[&str], answers: &[(&str, Value)]) -> Stage {
        let (field, mut phones) = Stage::with(names);
        let record = phones[0].device().unwrap().new_record(FORM, Some("A"), None).unwrap();
        answer(&mut phones[0], record, answers);
        submit(&mut phones[0], record);
        for phone in &mut phones {
            field.sync(phone);
        }
        let written = vec![Vec::new(); phones.len()];
        Stage { field, phones, record, written }
    }

    /// A record that the first phone has begun and nobody else has heard of.
    pub(crate) fn unborn(names: &[&str]) -> Stage {
        let (field, mut phones) = Stage::with(names);
        let record = phones[0].device().unwrap().new_record(FORM, Some("A"), None).unwrap();
        let written = vec![Vec::new(); phones.len()];
        let mut stage = Stage { field, phones, record, written };
        stage.wrote(0, Told::Begun);
        stage
    }

    /// An answer, a letter of its own.
    pub(crate) fn edit(&mut self, phone: usize, path: &str, value: impl Into<Value>) {
        let value = value.into();
        answer(&mut self.phones[phone], self.record, &[(path, value.clone())]);
        self.wrote(phone, Told::Edit(path.to_owned(), value));
    }

    /// "Complete", a letter of its own.
    pub(crate) fn complete(&mut self, phone: usize) {
        submit(&mut self.phones[phone], self.record);
        self.wrote(phone, Told::Complete);
    }

    fn wrote(&mut self, phone: usize, told: Told) {
        self.written[phone].push(told);
        assert_eq!(
            outbox(&mut self.phones[phone]).len(),
            self.written[phone].len(),
            "one letter for each thing told"
        );
    }

    /// All letters, by phone and as they were written.
    pub(crate) fn letters(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        for phone in 0..self.phones.len() {
            let device = self.phones[phone].device().unwrap().id().unwrap().unwrap();
            let signed = outbox(&mut self.phones[phone]);
            for (told, envelope) in self.written[phone].clone().into_iter().zip(signed) {
                letters.push(Letter { phone, told, device, envelope });
            }
        }
        letters
    }

    /// Delivers the letters one by one in every order, each to a fresh copy of everything; looks at every step; lets all
    /// sync until they are quiet; and finds one final state, with conflicts exactly at `conflicts`. Then goes on with
    /// `after`.
    pub(crate) fn in_all_orders(&mut self, conflicts: &[&str], mut after: impl FnMut(&mut Arrived)) -> usize {
        let letters = self.letters();
        let mut first: Option<Value> = None;
        let orders = orders(letters.len());
        for order in &orders {
            let mut arrived = self.fresh();
            for at in 0..order.len() {
                arrived.deliver(&[&letters[order[at]]]);
                let so_far: BTreeSet<usize> = order[..=at].iter().copied().collect();
                arrived.look(&letters, &so_far);
            }
            let state = arrived.quiet(&letters, conflicts);
            match &first {
                None => first = Some(state),
                Some(first) => assert_eq!(*first, state, "another final state in the order {order:?}"),
            }
            after(&mut arrived);
        }
        orders.len()
    }

    /// A copy of everything, with nothing sent yet.
    pub(crate) fn fresh(&mut self) -> Arrived {
        let (field, phones) = self.field.copied(&mut self.phones);
        Arrived { field, phones, record: self.record }
    }
}

/// A copy in which letters arrive.
pub(crate) struct Arrived {
    pub(crate) field: Field,
    pub(crate) phones: Vec<Phone>,
    pub(crate) record: RecordId,
}

impl Arrived {
    /// Brings letters of one phone in one request.
    pub(crate) fn deliver(&mut self, letters: &[&Letter]) -> Vec<ItemVerdict> {
        let envelopes = letters.iter().map(|letter| letter.envelope.clone()).collect();
        self.field.deliver(letters[0].device, envelopes)
    }

    /// The record as the office sees it, if it is there.
    pub(crate) fn view(&self) -> Option<RecordView> {
        let (store, scope) = self.field.office();
        store.record_get(&scope, self.record, &At::Now).ok()
    }

    /// What the server shows is what has arrived, no more and no less.
    fn look(&self, letters: &[Letter], so_far: &BTreeSet<usize>) {
        let applied = applied(letters, so_far);
        let is_there =
            letters.iter().enumerate().all(|(at, one)| one.told != Told::Begun || so_far.contains(&at));
        let Some(view) = self.view() else {
            assert!(!is_there, "the record was begun and is not there: {so_far:?}");
            return;
        };
        assert!(is_there, "{so_far:?}");
        assert_eq!(flagged(&view), disputed(letters, &applied), "conflicts when {so_far:?} have arrived");
        let listed = view.answers.iter().filter(|(_, answer)| answer.different);
        let listed: BTreeSet<String> = listed.map(|(path, _)| path.clone()).collect();
        assert_eq!(flagged(&view), listed, "what is flagged can be looked at");
        let history = history(&self.field, self.record);
        for letter in letters {
            let Told::Edit(path, value) = &letter.told else { continue };
            let known = history.contains(&(path.clone(), value.to_string()));
            // Two people may say the same.
            let told = applied.iter().any(|at| letters[*at].told == letter.told);
            assert_eq!(known, told, "{path} = {value} when {so_far:?} have arrived");
        }
        let waiting = view.flags.iter().filter(|flag| flag.kind == FlagKind::Waiting);
        assert_eq!(waiting.count() > 0, applied.len() < so_far.len(), "what waits is to be seen: {so_far:?}");
    }

    /// Syncs until nobody has anything to say, checks that all show the same, and gives what they show.
    pub(crate) fn quiet(&mut self, letters: &[Letter], conflicts: &[&str]) -> Value {
        let mut phones: Vec<&mut Phone> = self.phones.iter_mut().collect();
        self.field.sync_all(&mut phones);
        let expected: BTreeSet<String> = conflicts.iter().map(|path| (*path).to_owned()).collect();
        let view = self.view().unwrap();
        assert_eq!(flagged(&view), expected);
        let others: Vec<FlagKind> =
            view.flags.iter().map(|flag| flag.kind).filter(|kind| !answered(*kind)).collect();
        assert_eq!(others, [], "nothing waits, nothing is put aside");
        let history = history(&self.field, self.record);
        for letter in letters {
            if let Told::Edit(path, value) = &letter.told {
                assert!(history.contains(&(path.clone(), value.to_string())), "{path} = {value} is lost");
            }
        }
        let shown: Vec<Value> = self.phones.iter_mut().map(|phone| seen_on(phone, self.record)).collect();
        for (phone, shown) in self.phones.iter().zip(&shown) {
            assert_eq!(*shown, shown_by(&view), "{} and the server", phone.name);
        }
        json!({"shown": shown_by(&view), "state": view.line.state.name(), "history": history})
    }
}

/// The letters that can be applied when some have arrived.
fn applied(letters: &[Letter], so_far: &BTreeSet<usize>) -> BTreeSet<usize> {
    let is_before = |one: usize, other: usize| one < other && letters[one].phone == letters[other].phone;
    let whole = |at: &usize| (0..*at).all(|before| !is_before(before, *at) || so_far.contains(&before));
    let unborn = (0..letters.len()).any(|at| letters[at].told == Told::Begun && !so_far.contains(&at));
    so_far.iter().copied().filter(|at| whole(at) && !unborn).collect()
}

/// Where phones differ by what was applied.
fn disputed(letters: &[Letter], applied: &BTreeSet<usize>) -> BTreeSet<String> {
    let mut last: BTreeMap<&str, BTreeMap<usize, String>> = BTreeMap::new();
    for at in applied {
        if let Told::Edit(path, value) = &letters[*at].told {
            last.entry(path).or_default().insert(letters[*at].phone, value.to_string());
        }
    }
    let differ = |by: &BTreeMap<usize, String>| by.values().collect::<BTreeSet<_>>().len() > 1;
    last.into_iter().filter(|(_, by)| differ(by)).map(|(path, _)| path.to_owned()).collect()
}

fn flagged(view: &RecordView) -> BTreeSet<String> {
    let conflicts = view.flags.iter().filter(|flag| flag.kind == FlagKind::Conflict);
    conflicts.map(|flag| flag.path.clone()).collect()
}

/// Every value ever given on the server: path and value.
fn history(field: &Field, record: RecordId) -> BTreeSet<(String, String)> {
    let (store, scope) = field.office();
    let lines = store.record_history(&scope, record, None).unwrap();
    lines.into_iter().map(|line| (line.path, line.value.to_string())).collect()
}

/// Heads, and each answer with the values that stand; nobody's where they differ.
fn shown_by(view: &RecordView) -> Value {
    let answers = view.answers.iter().map(|(path, answer)| {
        let stand = answer.candidates.iter();
        let mut stand: Vec<Value> = stand
            .map(|one| json!([one.change.to_string(), one.value, one.by.as_ref().map(|by| &by.name)]))
            .collect();
        stand.sort_by_key(Value::to_string);
        (path.clone(), json!([answer.value, stand]))
    });
    let answers: serde_json::Map<String, Value> = answers.collect();
    let heads: Vec<String> = view.heads.iter().map(ToString::to_string).collect();
    json!({"heads": heads, "answers": answers, "conflicts": flagged(view)})
}

/// The same as a phone shows it.
fn seen_on(phone: &mut Phone, record: RecordId) -> Value {
    let shown = phone.device().unwrap().show(record).unwrap();
    let conflicts: BTreeSet<String> = shown.conflicts.iter().map(|one| one.path.clone()).collect();
    let answers = shown.answers.iter().map(|(path, answer)| {
        let stand = answer.candidates.iter();
        let mut stand: Vec<Value> = stand.map(|one| json!([one.change, one.value, one.by])).collect();
        stand.sort_by_key(Value::to_string);
        let value = if conflicts.contains(path) { &Value::Null } else { &answer.value };
        (path.clone(), json!([value, stand]))
    });
    let answers: serde_json::Map<String, Value> = answers.collect();
    let heads: Vec<String> = shown.heads.iter().map(ToString::to_string).collect();
    json!({"heads": heads, "answers": answers, "conflicts": conflicts})
}

/// Every order of `0..count`.
pub(crate) fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for one in 0..count {
        let longer = |order: &Vec<usize>| {
            let places = 0..=order.len();
            let at = |place: usize| {
                let mut order = order.clone();
                order.insert(place, one);
                order
            };
            places.map(at).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    orders
}

#[test]
fn orders_are_all_and_different() {
    let all: BTreeSet<Vec<usize>> = orders(5).into_iter().collect();
    assert_eq!(all.len(), 120);
}

/// Flags about answers: that people differ, and that one of them chose on the phone.
fn answered(kind: FlagKind) -> bool {
    matches!(kind, FlagKind::Conflict | FlagKind::ResolvedInField)
}
