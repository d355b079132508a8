//! The data of `schemas/`, embedded: form packages, the demonstration areas, report definitions, quoted figures.
//!
//! This crate holds data and hands out bytes; it parses nothing and knows no other crate of the workspace. What the files
//! mean is written beside them (`schemas/README.md`, `schemas/reports/README.md`).
//! Invariant: everything here is exactly what lies in the folder, so that a person can edit JSON and CSV and rebuild.
#![warn(missing_docs)]

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

pub mod report1;

static FORMS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/forms");
static REPORTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/reports");
static AREAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/areas");
static DEMO: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/demo");
static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");
static CODES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/codes");
static AREAS_DEMO: &str = include_str!("../areas/demo.csv");
static DEMO_TOWN: &str = include_str!("../demo/town.json");
static REPORT_META_SCHEMA: &str = include_str!("../meta/report.schema.json");

/// Every embedded form package as `(form id, version)`, sorted.
#[must_use]
pub fn forms() -> Vec<(String, u32)> {
    let mut found = Vec::new();
    for form in FORMS.dirs() {
        for version in form.dirs() {
            let name = (last_segment(form), last_segment(version));
            if let (Some(id), Some(Ok(number))) = (name.0, name.1.map(|text| text.parse::<u32>())) {
                found.push((id.to_owned(), number));
            }
        }
    }
    found.sort();
    found
}

/// The files of one form package, relative path (`schema.json`, `codes/relation.csv`) to content; `None` if there is no
/// such form or version.
#[must_use]
pub fn form_files(form: &str, version: u32) -> Option<BTreeMap<String, Vec<u8>>> {
    let root = FORMS.get_dir(format!("{form}/{version}"))?;
    let mut files = BTreeMap::new();
    collect(root, root, &mut files);
    Some(files)
}

/// Every report definition, id (`T8a`) to the JSON text of `reports/<id>.json`.
#[must_use]
pub fn report_definitions() -> BTreeMap<String, &'static str> {
    texts(&REPORTS, "json")
}

/// Every check over several records, key (`helper_poor`) to the JSON text of `rules/<key>.json`.
#[must_use]
pub fn check_rules() -> BTreeMap<String, &'static str> {
    texts(&RULES, "json")
}

/// The golden datasets of the checks, key to the JSON text of `rules/tests/<key>.json`.
#[must_use]
pub fn check_goldens() -> BTreeMap<String, &'static str> {
    RULES.get_dir("tests").map(|folder| texts(folder, "json")).unwrap_or_default()
}

/// The master code lists, name (`relation`) and version to the CSV of `codes/<list>/<version>.csv`.
#[must_use]
pub fn code_lists() -> BTreeMap<(String, u32), &'static str> {
    CODES
        .dirs()
        .flat_map(|list| {
            let name = last_segment(list).unwrap_or_default().to_owned();
            texts(list, "csv").into_iter().map(move |(version, text)| ((name.clone(), version), text))
        })
        .filter_map(|((name, version), text)| Some(((name, version.parse().ok()?), text)))
        .collect()
}

/// The JSON Schema (2020-12) that every report definition obeys.
#[must_use]
pub fn report_meta_schema() -> &'static str {
    REPORT_META_SCHEMA
}

/// The plan of the demo's town: how many households and persons of what kind, and what the sample check found.
#[must_use]
pub fn demo_town() -> &'static str {
    DEMO_TOWN
}

/// The plan of another report's chapter of the demo, `demo/<chapter>.json`: `report2`. Empty when there is none.
#[must_use]
pub fn demo_plan(chapter: &str) -> &'static str {
    DEMO.get_file(format!("{chapter}.json")).and_then(include_dir::File::contents_utf8).unwrap_or_default()
}

/// The areas of another report's chapter of the demo, `areas/<chapter>.csv`. Empty when there are none.
#[must_use]
pub fn areas_of(chapter: &str) -> &'static str {
    AREAS.get_file(format!("{chapter}.csv")).and_then(include_dir::File::contents_utf8).unwrap_or_default()
}

/// One quoted figure: what a printed source says, to be compared with what was counted. What the columns mean is written
/// in `reports/README.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quoted {
    /// Id of the figure, as report rows name it: `P8-31`.
    pub id: String,
    /// The quoted values in order, as printed; the number of decimals counts: `["370", "57.8"]`.
    pub values: Vec<String>,
    /// Their units in the same order: `["户", "%"]`; a single one stands for all values.
    pub units: Vec<String>,
    /// How exact each value is printed: `over`, `about`, `nearly`, `at_least`, `at_most`, empty for exact; empty when
    /// all are exact.
    pub qualifiers: Vec<String>,
    /// Code of the area it speaks of; empty when none is named.
    pub area: String,
    /// The day it speaks of, ISO 8601; empty when none is named.
    pub valid_at: String,
    /// `FAIL: reason` when the source contradicts itself; else empty.
    pub check: String,
    /// The reason in Chinese.
    pub check_zh: String,
}

/// Every quoted figure of `reports/quoted/*.tsv`, in file order.
#[must_use]
pub fn quoted() -> Vec<Quoted> {
    quoted_texts().into_iter().flat_map(quoted_table).collect()
}

/// The text of every `reports/quoted/*.tsv`, in file order.
#[must_use]
pub fn quoted_texts() -> Vec<&'static str> {
    let Some(folder) = REPORTS.get_dir("quoted") else {
        return Vec::new();
    };
    folder.files().filter_map(include_dir::File::contents_utf8).collect()
}

/// The areas of the demonstration town as CSV:
/// `code,parent,level,name_zh,name_en,valid_from,valid_to`, parents before children.
#[must_use]
pub fn areas_demo() -> &'static str {
    AREAS_DEMO
}

fn quoted_table(text: &str) -> Vec<Quoted> {
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let read = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| {
            let place = heading.iter().position(|column| *column == name)?;
            cells.get(place).copied().filter(|text| !text.is_empty())
        };
        let list =
            |name| cell(name).map(|text| text.split(';').map(str::to_owned).collect()).unwrap_or_default();
        let text = |name| cell(name).unwrap_or_default().to_owned();
        Some(Quoted {
            id: cell("id")?.to_owned(),
            values: list("values"),
            units: list("unit"),
            qualifiers: list("qualifier"),
            area: text("area"),
            valid_at: text("valid_at"),
            check: text("check"),
            check_zh: text("check_zh"),
        })
    };
    lines.filter_map(read).collect()
}

/// The texts of a folder itself by file name without its extension.
fn texts(folder: &'static Dir<'static>, extension: &str) -> BTreeMap<String, &'static str> {
    folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|found| found == extension))
        .filter_map(|file| {
            let name = file.path().file_stem()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?))
        })
        .collect()
}

fn last_segment<'a>(dir: &'a Dir<'_>) -> Option<&'a str> {
    dir.path().file_name()?.to_str()
}

fn collect(root: &Dir<'_>, dir: &Dir<'_>, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        if let Ok(relative) = file.path().strip_prefix(root.path())
            && let Some(name) = relative.to_str()
        {
            files.insert(name.replace('\\', "/"), file.contents().to_vec());
        }
    }
    for inner in dir.dirs() {
        collect(root, inner, files);
    }
}
