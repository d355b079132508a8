//! The description of the API: sound, and true of every request and answer of the tests in this folder.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::{Method, header};
use doorstep_server::http::openapi::document;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Answer, World};

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Holds a request and its answer against the description.
pub(crate) fn check(method: &Method, address: &str, body: Option<&Value>, answer: &Answer) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let Some(operation) = operation(method, path) else { return };
    let what = format!("{method} {address}: {}", answer.status);
    let responses = &operation["responses"];
    let told = responses.get(answer.status.to_string());
    let told = told.or_else(|| responses.get("default").filter(|_| answer.status >= 400));
    let told = told.unwrap_or_else(|| panic!("{what} is not described"));
    for (media, content) in told["content"].as_object().into_iter().flatten() {
        assert_eq!(answer.headers[header::CONTENT_TYPE], media.as_str(), "{what}");
        if media.ends_with("json") {
            conforms(&content["schema"], &answer.json(), &what);
        }
    }
    if answer.status >= 300 {
        return;
    }
    let taken = operation.pointer("/requestBody/content/application~1json/schema");
    if let (Some(body), Some(schema)) = (body, taken) {
        conforms(schema, body, &what);
    }
    let named = |name: &str| {
        let all = operation["parameters"].as_array().into_iter().flatten();
        all.into_iter().any(|one| one["name"] == name && one["in"] == "query")
    };
    for name in query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty()) {
        assert!(named(name), "{what}: the parameter {name} is not described");
    }
}

/// The operation of an address: of several paths that fit, the one with most words of its own.
fn operation(method: &Method, address: &str) -> Option<&'static Value> {
    let parts: Vec<&str> = address.split('/').collect();
    let own = |path: &str| {
        let words: Vec<&str> = path.split('/').collect();
        let fits = words.len() == parts.len()
            && words.iter().zip(&parts).all(|(word, part)| word.starts_with('{') || word == part);
        fits.then(|| words.iter().filter(|word| !word.starts_with('{')).count())
    };
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let (_, found) = paths.filter_map(|(path, item)| Some((own(path)?, item))).max_by_key(|(own, _)| *own)?;
    found.get(method.as_str().to_ascii_lowercase())
}

fn conforms(schema: &Value, value: &Value, what: &str) {
    let mut validators = VALIDATORS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let validator = validators.entry(schema.to_string()).or_insert_with(|| {
        let root = json!({"components": DOCUMENT["components"], "allOf": [schema]});
        Arc::new(jsonschema::validator_for(&root).unwrap_or_else(|error| panic!("{what}: {error}")))
    });
    let validator = Arc::clone(validator);
    drop(validators);
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{value:#}");
}

#[test]
fn every_reference_leads_somewhere_and_every_name_is_its_own() {
    let text = DOCUMENT.to_string();
    let references: BTreeSet<&str> =
        text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(references.len() > 50, "{references:?}");
    for reference in references {
        assert!(DOCUMENT.pointer(reference).is_some(), "{reference}");
    }
    // The generator numbers the second type of a name.
    let names = DOCUMENT["components"]["schemas"].as_object().into_iter().flatten();
    let numbered: Vec<&String> =
        names.map(|(name, _)| name).filter(|name| name.ends_with(|c: char| c.is_ascii_digit())).collect();
    assert!(numbered.is_empty(), "rename one: {numbered:?}");
    let operations = DOCUMENT["paths"].as_object().into_iter().flatten();
    let ids: Vec<&Value> = operations
        .flat_map(|(_, item)| item.as_object())
        .flatten()
        .map(|(_, one)| &one["operationId"])
        .collect();
    assert_eq!(ids.len(), ids.iter().map(|id| id.as_str()).collect::<BTreeSet<_>>().len(), "{ids:?}");
}

#[tokio::test]
async fn it_is_served_to_anybody_and_lies_among_the_documents() {
    let served = World::new().ask(Method::GET, "/api/v1/openapi.json", None, None).await;
    assert_eq!((served.status, &served.json()), (200, &*DOCUMENT));
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = format!("{:#}\n", *DOCUMENT);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&copy, &text).expect("written");
    }
    let same = std::fs::read_to_string(&copy).is_ok_and(|copy| copy == text);
    assert!(same, "docs/openapi.json is another: UPDATE=1 cargo test -p doorstep-server --test rest openapi");
}
