//! Every text of the form packages stands in both languages, every question says how private it is, every rule has
//! golden records on both sides. (That the packages load and the goldens hold is `goldens.rs`.)
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

struct Package {
    id: String,
    files: BTreeMap<String, Vec<u8>>,
    schema: Json,
}

impl Package {
    fn json(&self, file: &str) -> Json {
        serde_json::from_slice(&self.files[file]).unwrap_or_else(|e| panic!("{} {file}: {e}", self.id))
    }
}

fn packages() -> Vec<Package> {
    let open = |(id, version): (String, u32)| {
        let files = doorstep_schemas::form_files(&id, version).unwrap();
        let schema = serde_json::from_slice(&files["schema.json"]).unwrap();
        Package { id, files, schema }
    };
    doorstep_schemas::forms().into_iter().map(open).collect()
}

/// What a walk over a schema finds: Chinese texts by translation key, and questions without `x-pii`.
#[derive(Default)]
struct Found {
    texts: BTreeMap<String, String>,
    unclassified: Vec<String>,
    questions: usize,
}

impl Found {
    fn text(&mut self, key: String, text: &Json) {
        let text = text.as_str().unwrap_or_else(|| panic!("{key} has no text")).to_owned();
        self.texts.insert(key, text);
    }

    fn constraints(&mut self, prefix: &str, schema: &Json) {
        for constraint in schema["x-constraints"].as_array().into_iter().flatten() {
            let key = constraint["key"].as_str().unwrap();
            self.text(format!("{prefix}{key}.error"), &constraint["human"]);
        }
    }

    fn options(&mut self, prefix: &str, schema: &Json) {
        for option in schema["oneOf"].as_array().into_iter().flatten() {
            self.text(format!("{prefix}.{}", option["const"].as_str().unwrap()), &option["title"]);
        }
    }

    fn properties(&mut self, root: &Json, prefix: &str, properties: &Map<String, Json>) {
        for (name, schema) in properties {
            self.question(root, &format!("{prefix}{name}"), schema);
        }
    }

    fn question(&mut self, root: &Json, path: &str, schema: &Json) {
        self.text(format!("{path}.label"), &schema["title"]);
        if schema.get("description").is_some() {
            self.text(format!("{path}.description"), &schema["description"]);
        }
        if schema.get("x-unit").is_some() {
            self.text(format!("{path}.unit"), &schema["x-unit"]["symbol"]);
        }
        let inner = format!("{path}.");
        if schema.get("x-roster").is_some() {
            let row = &root["$defs"][referred(&schema["additionalProperties"]).unwrap()];
            self.constraints(&inner, row);
            return self.properties(root, &inner, row["properties"].as_object().unwrap());
        }
        if schema.get("x-group").is_some() {
            return self.properties(root, &inner, schema["properties"].as_object().unwrap());
        }
        self.questions += 1;
        if schema.get("x-pii").is_none() {
            self.unclassified.push(path.to_owned());
        }
        for (code, option) in schema["properties"].as_object().into_iter().flatten() {
            self.text(format!("{path}.{code}"), &option["title"]);
        }
        if let Some(symbol) = schema["x-quantity"].get("symbol") {
            self.text(format!("{path}.unit"), symbol);
        }
        self.options(path, schema);
        self.options(path, &schema["items"]);
        if let Some(name) = referred(schema) {
            self.options(&format!("$defs.{name}"), &root["$defs"][name]);
        }
    }
}

fn referred(schema: &Json) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

fn found(package: &Package) -> Found {
    let mut found = Found::default();
    found.properties(&package.schema, "", package.schema["properties"].as_object().unwrap());
    found.constraints("", &package.schema);
    for page in package.json("ui.json")["elements"].as_array().unwrap() {
        found.text(page["i18n"].as_str().unwrap().to_owned(), &page["label"]);
    }
    found
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

#[test]
fn the_forms_are_there() {
    let ids = doorstep_schemas::forms();
    for known in [
        ("activity_session", 1),
        ("asset_tag_ledger", 1),
        ("assistance_record", 1),
        ("community_profile", 1),
        ("disaster_event", 1),
        ("health_service_record", 1),
        ("health_service_record", 2),
        ("household_register", 1),
        ("identification_case", 1),
        ("project_fund_ledger", 1),
        ("sample_check", 1),
    ] {
        assert!(ids.contains(&(known.0.to_owned(), known.1)), "{known:?}");
    }
    assert!(doorstep_schemas::form_files("household_register", 99).is_none());
    assert!(doorstep_schemas::form_files("nothing", 1).is_none());
}

#[test]
fn every_text_stands_in_both_languages_and_none_is_left_over() {
    for package in packages() {
        let english = package.json("i18n/en.json");
        let mut english = english.as_object().unwrap().clone();
        for (key, chinese) in found(&package).texts {
            assert!(has_han(&chinese), "{} {key}: {chinese:?} is not Chinese", package.id);
            let text = english.remove(&key).unwrap_or_else(|| panic!("{} {key}: no English", package.id));
            let text = text.as_str().unwrap();
            assert!(!text.trim().is_empty() && !has_han(text), "{} {key}: {text:?}", package.id);
            assert!(text != key && Some(text) != key.strip_suffix(".label"), "{key} is its own text");
        }
        assert!(english.is_empty(), "{}: left over {:?}", package.id, english.keys());
    }
}

#[test]
fn code_lists_are_complete_in_both_languages() {
    let sizes = BTreeMap::from([
        ("codes/crop.csv", 28),
        ("codes/education.csv", 6),
        ("codes/ethnicity.csv", 56),
        ("codes/exclusion.csv", 21),
        ("codes/income_line.csv", 11),
        ("codes/relation.csv", 28),
        ("codes/student_state.csv", 25),
    ]);
    let files = doorstep_schemas::form_files("household_register", 1).unwrap();
    let lists: Vec<_> = files.keys().filter(|name| name.starts_with("codes/")).collect();
    assert_eq!(lists, sizes.keys().collect::<Vec<_>>());
    for (name, size) in sizes {
        let mut reader = csv::Reader::from_reader(files[name].as_slice());
        let headers: Vec<_> = reader.headers().unwrap().iter().take(5).map(str::to_owned).collect();
        assert_eq!(headers, ["code", "parent", "level", "label", "label_en"]);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), size, "{name}");
        for row in rows {
            assert!(has_han(&row[3]) && !row[4].is_empty() && row[4].is_ascii(), "{name}: {row:?}");
        }
    }
}

#[test]
fn every_question_says_how_private_it_is() {
    for package in packages() {
        let found = found(&package);
        assert!(found.questions > 20, "{}", package.id);
        assert!(found.unclassified.is_empty(), "{}: {:?}", package.id, found.unclassified);
    }
}

#[test]
fn every_rule_has_a_golden_record_on_both_sides() {
    for package in packages() {
        let goldens: Vec<Json> = package
            .files
            .keys()
            .filter(|name| name.starts_with("tests/"))
            .flat_map(|name| package.json(name).as_array().unwrap().clone())
            .collect();
        for key in found(&package).texts.keys().filter_map(|key| key.strip_suffix(".error")) {
            let rule = key.rsplit('.').next().unwrap();
            let fires = |golden: &&Json| {
                let violations = golden["expect"]["violations"].as_array().unwrap();
                violations.iter().any(|violation| violation["key"] == rule)
            };
            let count = goldens.iter().filter(fires).count();
            assert!(count > 0, "{}: no golden fires {rule}", package.id);
            let quiet = |golden: &Json| {
                let about = golden["name"].as_str().unwrap().starts_with(&format!("{rule}:"));
                about && golden["expect"]["violations"] == Json::Array(Vec::new())
            };
            let whole = rule == "year_needed" && goldens.iter().any(|golden| golden["mode"] == "full");
            assert!(whole || goldens.iter().any(quiet), "{}: no golden keeps {rule} quiet", package.id);
        }
    }
}
