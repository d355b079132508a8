//! How far a sample is: a pure count of its households.

use std::collections::BTreeMap;

use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{CheckView, UnitState, UnitView};

/// Outcomes of a visit (`visit_outcome`) that end it without a check, in the order of the form.
pub const WITHOUT: [&str; 5] = ["nobody_home", "working_away", "moved", "refused", "not_found"];

/// How far one stratum, or the whole, is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CoverLine {
    /// The stratum; empty for the whole.
    pub stratum: String,
    /// Households drawn at first; as many are to be checked.
    pub drawn: u32,
    /// Households of the sample, replaced ones included, of which a check was sent.
    pub attempted: u32,
    /// Households checked: the visit was completed.
    pub completed: u32,
    /// Of these, with an approved check.
    pub approved: u32,
    /// Households checked in part.
    pub partial: u32,
    /// Attempted and neither completed nor in part, by how the last visit ended.
    pub ended: BTreeMap<String, u32>,
    /// Nothing sent, and being filled.
    pub in_progress: u32,
    /// To be checked, and nothing has come.
    pub not_begun: u32,
    /// Households replaced.
    pub replaced: u32,
}

impl CoverLine {
    fn add(&mut self, unit: &UnitView) {
        if unit.stands_for.is_none() {
            self.drawn += 1;
        }
        let replaced = unit.state == UnitState::Replaced;
        self.replaced += u32::from(replaced);
        let sent: Vec<&CheckView> = unit.checks.iter().filter(|check| check.submitted).collect();
        let Some(last) = sent.first() else {
            match unit.checks.is_empty() {
                _ if replaced => {}
                true => self.not_begun += 1,
                false => self.in_progress += 1,
            }
            return;
        };
        self.attempted += 1;
        let ended = |outcome: &str| sent.iter().any(|check| check.outcome.as_deref() == Some(outcome));
        if ended("completed") {
            self.completed += 1;
            let approved =
                |check: &&CheckView| check.approved && check.outcome.as_deref() == Some("completed");
            self.approved += u32::from(sent.iter().any(approved));
        } else if ended("partial") {
            self.partial += 1;
        } else {
            let outcome = last.outcome.as_deref().unwrap_or("unknown");
            *self.ended.entry(outcome.to_owned()).or_default() += 1;
        }
    }
}

/// A replacement as the cover tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Replacement {
    /// The household replaced.
    pub record: RecordId,
    /// What people call it.
    pub label: String,
    /// Its stratum.
    pub stratum: String,
    /// Why.
    pub reason: String,
    /// Which took its place.
    pub by_record: Option<RecordId>,
}

/// How far a sample is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cover {
    /// The whole.
    pub total: CoverLine,
    /// By stratum; they sum up to the whole.
    pub strata: Vec<CoverLine>,
    /// What was replaced, and why.
    pub replacements: Vec<Replacement>,
}

/// Counts the households of a sample; its reserve does not count.
pub fn cover(units: &[UnitView]) -> Cover {
    let mut strata: BTreeMap<&str, CoverLine> = BTreeMap::new();
    let mut cover = Cover::default();
    for unit in units.iter().filter(|unit| unit.state != UnitState::Reserve) {
        cover.total.add(unit);
        strata.entry(&unit.stratum).or_default().add(unit);
        if unit.state == UnitState::Replaced {
            let by_record =
                units.iter().find(|other| other.stands_for == Some(unit.record)).map(|other| other.record);
            cover.replacements.push(Replacement {
                record: unit.record,
                label: unit.label.clone(),
                stratum: unit.stratum.clone(),
                reason: unit.reason.clone().unwrap_or_default(),
                by_record,
            });
        }
    }
    cover.strata =
        strata.into_iter().map(|(key, line)| CoverLine { stratum: key.to_owned(), ..line }).collect();
    cover
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(number: u8, stratum: &str, state: UnitState, checks: &[(bool, bool, &str)]) -> UnitView {
        let id = |number: u8| RecordId::from_parts(u64::from(number) + 1, [number; 10]);
        let check = |(submitted, approved, outcome): &(bool, bool, &str)| CheckView {
            record: id(200),
            submitted: *submitted,
            approved: *approved,
            outcome: (!outcome.is_empty()).then(|| (*outcome).to_owned()),
        };
        UnitView {
            record: id(number),
            label: format!("户{number}"),
            area: "01".into(),
            stratum: stratum.into(),
            state,
            reason: (state == UnitState::Replaced).then(|| "moved away".into()),
            stands_for: None,
            assignee: None,
            checks: checks.iter().map(check).collect(),
        }
    }

    #[test]
    fn every_household_stands_in_one_place_and_totals_are_sums() {
        use UnitState::*;
        let gone = unit(5, "b", Replaced, &[(true, false, "moved")]);
        let instead =
            UnitView { stands_for: Some(gone.record), ..unit(6, "b", Drawn, &[(true, false, "completed")]) };
        let units = [
            unit(1, "a", Drawn, &[(true, true, "completed")]),
            unit(2, "a", Drawn, &[(true, false, "nobody_home"), (true, false, "completed")]),
            unit(3, "a", Drawn, &[(true, false, "refused"), (true, false, "nobody_home")]),
            unit(4, "a", Drawn, &[(false, false, "")]),
            gone.clone(),
            instead.clone(),
            unit(7, "b", Drawn, &[]),
            unit(8, "b", Drawn, &[(true, false, "partial")]),
            unit(9, "b", Reserve, &[(true, true, "completed")]),
            unit(10, "b", Replaced, &[]),
        ];
        let cover = cover(&units);
        let total = &cover.total;
        assert_eq!((total.drawn, total.attempted, total.completed, total.approved), (8, 6, 3, 1));
        assert_eq!((total.partial, total.in_progress, total.not_begun, total.replaced), (1, 1, 1, 2));
        let ended: Vec<_> = total.ended.iter().map(|(key, count)| (key.as_str(), *count)).collect();
        assert_eq!(ended, [("moved", 1), ("refused", 1)], "the latest visit counts");
        let sum = |of: fn(&CoverLine) -> u32| cover.strata.iter().map(of).sum::<u32>();
        assert_eq!(sum(|line| line.drawn), total.drawn);
        assert_eq!(sum(|line| line.attempted), total.attempted);
        assert_eq!(sum(|line| line.completed), total.completed);
        assert_eq!(sum(|line| line.replaced), total.replaced);
        assert_eq!(sum(|line| line.ended.values().sum()), total.ended.values().sum::<u32>());
        let told: Vec<_> =
            cover.replacements.iter().map(|r| (r.record, r.by_record, r.reason.as_str())).collect();
        assert_eq!(told[0], (gone.record, Some(instead.record), "moved away"));
        assert_eq!(told[1].1, None);
    }
}
