//! What a check found against what the register said on that day: a pure comparison of two rows of the dataset.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::model::{REGISTERED, STATUS, UNREGISTERED};
use crate::duplicates::{name, template};
use crate::language::Said;

type Answers = BTreeMap<String, Value>;

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Found poor, and not registered.
    PoorUnregistered,
    /// Registered, and found not to be poor: the attribute does not apply.
    RegisteredNotPoor,
    /// Another number of people, or other people.
    Members,
    /// Another main cause.
    Cause,
    /// Another attribute of the household.
    Attribute,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [DifferenceKind; 5] = [
        DifferenceKind::PoorUnregistered,
        DifferenceKind::RegisteredNotPoor,
        DifferenceKind::Members,
        DifferenceKind::Cause,
        DifferenceKind::Attribute,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            DifferenceKind::PoorUnregistered => "poor_unregistered",
            DifferenceKind::RegisteredNotPoor => "registered_not_poor",
            DifferenceKind::Members => "members",
            DifferenceKind::Cause => "cause",
            DifferenceKind::Attribute => "attribute",
        }
    }

    /// For people.
    pub fn said(self) -> Said {
        match self {
            DifferenceKind::PoorUnregistered => Said::new("poor but not registered", "贫困但未建档立卡"),
            DifferenceKind::RegisteredNotPoor => Said::new("registered but not poor", "建档立卡但不贫困"),
            DifferenceKind::Members => Said::new("members differ", "家庭成员不一致"),
            DifferenceKind::Cause => Said::new("cause differs", "致贫原因不一致"),
            DifferenceKind::Attribute => Said::new("attribute differs", "农户属性不一致"),
        }
    }
}

/// One difference, with both records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What kind.
    pub kind: DifferenceKind,
    /// The check.
    pub check: RecordId,
    /// The household.
    pub household: RecordId,
    /// What people call it.
    pub label: String,
    /// Code of its area.
    pub area: String,
    /// The day of the check.
    pub date: String,
    /// What the register said; codes as they are stored.
    pub registered: String,
    /// What was found.
    pub found: String,
}

/// How many checks were compared, and what differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Discrepancies {
    /// Approved checks that were compared, one for each household.
    pub compared: usize,
    /// Of these, households that were not in the approved register on the day of the check.
    pub not_in_register: usize,
    /// Households with at least one difference.
    pub differing: usize,
    /// Households by kind of difference; every kind is named.
    pub by_kind: BTreeMap<&'static str, usize>,
    /// Every difference.
    pub differences: Vec<Difference>,
}

/// What differs between a check and the register of that day; an empty register knows the household not at all.
pub fn differences(check: &Answers, register: &Answers) -> Vec<(DifferenceKind, String, String)> {
    let mut found = Vec::new();
    let status = text(register, STATUS).unwrap_or(UNREGISTERED);
    let registered = REGISTERED.contains(&status);
    let attribute = text(check, "household_attribute");
    let not_poor = check.get("household_attribute").is_some_and(|value| value["missing"] == "na");
    if let Some(attribute) = attribute.filter(|_| !registered) {
        found.push((DifferenceKind::PoorUnregistered, status.to_owned(), attribute.to_owned()));
    }
    if registered && not_poor {
        found.push((DifferenceKind::RegisteredNotPoor, status.to_owned(), "na".to_owned()));
    }
    if !register.is_empty() {
        found.extend(members(check, register));
        let both =
            [(DifferenceKind::Cause, "cause_main"), (DifferenceKind::Attribute, "household_attribute")];
        for (kind, path) in both {
            let (then, now) = (text(register, path), text(check, path));
            // Where the register says nothing, or the check could not, nothing differs.
            if let (Some(then), Some(now)) = (then, now)
                && then != now
            {
                found.push((kind, then.to_owned(), now.to_owned()));
            }
        }
    }
    found
}

/// The number of people, and who, where the check lists them.
fn members(check: &Answers, register: &Answers) -> Option<(DifferenceKind, String, String)> {
    let (then, now) = (number(register, "member_count"), number(check, "members_found"));
    let (known, listed) = (names(register, "members/*/name"), names(check, "found_members/*/name"));
    let counts_differ = then.is_some() && now.is_some() && then != now;
    let people_differ = !listed.is_empty() && !known.is_empty() && !listed.keys().eq(known.keys());
    if !counts_differ && !people_differ {
        return None;
    }
    let told = |count: Option<i64>, own: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        let alone = own.iter().filter(|(plain, _)| people_differ && !other.contains_key(*plain));
        let names = alone.map(|(_, written)| written.clone());
        count.map(|count| count.to_string()).into_iter().chain(names).collect::<Vec<_>>().join(" ")
    };
    Some((DifferenceKind::Members, told(then, &known, &listed), told(now, &listed, &known)))
}

/// Names as they are compared -> as written, of rows that are neither closed nor gone from the household.
fn names(answers: &Answers, path: &str) -> BTreeMap<String, String> {
    template::find(answers, path)
        .into_iter()
        .filter(|found| answers.get(&format!("{}/active", found.row)) != Some(&Value::Bool(false)))
        .filter_map(|found| {
            let written = found.value.as_str()?;
            Some((name::plain(written)?, written.to_owned()))
        })
        .collect()
}

fn text<'a>(answers: &'a Answers, path: &str) -> Option<&'a str> {
    answers.get(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn number(answers: &Answers, path: &str) -> Option<i64> {
    answers.get(path).and_then(Value::as_i64)
}

impl Discrepancies {
    /// Nothing compared yet.
    pub fn new() -> Discrepancies {
        let by_kind = DifferenceKind::ALL.into_iter().map(|kind| (kind.name(), 0)).collect();
        Discrepancies { by_kind, ..Discrepancies::default() }
    }

    /// Adds the differences of one household.
    pub fn add(&mut self, in_register: bool, differences: Vec<Difference>) {
        self.compared += 1;
        self.not_in_register += usize::from(!in_register);
        self.differing += usize::from(!differences.is_empty());
        let kinds: BTreeSet<DifferenceKind> = differences.iter().map(|one| one.kind).collect();
        for kind in kinds {
            *self.by_kind.entry(kind.name()).or_default() += 1;
        }
        self.differences.extend(differences);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::DifferenceKind::*;
    use super::*;

    fn answers(json: Value) -> Answers {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn each_kind_of_difference_and_none() {
        let register = json!({"register_status": "registered", "member_count": 2, "cause_main": "illness",
            "household_attribute": "dibao_poor",
            "members/A/name": "阿里·木", "members/A/active": true, "members/B/name": "王伟", "members/B/active": true,
            "members/C/name": "走了", "members/C/active": false});
        let check = json!({"visit_outcome": "completed", "members_found": 2, "cause_main": "illness",
            "household_attribute": "dibao_poor", "found_members/X/name": "王伟", "found_members/Y/name": "阿里木"});
        let with = |base: &Value, key: &str, value: Value| {
            let mut changed = base.clone();
            changed[key] = value;
            changed
        };
        let found = |check: &Value, register: &Value| {
            differences(&answers(check.clone()), &answers(register.clone()))
        };
        assert!(found(&check, &register).is_empty());
        for (check, register, expected) in [
            (
                check.clone(),
                with(&register, "register_status", json!("exited")),
                (PoorUnregistered, "exited", "dibao_poor"),
            ),
            (
                with(&check, "household_attribute", json!({"missing": "na"})),
                register.clone(),
                (RegisteredNotPoor, "registered", "na"),
            ),
            (with(&check, "cause_main", json!("disaster")), register.clone(), (Cause, "illness", "disaster")),
            (
                with(&check, "household_attribute", json!("wubao")),
                register.clone(),
                (Attribute, "dibao_poor", "wubao"),
            ),
            (with(&check, "members_found", json!(3)), register.clone(), (Members, "2", "3")),
            (
                with(&check, "found_members/X/name", json!("李芳")),
                register.clone(),
                (Members, "2 王伟", "2 李芳"),
            ),
        ] {
            let (kind, then, now) = expected;
            assert_eq!(found(&check, &register), [(kind, then.to_owned(), now.to_owned())], "{kind:?}");
        }
        let unknown = found(&check, &json!({}));
        assert_eq!(unknown, [(PoorUnregistered, "unregistered".to_owned(), "dibao_poor".to_owned())]);
        assert!(found(&json!({"visit_outcome": "partial"}), &register).is_empty(), "what was not found out");
    }

    #[test]
    fn a_household_counts_once_for_a_kind() {
        let mut all = Discrepancies::new();
        let one = |kind| Difference {
            kind,
            check: RecordId::from_bytes([1; 16]),
            household: RecordId::from_bytes([2; 16]),
            label: String::new(),
            area: String::new(),
            date: String::new(),
            registered: String::new(),
            found: String::new(),
        };
        all.add(true, vec![one(Cause), one(Members)]);
        all.add(true, Vec::new());
        all.add(false, vec![one(PoorUnregistered)]);
        assert_eq!((all.compared, all.not_in_register, all.differing), (3, 1, 2));
        assert_eq!(all.by_kind.values().sum::<usize>(), 3);
        assert_eq!(all.by_kind["registered_not_poor"], 0, "named all the same");
    }
}
