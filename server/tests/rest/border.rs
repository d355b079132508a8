//! What every route shares: problems, languages, limits, request ids.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use doorstep_protocol::version::MEDIA_TYPE;
use doorstep_protocol::{Problem, frame, limits};
use serde_json::json;
use tower::ServiceExt;

use crate::support::World;

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_in_both_languages() {
    let world = World::new();
    let nowhere = world.ask(Method::GET, "/api/v1/nowhere", None, None).await;
    assert_eq!((nowhere.status, nowhere.problem().as_str()), (404, "not_found"));
    let method = world.ask(Method::PUT, "/api/v1/areas", None, None).await;
    assert_eq!((method.status, method.problem().as_str()), (405, "method_not_allowed"));
    assert!(method.headers.contains_key(header::ALLOW));
    let request = Request::builder().uri("/nowhere").header(header::ACCEPT_LANGUAGE, "zh-CN,en;q=0.5");
    let zh = world.send(request.body(Body::empty()).expect("request")).await;
    assert_eq!(zh.json()["title"], "未找到。");
    assert_eq!(zh.headers[header::CONTENT_LANGUAGE], "zh");
}

#[tokio::test]
async fn every_answer_carries_its_request_id_and_is_not_stored() {
    let world = World::new();
    for path in ["/api/v1/areas", "/nowhere"] {
        let answer = world.ask(Method::GET, path, None, None).await;
        let id = answer.headers["x-request-id"].to_str().expect("text").to_owned();
        assert!(answer.json()["instance"].as_str().is_some_and(|instance| instance.ends_with(&id)));
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[tokio::test]
async fn wrong_bodies_are_told_and_nothing_of_them_is_echoed_by_faults_of_ours() {
    let world = World::new();
    let admin = world.session(1);
    let post = |kind: &str, body: &str| {
        Request::post("/api/v1/users")
            .header(header::AUTHORIZATION, format!("Bearer {admin}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .expect("request")
    };
    let cases = [
        ("application/json", "{", 400, "bad_request"),
        ("application/json", "", 400, "bad_request"),
        ("application/json", r#"{"name":"a","name":"b"}"#, 400, "bad_request"),
        ("application/json", r#"{"name":1}"#, 422, "invalid"),
        (
            "application/json",
            r#"{"name":"x","role":"king","areas":["9911"],"password":"long enough"}"#,
            422,
            "invalid",
        ),
        (
            "application/json",
            r#"{"name":"x","role":"admin","areas":["9911"],"password":"short"}"#,
            422,
            "invalid",
        ),
        (
            "application/json",
            r#"{"name":"x","role":"admin","areas":["9911"],"password":"long enough","x":1}"#,
            422,
            "invalid",
        ),
        ("text/plain", "{}", 415, "unsupported_media"),
    ];
    for (kind, body, status, problem) in cases {
        let answer = world.send(post(kind, body)).await;
        assert_eq!((answer.status, answer.problem().as_str()), (status, problem), "{body}");
    }
    let pointer = world.send(post("application/json", r#"{"name":1}"#)).await.json();
    assert_eq!(pointer["violations"][0]["pointer"], "/name");
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(world.send(post("application/json", &deep)).await.problem(), "bad_request");
}

#[tokio::test]
async fn too_much_is_413_and_a_long_address_is_refused() {
    let world = World::new();
    let body = json!({ "name": "x".repeat(1024 * 1024), "password": "y" });
    let big = world.ask(Method::POST, "/api/v1/sessions", None, Some(&body)).await;
    assert_eq!((big.status, big.problem().as_str()), (413, "too_large"));
    let long = world.ask(Method::GET, &format!("/api/v1/areas?x={}", "y".repeat(3_000)), None, None).await;
    assert_eq!((long.status, long.problem().as_str()), (400, "bad_request"));
}

#[tokio::test]
async fn unknown_query_words_are_told() {
    let world = World::new();
    let supervisor = world.session(2);
    for query in ["colour=red", "state=lost", "limit=many", "after=x"] {
        let answer =
            world.ask(Method::GET, &format!("/api/v1/records?{query}"), Some(&supervisor), None).await;
        assert_eq!((answer.status, answer.problem().as_str()), (400, "bad_request"), "{query}");
    }
}

#[tokio::test]
async fn devices_are_answered_in_their_own_media_type() {
    let world = World::new();
    let cases = [
        (Method::GET, "/sync/v1/push", Vec::new(), 405),
        (Method::POST, "/sync/v1/nowhere", Vec::new(), 404),
        (Method::POST, "/sync/v1/push", vec![0; limits::BODY_BYTES + 1], 413),
        (Method::POST, "/sync/v1/push", vec![0; 100], 401),
    ];
    for (method, path, body, status) in cases {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, MEDIA_TYPE);
        let response = world.router.clone().oneshot(request.body(Body::from(body)).expect("request")).await;
        let response = response.expect("infallible");
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
        let body = to_bytes(response.into_body(), 64 * 1024).await.expect("body");
        let problem: Problem = frame::decode(&body).expect("a problem");
        assert_eq!(problem.status, status);
    }
}
