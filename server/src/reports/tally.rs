//! What a walk adds up: totals with the parts they are made of. A total is always the sum (or union, or extreme) of its
//! parts.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::RecordId;
use rust_decimal::Decimal;

use super::definition::Counting;
use super::plan::Plan;
use super::qualifier::Qualifier;
use super::rows::DatasetRow;

/// What one record gives to one aggregate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Contribution {
    /// Rows counted, their sum, or the extreme among them.
    Number(Decimal),
    /// The different values it brings, as JSON text.
    Values(BTreeSet<String>),
}

/// A contribution and how exact it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// What it gives.
    pub(super) gives: Contribution,
    /// How exact that is.
    pub(super) qualifier: Qualifier,
}

/// What one record gives, by aggregate.
pub(super) type Given = BTreeMap<usize, Part>;

/// An aggregate so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Total {
    number: Option<Decimal>,
    /// Too large for a decimal: the total is then unknown, never wrong.
    overflow: bool,
    distinct: BTreeSet<String>,
    pub(super) qualifier: Qualifier,
    pub(super) drill: Vec<(RecordId, Part)>,
}

impl Total {
    fn add(&mut self, counting: &Counting, record: RecordId, part: &Part, drill: bool) {
        match &part.gives {
            Contribution::Number(number) => match combined(counting, self.number, *number) {
                Some(total) => self.number = Some(total),
                None => self.overflow = true,
            },
            Contribution::Values(values) => self.distinct.extend(values.iter().cloned()),
        }
        self.qualifier = self.qualifier.with(part.qualifier);
        if drill {
            self.drill.push((record, part.clone()));
        }
    }

    /// The number; nothing when it is too large, when digits of a part are masked, and for the extreme of nothing.
    pub(super) fn value(&self, counting: &Counting) -> Option<Decimal> {
        if self.overflow || self.qualifier == Qualifier::Masked {
            return None;
        }
        match counting {
            Counting::Distinct(_) => Some(Decimal::from(self.distinct.len())),
            Counting::Count | Counting::Sum(_) => Some(self.number.unwrap_or_default()),
            Counting::Min(_) | Counting::Max(_) => self.number,
        }
    }
}

/// Two numbers counted together; `None` when they are too large for a decimal.
pub(super) fn combined(counting: &Counting, so_far: Option<Decimal>, next: Decimal) -> Option<Decimal> {
    let Some(so_far) = so_far else { return Some(next) };
    match counting {
        Counting::Min(_) => Some(so_far.min(next)),
        Counting::Max(_) => Some(so_far.max(next)),
        Counting::Count | Counting::Sum(_) | Counting::Distinct(_) => so_far.checked_add(next),
    }
}

/// Counted for the whole report or for one group of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) totals: Vec<Total>,
    /// Per report row: records counted, and unresolved conflicts among them.
    pub(super) rows: Vec<(u64, u64)>,
    /// Records counted anywhere in the report, and unresolved conflicts among them.
    pub(super) all: (u64, u64),
}

impl Tally {
    pub(super) fn new(plan: &Plan) -> Tally {
        let totals = plan.aggregates.iter().map(|_| Total::default()).collect();
        let rows = plan.definition.rows.iter().map(|_| (0, 0)).collect();
        Tally { totals, rows, all: (0, 0) }
    }

    pub(super) fn add(&mut self, plan: &Plan, row: &DatasetRow, given: &Given, drill: bool) {
        for (index, part) in given {
            self.totals[*index].add(&plan.aggregates[*index].counting, row.record, part, drill);
        }
        let mut counted = false;
        for (number, (records, conflicts)) in self.rows.iter_mut().enumerate() {
            if plan.row_behind[number].iter().any(|index| given.contains_key(index)) {
                counted = true;
                *records += 1;
                *conflicts += u64::from(row.conflicts);
            }
        }
        if counted {
            self.all.0 += 1;
            self.all.1 += u64::from(row.conflicts);
        }
    }
}
