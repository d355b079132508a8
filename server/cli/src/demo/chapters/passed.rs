//! Identification cases that went the whole way: evaluated, posted twice, reviewed by the township, approved by the county.

use super::Filling;
use super::homes::Home;
use super::sheet::Sheet;
use super::tools::day;
use serde_json::json;

/// One household's case.
pub(super) struct Case<'a> {
    /// `exit` or `return`.
    pub(super) kind: &'a str,
    pub(super) home: &'a Home,
    /// Number of the filling that registers it.
    pub(super) about: usize,
    pub(super) year: i16,
    /// Whether the household can say how many it is.
    pub(super) counted: bool,
    /// Net income of the household in yuan for one person.
    pub(super) percap: usize,
}

impl Case<'_> {
    /// The case with what every case answers; the caller adds what belongs to its kind.
    fn sheet(&self, chance: u64) -> Sheet {
        let year = self.year;
        let mut sheet = Sheet::new(chance);
        sheet
            .put("case_kind", self.kind)
            .put("round", format!("{year}-1"))
            .put("ruleset_version", "two_lists_1")
            .put("event_date", day(year, 12, 28))
            .put("state", "county_ok")
            .put("income_year", year)
            .put("checked_net", (self.percap * self.home.size()).to_string())
            .put(
                "income_members",
                if self.counted { self.home.size().into() } else { json!({"missing": "dk"}) },
            )
            .put("identification_standard", "national");
        let votes = vec![("present", 30.into()), ("for", 28.into()), ("against", 2.into())];
        sheet.group("evaluation", vec![("date", day(year, 11, 1).into())]).group("evaluation", votes);
        for (n, kind, from, to) in [(1, "village", (11, 3), (11, 12)), (2, "township", (11, 20), (11, 29))] {
            let row = vec![
                ("n", n.into()),
                ("kind", kind.into()),
                ("place", "公示栏".into()),
                ("from", day(year, from.0, from.1).into()),
                ("to", day(year, to.0, to.1).into()),
            ];
            sheet.row("postings", row);
        }
        for (group, on, result, by) in [
            ("township_review", (12, 3), "agree", "乡镇扶贫办"),
            ("county_approval", (12, 18), "approve", "县扶贫办"),
        ] {
            let fields =
                vec![("date", day(year, on.0, on.1).into()), ("result", result.into()), ("by", by.into())];
            sheet.group(group, fields);
        }
        sheet
    }

    /// Back in poverty for a cause.
    pub(super) fn back(&self, cause: &str, chance: u64) -> Filling {
        let mut sheet = self.sheet(chance);
        sheet.put("return_cause", cause);
        sheet.fill("identification_case", &self.home.area, Some(self.about))
    }

    /// Out of poverty by some means.
    pub(super) fn out(&self, means: &str, chance: u64) -> Filling {
        let mut sheet = self.sheet(chance);
        sheet.put("exit_means", means).put("household_agrees", true);
        for safeguard in ["food", "clothing", "education", "medical", "housing", "water"] {
            sheet.put(format!("safeguards/{safeguard}"), true);
        }
        sheet.fill("identification_case", &self.home.area, Some(self.about))
    }
}
