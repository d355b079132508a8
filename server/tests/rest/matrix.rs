//! Every route x role x outside the area, made from the list of routes: a route without a sample here fails.

use axum::http::Method;
use doorstep_server::accounts::role::Role;
use doorstep_server::http::api::Access;
use doorstep_server::http::router::{Route, routes};
use serde_json::{Value, json};

use crate::support::World;

/// How a route is tried.
struct Sample {
    /// The address, parameters filled in, naming things of the far town where it names anything.
    path: String,
    body: Option<Value>,
    /// What somebody of the near town is answered.
    outside: Outside,
}

/// What a route may show of the far town to somebody of the near town.
enum Outside {
    /// It names nothing and shows nothing of it: none of these words stand in the answer.
    Silent,
    /// It names something of the far town, which does not exist: 404.
    Absent,
    /// It names something of the far town inside a body: refused as if it did not exist.
    Refused,
}

/// A sample that nobody drew; one of the far town is tried in `server/src/store/conformance`.
const NO_SAMPLE: &str = "0197e0c0-0000-7000-8000-000000000002";
const FAR_WORDS: [&str; 3] = ["outsider", "9912", "Far"];

fn sample(world: &World, route: &Route) -> Sample {
    let make = |path: &str, body: Option<Value>, outside| Sample { path: path.to_owned(), body, outside };
    let far_record = format!("/api/v1/records/{}", world.far_record);
    let pair = || Some(json!({ "a": world.near_record, "b": world.far_record }));
    match (route.method.as_str(), route.path) {
        ("POST", "/api/v1/sessions") => {
            make(route.path, Some(json!({"name": "x", "password": "y"})), Outside::Silent)
        }
        ("GET" | "DELETE", "/api/v1/sessions") => make(route.path, None, Outside::Silent),
        // What it tells is tried in `events`; here nobody asks for a stream.
        ("GET", "/api/v1/events") => make(route.path, None, Outside::Refused),
        (
            "GET",
            "/api/v1/areas" | "/api/v1/users" | "/api/v1/devices" | "/api/v1/forms" | "/api/v1/records",
        ) => make(route.path, None, Outside::Silent),
        ("POST", "/api/v1/bundles") => make(route.path, None, Outside::Refused),
        ("GET", "/api/v1/mappings" | "/api/v1/quarantine") => make(route.path, None, Outside::Silent),
        ("POST", "/api/v1/quarantine/retry") => {
            make(route.path, Some(json!({"records": [world.far_record]})), Outside::Absent)
        }
        ("POST", "/api/v1/mappings") => make(
            route.path,
            Some(
                json!({"form": "household", "text": "x", "code": "y", "reason": "z", "records": [world.far_record]}),
            ),
            Outside::Absent,
        ),
        ("GET", "/api/v1/duplicates" | "/api/v1/reports" | "/api/v1/openapi.json") => {
            make(route.path, None, Outside::Silent)
        }
        ("POST", "/api/v1/areas") => make(route.path, None, Outside::Refused),
        ("POST", "/api/v1/areas/successions") => make(
            route.path,
            Some(json!({"successions": [{"from": "9912", "to": "9911"}], "on": "2015-07-01"})),
            Outside::Refused,
        ),
        ("POST", "/api/v1/users") => make(
            route.path,
            Some(json!({"name": "x", "role": "enumerator", "areas": ["9912"], "password": "long enough"})),
            Outside::Refused,
        ),
        ("POST", "/api/v1/invites") => make(route.path, Some(json!({"user": "outsider"})), Outside::Absent),
        ("DELETE", "/api/v1/devices/{device}") => {
            make(&format!("/api/v1/devices/{}", world.far_device), None, Outside::Absent)
        }
        ("POST", "/api/v1/forms" | "/api/v1/forms/dry-run" | "/api/v1/forms/tests") => {
            make(route.path, Some(json!({"files": {}})), Outside::Refused)
        }
        ("POST", "/api/v1/forms/diff") => {
            make(route.path, Some(json!({"new": "none@1", "old": "none@1"})), Outside::Absent)
        }
        ("POST", "/api/v1/forms/preview") => {
            make(route.path, Some(json!({"form": "none@1", "answers": {}})), Outside::Absent)
        }
        ("GET", "/api/v1/forms/tests") => make(route.path, None, Outside::Silent),
        ("POST", "/api/v1/forms/{form}/{version}/close") => {
            make("/api/v1/forms/none/1/close", None, Outside::Absent)
        }
        ("POST", "/api/v1/forms/{form}/{version}/reopen") => {
            make("/api/v1/forms/none/1/reopen", None, Outside::Absent)
        }
        ("GET", "/api/v1/forms/{form}/{version}") => make("/api/v1/forms/none/1", None, Outside::Absent),
        ("GET", "/api/v1/records/{record}") => make(&far_record, None, Outside::Absent),
        ("GET", "/api/v1/records/{record}/history") => {
            make(&format!("{far_record}/history"), None, Outside::Absent)
        }
        ("GET", "/api/v1/records/{record}/attachments/{sha256}") => {
            make(&format!("{far_record}/attachments/{}", "5f".repeat(32)), None, Outside::Absent)
        }
        ("POST", "/api/v1/records/{record}/answers") => make(
            &format!("{far_record}/answers"),
            Some(json!({"heads": world.far_heads, "answers": {"persons": 1}, "reason": null})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/records/{record}/reviews") => make(
            &format!("{far_record}/reviews"),
            Some(json!({"decision": "approve", "heads": world.far_heads, "note": null})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/reviews") => make(
            route.path,
            Some(json!({"decision": "approve", "note": null,
                "records": [{"record": world.far_record, "heads": world.far_heads}]})),
            Outside::Silent,
        ),
        ("POST", "/api/v1/records/{record}/comments") => make(
            &format!("{far_record}/comments"),
            Some(json!({"heads": world.far_heads, "path": null, "text": "x"})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/records/{record}/area") => {
            make(&format!("{far_record}/area"), Some(json!({"area": "9911"})), Outside::Absent)
        }
        ("POST", "/api/v1/records/{record}/split") => make(
            &format!("{far_record}/split"),
            Some(json!({"rows": ["01ARZ3NDEKTSV4RRFFQ69G5F01"], "on": "2015-07-01"})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/records/{record}/members") => make(
            &format!("{far_record}/members"),
            Some(json!({"rows": ["01ARZ3NDEKTSV4RRFFQ69G5F01"], "on": "2015-07-01", "state": "x",
                "to": world.near_record})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/duplicates/unmerge") => {
            make(route.path, Some(json!({ "record": world.far_record })), Outside::Absent)
        }
        ("POST", "/api/v1/duplicates/merge" | "/api/v1/duplicates/dismiss") => {
            make(route.path, pair(), Outside::Absent)
        }
        ("GET", "/api/v1/assignments") => make(route.path, None, Outside::Silent),
        ("POST", "/api/v1/assignments") => make(
            route.path,
            Some(json!({"form": "small", "to": "chief", "subjects": [world.far_record]})),
            Outside::Refused,
        ),
        ("POST", "/api/v1/assignments/move") => make(
            route.path,
            Some(json!({"assignments": ["0197e0c0-0000-7000-8000-000000000001"], "to": "outsider"})),
            Outside::Refused,
        ),
        ("POST", "/api/v1/assignments/close") => make(
            route.path,
            Some(json!({"assignments": ["0197e0c0-0000-7000-8000-000000000001"], "reason": "x"})),
            Outside::Absent,
        ),
        ("GET", "/api/v1/samples") => make(route.path, None, Outside::Silent),
        ("POST", "/api/v1/samples") => make(
            route.path,
            Some(json!({"area": "9912", "asked": "30%", "seed": 1, "register": "small", "check": "small"})),
            Outside::Absent,
        ),
        ("GET", path) if path.starts_with("/api/v1/samples/") => {
            make(&path.replace("{sample}", NO_SAMPLE), None, Outside::Absent)
        }
        ("POST", "/api/v1/samples/{sample}/assign") => make(
            &route.path.replace("{sample}", NO_SAMPLE),
            Some(json!({"to": ["outsider"]})),
            Outside::Absent,
        ),
        ("POST", "/api/v1/samples/{sample}/replace") => make(
            &route.path.replace("{sample}", NO_SAMPLE),
            Some(json!({"record": world.far_record, "reason": "x"})),
            Outside::Absent,
        ),
        ("GET", "/api/v1/progress/{form}") => make("/api/v1/progress/small", None, Outside::Silent),
        ("GET", "/api/v1/dataset/{form}") => make("/api/v1/dataset/small", None, Outside::Silent),
        ("GET", "/api/v1/dataset/{form}/{record}") => {
            make(&format!("/api/v1/dataset/small/{}", world.far_record), None, Outside::Absent)
        }
        ("GET", "/api/v1/points/{form}") => make("/api/v1/points/small?area=9912", None, Outside::Absent),
        ("GET", "/api/v1/reports/{report}") => make("/api/v1/reports/none", None, Outside::Absent),
        (method, path) => panic!("a new route {method} {path}: say here how roles and areas are tried on it"),
    }
}

const PEOPLE: [(Role, u8); 3] = [(Role::Admin, 1), (Role::Supervisor, 2), (Role::Enumerator, 3)];

#[tokio::test]
async fn each_route_opens_to_its_roles_only() {
    let world = World::new();
    for route in routes() {
        let sample = sample(&world, &route);
        let ask = |token: Option<String>| {
            let (world, method, sample) = (&world, route.method.clone(), &sample);
            async move { world.ask(method, &sample.path, token.as_deref(), sample.body.as_ref()).await }
        };
        let name = format!("{} {}", route.method, route.path);
        if route.access != Access::Public {
            for token in [None, Some("nonsense".to_owned()), Some("A".repeat(43))] {
                let answer = ask(token).await;
                assert_eq!((answer.status, answer.problem().as_str()), (401, "sign_in_required"), "{name}");
            }
        }
        for (role, person) in PEOPLE {
            let answer = ask(Some(world.session(person))).await;
            if route.access.admits(role) {
                let shut = route.access != Access::Public && [401, 403].contains(&answer.status);
                assert!(!shut && answer.status < 500, "{role} at {name}: {answer:?}");
            } else {
                assert_eq!(
                    (answer.status, answer.problem().as_str()),
                    (403, "not_allowed"),
                    "{role} at {name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nothing_of_another_area_is_shown_or_touched() {
    let world = World::new();
    for route in routes() {
        let sample = sample(&world, &route);
        for (role, person) in PEOPLE.into_iter().filter(|(role, _)| route.access.admits(*role)) {
            let token = world.session(person);
            let answer =
                world.ask(route.method.clone(), &sample.path, Some(&token), sample.body.as_ref()).await;
            let name = format!("{role} at {} {}", route.method, route.path);
            match sample.outside {
                Outside::Silent => {
                    let shown = FAR_WORDS.iter().find(|word| answer.text.contains(**word));
                    assert_eq!(shown, None, "{name}: {}", answer.text);
                }
                Outside::Absent => {
                    assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"), "{name}");
                }
                Outside::Refused => {
                    assert!((400..500).contains(&answer.status), "{name}: {answer:?}");
                    answer.problem();
                }
            }
        }
    }
}

#[test]
fn the_manual_names_every_route() {
    let manual = include_str!("../../../docs/operations.md");
    for route in routes() {
        let line = format!("`{} {}`", route.method, route.path);
        assert!(manual.contains(&line), "docs/operations.md does not name {line}");
    }
}

#[tokio::test]
async fn every_route_is_listed_once_and_answers_no_other_method() {
    let world = World::new();
    let all = routes();
    for (place, route) in all.iter().enumerate() {
        let again =
            all[place + 1..].iter().any(|other| other.path == route.path && other.method == route.method);
        assert!(!again, "{} {} twice", route.method, route.path);
        let answer = world.ask(Method::PATCH, &sample(&world, route).path, None, None).await;
        assert_eq!(answer.problem(), "method_not_allowed", "{}", route.path);
    }
}
