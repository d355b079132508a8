//! What was counted against what a source prints, figure by figure.
//!
//! A figure is *owed* when its source prints it whole and does not contradict itself in it; it is *reproduced* when every
//! value, rounded as printed, is the printed one, or lies on the side of it that the print names ("over 40").

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::qualifier::Qualifier;
use super::quoted::{Quoted, QuotedFigure};
use super::result::{ReportResult, RowResult};

/// How many of the quoted figures come out of the records. Lists hold the figures' ids, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Figures that can come out: printed whole, and not contradicted by their own source.
    pub owed: usize,
    /// Those that do.
    pub reproduced: usize,
    /// Owed, counted, and not what is printed.
    pub different: Vec<String>,
    /// Owed, and counted by none of the reports.
    pub not_counted: Vec<String>,
    /// Not owed: the source contradicts itself.
    pub contradicted: Vec<String>,
    /// Not owed: the source hides digits.
    pub masked: Vec<String>,
}

impl Comparison {
    /// Compares reports with what is quoted of the figures that `counts` names; a figure is looked for in all reports.
    pub fn of(results: &[ReportResult], quoted: &Quoted, counts: impl Fn(&str) -> bool) -> Comparison {
        let rows = results.iter().flat_map(|result| &result.rows);
        let rows: BTreeMap<&str, &RowResult> =
            rows.filter_map(|row| Some((row.figure.as_deref()?, row))).collect();
        let mut comparison = Comparison::default();
        for (id, figure) in quoted.iter().filter(|(id, _)| counts(id)) {
            comparison.add(id, figure, rows.get(id).copied());
        }
        comparison
    }

    fn add(&mut self, id: &str, figure: &QuotedFigure, row: Option<&RowResult>) {
        let list = if figure.fails.is_some() {
            &mut self.contradicted
        } else if figure.is_masked() {
            &mut self.masked
        } else {
            self.owed += 1;
            match row {
                Some(row) if figure.is_reproduced_by(row) => {
                    self.reproduced += 1;
                    return;
                }
                Some(_) => &mut self.different,
                None => &mut self.not_counted,
            }
        };
        list.push(id.to_owned());
    }
}

impl QuotedFigure {
    /// Some digits are hidden.
    pub fn is_masked(&self) -> bool {
        self.values.iter().any(|value| value.qualifier == Qualifier::Masked || value.number().is_none())
    }

    /// Every value is what is printed of it.
    pub fn is_reproduced_by(&self, row: &RowResult) -> bool {
        row.values.len() == self.values.len()
            && row.values.iter().zip(&self.values).all(|(counted, printed)| {
                match (counted.value, printed.number()) {
                    (Some(value), Some(number)) => {
                        agrees((value, counted.qualifier), (number, printed.qualifier))
                    }
                    _ => false,
                }
            })
    }
}

/// The number said as exactly, or the side of it that the print names.
fn agrees((counted, said): (Decimal, Qualifier), (printed, qualifier): (Decimal, Qualifier)) -> bool {
    if said == qualifier {
        return counted == printed;
    }
    match qualifier {
        Qualifier::Over => counted > printed,
        Qualifier::AtLeast => counted >= printed,
        Qualifier::Nearly | Qualifier::AtMost => counted <= printed,
        _ => counted == printed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::result::ValueResult;

    fn row(figure: &str, values: &[(&str, Qualifier)]) -> RowResult {
        let value = |(text, qualifier): &(&str, Qualifier)| ValueResult {
            value: text.parse().ok(),
            qualifier: *qualifier,
            ..ValueResult::default()
        };
        RowResult {
            figure: Some(figure.to_owned()),
            values: values.iter().map(value).collect(),
            ..RowResult::default()
        }
    }

    #[test]
    fn a_figure_is_reproduced_by_all_of_its_values_at_the_side_that_is_printed() {
        let quoted = Quoted::read("id\tvalues\tunit\tqualifier\nP1\t40;2.5\t户;%\tover;exact\n");
        let figure = quoted.get("P1").unwrap();
        let (exact, over) = (Qualifier::Exact, Qualifier::Over);
        for (values, reproduced) in [
            (vec![("41", exact), ("2.5", exact)], true),
            (vec![("40", over), ("2.50", exact)], true),
            (vec![("40", exact), ("2.5", exact)], false),
            (vec![("41", over), ("2.5", exact)], false),
            (vec![("41", exact), ("2.6", exact)], false),
            (vec![("41", exact)], false),
            (vec![("41", exact), ("nothing", exact)], false),
        ] {
            assert_eq!(figure.is_reproduced_by(&row("P1", &values)), reproduced, "{values:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_or_hides_digits_is_not_owed_and_what_nobody_counts_is_told() {
        let quoted = Quoted::read(
            "id\tvalues\tunit\tcheck\nP-1\t7\t户\t\nP-2\t8\t户\tFAIL: 9 is due\nP-3\t1xx\t户\t\nP-10\t3\t户\t\n\
             P-11\t5\t户\t\nQ-1\t5\t户\t\n",
        );
        let exact = Qualifier::Exact;
        let rows = vec![
            row("P-1", &[("7", exact)]),
            row("P-2", &[("9", exact)]),
            row("P-3", &[("142", exact)]),
            row("P-11", &[("6", exact)]),
        ];
        let result = ReportResult { rows, ..ReportResult::default() };
        let of_p = Comparison::of(&[result], &quoted, |id| id.starts_with("P-"));
        let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let expected = Comparison {
            owed: 3,
            reproduced: 1,
            different: list(&["P-11"]),
            not_counted: list(&["P-10"]),
            contradicted: list(&["P-2"]),
            masked: list(&["P-3"]),
        };
        assert_eq!(of_p, expected);
    }
}
