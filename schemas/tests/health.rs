//! The health forms: lists of major diseases agree with the master versions and are never renumbered; the county of
//! report 1 has the places that its plan speaks of.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

type Rows = Vec<Vec<String>>;

fn rows(csv: &[u8]) -> Rows {
    let mut reader = csv::Reader::from_reader(csv);
    assert_eq!(reader.headers().unwrap(), vec!["code", "parent", "level", "label", "label_en", "since"]);
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn masters() -> BTreeMap<u32, Rows> {
    let read = |version: u32| {
        let path = format!("{}/codes/major_disease/{version}.csv", env!("CARGO_MANIFEST_DIR"));
        (version, rows(&std::fs::read(path).unwrap()))
    };
    [1, 2, 3].into_iter().map(read).collect()
}

#[test]
fn the_master_lists_grow_and_never_renumber() {
    let masters = masters();
    let sizes: Vec<usize> = masters.values().map(Vec::len).collect();
    assert_eq!(sizes, [21, 25, 30]);
    assert_eq!(masters[&3][..25], masters[&2]);
    assert_eq!(masters[&2][..21], masters[&1]);
    for (place, row) in masters[&3].iter().enumerate() {
        assert_eq!(row[0], format!("md{:02}", place + 1));
        let since =
            masters.iter().find(|(_, list)| place < list.len()).map(|(version, _)| version.to_string());
        assert_eq!(Some(&row[5]), since.as_ref(), "{row:?}");
    }
}

#[test]
fn each_version_of_the_form_carries_a_master_list() {
    let masters = masters();
    for (version, master) in [(1, 1), (2, 2)] {
        let files = doorstep_schemas::form_files("health_service_record", version).unwrap();
        assert_eq!(rows(&files["codes/major_disease.csv"]), masters[&master], "version {version}");
    }
}

#[test]
fn the_versions_of_the_form_differ_by_the_list_alone() {
    let json = |version, file: &str| {
        let files = doorstep_schemas::form_files("health_service_record", version).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&files[file]).unwrap();
        for key in ["$id", "version"] {
            json.as_object_mut().unwrap().remove(key);
        }
        json
    };
    for file in ["form.json", "schema.json", "ui.json", "i18n/en.json"] {
        assert_eq!(json(1, file), json(2, file), "{file}");
    }
}

#[test]
fn health_records_carry_their_tag() {
    let files = doorstep_schemas::form_files("health_service_record", 1).unwrap();
    let form: serde_json::Value = serde_json::from_slice(&files["form.json"]).unwrap();
    assert_eq!(form["sensitivity"], "health");
}

#[test]
fn the_county_has_the_places_of_the_plan() {
    let plan: serde_json::Value = serde_json::from_str(doorstep_schemas::report1::plan()).unwrap();
    let mut reader = csv::Reader::from_reader(doorstep_schemas::report1::areas().as_bytes());
    let areas: Rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let count = |level: &str| areas.iter().filter(|area| area[2] == level).count() as u64;
    assert_eq!((count("county"), areas[0][0].as_str()), (1, "999998000000"));
    assert!(count("town") > plan["places"]["hospitals_rebuilt"].as_u64().unwrap());
    let poor = plan["places"]["poor_villages"].as_u64().unwrap();
    assert!(count("village") >= poor + plan["places"]["villages_without_clinic"].as_u64().unwrap());
    let mut names: Vec<&String> = areas.iter().flat_map(|area| [&area[3], &area[4]]).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "a name stands twice");
    assert!(areas.iter().all(|area| area[0].starts_with("999998") && area[0].len() == 12));
}
