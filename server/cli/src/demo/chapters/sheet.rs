//! One record under way: answers put together question by question, rows with ids of their own.

use rust_decimal::Decimal;
use serde_json::Value;

use super::Filling;
use super::tools::{Answer, Seed, answer, at, evenly, row};

/// Answers of a record in the making.
pub(super) struct Sheet {
    answers: Vec<Answer>,
    rows: u64,
    seed: Seed,
}

/// The answers of one row.
pub(super) type Row<'a> = Vec<(&'a str, Value)>;

impl Sheet {
    /// An empty record; `chance` makes its row ids.
    pub(super) fn new(chance: u64) -> Sheet {
        Sheet { answers: Vec::new(), rows: 0, seed: Seed::new(chance) }
    }

    /// An answer.
    pub(super) fn put(&mut self, path: impl Into<String>, value: impl Into<Value>) -> &mut Sheet {
        self.answers.push(answer(path, value));
        self
    }

    /// Several answers of one group or year: `acceptance`, `year_plan/2015`.
    pub(super) fn group(&mut self, group: &str, fields: Row<'_>) -> &mut Sheet {
        for (key, value) in fields {
            self.put(format!("{group}/{key}"), value);
        }
        self
    }

    /// A row of a roster; answers its id.
    pub(super) fn row(&mut self, roster: &str, fields: Row<'_>) -> String {
        let id = row(self.rows, &mut self.seed);
        self.rows += 1;
        for (key, value) in fields {
            self.put(at(roster, id, key), value);
        }
        id.to_string()
    }

    /// The record to be filled.
    pub(super) fn fill(self, form: &'static str, area: &str, about: Option<usize>) -> Filling {
        Filling { form, area: area.to_owned(), about, answers: self.answers }
    }
}

/// What a project ledger begins with.
pub(super) struct Project<'a> {
    pub(super) no: String,
    pub(super) name: &'a str,
    pub(super) day: String,
    pub(super) programme: &'a str,
    pub(super) class: &'a str,
    pub(super) state: &'a str,
    pub(super) area: &'a str,
}

/// The seven breaches, each to be answered.
const BREACHES: [&str; 7] =
    ["procedure", "withheld", "squeezed", "diverted", "embezzled", "defrauded", "held_up"];

impl Project<'_> {
    /// The ledger with everything that every project answers: no breach found, the four systems in place.
    pub(super) fn sheet(&self, chance: u64) -> Sheet {
        let mut sheet = Sheet::new(chance);
        sheet
            .put("project_no", self.no.as_str())
            .put("name", self.name)
            .put("event_date", self.day.as_str())
            .put("programme", self.programme)
            .put("class", self.class)
            .put("state", self.state)
            .put("special_account", true)
            .put("separate_books", true);
        sheet.row("division_codes", vec![("code", self.area.into())]);
        for breach in BREACHES {
            sheet.put(format!("breaches/{breach}"), false);
        }
        for system in ["filing", "reimbursement", "posting", "audit"] {
            sheet.put(format!("four_systems/{system}"), true);
        }
        sheet
    }
}

/// A printed number in `parts` as equal as its decimals allow, which add up to it again: `13.6` in 3 is `4.6 4.5 4.5`.
/// `None` for what is no number, is negative, or is divided by nothing.
pub(super) fn shares(total: &str, parts: usize) -> Option<Vec<String>> {
    let total: Decimal = total.parse().ok()?;
    let units = u64::try_from(total.mantissa()).ok()?;
    let scale = total.scale();
    let part = |units: u64| Some(Decimal::new(i64::try_from(units).ok()?, scale).normalize().to_string());
    if parts == 0 { None } else { evenly(units, parts as u64).map(part).collect() }
}

/// Ten-thousands of yuan as printed, in `parts` that add up to it: yuan with two decimals.
pub(super) fn wan_shares(wan: &str, parts: usize) -> Option<Vec<String>> {
    shares(&super::tools::yuan_of_wan(wan)?, parts)
}

/// The sum of amounts, with two decimals.
pub(super) fn sum<'a>(amounts: impl Iterator<Item = &'a str>) -> String {
    let mut total: Decimal = amounts.filter_map(|amount| amount.parse::<Decimal>().ok()).sum();
    total.rescale(2);
    total.to_string()
}

/// Money that comes down.
pub(super) fn appropriation(
    source: &str,
    amount: &str,
    year: i16,
    date: &str,
    voucher: &str,
) -> Row<'static> {
    vec![
        ("kind", "appropriation".into()),
        ("year", year.into()),
        ("source", source.into()),
        ("amount", amount.into()),
        ("date", date.into()),
        ("voucher_no", voucher.into()),
    ]
}

/// Money that is handed on.
pub(super) fn disbursement(
    purpose: &str,
    payee: &str,
    amount: &str,
    year: i16,
    date: &str,
    voucher: &str,
) -> Row<'static> {
    vec![
        ("kind", "disbursement".into()),
        ("year", year.into()),
        ("amount", amount.into()),
        ("date", date.into()),
        ("voucher_no", voucher.into()),
        ("purpose", purpose.into()),
        ("payee_kind", "unit".into()),
        ("payee", payee.into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_what_was_printed() {
        assert_eq!(shares("13.6", 3), Some(vec!["4.6".into(), "4.5".into(), "4.5".into()]));
        assert_eq!(wan_shares("25.07225", 2), Some(vec!["125361.25".into(), "125361.25".into()]));
        assert_eq!(shares("7", 1), Some(vec!["7".into()]));
        assert_eq!((shares("2x", 3), shares("-1", 2), shares("5", 0)), (None, None, None));
        for (total, parts) in [("12480", 7), ("4416.05", 5), ("0.3", 4)] {
            let sum: Decimal = shares(total, parts)
                .unwrap_or_default()
                .iter()
                .filter_map(|s| s.parse::<Decimal>().ok())
                .sum();
            assert_eq!(Some(sum), total.parse().ok(), "{total}");
        }
    }

    #[test]
    fn rows_of_a_record_have_ids_of_their_own() {
        let mut sheet = Sheet::new(1);
        let ids = [sheet.row("entries", vec![("kind", "payment".into())]), sheet.row("entries", Vec::new())];
        assert_ne!(ids[0], ids[1]);
        let filling = sheet.fill("project_fund_ledger", "a", None);
        assert_eq!(filling.answers, [(format!("entries/{}/kind", ids[0]), "payment".into())]);
    }
}
