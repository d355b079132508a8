//! Accounts in SQLite: functions over one connection, called inside the caller's transaction.
//!
//! These tables are a truth of their own: `rebuild` does not touch them.

mod devices;
mod sessions;
mod users;

use doorstep_protocol::UserId;
use rusqlite::Row;
use rusqlite::types::Type;

use crate::accounts::role::Role;

pub(crate) use devices::{device_invite, device_list, device_revoke};
pub(crate) use sessions::{session_begin, session_end, session_owner, session_touch};
pub(crate) use users::{credentials, user_add, user_list, user_managed};

/// How far a caller reaches: role and area subtrees. Area paths end in `/`, so that a prefix is a subtree.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// Who asks; none for the operator at the machine.
    pub(crate) user: Option<UserId>,
    /// The role.
    pub(crate) role: Role,
    /// Paths of the subtrees; the empty path covers everything.
    pub(crate) paths: Vec<String>,
}

impl Reach {
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.paths.iter().any(|own| path.starts_with(own.as_str()))
    }

    /// An area that does not exist (any more) is inside no subtree but that of everything.
    pub(crate) fn covers_opt(&self, path: Option<&str>) -> bool {
        self.covers(path.unwrap_or_default())
    }
}

fn blob16(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 16]> {
    row.get(column)
}

fn role_of(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

#[cfg(test)]
mod tests;
