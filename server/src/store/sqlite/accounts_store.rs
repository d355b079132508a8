//! The accounts of `store::accounts` over the functions of `accounts/`.

use doorstep_protocol::{DeviceId, ProblemKind, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::scopes::{scope_now, scope_refresh};
use super::{SqliteStore, accounts};
use crate::accounts::model::{Credentials, DeviceView, NewUser, UserView};
use crate::accounts::role::Role;
use crate::store::accounts::{Accounts, OpenSession};
use crate::store::{Scope, StoreError};

const URL_KEY: &str = "server_url";
const META: &str = "SELECT value FROM meta WHERE key = ?1";
const META_SET: &str =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

impl SqliteStore {
    /// The scope of a person whose grants changed by time alone: written down first.
    fn scope_again(&self, user: UserId, now_ms: i64) -> Result<Scope, StoreError> {
        self.write(move |conn| refreshed(conn, user, now_ms))
    }
}

fn refreshed(conn: &Connection, user: UserId, now_ms: i64) -> Result<Scope, StoreError> {
    scope_refresh(conn, user, now_ms)?;
    scope_now(conn, user, now_ms)?.ok_or(StoreError::Damaged("a scope that cannot be read back"))
}

impl Accounts for SqliteStore {
    fn user_add(&self, scope: &Scope, new: &NewUser) -> Result<UserView, StoreError> {
        let (scope, new) = (scope.clone(), new.clone());
        self.write(move |conn| {
            let user = accounts::user_add(conn, &scope, &new)?;
            scope_refresh(conn, new.id, new.at_ms)?;
            Ok(user)
        })
    }

    fn user_grant(
        &self,
        scope: &Scope,
        user: &str,
        role: Role,
        areas: &[String],
        now_ms: i64,
    ) -> Result<UserView, StoreError> {
        let (scope, user, areas) = (scope.clone(), user.to_owned(), areas.to_vec());
        self.write(move |conn| {
            let changed = accounts::user_grant(conn, &scope, &user, role, &areas)?;
            scope_refresh(conn, changed.id, now_ms)?;
            Ok(changed)
        })
    }

    fn user_close(&self, scope: &Scope, user: &str, now_ms: i64) -> Result<(), StoreError> {
        let (scope, user) = (scope.clone(), user.to_owned());
        self.write(move |conn| {
            let closed = accounts::user_close(conn, &scope, &user)?;
            scope_refresh(conn, closed, now_ms)?;
            Ok(())
        })
    }

    fn user_post(&self, scope: &Scope, user: &str, post: Option<&str>) -> Result<(), StoreError> {
        let (scope, user, post) = (scope.clone(), user.to_owned(), post.map(str::to_owned));
        self.write(move |conn| Ok(accounts::user_post(conn, &scope, &user, post.as_deref())?))
    }

    fn user_list(&self, scope: &Scope) -> Result<Vec<UserView>, StoreError> {
        self.read(|conn| Ok(accounts::user_list(conn, scope)?))
    }

    fn scope_of(&self, name: &str, now_ms: i64) -> Result<Scope, StoreError> {
        let (user, scope) = self.read(|conn| {
            let found = accounts::credentials(conn, name)?.ok_or(StoreError::NotFound)?;
            Ok((found.user, scope_now(conn, found.user, now_ms)?))
        })?;
        scope.map_or_else(|| self.scope_again(user, now_ms), Ok)
    }

    fn credentials(&self, name: &str) -> Result<Option<Credentials>, StoreError> {
        self.read(|conn| Ok(accounts::credentials(conn, name)?))
    }

    fn session_begin(&self, user: UserId, token: &[u8; 32], now_ms: i64) -> Result<Scope, StoreError> {
        let token = *token;
        self.write(move |conn| {
            accounts::session_begin(conn, user, &token, now_ms)?;
            refreshed(conn, user, now_ms)
        })
    }

    fn session_open(&self, token: &[u8; 32], now_ms: i64) -> Result<OpenSession, StoreError> {
        let (owner, scope) = self.read(|conn| {
            let owner = accounts::session_owner(conn, token, now_ms)?
                .ok_or(StoreError::refused(ProblemKind::SignInRequired))?;
            let scope = scope_now(conn, owner.user, now_ms)?;
            Ok((owner, scope))
        })?;
        let scope = scope.map_or_else(|| self.scope_again(owner.user, now_ms), Ok)?;
        Ok(OpenSession { scope, touch: owner.touch })
    }

    fn session_touch(&self, token: &[u8; 32], now_ms: i64) -> Result<(), StoreError> {
        let token = *token;
        self.write(move |conn| Ok(accounts::session_touch(conn, &token, now_ms)?))
    }

    fn session_end(&self, token: &[u8; 32]) -> Result<(), StoreError> {
        let token = *token;
        self.write(move |conn| Ok(accounts::session_end(conn, &token)?))
    }

    fn device_invite(
        &self,
        scope: &Scope,
        user: &str,
        code: &[u8; 32],
        now_ms: i64,
    ) -> Result<i64, StoreError> {
        let (scope, user, code) = (scope.clone(), user.to_owned(), *code);
        self.write(move |conn| Ok(accounts::device_invite(conn, &scope, &user, &code, now_ms)?))
    }

    fn device_list(&self, scope: &Scope) -> Result<Vec<DeviceView>, StoreError> {
        self.read(|conn| Ok(accounts::device_list(conn, scope)?))
    }

    fn device_revoke(&self, scope: &Scope, device: DeviceId, now_ms: i64) -> Result<(), StoreError> {
        let scope = scope.clone();
        self.write(move |conn| Ok(accounts::device_revoke(conn, &scope, device, now_ms)?))
    }

    fn server_url(&self) -> Result<Option<String>, StoreError> {
        self.read(|conn| {
            let url: Option<Vec<u8>> = conn.query_row(META, [URL_KEY], |row| row.get(0)).optional()?;
            url.map(|bytes| String::from_utf8(bytes).map_err(|_| StoreError::Damaged("the server's address")))
                .transpose()
        })
    }

    fn server_url_set(&self, url: &str) -> Result<(), StoreError> {
        let url = url.to_owned();
        self.write(move |conn| {
            conn.execute(META_SET, params![URL_KEY, url.as_bytes()])?;
            Ok(())
        })
    }
}
