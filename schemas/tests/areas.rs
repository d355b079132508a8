//! The demonstration town has the units that the survey it re-enacts had.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

struct Area {
    code: String,
    parent: String,
    level: String,
    names: [String; 2],
}

fn areas() -> Vec<Area> {
    let mut reader = csv::Reader::from_reader(doorstep_schemas::areas_demo().as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let expected = "code,parent,level,name_zh,name_en,valid_from,valid_to";
    assert_eq!(header.join(","), expected);
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            Area {
                code: record[0].to_owned(),
                parent: record[1].to_owned(),
                level: record[2].to_owned(),
                names: [record[3].to_owned(), record[4].to_owned()],
            }
        })
        .collect()
}

#[test]
fn counts_of_units() {
    let areas = areas();
    let count = |level: &str, prefix: &str| {
        let of_level = areas.iter().filter(|area| area.level == level);
        of_level.filter(|area| area.code.starts_with(prefix)).count()
    };
    for level in ["province", "city", "county", "town"] {
        assert_eq!(count(level, ""), 1, "{level}");
    }
    assert_eq!(count("village", "9999991000"), 1, "communities");
    assert_eq!(count("village", "9999991002"), 4, "villages");
    assert_eq!(count("natural_village", ""), 29);
    assert_eq!(count("group", "9999991002"), 109, "villagers' groups");
    assert_eq!(count("group", "9999991000"), 18, "residents' groups");
}

#[test]
fn the_tree_is_sound() {
    let above = BTreeMap::from([
        ("province", vec![""]),
        ("city", vec!["province"]),
        ("county", vec!["city"]),
        ("town", vec!["county"]),
        ("village", vec!["town"]),
        ("natural_village", vec!["village"]),
        ("group", vec!["natural_village", "village"]),
    ]);
    let mut levels = BTreeMap::from([(String::new(), String::new())]);
    let mut names = BTreeSet::new();
    for area in areas() {
        let parent_level = levels.get(&area.parent).expect("a parent stands before its children");
        assert!(above[area.level.as_str()].contains(&parent_level.as_str()), "{}", area.code);
        let digits = match area.level.as_str() {
            "natural_village" => 14,
            "group" => 16,
            _ => 12,
        };
        assert_eq!(area.code.len(), digits);
        assert!(area.code.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(area.code.starts_with("99"), "{} is nobody's code", area.code);
        assert!(levels.insert(area.code, area.level).is_none(), "a code stands twice");
        for name in area.names {
            assert!(!name.is_empty() && names.insert(name), "a name is empty or stands twice");
        }
    }
}
