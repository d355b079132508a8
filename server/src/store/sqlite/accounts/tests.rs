use doorstep_protocol::{DeviceId, UserId};
use rusqlite::{Connection, params};

use super::users::user_managed;
use super::*;
use crate::accounts::model::*;
use crate::accounts::role::Role;
use crate::store::FormScope;

const AREAS: &str = "INSERT INTO area (code, level, name_zh, name_en, path) VALUES
  ('99', 'x', '', '', '99/'), ('9911', 'x', '', '', '99/9911/'), ('9912', 'x', '', '', '99/9912/'),
  ('991101', 'x', '', '', '99/9911/991101/'), ('88', 'x', '', '', '88/')";

fn tables() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../schema/0001.sql")).unwrap();
    conn.execute_batch(AREAS).unwrap();
    conn
}

fn scope(user: Option<u8>, role: Role, paths: &[&str]) -> Scope {
    let user = user.map(|id| UserId::from_bytes([id; 16]));
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Scope::new(user, String::new(), role, paths, FormScope::All, 1)
}

fn everything() -> Scope {
    scope(None, Role::Admin, &[""])
}

fn new(id: u8, name: &str, role: Role, areas: &[&str]) -> NewUser {
    NewUser {
        id: UserId::from_bytes([id; 16]),
        name: name.to_owned(),
        role,
        areas: areas.iter().map(|area| (*area).to_owned()).collect(),
        password_phc: format!("phc {id}"),
        at_ms: 0,
    }
}

fn people(conn: &Connection) {
    for user in [
        new(1, "admin", Role::Admin, &["99"]),
        new(2, "supervisor", Role::Supervisor, &["9911"]),
        new(3, "li", Role::Enumerator, &["991101"]),
        new(4, "wang", Role::Enumerator, &["9912"]),
        new(5, "both", Role::Enumerator, &["9911", "9912"]),
        new(6, "far", Role::Enumerator, &["88"]),
    ] {
        user_add(conn, &everything(), &user).unwrap();
    }
}

fn names(users: Vec<UserView>) -> Vec<String> {
    users.into_iter().map(|user| user.name).collect()
}

#[test]
fn an_account_is_added_inside_the_reach_only() {
    let conn = tables();
    let county = scope(None, Role::Admin, &["99/9911/"]);
    let added = user_add(&conn, &county, &new(1, "li", Role::Enumerator, &["991101", "991101"])).unwrap();
    assert_eq!(added.areas, ["991101"]);
    for (areas, wrong) in [(vec!["9912"], "9912"), (vec!["nowhere"], "nowhere"), (vec!["9911", "99"], "99")] {
        let error = user_add(&conn, &county, &new(2, "x", Role::Enumerator, &areas)).unwrap_err();
        assert!(matches!(error, AccountError::UnknownArea(area) if area == wrong));
    }
    let again = user_add(&conn, &county, &new(2, "LI", Role::Enumerator, &["9911"]));
    assert!(matches!(again, Err(AccountError::NameTaken)));
    let none = user_add(&conn, &county, &new(2, "x", Role::Enumerator, &[]));
    assert!(matches!(none, Err(AccountError::Areas)));
    for name in ["", " li", "a\nb", &"字".repeat(65)] {
        let error = user_add(&conn, &county, &new(2, name, Role::Enumerator, &["9911"]));
        assert!(matches!(error, Err(AccountError::Name)), "{name:?}");
    }
}

#[test]
fn the_list_shows_only_what_lies_inside() {
    let conn = tables();
    people(&conn);
    assert_eq!(
        names(user_list(&conn, &everything()).unwrap()),
        ["admin", "both", "far", "li", "supervisor", "wang"]
    );
    let inside = user_list(&conn, &scope(None, Role::Supervisor, &["99/9911/"])).unwrap();
    assert_eq!(inside.iter().find(|user| user.name == "both").unwrap().areas, ["9911"]);
    assert_eq!(names(inside), ["both", "li", "supervisor"]);
}

#[test]
fn managing_needs_the_whole_account_inside_and_below() {
    let conn = tables();
    people(&conn);
    let supervisor = scope(Some(2), Role::Supervisor, &["99/9911/"]);
    assert!(user_managed(&conn, &supervisor, "li").is_ok());
    assert!(user_managed(&conn, &supervisor, "supervisor").is_ok(), "oneself");
    assert!(matches!(user_managed(&conn, &supervisor, "both"), Err(AccountError::NotAllowed)));
    for outside in ["wang", "far", "admin", "nobody"] {
        assert!(
            matches!(user_managed(&conn, &supervisor, outside), Err(AccountError::NotFound)),
            "{outside}"
        );
    }
    let other = scope(None, Role::Supervisor, &["99/"]);
    assert!(matches!(user_managed(&conn, &other, "supervisor"), Err(AccountError::NotAllowed)));
    assert!(matches!(user_managed(&conn, &other, "admin"), Err(AccountError::NotAllowed)));
}

#[test]
fn a_closed_account_and_an_ended_session_open_nothing() {
    let conn = tables();
    people(&conn);
    session_begin(&conn, UserId::from_bytes([3; 16]), &[9; 32], 0).unwrap();
    session_begin(&conn, UserId::from_bytes([4; 16]), &[7; 32], 0).unwrap();
    conn.execute("UPDATE user SET closed = 1 WHERE name = 'li'", []).unwrap();
    assert!(session_owner(&conn, &[9; 32], 1).unwrap().is_none());
    assert!(credentials(&conn, "li").unwrap().is_none());
    assert!(credentials(&conn, "WANG").unwrap().is_some());
    session_end(&conn, &[7; 32]).unwrap();
    session_end(&conn, &[7; 32]).unwrap();
    assert!(session_owner(&conn, &[7; 32], 1).unwrap().is_none());
}

#[test]
fn phones_are_listed_and_revoked_inside_the_reach_only() {
    let conn = tables();
    people(&conn);
    for (device, user) in [(1_u8, 3_u8), (2, 4)] {
        conn.execute(
            "INSERT INTO device (id, public_key, user, name, enrolled_ms) VALUES (?1, x'00', ?2, 'phone', 5)",
            params![[device; 16], [user; 16]],
        )
        .unwrap();
    }
    let supervisor = scope(None, Role::Supervisor, &["99/9911/"]);
    assert_eq!(device_invite(&conn, &supervisor, "li", &[1; 32], 7).unwrap(), 600_007);
    assert!(matches!(device_invite(&conn, &supervisor, "wang", &[2; 32], 7), Err(AccountError::NotFound)));
    let listed = device_list(&conn, &supervisor).unwrap();
    assert_eq!(listed.iter().map(|device| device.user.as_str()).collect::<Vec<_>>(), ["li"]);
    let (near, far) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
    assert!(matches!(device_revoke(&conn, &supervisor, far, 9), Err(AccountError::NotFound)));
    device_revoke(&conn, &supervisor, near, 9).unwrap();
    device_revoke(&conn, &supervisor, near, 11).unwrap();
    assert_eq!(device_list(&conn, &supervisor).unwrap()[0].revoked_ms, Some(9));
}
