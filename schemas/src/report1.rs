//! What the chapter of report 1 (health) brings: its county and the plan of what happened there.

/// Areas of the county as CSV, in the format of [`crate::areas_demo`].
#[must_use]
pub fn areas() -> &'static str {
    include_str!("../areas/report1.csv")
}

/// How many persons, visits, places and sessions of what kind there are.
#[must_use]
pub fn plan() -> &'static str {
    include_str!("../demo/report1.json")
}
