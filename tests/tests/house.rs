//! The arrows of the house: who may know whom. Read from `cargo metadata`, so that a new dependency shows at once.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Our packages and which of ours each may depend on (normal and build dependencies).
const ARROWS: &[(&str, &[&str])] = &[
    ("doorstep-plant", &[]),
    ("doorstep-forms", &[]),
    ("doorstep-records", &["doorstep-plant"]),
    ("doorstep-protocol", &["doorstep-records"]),
    ("doorstep-client-core", &["doorstep-forms", "doorstep-plant", "doorstep-records", "doorstep-protocol"]),
    (
        "doorstep-client-wasm",
        &["doorstep-client-core", "doorstep-forms", "doorstep-records", "doorstep-protocol"],
    ),
    ("doorstep-schemas", &[]),
    ("doorstep-sheet", &[]),
    ("doorstep-xlsform", &["doorstep-forms", "doorstep-sheet"]),
    (
        "doorstep-server",
        &["doorstep-forms", "doorstep-plant", "doorstep-records", "doorstep-protocol", "doorstep-sheet"],
    ),
    (
        "doorstep",
        &[
            "doorstep-client-core",
            "doorstep-forms",
            "doorstep-protocol",
            "doorstep-records",
            "doorstep-schemas",
            "doorstep-server",
            "doorstep-xlsform",
        ],
    ),
    ("xtask", &["doorstep-plant"]),
];

/// What the pure crates must never reach: clocks, randomness, sockets, files of their own, SQL.
const IMPURE: &[&str] = &["tokio", "reqwest", "rusqlite", "axum", "tracing-subscriber"];

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let names = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn every_arrow_goes_where_the_design_says() {
    let found = dependencies();
    let ours: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    for (package, allowed) in ARROWS {
        let known = found.get(*package).unwrap_or_else(|| panic!("package {package} is gone"));
        for dependency in known.iter().filter(|name| ours.contains(name.as_str())) {
            assert!(allowed.contains(&dependency.as_str()), "{package} must not know {dependency}");
        }
    }
}

#[test]
fn the_pure_crates_reach_no_io() {
    let found = dependencies();
    for package in ["doorstep-forms", "doorstep-records", "doorstep-protocol"] {
        for impure in IMPURE {
            assert!(!found[package].contains(*impure), "{package} must not know {impure}");
        }
    }
}

#[test]
fn automerge_is_named_by_one_crate() {
    let found = dependencies();
    let named: Vec<&String> =
        found.iter().filter(|(_, names)| names.contains("automerge")).map(|(package, _)| package).collect();
    assert_eq!(named, ["doorstep-records"]);
}

/// Sources of the pure crates name no clock and no randomness: those are arguments.
#[test]
fn the_pure_crates_ask_no_clock_and_no_dice() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-core");
    let forbidden =
        ["SystemTime", "Instant::now", "getrandom", "Uuid::now", "Uuid::new_v4", "std::fs", "std::net"];
    let mut seen = 0;
    for package in ["forms", "records", "protocol"] {
        visit(&root.join(package).join("src"), &mut |path, text| {
            seen += 1;
            // Unit tests may read their own material.
            if path.file_name().is_some_and(|name| name == "tests.rs") {
                return;
            }
            for word in forbidden {
                assert!(!text.contains(word), "{} names {word}", path.display());
            }
        });
    }
    assert!(seen > 20, "the sources were not found");
}

fn visit(folder: &std::path::Path, check: &mut dyn FnMut(&std::path::Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, check);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            check(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A planted fault without a seam would be found by no test, and nothing but the tests may ask for the seams.
#[test]
fn every_planted_fault_has_its_seam_and_only_the_tests_ask_for_it() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seams = String::new();
    for package in ["client-core/records", "client-core", "server"] {
        visit(&root.join(package).join("src"), &mut |_, text| seams.push_str(text));
    }
    for plant in doorstep_plant::Plant::ALL {
        let named = format!("Plant::{plant:?}");
        let is_seam = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric());
        assert!(seams.split(named.as_str()).skip(1).any(is_seam), "{plant:?} has no seam");
    }
    let metadata = metadata();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let asks = |list: &Value| list.to_string().contains("doorstep-plant/on");
        assert!(name == "doorstep-tests" || !asks(&package["features"]), "{name}");
        for dependency in package["dependencies"].as_array().unwrap() {
            let plant = dependency["name"].as_str() == Some("doorstep-plant");
            assert!(!plant || dependency["features"].as_array().unwrap().is_empty(), "{name}");
        }
        let default = package["features"]["default"].to_string();
        assert!(!default.contains("plant"), "{name} plants faults by default");
    }
}
