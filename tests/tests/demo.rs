//! The demo is the real job: its figures agree with the published ones, counted from records, on a network that cuts.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::path::Path;

use doorstep_tests::binaries;
use serde_json::Value;

/// The figures the survey owes.
const OWED: &[&str] = &[
    "P8-01", "P8-19", "P8-20", "P8-21", "P8-22", "P8-23", "P8-26", "P8-27", "P8-28", "P8-29", "P8-30",
    "P8-31", "P8-32", "P8-33", "P8-34", "P8-35", "P8-36", "P8-37", "P8-38", "P8-39", "P8-40", "P8-41",
    "P8-42", "P8-43", "P8-44", "P8-45", "P8-46", "P8-53",
];

fn doorstep(words: &[&str], folder: &Path) -> Value {
    let words: Vec<String> =
        std::iter::once("doorstep").chain(words.iter().copied()).map(str::to_owned).collect();
    let output = binaries::run(&words, folder).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words:?}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{words:?}: {error}\n{said}"))
}

#[test]
fn the_town_comes_out_as_published() {
    let folder = tempfile::tempdir().unwrap();
    let demo = doorstep(&["demo", "--once", "--json", "--data", "town"], folder.path());

    let figures = demo["figures"].as_array().unwrap();
    let ids: Vec<&str> = figures.iter().map(|figure| figure["id"].as_str().unwrap()).collect();
    assert_eq!(ids, OWED);
    for figure in figures {
        assert_eq!(figure["values"], figure["quoted"], "{figure}");
        assert!(
            figure["records"].as_u64().unwrap() > 0 && !figure["definition"].as_str().unwrap().is_empty()
        );
    }
    assert_eq!(demo["compared"]["owed"], OWED.len());
    assert_eq!(demo["compared"]["reproduced"], OWED.len(), "{}", demo["compared"]);
    let network = |key: &str| demo["network"][key].as_u64().unwrap();
    let cut = network("cut_before_commit") + network("cut_after_commit");
    assert!(cut * 5 >= network("requests"), "at least a fifth of the requests is cut: {}", demo["network"]);
    assert!(network("cut_before_commit").abs_diff(network("cut_after_commit")) <= 1, "{}", demo["network"]);
    assert_eq!(demo["records"]["sample_check"], 643);
    assert_eq!(demo["registered_twice"], 3);
    assert_eq!(demo["sent_back_and_corrected"], 5);
    assert_eq!(demo["waiting"], 0);
    assert!(demo["conflicts"]["seen"].as_u64().unwrap() > 0);
    assert_eq!(demo["conflicts"]["seen"], demo["conflicts"]["resolved"]);

    let again = doorstep(&["report", "--all", "--json", "--data", "town"], folder.path());
    for figure in figures {
        let all = again["figures"].as_array().unwrap();
        let same = all.iter().find(|one| one["id"] == figure["id"]).unwrap();
        assert_eq!(same["values"], figure["values"], "{}", figure["id"]);
        assert_eq!(same["area"], "999999100000", "counted over the town that the figure speaks of");
    }
    let rebuilt = doorstep(&["rebuild", "--json", "--data", "town"], folder.path());
    assert_eq!(rebuilt["identical"], true, "{rebuilt}");
}
