//! The README's tour is run as written: every command line between its `tour` markers, in order, in an empty folder.
//!
//! `CODE` and `RECORD` stand for what earlier commands printed; the server's port is the one given at start.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::BTreeMap;
use std::path::Path;

use doorstep_tests::binaries::{self, Server};

/// The command lines between `<!-- tour:NAME -->` and the end of the code block that follows.
fn commands(readme: &str, name: &str) -> Vec<String> {
    let marker = format!("<!-- tour:{name} -->");
    let after = readme.split_once(&marker).unwrap_or_else(|| panic!("no {marker}")).1;
    let block = after.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0;
    block
        .lines()
        .map(|line| line.split_once(" # ").map_or(line, |(command, _)| command).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Splits a command line into words and puts in what earlier commands printed.
fn words(line: &str, known: &BTreeMap<&str, String>) -> Vec<String> {
    line.split_whitespace()
        .map(|word| known.iter().fold(word.to_owned(), |word, (name, value)| word.replace(name, value)))
        .collect()
}

fn run(line: &str, known: &mut BTreeMap<&'static str, String>, folder: &Path) -> String {
    let output = binaries::run(&words(line, known), folder).unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{said}\n{complained}");
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(&said) {
        for (name, key) in [("CODE", "code"), ("RECORD", "record")] {
            if let Some(value) = json[key].as_str() {
                known.insert(name, value.to_owned());
            }
        }
    }
    said
}

/// A household of the phone's list, as the reader takes one.
fn household(folder: &Path) -> String {
    let words = ["doorstep-device", "list", "--store", "phone.db", "--json"].map(str::to_owned);
    let said = String::from_utf8(binaries::run(&words, folder).unwrap().stdout).unwrap();
    let at = said.find("\"record\":\"").unwrap_or_else(|| panic!("no record in {said}")) + 10;
    said[at..at + 36].to_owned()
}

#[test]
fn the_readme_works_as_written() {
    let readme = std::fs::read_to_string(binaries::root().join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // A newcomer stands in the checkout; the tour must not litter it.
    std::os::unix::fs::symlink(
        binaries::root().join("schemas").canonicalize().unwrap(),
        folder.join("schemas"),
    )
    .unwrap();
    let mut known = BTreeMap::new();
    let mut admin = commands(&readme, "admin");
    let serve = admin.pop().unwrap();
    assert!(serve.starts_with("doorstep serve "), "{serve}");
    for line in &admin {
        run(line, &mut known, folder);
    }
    let server = Server::start(&folder.join("survey")).unwrap();
    known.insert("http://127.0.0.1:8700", server.url.clone());
    for line in commands(&readme, "enumerator") {
        if line.contains("HOUSEHOLD") {
            known.insert("HOUSEHOLD", household(folder));
        }
        run(&line, &mut known, folder);
    }
    let record = known["RECORD"].clone();
    let mut said = Vec::new();
    for line in commands(&readme, "supervisor") {
        said.push(run(&line, &mut known, folder));
    }
    assert!(said[0].contains(&record), "the submitted record waits in the review list:\n{}", said[0]);
    let exported = std::fs::read_to_string(folder.join("checks.csv")).unwrap();
    assert!(exported.contains(&record), "the approved record is in the export:\n{exported}");
}
