//! Form versions over REST: differences, dry runs, confirmation, bases, tests, closing.

use std::collections::BTreeMap;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_server::source::Machine;
use doorstep_server::store::reconciles::Reconciles;
use serde_json::{Value, json};

use crate::support::{Answer, BEGIN_MS, World, small_form};

/// The small form in another version, with the properties of its schema changed.
fn files(version: u32, change: impl FnOnce(&mut Value)) -> Value {
    let mut files = small_form(version);
    let mut schema: Value = serde_json::from_slice(&files["schema.json"]).expect("schema");
    change(&mut schema["properties"]);
    files.insert("schema.json".to_owned(), schema.to_string().into_bytes());
    let files: BTreeMap<String, String> =
        files.into_iter().map(|(name, bytes)| (name, STANDARD.encode(bytes))).collect();
    json!(files)
}

/// More than five persons, by a rule.
fn stricter(version: u32) -> Value {
    files(version, |questions| {
        questions["persons"]["x-constraints"] = json!([{"key": "more_than_five", "severity": "error",
            "human": "不足五人", "expression": "value > 5"}]);
    })
}

async fn post(world: &World, path: &str, body: &Value) -> Answer {
    world.ask(Method::POST, path, Some(&world.session(1)), Some(body)).await
}

async fn get(world: &World, path: &str) -> Value {
    let answer = world.ask(Method::GET, path, Some(&world.session(1)), None).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

fn translated(mut files: Value, key: &str, text: &str) -> Value {
    let known = STANDARD.decode(files["i18n/en.json"].as_str().expect("text")).expect("base64");
    let mut texts: Value = serde_json::from_slice(&known).expect("texts");
    texts[key] = json!(text);
    files["i18n/en.json"] = json!(STANDARD.encode(texts.to_string()));
    files
}

#[tokio::test]
async fn changed_rules_are_shown_and_published_when_they_are_confirmed() {
    let world = World::new();
    let stricter = translated(stricter(2), "more_than_five.error", "Fewer than five persons");
    let diff = post(&world, "/api/v1/forms/diff", &json!({"new": {"files": stricter}})).await;
    assert_eq!((diff.status, &diff.json()["class"]), (200, &json!("C")), "{diff:?}");
    assert_eq!(diff.json()["changes"][0]["path"], "persons");
    let same = json!({"old": "small@1", "new": "small@1"});
    assert_eq!(post(&world, "/api/v1/forms/diff", &same).await.json()["changes"], json!([]));

    let run = post(&world, "/api/v1/forms/dry-run", &json!({"files": stricter})).await;
    let run = run.json();
    assert_eq!((&run["dry_run"]["invalid"], &run["dry_run"]["records"]), (&json!(2), &json!(2)));
    // The far record is counted and not named to the admin of the near town.
    assert_eq!(run["dry_run"]["rules"][0]["records"], json!([world.near_record]));

    let refused = post(&world, "/api/v1/forms", &json!({"files": stricter})).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "confirmation_needed"));
    let refused = refused.json();
    assert_eq!(refused["impact"], run);
    assert_eq!(refused["violations"][0]["pointer"], "persons");
    assert_eq!(get(&world, "/api/v1/forms").await["forms"].as_array().map(Vec::len), Some(1));

    let body = json!({"files": stricter, "confirm": true, "base": run["base"]});
    let published = post(&world, "/api/v1/forms", &body).await;
    assert_eq!((published.status, &published.json()["class"]), (201, &json!("C")), "{published:?}");
    assert_eq!(post(&world, "/api/v1/forms", &body).await.status, 200, "already");
    // What was submitted before is judged by its own version.
    while world.store.reconcile_pending(100, BEGIN_MS, &Machine).expect("reconciled").written > 0 {}
    let path = format!("/api/v1/records/{}", world.near_record);
    assert_eq!(get(&world, &path).await["violations"], json!([]));
}

#[tokio::test]
async fn of_two_publications_at_once_one_wins_and_the_other_is_told() {
    let world = World::new();
    let base = get(&world, "/api/v1/forms").await["forms"][0]["hash"].clone();
    let made = |title: &str| {
        let files = files(2, |questions| questions["persons"]["title"] = json!(title));
        json!({"files": files, "base": base})
    };
    let (one, other) = (made("人口"), made("家庭人数"));
    let (one, other) =
        tokio::join!(post(&world, "/api/v1/forms", &one), post(&world, "/api/v1/forms", &other));
    // One may find the other at work; then it comes a moment later.
    let other =
        if other.status == 429 { post(&world, "/api/v1/forms", &made("家庭人数")).await } else { other };
    let one = if one.status == 429 { post(&world, "/api/v1/forms", &made("人口")).await } else { one };
    let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
    assert_eq!(
        (won.status, lost.status, lost.problem().as_str()),
        (201, 409, "conflict"),
        "{won:?} {lost:?}"
    );
    let detail = lost.json()["detail"].as_str().expect("detail").to_owned();
    assert!(detail.contains("Version 2 of small was published by admin meanwhile"), "{detail}");
    assert!(detail.contains("number yours 3"), "{detail}");
    let wrong = post(&world, "/api/v1/forms", &json!({"files": files(3, |_| ()), "base": "x"})).await;
    assert_eq!((wrong.status, &wrong.json()["violations"][0]["pointer"]), (422, &json!("/base")));
}

#[tokio::test]
async fn what_is_forbidden_says_the_way_out() {
    let world = World::new();
    let forbidden = files(2, |questions| {
        questions["persons"] = json!({"title": "人数", "type": "object", "x-roster": {"kind": "rows"},
            "propertyNames": {"pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"},
            "additionalProperties": {"type": "object", "additionalProperties": false, "properties":
                {"age": {"type": "integer", "title": "年龄"}}}});
    });
    let forbidden = translated(forbidden, "persons.age.label", "Age");
    let body = json!({"files": forbidden, "confirm": true});
    let refused = post(&world, "/api/v1/forms", &body).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "change_forbidden"), "{refused:?}");
    let refused = refused.json();
    assert_eq!(refused["violations"][0]["pointer"], "persons");
    assert_eq!(refused["impact"]["class"], "E");
    assert_eq!(get(&world, "/api/v1/forms").await["forms"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_test_is_listed_and_a_version_is_closed_and_opened() {
    let world = World::new();
    let files = files(2, |_| ());
    let begun = post(&world, "/api/v1/forms/tests", &json!({"files": files, "user": "enumerator"})).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert_eq!(begun.json()["devices"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&world, "/api/v1/forms/tests").await["tests"][0]["version"], 2);
    assert_eq!(get(&world, "/api/v1/forms").await["forms"].as_array().map(Vec::len), Some(1));
    assert_eq!(get(&world, "/api/v1/records?test=true").await["total"], 0);
    let far = json!({"files": files, "devices": [world.far_device]});
    let far = post(&world, "/api/v1/forms/tests", &far).await;
    assert_eq!((far.status, far.problem().as_str()), (404, "not_found"), "a device of another town");
    let nobody = post(&world, "/api/v1/forms/tests", &json!({"files": files})).await;
    assert_eq!((nobody.status, nobody.problem().as_str()), (422, "invalid"));

    let close = "/api/v1/forms/small/1/close";
    let closed = post(&world, close, &json!({})).await;
    assert_eq!(closed.json(), json!({"form": "small", "version": 1, "open": false, "changed": true}));
    assert_eq!(post(&world, close, &json!({})).await.json()["changed"], false);
    assert_eq!(get(&world, "/api/v1/forms").await["forms"][0]["open"], false);
    let opened = post(&world, "/api/v1/forms/small/1/reopen", &json!({})).await;
    assert_eq!(opened.json()["open"], true);
}

#[tokio::test]
async fn a_questionnaire_is_tried_before_it_is_published_and_nothing_is_kept() {
    let world = World::new();
    let files = files(2, |questions| {
        questions["more"] = json!({"type": "string", "title": "说明", "x-relevant": "doc.persons > 5"});
    });
    let files = translated(files, "more.label", "More");
    let show = async |answers: Value, act: Value| {
        let body = json!({"form": {"files": files}, "answers": answers, "act": act});
        post(&world, "/api/v1/forms/preview", &body).await
    };
    let paths = |shown: &Value| -> Vec<String> {
        let items = shown["view"]["pages"][0]["items"].as_array().expect("items").clone();
        items.iter().map(|item| item["path"].as_str().expect("path").to_owned()).collect()
    };
    let empty = show(json!({}), Value::Null).await;
    assert_eq!(empty.status, 200, "{empty:?}");
    assert!(!paths(&empty.json()).contains(&"more".to_owned()));
    let six = show(json!({}), json!({"path": "persons", "text": "６"})).await.json();
    assert_eq!(six["answers"], json!({"persons": 6}));
    assert!(paths(&six).contains(&"more".to_owned()));
    let none = show(six["answers"].clone(), json!({"path": "persons", "value": 0})).await.json();
    assert_eq!((&none["view"]["errors"], &none["view"]["pages"][0]["state"]), (&json!(1), &json!("invalid")));
    let cleared = show(none["answers"].clone(), json!({"path": "persons", "value": null})).await.json();
    assert_eq!(cleared["answers"], json!({}));
    let word = show(json!({}), json!({"path": "persons", "text": "six"})).await;
    assert_eq!((word.status, word.problem().as_str()), (422, "invalid"));
    assert_eq!(get(&world, "/api/v1/forms").await["forms"].as_array().map(Vec::len), Some(1));
}
