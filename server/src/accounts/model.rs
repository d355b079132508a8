//! What the rooms say to each other about people and phones.

use doorstep_protocol::{DeviceId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use super::role::Role;
use crate::language::Said;

/// A session ends after this long without a request, milliseconds.
pub const SESSION_IDLE_MS: i64 = 30 * 60 * 1_000;
/// A session ends this long after it began, milliseconds.
pub const SESSION_LIFE_MS: i64 = 12 * 60 * 60 * 1_000;
/// A session's last request is written down at most this often, milliseconds: not every read is worth an fsync.
pub const SESSION_TOUCH_MS: i64 = 60 * 1_000;
/// Characters of a sign-in name.
pub const USER_NAME_CHARS_MAX: usize = 64;
/// Areas of one account.
pub const USER_AREAS_MAX: usize = 64;

/// An account to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Minted by the caller.
    pub id: UserId,
    /// Sign-in name; unique, case does not matter.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where: each code with everything below it.
    pub areas: Vec<String>,
    /// The password as `accounts::password` hashed it.
    pub password_phc: String,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: i64,
}

/// An account as others see it: only areas inside the viewer's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UserView {
    /// Account.
    pub id: UserId,
    /// Sign-in name.
    pub name: String,
    /// `enumerator`, `supervisor` or `admin`.
    pub role: &'static str,
    /// Area codes.
    pub areas: Vec<String>,
    /// True when the account can no longer be used.
    pub closed: bool,
}

/// A phone as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeviceView {
    /// The phone.
    pub id: DeviceId,
    /// Sign-in name of its user.
    pub user: String,
    /// What it calls itself.
    pub name: String,
    /// Milliseconds since 1970 UTC.
    pub enrolled_ms: i64,
    /// Last contact, milliseconds since 1970 UTC.
    pub last_seen_ms: Option<i64>,
    /// When it was revoked, milliseconds since 1970 UTC.
    pub revoked_ms: Option<i64>,
}

/// What is needed to check a password.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Account.
    pub user: UserId,
    /// Stored hash.
    pub password_phc: String,
}

/// Who stands behind a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOwner {
    /// Account.
    pub user: UserId,
    /// Sign-in name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// True when the session's last request is old enough to be written down again.
    pub touch: bool,
}

/// Why an account command was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Empty, too long, or with control or space characters at its ends.
    #[error("not a sign-in name")]
    Name,
    /// Not a word for a post.
    #[error("not a post")]
    Post,
    /// Somebody has the name.
    #[error("the name is taken")]
    NameTaken,
    /// No area was named, or too many.
    #[error("an account needs 1 to {USER_AREAS_MAX} areas")]
    Areas,
    /// An area does not exist or lies outside the caller's scope: the two look alike.
    #[error("unknown area `{0}`")]
    UnknownArea(String),
    /// Does not exist or lies outside the caller's scope: the two look alike.
    #[error("not found")]
    NotFound,
    /// The caller's role does not reach the other's.
    #[error("the role does not allow this")]
    NotAllowed,
    /// The database failed.
    #[error("storage")]
    Storage(#[from] rusqlite::Error),
}

impl AccountError {
    /// What to do about it, when the kind of problem alone does not tell.
    pub fn said(&self) -> Option<Said> {
        match self {
            AccountError::Name => Some(Said::new(
                format!(
                    "A sign-in name has 1 to {USER_NAME_CHARS_MAX} characters, no control characters and no \
                     space at its ends."
                ),
                format!("用户名应为 1 至 {USER_NAME_CHARS_MAX} 个字符，首尾不得有空格，不得含控制字符。"),
            )),
            AccountError::Post => Some(Said::new(
                "A post is one word of small letters, digits and _, such as doctor.",
                "职务须为小写字母、数字和下划线组成的一个词，如 doctor。",
            )),
            AccountError::NameTaken => {
                Some(Said::new("Somebody has this sign-in name already.", "该用户名已被使用。"))
            }
            AccountError::Areas => Some(Said::new(
                format!("An account needs 1 to {USER_AREAS_MAX} areas (--area CODE)."),
                format!("账号需要 1 至 {USER_AREAS_MAX} 个管辖区划（--area 代码）。"),
            )),
            AccountError::UnknownArea(code) => Some(Said::new(
                format!("No area has the code `{code}`."),
                format!("没有代码为“{code}”的区划。"),
            )),
            AccountError::NotFound | AccountError::NotAllowed | AccountError::Storage(_) => None,
        }
    }
}
