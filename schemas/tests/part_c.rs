//! The field names that the description of the forms gives (part C of `domain.md`, in the shared material beside the checkout) against the
//! schemas: what differs is listed, and each difference stands in `part_c.tsv` with its reason.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value as Json;

/// Form (or `envelope`) -> names.
type Names = BTreeMap<String, BTreeSet<String>>;

/// `../shared` beside the checkout, or the folder named by `DOORSTEP_SHARED`.
fn material() -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("DOORSTEP_SHARED").map_or_else(beside, PathBuf::from);
    std::fs::read_to_string(folder.join("domain/domain.md")).ok()
}

/// Texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Field names of one quoted piece: `from*`,`to*`; `species/sex/role`; `{state: active/died, from, to}` names state, from, to.
fn names(piece: &str) -> BTreeSet<String> {
    let fields = piece.split(',').map(|part| part.split(':').next().unwrap_or_default());
    fields
        .flat_map(|part| part.split(['/', ' ']))
        .map(|word| word.trim_matches(|c: char| "*={}[]".contains(c)))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
        .map(str::to_owned)
        .collect()
}

fn described(text: &str) -> Names {
    let part = text.split_once("# PART C.").unwrap().1.split_once("## C.9").unwrap().0;
    let mut sections = part.split("\n## C.");
    let envelope = sections.next().unwrap().split_once("Every form has the **envelope**").unwrap().1;
    let mut found = Names::from([("envelope".to_owned(), quoted(envelope).flat_map(names).collect())]);
    for section in sections {
        let (title, body) = section.split_once('\n').unwrap();
        let form = quoted(title).next().unwrap().to_owned();
        found.insert(form, quoted(body).flat_map(names).collect());
    }
    found
}

/// Every property name of a schema, at any depth; ticks and codes of compounds too.
fn properties(schema: &Json, names: &mut BTreeSet<String>) {
    match schema {
        Json::Object(map) => {
            if let Some(inner) = map.get("properties").and_then(Json::as_object) {
                names.extend(inner.keys().cloned());
            }
            map.values().for_each(|value| properties(value, names));
        }
        Json::Array(items) => items.iter().for_each(|item| properties(item, names)),
        _ => {}
    }
}

fn built() -> Names {
    let mut built = Names::new();
    for (form, version) in doorstep_schemas::forms() {
        let files = doorstep_schemas::form_files(&form, version).unwrap();
        let schema: Json = serde_json::from_slice(&files["schema.json"]).unwrap();
        properties(&schema, built.entry(form).or_default());
    }
    built
}

/// Form and name -> what carries it, and why.
fn explained() -> BTreeMap<(String, String), (String, String)> {
    let lines = include_str!("../part_c.tsv").lines().skip(1);
    let read = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [form, name, carried, why] = cells.as_slice() else { panic!("part_c.tsv: {line}") };
        assert!(!why.trim().is_empty(), "part_c.tsv: {form} {name} has no reason");
        (((*form).to_owned(), (*name).to_owned()), ((*carried).to_owned(), (*why).to_owned()))
    };
    lines.map(read).collect()
}

#[test]
fn what_differs_from_the_description_is_listed_and_explained() {
    let Some(text) = material() else {
        eprintln!(
            "SKIPPED: no ../shared/domain/domain.md beside the checkout; set DOORSTEP_SHARED to its folder"
        );
        return;
    };
    let (described, built, mut explained) = (described(&text), built(), explained());
    let (mut unexplained, mut same, mut differ) = (Vec::new(), 0, 0);
    for (form, names) in &described {
        let empty = BTreeSet::new();
        let own = built.get(form).unwrap_or(&empty);
        if form != "envelope" && own.is_empty() {
            unexplained.push(format!("{form}: no such form"));
        }
        for name in names.iter().filter(|name| *name != form) {
            match explained.remove(&(form.clone(), name.clone())) {
                Some(_) if own.contains(name) => {
                    unexplained.push(format!("{form} {name}: no difference any more"))
                }
                Some((carried, why)) => {
                    differ += 1;
                    println!("{form:<24} {name:<28} {carried:<36} {why}");
                    if let Some(fault) = wrong_carrier(&carried, &built) {
                        unexplained.push(format!("{form} {name}: {fault}"));
                    }
                }
                None if own.contains(name) => same += 1,
                None => unexplained.push(format!("{form} {name}: in the description, not in the schema")),
            }
        }
    }
    for (form, names) in &built {
        let empty = BTreeSet::new();
        let beyond = names.difference(described.get(form).unwrap_or(&empty)).count();
        println!("{form:<24} {beyond} names beyond the description");
    }
    println!("{same} names are the same, {differ} differ with a reason");
    unexplained.extend(explained.keys().map(|(form, name)| format!("{form} {name}: not in the description")));
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

/// `form.name` or `name` must be there where it is said to be; `-` and words in brackets name no question.
fn wrong_carrier(carried: &str, built: &Names) -> Option<String> {
    if carried == "-" || carried.starts_with('(') {
        return None;
    }
    let (form, name) = carried.split_once('.')?;
    let there = built.get(form).is_some_and(|names| names.contains(name));
    (!there).then(|| format!("{carried} is no question"))
}

#[test]
fn names_are_read_as_they_are_written() {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names("species/sex/role"), set(&["species", "sex", "role"]));
    assert_eq!(names("{state: active/died, from, to}"), set(&["state", "from", "to"]));
    assert_eq!(names("helper_id*"), set(&["helper_id"]));
    assert_eq!(names("^1\\d{10}$"), set(&[]));
}
