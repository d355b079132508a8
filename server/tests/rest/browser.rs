//! A session in a browser: its cookie, and what a change must show.

use axum::body::Body;
use axum::http::{Method, Request, header};
use doorstep_server::accounts::model::{NewUser, SESSION_IDLE_MS};
use doorstep_server::accounts::password::Passwords;
use doorstep_server::accounts::role::Role;
use doorstep_server::store::accounts::Accounts;
use serde_json::json;

use crate::support::{Answer, BEGIN_MS, World};

const HERE: &str = "http://localhost:7640";
const TLS: &str = "https://survey.example";

/// A browser that shows a page of one origin.
struct Browser<'a> {
    world: &'a World,
    origin: Option<&'a str>,
    host: &'a str,
    cookie: String,
    word: Option<String>,
}

impl Browser<'_> {
    fn at<'a>(world: &'a World, origin: &'a str) -> Browser<'a> {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        Browser { world, origin: Some(origin), host, cookie: String::new(), word: None }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&serde_json::Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, self.host);
        if let Some(origin) = self.origin {
            request = request.header(header::ORIGIN, origin);
        }
        if !self.cookie.is_empty() {
            request = request.header(header::COOKIE, &self.cookie);
        }
        if let Some(word) = &self.word {
            request = request.header("x-doorstep-page", word);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.world.send(request.body(body).expect("request")).await
    }

    async fn sign_in(&mut self) -> Answer {
        let body = json!({ "name": "zhao", "password": "correct horse", "cookie": true });
        let answer = self.ask(Method::POST, "/api/v1/sessions", Some(&body)).await;
        if answer.status == 201 {
            let set = answer.headers[header::SET_COOKIE].to_str().expect("text");
            self.cookie = set.split(';').next().expect("a pair").to_owned();
            self.word = answer.json()["page"].as_str().map(str::to_owned);
        }
        answer
    }

    /// Any change.
    async fn change(&self) -> Answer {
        self.ask(Method::POST, "/api/v1/invites", Some(&json!({ "user": "enumerator" }))).await
    }
}

fn world() -> World {
    let world = World::new();
    let new = NewUser {
        id: doorstep_protocol::UserId::from_bytes([9; 16]),
        name: "zhao".to_owned(),
        role: Role::Supervisor,
        areas: vec!["9911".to_owned()],
        password_phc: Passwords::default().hash("correct horse", [1; 16]).expect("hash"),
        at_ms: BEGIN_MS,
    };
    world.store.user_add(&world.store.operator_scope(), &new).expect("user");
    world
}

#[tokio::test]
async fn the_token_lies_in_a_cookie_that_fits_the_connection() {
    let world = world();
    for (origin, begins, secure) in [(HERE, "doorstep=", false), (TLS, "__Host-doorstep=", true)] {
        let mut browser = Browser::at(&world, origin);
        let answer = browser.sign_in().await;
        let set = answer.headers[header::SET_COOKIE].to_str().expect("text").to_owned();
        assert!(set.starts_with(begins), "{set}");
        for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
            assert!(set.contains(word), "{set}");
        }
        assert_eq!((set.contains("Secure"), set.contains("Domain")), (secure, false), "{set}");
        let token = browser.cookie.split_once('=').expect("a pair").1;
        assert!(!answer.text.contains(token) && answer.json().get("token").is_none(), "{}", answer.text);
        assert_eq!(browser.change().await.status, 201);
        browser.word = None;
        let me = browser.ask(Method::GET, "/api/v1/sessions", None).await.json();
        assert_eq!((&me["user"]["name"], me["page"].as_str().map(str::len)), (&json!("zhao"), Some(43)));
        browser.word = me["page"].as_str().map(str::to_owned);
        assert_eq!(browser.change().await.status, 201);
    }
}

#[tokio::test]
async fn no_cookie_begins_over_plain_http_or_from_another_page() {
    let world = world();
    let plain = Browser::at(&world, "http://survey.example").sign_in().await;
    assert_eq!((plain.status, plain.problem().as_str()), (403, "not_allowed"));
    assert!(plain.json()["detail"].as_str().is_some_and(|why| why.contains("https")));
    let mut other = Browser::at(&world, HERE);
    other.origin = Some("https://evil.example");
    assert_eq!(other.sign_in().await.problem(), "not_allowed");
    other.origin = None;
    assert_eq!(other.sign_in().await.problem(), "not_allowed");
}

#[tokio::test]
async fn a_change_shows_that_our_page_asked_for_it() {
    let world = world();
    let mut browser = Browser::at(&world, TLS);
    browser.sign_in().await;
    let word = browser.word.clone();
    let mut elsewhere = Browser::at(&world, TLS);
    elsewhere.sign_in().await;
    for wrong in [None, Some(String::new()), Some("A".repeat(43)), elsewhere.word.clone()] {
        browser.word = wrong;
        assert_eq!(browser.change().await.problem(), "not_allowed");
    }
    browser.word = word;
    for origin in [None, Some("null"), Some("https://evil.example"), Some("https://survey.example.evil")] {
        browser.origin = origin;
        assert_eq!(browser.change().await.problem(), "not_allowed", "{origin:?}");
        assert_eq!(browser.ask(Method::GET, "/api/v1/areas", None).await.status, 200, "reading is no change");
    }
    // Behind a proxy that names itself, the operator's address counts.
    browser.origin = Some(TLS);
    browser.host = "10.0.0.7:8080";
    assert_eq!(browser.change().await.problem(), "not_allowed");
    world.store.server_url_set("https://survey.example/").expect("url");
    assert_eq!(browser.change().await.status, 201);
}

#[tokio::test]
async fn a_cookie_without_the_prefix_counts_on_this_machine_only() {
    let world = world();
    let mut browser = Browser::at(&world, HERE);
    browser.sign_in().await;
    assert_eq!(browser.ask(Method::GET, "/api/v1/areas", None).await.status, 200);
    browser.host = "survey.example";
    assert_eq!(browser.ask(Method::GET, "/api/v1/areas", None).await.problem(), "sign_in_required");
}

#[tokio::test]
async fn signing_out_and_idling_end_it() {
    let world = world();
    let mut browser = Browser::at(&world, HERE);
    browser.sign_in().await;
    let out = browser.ask(Method::DELETE, "/api/v1/sessions", None).await;
    let cookies: Vec<_> = out.headers.get_all(header::SET_COOKIE).iter().collect();
    assert_eq!((out.status, cookies.len()), (204, 2));
    assert!(cookies.iter().all(|cookie| cookie.to_str().is_ok_and(|text| text.contains("Max-Age=0"))));
    assert_eq!(browser.ask(Method::GET, "/api/v1/areas", None).await.problem(), "sign_in_required");
    browser.sign_in().await;
    world.clock.forward(SESSION_IDLE_MS);
    assert_eq!(browser.ask(Method::GET, "/api/v1/sessions", None).await.problem(), "sign_in_required");
}

#[tokio::test]
async fn pages_carry_their_policy_and_answers_are_no_pages() {
    let world = world();
    let browser = Browser::at(&world, HERE);
    for (path, policy) in
        [("/", "script-src 'self' 'wasm-unsafe-eval'"), ("/api/v1/areas", "default-src 'none'")]
    {
        let answer = browser.ask(Method::GET, path, None).await;
        let said =
            |name| answer.headers.get(name).map_or("", |value| value.to_str().expect("text")).to_owned();
        let found = said(header::CONTENT_SECURITY_POLICY);
        assert!(found.starts_with("default-src 'none'") && found.contains(policy), "{path}: {found}");
        assert!(found.contains("frame-ancestors 'none'"), "{path}: {found}");
        assert_eq!(said(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(said(header::REFERRER_POLICY), "same-origin");
        assert_eq!(said(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
    }
}
