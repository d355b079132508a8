//! What a household of the ledger changes in its record.
//!
//! Importing a ledger twice changes nothing, and an old ledger never takes back what people entered since: a cell is
//! written only when it says something else than the last import of that answer did. Cells left empty clear nothing.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::{Form, Kind};
use doorstep_records::{Key, Record, RecordId, RowId, Value};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::columns::PERSONS;
use super::ledger::{Household, Member};

/// The reason that changes of an import carry, by which later imports know them.
pub const REASON: &str = "imported ledger";

/// What a ledger household gets besides its cells, unless the record or the ledger says otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The civil day of the import.
    pub today: String,
    /// Status in the register of the households in the ledger.
    pub register_status: String,
}

/// The record of a ledger household: the same for the same area and number, whoever imports it and whenever.
///
/// A UUIDv7 whose time is zero (the ledger does not say when a household was first written down) and whose random part
/// is taken from SHA-256 of area and number.
pub fn record_id(area: &str, number: &str) -> RecordId {
    RecordId::from_parts(0, digest("doorstep-ledger-household-v1", &[area, number]))
}

fn digest(tag: &str, parts: &[&str]) -> [u8; 10] {
    let mut hash = Sha256::new();
    hash.update(tag);
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    let mut random = [0; 10];
    random.copy_from_slice(&hash.finalize()[..10]);
    random
}

/// The answers to be put on top of `current`, nothing when the ledger says nothing new. `imported` is what the last
/// import of each answer put.
pub fn changes(
    form: &Form,
    id: RecordId,
    household: &Household,
    defaults: &Defaults,
    current: &BTreeMap<Key, Value>,
    imported: &BTreeMap<Key, Value>,
) -> Vec<(Key, Value)> {
    let mut wanted = household_answers(form, household, defaults, current);
    let rows = rows(id, household, current);
    for (number, (member, row)) in household.members.iter().zip(&rows).enumerate() {
        let new = !current.keys().any(|key| key.is_below(&format!("{PERSONS}/{row}")));
        if new {
            wanted.insert(format!("{PERSONS}/{row}/_order"), json!(format!("{number:04}")));
        }
        let answers = member.answers.iter();
        wanted.extend(answers.map(|(path, value)| (format!("{PERSONS}/{row}/{path}"), value.clone())));
    }
    untick(form, &mut wanted, current, imported);
    let puts =
        wanted.iter().filter_map(|(path, value)| Some((Key::parse(path).ok()?, Value::from_json(value)?)));
    puts.filter(|(key, value)| current.get(key) != Some(value) && imported.get(key) != Some(value)).collect()
}

/// What the last import of each answer put.
pub fn last_imported(record: &mut Record) -> BTreeMap<Key, Value> {
    let entries = record.history(None).into_iter();
    let own = entries.filter(|entry| entry.reason.as_deref() == Some(REASON));
    own.map(|entry| (entry.key, entry.value)).collect()
}

fn household_answers(
    form: &Form,
    household: &Household,
    defaults: &Defaults,
    current: &BTreeMap<Key, Value>,
) -> BTreeMap<String, Json> {
    let mut wanted: BTreeMap<String, Json> = BTreeMap::new();
    let fixed = [
        ("_form", form.manifest().id.as_str()),
        ("_date", &defaults.today),
        ("form_mode", "new_register"),
        ("event_date", &defaults.today),
        ("visit_mode", "office_records"),
        ("register_status", &defaults.register_status),
    ];
    let answered = |path: &str| Key::parse(path).is_ok_and(|key| current.contains_key(&key));
    let asked = |path: &str| path.starts_with('_') || form.question(path).is_some();
    for (path, value) in fixed.into_iter().filter(|(path, _)| asked(path) && !answered(path)) {
        wanted.insert(path.to_owned(), json!(value));
    }
    if asked("poor") && !answered("poor") {
        wanted.insert("poor".into(), json!(true));
    }
    wanted.insert("household_no".into(), json!(household.number));
    wanted.extend(household.answers.iter().map(|(path, value)| (path.clone(), value.clone())));
    wanted
}

/// The row of each member: the one that has the same id number, or the same name where one of both has no number,
/// or a new one that is the same in every import.
fn rows(id: RecordId, household: &Household, current: &BTreeMap<Key, Value>) -> Vec<String> {
    let mut open = known_rows(current);
    let mut rows: Vec<Option<String>> = vec![None; household.members.len()];
    let same_id = |member: &Member, row: &Known| !row.id_no.is_empty() && row.id_no == member.text("id_no");
    let same_name = |member: &Member, row: &Known| {
        row.name == member.text("name") && (row.id_no.is_empty() || member.text("id_no").is_empty())
    };
    for by_id in [true, false] {
        for (member, row) in household.members.iter().zip(&mut rows).filter(|(_, row)| row.is_none()) {
            let same = |known: &Known| if by_id { same_id(member, known) } else { same_name(member, known) };
            if let Some(position) = open.iter().position(same) {
                *row = Some(open.swap_remove(position).row);
            }
        }
    }
    let taken: BTreeSet<String> = known_rows(current).into_iter().map(|known| known.row).collect();
    let mut given = BTreeSet::new();
    let members = household.members.iter().zip(rows);
    members
        .map(|(member, row)| {
            let row =
                row.unwrap_or_else(|| new_row(id, member, &|row| taken.contains(row) || given.contains(row)));
            given.insert(row.clone());
            row
        })
        .collect()
}

fn new_row(id: RecordId, member: &Member, used: &dyn Fn(&str) -> bool) -> String {
    let person = [member.text("id_no"), member.text("name")].into_iter().find(|text| !text.is_empty());
    let (record, person) = (id.to_string(), person.unwrap_or_default());
    let mut nth = 0_u32;
    loop {
        let parts = [record.as_str(), person, &nth.to_string()];
        let row = RowId::from_parts(0, digest("doorstep-ledger-member-v1", &parts)).to_string();
        if !used(&row) {
            return row;
        }
        nth += 1;
    }
}

/// An open member row of the record.
struct Known {
    row: String,
    name: String,
    id_no: String,
}

fn known_rows(current: &BTreeMap<Key, Value>) -> Vec<Known> {
    let mut rows: BTreeMap<&str, Known> = BTreeMap::new();
    let mut closed = BTreeSet::new();
    for (key, value) in current {
        let mut segments = key.segments();
        let (Some(PERSONS), Some(row), Some(field)) = (segments.next(), segments.next(), segments.next())
        else {
            continue;
        };
        let known = rows.entry(row).or_insert_with(|| Known {
            row: row.to_owned(),
            name: String::new(),
            id_no: String::new(),
        });
        match (field, value) {
            ("name", Value::Text(name)) => known.name = name.clone(),
            ("id_no", Value::Text(number)) => known.id_no = number.clone(),
            ("_deleted", Value::Bool(true)) => drop(closed.insert(row)),
            _ => {}
        }
    }
    rows.into_iter().filter(|(row, _)| !closed.contains(row)).map(|(_, known)| known).collect()
}

/// Where the ledger answers a multi-select anew, the ticks that an earlier import made and this one does not are
/// taken back.
fn untick(
    form: &Form,
    wanted: &mut BTreeMap<String, Json>,
    current: &BTreeMap<Key, Value>,
    imported: &BTreeMap<Key, Value>,
) {
    let selects: BTreeSet<String> = wanted
        .keys()
        .filter_map(|path| path.rsplit_once('/').map(|(select, _)| select))
        .filter(|select| form.question(select).is_some_and(|question| question.kind() == Kind::SelectMany))
        .map(str::to_owned)
        .collect();
    for select in selects {
        let ticked = current.iter().filter(|(key, value)| {
            key.is_below(&select) && **value == Value::Bool(true) && imported.get(*key) == Some(value)
        });
        let gone: Vec<String> = ticked
            .map(|(key, _)| key.as_str().to_owned())
            .filter(|path| !wanted.contains_key(path))
            .collect();
        wanted.extend(gone.into_iter().map(|path| (path, json!(false))));
    }
}

#[cfg(test)]
mod tests {
    use doorstep_records::{ActorId, ChangeNote};

    use super::*;
    use crate::reports::fixtures;

    fn member(name: &str, id_no: &str, rest: &[(&str, Json)]) -> Member {
        let mut answers = BTreeMap::from([("name".to_owned(), json!(name))]);
        if !id_no.is_empty() {
            answers.insert("id_no".into(), json!(id_no));
        }
        answers.extend(rest.iter().map(|(path, value)| ((*path).to_owned(), value.clone())));
        Member { row: 2, answers }
    }

    fn household(members: Vec<Member>) -> Household {
        let answers = BTreeMap::from([("phone".to_owned(), json!("13800000000"))]);
        Household { number: "7".into(), area: "99".into(), row: 2, answers, members }
    }

    fn defaults() -> Defaults {
        Defaults { today: "2015-07-01".into(), register_status: "registered".into() }
    }

    struct Import {
        form: Form,
        record: Record,
        id: RecordId,
    }

    impl Import {
        fn new() -> Import {
            let form = fixtures::form("household_register");
            Import { form, record: Record::new(), id: record_id("99", "7") }
        }

        /// Imports, and gives what was put.
        fn import(&mut self, household: &Household) -> Vec<(String, Value)> {
            let (current, imported) = (self.record.values(), last_imported(&mut self.record));
            let puts = changes(&self.form, self.id, household, &defaults(), &current, &imported);
            if !puts.is_empty() {
                let note = ChangeNote::new(1, 1).with_reason(REASON);
                self.record.write(&actor(1, self.id), &note, &puts).unwrap();
            }
            puts.into_iter().map(|(key, value)| (key.as_str().to_owned(), value)).collect()
        }

        /// Somebody edits on a phone.
        fn edit(&mut self, path: &str, value: Value) {
            let puts = [(Key::parse(path).unwrap(), value)];
            self.record.write(&actor(2, self.id), &ChangeNote::new(1, 2), &puts).unwrap();
        }

        fn rows(&mut self) -> Vec<Known> {
            known_rows(&self.record.values())
        }
    }

    fn actor(who: u8, record: RecordId) -> ActorId {
        ActorId::derive(&[who; 16], "user", record, 0)
    }

    #[test]
    fn the_same_ledger_twice_changes_nothing() {
        let mut import = Import::new();
        let ledger =
            household(vec![member("赵一", "1", &[("relation", json!("head"))]), member("钱二", "", &[])]);
        assert!(import.import(&ledger).iter().any(|(path, _)| path == "household_no"));
        assert_eq!(import.import(&ledger), []);
        assert_eq!(import.rows().len(), 2);
        let mut turned = ledger.clone();
        turned.members.reverse();
        assert_eq!(import.import(&turned), []);
    }

    #[test]
    fn the_same_household_is_the_same_record_everywhere() {
        assert_eq!(record_id("99", "7"), record_id("99", "7"));
        assert_ne!(record_id("99", "7"), record_id("997", ""));
        assert_ne!(record_id("99", "7"), record_id("98", "7"));
        let (mut one, mut other) = (Import::new(), Import::new());
        let ledger = household(vec![member("赵一", "1", &[])]);
        assert_eq!(one.import(&ledger), other.import(&ledger));
    }

    #[test]
    fn only_changed_cells_are_written() {
        let mut import = Import::new();
        let mut ledger = household(vec![member("赵一", "1", &[("sex", json!("male"))])]);
        import.import(&ledger);
        ledger.answers.insert("phone".into(), json!("13900000000"));
        assert_eq!(import.import(&ledger), [("phone".to_owned(), Value::Text("13900000000".into()))]);
        // An empty cell clears nothing.
        ledger.members[0].answers.remove("sex");
        assert_eq!(import.import(&ledger), []);
    }

    #[test]
    fn an_old_ledger_does_not_take_back_what_people_entered() {
        let mut import = Import::new();
        let mut ledger = household(vec![member("赵一", "1", &[])]);
        import.import(&ledger);
        import.edit("phone", Value::Text("13711111111".into()));
        assert_eq!(import.import(&ledger), []);
        // A new cell is news.
        ledger.answers.insert("phone".into(), json!("13900000000"));
        assert_eq!(import.import(&ledger).len(), 1);
    }

    #[test]
    fn persons_are_found_again_by_number_then_by_name() {
        let mut import = Import::new();
        import.import(&household(vec![member("赵一", "1", &[]), member("钱二", "", &[])]));
        let rows: BTreeSet<String> = import.rows().into_iter().map(|known| known.row).collect();
        // One is renamed, one gets a number.
        import.import(&household(vec![member("钱二", "2", &[]), member("赵壹", "1", &[])]));
        let again = import.rows();
        assert_eq!(again.iter().map(|known| known.row.clone()).collect::<BTreeSet<_>>(), rows);
        assert!(again.iter().any(|known| known.name == "赵壹" && known.id_no == "1"));
        // A new person is a new row; whoever is not in the ledger stays.
        import.import(&household(vec![member("孙三", "3", &[])]));
        assert_eq!(import.rows().len(), 3);
    }

    #[test]
    fn a_closed_row_is_not_opened_again() {
        let mut import = Import::new();
        let ledger = household(vec![member("赵一", "1", &[])]);
        import.import(&ledger);
        let row = import.rows().remove(0).row;
        import.edit(&format!("members/{row}/_deleted"), Value::Bool(true));
        // The ledger still lists the person, the office closed the row: nothing new is said by the ledger.
        assert_eq!(import.import(&ledger), []);
        assert_eq!(import.rows().len(), 0);
    }

    #[test]
    fn ticks_follow_the_ledger_and_leave_those_of_others() {
        let mut import = Import::new();
        let disabled = |codes: &[&str]| {
            let ticks: Vec<_> = codes.iter().map(|code| (format!("health/{code}"), json!(true))).collect();
            let ticks: Vec<_> = ticks.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
            household(vec![member("赵一", "1", &ticks)])
        };
        import.import(&disabled(&["disabled"]));
        let row = import.rows().remove(0).row;
        import.edit(&format!("members/{row}/health/major_illness"), Value::Bool(true));
        let puts = import.import(&disabled(&["chronic"]));
        assert_eq!(
            puts,
            [
                (format!("members/{row}/health/chronic"), Value::Bool(true)),
                (format!("members/{row}/health/disabled"), Value::Bool(false)),
            ]
        );
    }
}
