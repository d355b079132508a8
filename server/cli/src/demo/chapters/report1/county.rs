//! The places of the county.

use super::plan::Plan;
use super::share;

/// A town or village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) code: String,
    pub(super) name: String,
}

/// The county with its towns and villages, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct County {
    pub(super) itself: Vec<Place>,
    pub(super) towns: Vec<Place>,
    pub(super) villages: Vec<Place>,
}

impl County {
    /// Reads `code,parent,level,name_zh,...`; the server reports what is wrong with the file.
    pub(super) fn of(csv: &str) -> County {
        let mut county = County::default();
        for line in csv.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [code, _, level, name, ..] = cells.as_slice() else { continue };
            let place = Place { code: (*code).to_owned(), name: (*name).to_owned() };
            match *level {
                "county" => county.itself.push(place),
                "town" => county.towns.push(place),
                _ => county.villages.push(place),
            }
        }
        county
    }

    /// The village of a number when `parts` are dealt over the villages in order.
    pub(super) fn village(&self, parts: u64, index: u64) -> &str {
        let place = share::before(self.villages.len() as u64, parts, index);
        self.villages.get(place as usize).map_or("", |village| village.code.as_str())
    }

    /// Which poor village this is; none when it is not poor.
    pub(super) fn poor_village(&self, plan: &Plan, index: u64) -> Option<u64> {
        share::chosen(plan.places.poor_villages, self.villages.len() as u64, index)
    }
}
