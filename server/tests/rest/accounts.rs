//! Signing in and out, and what sessions allow.

use axum::http::Method;
use doorstep_server::accounts::model::{NewUser, SESSION_IDLE_MS};
use doorstep_server::accounts::password::Passwords;
use doorstep_server::accounts::role::Role;
use doorstep_server::store::accounts::Accounts;
use serde_json::json;

use crate::support::{BEGIN_MS, World};

fn with_password(world: &World) {
    let new = NewUser {
        id: doorstep_protocol::UserId::from_bytes([9; 16]),
        name: "zhao".to_owned(),
        role: Role::Supervisor,
        areas: vec!["9911".to_owned()],
        password_phc: Passwords::default().hash("correct horse", [1; 16]).expect("hash"),
        at_ms: BEGIN_MS,
    };
    world.store.user_add(&world.store.operator_scope(), &new).expect("user");
}

#[tokio::test]
async fn a_session_begins_with_the_password_and_ends_when_told() {
    let world = World::new();
    with_password(&world);
    let body = json!({ "name": "zhao", "password": "correct horse" });
    let begun = world.ask(Method::POST, "/api/v1/sessions", None, Some(&body)).await;
    assert_eq!(begun.status, 201);
    let token = begun.json()["token"].as_str().expect("token").to_owned();
    assert_eq!(begun.json()["user"]["role"], "supervisor");
    assert_eq!(world.ask(Method::GET, "/api/v1/areas", Some(&token), None).await.status, 200);
    assert_eq!(world.ask(Method::DELETE, "/api/v1/sessions", Some(&token), None).await.status, 204);
    let after = world.ask(Method::GET, "/api/v1/areas", Some(&token), None).await;
    assert_eq!((after.status, after.problem().as_str()), (401, "sign_in_required"));
}

#[tokio::test]
async fn an_idle_session_ends() {
    let world = World::new();
    let token = world.session(2);
    world.clock.forward(SESSION_IDLE_MS - 1);
    assert_eq!(world.ask(Method::GET, "/api/v1/areas", Some(&token), None).await.status, 200);
    world.clock.forward(SESSION_IDLE_MS - 1);
    assert_eq!(world.ask(Method::GET, "/api/v1/areas", Some(&token), None).await.status, 200);
    world.clock.forward(SESSION_IDLE_MS);
    assert_eq!(world.ask(Method::GET, "/api/v1/areas", Some(&token), None).await.status, 401);
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_alike_and_are_slowed_down() {
    let world = World::new();
    with_password(&world);
    let mut answers = Vec::new();
    for name in ["zhao", "nobody"] {
        for turn in 0..7 {
            let body = json!({ "name": name, "password": "wrong" });
            let answer = world.ask(Method::POST, "/api/v1/sessions", None, Some(&body)).await;
            let wait =
                answer.headers.get("retry-after").map(|value| value.to_str().expect("text").to_owned());
            answers.push((turn, answer.status, answer.problem(), wait));
        }
    }
    assert_eq!(answers[..7], answers[7..], "a name that exists answers like one that does not");
    assert_eq!((answers[5].1, answers[6].1), (401, 429));
    assert_eq!(answers[6].3.as_deref(), Some("2"));
    world.clock.forward(2_000);
    let body = json!({ "name": "zhao", "password": "correct horse" });
    assert_eq!(world.ask(Method::POST, "/api/v1/sessions", None, Some(&body)).await.status, 201);
}

#[tokio::test]
async fn an_invitation_is_a_code_for_people_one_may_manage() {
    let world = World::new();
    let supervisor = world.session(2);
    let body = json!({ "user": "enumerator" });
    let invited = world.ask(Method::POST, "/api/v1/invites", Some(&supervisor), Some(&body)).await;
    assert_eq!(invited.status, 201);
    let invited = invited.json();
    assert_eq!(invited["expires_ms"], BEGIN_MS + 600_000);
    assert_eq!(invited["code"].as_str().map(|code| code.replace('-', "").len()), Some(26));
    for (user, status) in [("outsider", 404), ("nobody", 404), ("admin", 403)] {
        let body = json!({ "user": user });
        let refused = world.ask(Method::POST, "/api/v1/invites", Some(&supervisor), Some(&body)).await;
        assert_eq!(refused.status, status, "{user}");
    }
}

#[tokio::test]
async fn an_admin_adds_accounts_below_the_own_areas_only() {
    let world = World::new();
    let admin = world.session(1);
    let user = |name: &str, area: &str| json!({ "name": name, "role": "enumerator", "areas": [area], "password": "long enough" });
    let added = world.ask(Method::POST, "/api/v1/users", Some(&admin), Some(&user("li", "9911"))).await;
    assert_eq!((added.status, &added.json()["areas"]), (201, &json!(["9911"])));
    let taken = world.ask(Method::POST, "/api/v1/users", Some(&admin), Some(&user("LI", "9911"))).await;
    assert_eq!((taken.status, taken.problem().as_str()), (409, "conflict"));
    let outside = world.ask(Method::POST, "/api/v1/users", Some(&admin), Some(&user("x", "9912"))).await;
    let nowhere = world.ask(Method::POST, "/api/v1/users", Some(&admin), Some(&user("x", "9913"))).await;
    assert_eq!((outside.status, nowhere.status), (422, 422));
    assert_eq!(
        outside.text.replace("9912", ""),
        nowhere.text.replace("9913", "").replace(
            nowhere.headers["x-request-id"].to_str().expect("text"),
            outside.headers["x-request-id"].to_str().expect("text"),
        )
    );
}
