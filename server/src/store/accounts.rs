//! Accounts: people, sessions, phones.

use doorstep_protocol::{DeviceId, UserId};

use super::{Scope, StoreError};
use crate::accounts::model::{Credentials, DeviceView, NewUser, UserView};
use crate::accounts::role::Role;

/// A session that is still good.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// What the person may see and do.
    pub scope: Scope,
    /// True when its last request is old enough to be written down again ([`Accounts::session_touch`]).
    pub touch: bool,
}

/// Accounts: people, sessions, phones.
pub trait Accounts {
    /// Adds an account inside the caller's scope.
    fn user_add(&self, scope: &Scope, new: &NewUser) -> Result<UserView, StoreError>;

    /// Accounts that cover anything inside the caller's scope, by name; of their areas only those inside it.
    fn user_list(&self, scope: &Scope) -> Result<Vec<UserView>, StoreError>;

    /// Gives an account the caller may manage another role and other areas inside the caller's scope, instead of those it
    /// had. Its phones leave what is lost and are sent what is gained.
    fn user_grant(
        &self,
        scope: &Scope,
        user: &str,
        role: Role,
        areas: &[String],
        now_ms: i64,
    ) -> Result<UserView, StoreError>;

    /// Says what a person is besides the role (`doctor`, `cadre`...): a word of small letters, digits and `_`; none takes it
    /// away. It only decides whose answer is suggested when people differ.
    fn user_post(&self, scope: &Scope, user: &str, post: Option<&str>) -> Result<(), StoreError>;

    /// Closes an account the caller may manage, for ever: its sessions end, and its phones may only deliver into
    /// quarantine what they had signed.
    fn user_close(&self, scope: &Scope, user: &str, now_ms: i64) -> Result<(), StoreError>;

    /// The scope of an account by its name, for the operator who acts in its name. Closed accounts are not found.
    fn scope_of(&self, name: &str, now_ms: i64) -> Result<Scope, StoreError>;

    /// What is needed to check a sign-in; none for unknown and closed accounts.
    fn credentials(&self, name: &str) -> Result<Option<Credentials>, StoreError>;

    /// Begins a session under the digest of its token.
    fn session_begin(&self, user: UserId, token: &[u8; 32], now_ms: i64) -> Result<Scope, StoreError>;

    /// The session of a token; `sign_in_required` when there is none or it has ended.
    fn session_open(&self, token: &[u8; 32], now_ms: i64) -> Result<OpenSession, StoreError>;

    /// Writes down that a session was used.
    fn session_touch(&self, token: &[u8; 32], now_ms: i64) -> Result<(), StoreError>;

    /// Ends a session; ending it again changes nothing.
    fn session_end(&self, token: &[u8; 32]) -> Result<(), StoreError>;

    /// Stores a one-time code (its digest) for an account the caller may manage; answers the time it ends.
    fn device_invite(
        &self,
        scope: &Scope,
        user: &str,
        code: &[u8; 32],
        now_ms: i64,
    ) -> Result<i64, StoreError>;

    /// Phones of people inside the caller's scope.
    fn device_list(&self, scope: &Scope) -> Result<Vec<DeviceView>, StoreError>;

    /// Revokes a phone of an account the caller may manage; it holds from the next request.
    fn device_revoke(&self, scope: &Scope, device: DeviceId, now_ms: i64) -> Result<(), StoreError>;

    /// The address at which phones reach the server, as it was last served.
    fn server_url(&self) -> Result<Option<String>, StoreError>;

    /// Remembers the address at which phones reach the server.
    fn server_url_set(&self, url: &str) -> Result<(), StoreError>;
}
