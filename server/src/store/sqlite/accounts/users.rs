//! Accounts and what they cover.

use doorstep_protocol::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{blob16, inside, role_of};
use crate::accounts::model::{
    AccountError, Credentials, NewUser, USER_AREAS_MAX, USER_NAME_CHARS_MAX, UserView,
};
use crate::accounts::role::Role;
use crate::store::Scope;

const AREA_PATH: &str = "SELECT path FROM area WHERE code = ?1";
const NAME_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM user WHERE name = ?1)";
const INSERT_USER: &str =
    "INSERT INTO user (id, name, password_phc, role, closed, created_ms) VALUES (?1, ?2, ?3, ?4, 0, ?5)";
const INSERT_GRANT: &str =
    "INSERT INTO user_grant (user, role, area, form, expires_ms) VALUES (?1, ?2, ?3, NULL, NULL)";
const SET_ROLE: &str = "UPDATE user SET role = ?2 WHERE id = ?1";
const DELETE_GRANTS: &str = "DELETE FROM user_grant WHERE user = ?1";
const CLOSE: &str = "UPDATE user SET closed = 1 WHERE id = ?1";
const END_SESSIONS: &str = "DELETE FROM session WHERE user = ?1 AND kind = 'person'";
const ALL_USERS: &str = "SELECT id, name, role, closed FROM user ORDER BY name";
const USER_BY_NAME: &str = "SELECT id, name, role, closed FROM user WHERE name = ?1";
const GRANTS_OF: &str = "SELECT user_grant.area, area.path FROM user_grant \
     LEFT JOIN area ON area.code = user_grant.area WHERE user_grant.user = ?1 ORDER BY user_grant.area";
const CREDENTIALS: &str = "SELECT id, password_phc FROM user WHERE name = ?1 AND closed = 0";

/// Adds an account inside the caller's scope.
pub(crate) fn user_add(conn: &Connection, scope: &Scope, new: &NewUser) -> Result<UserView, AccountError> {
    let name = new.name.trim();
    let legal = name == new.name
        && !name.is_empty()
        && name.chars().count() <= USER_NAME_CHARS_MAX
        && !name.chars().any(char::is_control);
    if !legal {
        return Err(AccountError::Name);
    }
    let areas = areas_inside(conn, scope, &new.areas)?;
    if conn.query_row(NAME_TAKEN, [name], |row| row.get(0))? {
        return Err(AccountError::NameTaken);
    }
    let id = new.id.to_bytes();
    conn.execute(INSERT_USER, params![id, name, new.password_phc, new.role.name(), new.at_ms])?;
    for code in &areas {
        conn.execute(INSERT_GRANT, params![id, new.role.name(), code])?;
    }
    Ok(UserView { id: new.id, name: name.to_owned(), role: new.role.name(), areas, closed: false })
}

/// Gives an account another role and other areas instead of those it had.
pub(crate) fn user_grant(
    conn: &Connection,
    scope: &Scope,
    user: &str,
    role: Role,
    areas: &[String],
) -> Result<UserView, AccountError> {
    let (id, name) = user_managed(conn, scope, user)?;
    if role > scope.role() || role == scope.role() && !may_raise_to_own(scope, id) {
        return Err(AccountError::NotAllowed);
    }
    let areas = areas_inside(conn, scope, areas)?;
    conn.execute(SET_ROLE, params![id.to_bytes(), role.name()])?;
    conn.execute(DELETE_GRANTS, [id.to_bytes()])?;
    for code in &areas {
        conn.execute(INSERT_GRANT, params![id.to_bytes(), role.name(), code])?;
    }
    Ok(UserView { id, name, role: role.name(), areas, closed: false })
}

/// Whether an account may have the caller's own role: the caller keeps it, and admins make admins.
fn may_raise_to_own(scope: &Scope, user: UserId) -> bool {
    scope.role() == Role::Admin || scope.user() == Some(user)
}

/// Says what a person is besides the role.
pub(crate) fn user_post(
    conn: &Connection,
    scope: &Scope,
    user: &str,
    post: Option<&str>,
) -> Result<(), AccountError> {
    let legal = |post: &str| {
        let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        post.len() <= USER_NAME_CHARS_MAX
            && post.starts_with(|c: char| c.is_ascii_lowercase())
            && post.bytes().all(small)
    };
    if !post.is_none_or(legal) {
        return Err(AccountError::Post);
    }
    let (id, _) = user_managed(conn, scope, user)?;
    conn.execute("UPDATE user SET post = ?2 WHERE id = ?1", params![id.to_bytes(), post])?;
    Ok(())
}

/// Closes an account and ends its sessions; those of its phones stay for what they had signed.
pub(crate) fn user_close(conn: &Connection, scope: &Scope, user: &str) -> Result<UserId, AccountError> {
    let (id, _) = user_managed(conn, scope, user)?;
    conn.execute(CLOSE, [id.to_bytes()])?;
    conn.execute(END_SESSIONS, [id.to_bytes()])?;
    Ok(id)
}

/// The areas by code, each once; all of them must lie inside the scope.
fn areas_inside(conn: &Connection, scope: &Scope, areas: &[String]) -> Result<Vec<String>, AccountError> {
    if areas.is_empty() || areas.len() > USER_AREAS_MAX {
        return Err(AccountError::Areas);
    }
    let mut areas = areas.to_vec();
    areas.sort();
    areas.dedup();
    for code in &areas {
        let path: Option<String> = conn.query_row(AREA_PATH, [code], |row| row.get(0)).optional()?;
        if !path.is_some_and(|path| scope.covers(&path)) {
            return Err(AccountError::UnknownArea(code.clone()));
        }
    }
    Ok(areas)
}

/// Accounts that cover anything inside the caller's scope, by name; of their areas only those inside it.
pub(crate) fn user_list(conn: &Connection, scope: &Scope) -> Result<Vec<UserView>, AccountError> {
    let mut statement = conn.prepare_cached(ALL_USERS)?;
    let users = statement.query_map([], user_row)?.collect::<Result<Vec<_>, _>>()?;
    let mut seen = Vec::new();
    for (id, name, role, closed) in users {
        let areas: Vec<String> = grants(conn, id)?
            .into_iter()
            .filter(|(_, path)| inside(scope, path.as_deref()))
            .map(|(area, _)| area)
            .collect();
        if !areas.is_empty() {
            seen.push(UserView { id, name, role: role.name(), areas, closed });
        }
    }
    Ok(seen)
}

/// An account the caller may manage: it lies wholly inside the caller's scope and below the caller's role (or is the
/// caller). Partly inside is found and not allowed; wholly outside is not found.
pub(crate) fn user_managed(
    conn: &Connection,
    scope: &Scope,
    name: &str,
) -> Result<(UserId, String), AccountError> {
    let (id, name, role, closed) =
        conn.query_row(USER_BY_NAME, [name], user_row).optional()?.ok_or(AccountError::NotFound)?;
    let grants = grants(conn, id)?;
    let inside = grants.iter().filter(|(_, path)| inside(scope, path.as_deref())).count();
    if inside == 0 || closed {
        return Err(AccountError::NotFound);
    }
    let below = role < scope.role() || scope.role() == Role::Admin || scope.user() == Some(id);
    if inside < grants.len() || !below {
        return Err(AccountError::NotAllowed);
    }
    Ok((id, name))
}

/// What is needed to check a sign-in; none for unknown and closed accounts.
pub(crate) fn credentials(conn: &Connection, name: &str) -> Result<Option<Credentials>, AccountError> {
    let found = conn
        .query_row(CREDENTIALS, [name], |row| {
            Ok(Credentials { user: UserId::from_bytes(blob16(row, 0)?), password_phc: row.get(1)? })
        })
        .optional()?;
    Ok(found)
}

type UserRow = (UserId, String, Role, bool);

fn user_row(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok((UserId::from_bytes(blob16(row, 0)?), row.get(1)?, role_of(row, 2)?, row.get(3)?))
}

/// Area codes of an account, each with its path when the area exists.
pub(super) fn grants(conn: &Connection, user: UserId) -> Result<Vec<(String, Option<String>)>, AccountError> {
    let mut statement = conn.prepare_cached(GRANTS_OF)?;
    let rows = statement.query_map([user.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?)
}
