//! The supervisor's work over REST: the queue, a record, a decision on exact heads, the dataset.

use axum::http::Method;
use doorstep_server::source::Machine;
use doorstep_server::store::reconciles::Reconciles;
use serde_json::{Value, json};

use crate::support::{BEGIN_MS, World};

fn settle(world: &World) {
    while world.store.reconcile_pending(100, BEGIN_MS, &Machine).expect("reconciled").written > 0 {}
}

async fn get(world: &World, path: &str, token: &str) -> Value {
    let answer = world.ask(Method::GET, path, Some(token), None).await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

#[tokio::test]
async fn what_was_shown_can_be_approved_and_enters_the_dataset() {
    let world = World::new();
    settle(&world);
    let supervisor = world.session(2);
    let queue =
        get(&world, "/api/v1/records?state=submitted&form=small&author=enumerator", &supervisor).await;
    assert_eq!((&queue["total"], &queue["records"][0]["record"]), (&json!(1), &json!(world.near_record)));
    assert_eq!(get(&world, "/api/v1/records?author=outsider", &supervisor).await["total"], 0);
    let path = format!("/api/v1/records/{}", world.near_record);

    let unseen = json!({ "decision": "approve", "heads": queue["records"][0]["heads"], "note": null });
    let refused = world.ask(Method::POST, &format!("{path}/reviews"), Some(&supervisor), Some(&unseen)).await;
    assert_eq!((refused.status, refused.problem().as_str()), (409, "not_seen"));

    let record = get(&world, &path, &supervisor).await;
    assert_eq!(record["answers"]["persons"]["value"], 3);
    assert_eq!(record["answers"]["persons"]["candidates"][0]["by"]["name"], "enumerator");
    let approve = json!({ "decision": "approve", "heads": record["heads"], "note": "fine" });
    let done = world.ask(Method::POST, &format!("{path}/reviews"), Some(&supervisor), Some(&approve)).await;
    assert_eq!((done.status, &done.json()["state"]), (201, &json!("approved")));
    settle(&world);
    let rows = get(&world, "/api/v1/dataset/small", &supervisor).await;
    assert_eq!((&rows["total"], &rows["rows"][0]["answers"]["persons"]), (&json!(1), &json!(3)));
    let one = format!("/api/v1/dataset/small/{}", world.near_record);
    assert_eq!(get(&world, &one, &supervisor).await["answers"]["persons"], 3);
    for absent in [format!("{one}?as_of=2015-12-31"), one.replace("small", "other")] {
        let answer = world.ask(Method::GET, &absent, Some(&supervisor), None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{absent}");
    }

    let history = get(&world, &format!("{path}/history?path=persons"), &supervisor).await;
    assert_eq!(history["history"][0]["by"]["name"], "enumerator");
    let enumerator = world.session(3);
    assert_eq!(get(&world, &path, &enumerator).await["reviews"][0]["by"], "supervisor");
}

#[tokio::test]
async fn one_decision_on_many_records_tells_of_each_what_became_of_it() {
    let world = World::new();
    settle(&world);
    let supervisor = world.session(2);
    let path = format!("/api/v1/records/{}", world.near_record);
    let shown = get(&world, &path, &supervisor).await;
    let bulk = async |decision: &str| {
        let body = json!({ "decision": decision, "note": null, "records": [
            {"record": world.far_record, "heads": world.far_heads},
            {"record": world.near_record, "heads": shown["heads"]},
        ]});
        let done = world.ask(Method::POST, "/api/v1/reviews", Some(&supervisor), Some(&body)).await;
        assert_eq!(done.status, 200, "{done:?}");
        done.json()
    };
    let done = bulk("approve").await;
    assert_eq!(done["refused"][0]["record"], json!(world.far_record));
    assert_eq!(done["refused"][0]["problem"], "not_found");
    assert_eq!(done["decided"][0]["record"], json!(world.near_record));
    assert_eq!(done["decided"][0]["state"], "approved");
    let again = bulk("approve").await;
    assert_eq!(
        (again["decided"].as_array().unwrap().len(), &again["refused"][1]["problem"]),
        (0, &json!("wrong_state"))
    );
    assert_eq!(bulk("reopen").await["decided"][0]["state"], "submitted");
}

#[tokio::test]
async fn a_record_tells_what_was_changed_after_signing() {
    let world = World::new();
    settle(&world);
    let supervisor = world.session(2);
    let path = format!("/api/v1/records/{}", world.near_record);
    let edit = async |heads: &Value, answers: Value| {
        let body = json!({ "heads": heads, "answers": answers, "reason": null });
        let edited =
            world.ask(Method::POST, &format!("{path}/answers"), Some(&supervisor), Some(&body)).await;
        assert_eq!(edited.status, 201, "{edited:?}");
    };
    let now = format!("{path}?at=now");
    let record = get(&world, &now, &supervisor).await;
    assert!(record.get("signatures").is_none());
    let signature =
        json!({"by": "王小明", "heads": record["heads"], "role": "户主", "signed_on": "2015-07-01"});
    edit(&record["heads"], json!({ "sign": signature.to_string() })).await;
    let signed = get(&world, &now, &supervisor).await;
    let state = &signed["signatures"][0];
    assert_eq!(
        (&state["by"], &state["changed"], &state["unknown"]),
        (&json!("王小明"), &json!([]), &json!(false))
    );
    edit(&signed["heads"], json!({ "persons": 4 })).await;
    let later = get(&world, &now, &supervisor).await;
    assert_eq!(later["signatures"][0]["changed"], json!(["persons"]));
}

#[tokio::test]
async fn sending_back_carries_comments_on_paths() {
    let world = World::new();
    settle(&world);
    let supervisor = world.session(2);
    let path = format!("/api/v1/records/{}", world.near_record);
    let record = get(&world, &path, &supervisor).await;
    let back = json!({
        "decision": "send_back", "heads": record["heads"], "note": null,
        "comments": [{ "path": "persons", "text": "请核对" }],
    });
    let done = world.ask(Method::POST, &format!("{path}/reviews"), Some(&supervisor), Some(&back)).await;
    assert_eq!((done.status, &done.json()["state"]), (201, &json!("sent_back")));
    let shown = get(&world, &path, &supervisor).await;
    assert_eq!(
        (&shown["comments"][0]["path"], &shown["comments"][0]["text"]),
        (&json!("persons"), &json!("请核对"))
    );
    let again = world.ask(Method::POST, &format!("{path}/reviews"), Some(&supervisor), Some(&back)).await;
    assert_eq!((again.status, again.problem().as_str()), (409, "wrong_state"));
}

#[tokio::test]
async fn the_office_writes_answers_in_its_own_name() {
    let world = World::new();
    settle(&world);
    let supervisor = world.session(2);
    let path = format!("/api/v1/records/{}", world.near_record);
    let record = get(&world, &path, &supervisor).await;
    let edit =
        json!({ "heads": record["heads"], "answers": { "persons": 5 }, "reason": "told by telephone" });
    let edited = world.ask(Method::POST, &format!("{path}/answers"), Some(&supervisor), Some(&edit)).await;
    assert_eq!(edited.status, 201, "{edited:?}");
    let shown = get(&world, &path, &supervisor).await;
    assert_eq!(
        (&shown["answers"]["persons"]["value"], &shown["heads"]),
        (&json!(5), &edited.json()["heads"])
    );
    let history = get(&world, &format!("{path}/history?path=persons"), &supervisor).await;
    let last = history["history"].as_array().and_then(|lines| lines.last()).cloned().unwrap_or_default();
    assert_eq!((&last["by"]["name"], &last["reason"]), (&json!("supervisor"), &json!("told by telephone")));
    for (answers, pointer) in [(json!({ "a//b": 1 }), "a//b"), (json!({ "persons": [1] }), "persons")] {
        let wrong = json!({ "heads": record["heads"], "answers": answers });
        let refused =
            world.ask(Method::POST, &format!("{path}/answers"), Some(&supervisor), Some(&wrong)).await;
        assert_eq!((refused.status, &refused.json()["violations"][0]["pointer"]), (422, &json!(pointer)));
    }
}

#[tokio::test]
async fn a_form_is_published_and_read_over_rest() {
    let world = World::new();
    let admin = world.session(1);
    let form = get(&world, "/api/v1/forms/small/1", &admin).await;
    assert_eq!(form["files"]["form.json"]["id"], "small");
    let files: serde_json::Map<String, Value> = crate::support::small_form(2)
        .into_iter()
        .map(|(name, bytes)| (name, json!(data_encoding::BASE64.encode(&bytes))))
        .collect();
    let body = json!({ "files": files });
    let published = world.ask(Method::POST, "/api/v1/forms", Some(&admin), Some(&body)).await;
    assert_eq!((published.status, &published.json()["version"]), (201, &json!(2)));
    assert_eq!(world.ask(Method::POST, "/api/v1/forms", Some(&admin), Some(&body)).await.status, 200);
    let mut broken = body.clone();
    broken["files"]["schema.json"] = json!(data_encoding::BASE64.encode(b"{\"anyOf\":[]}"));
    let refused = world.ask(Method::POST, "/api/v1/forms", Some(&admin), Some(&broken)).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid"));
    let faults = refused.json()["violations"].as_array().cloned().unwrap_or_default();
    assert!(
        faults.iter().any(|fault| fault["pointer"].as_str().is_some_and(|at| at.starts_with("schema.json#")))
    );
    assert_eq!(get(&world, "/api/v1/forms", &admin).await["forms"].as_array().map(Vec::len), Some(2));
}
