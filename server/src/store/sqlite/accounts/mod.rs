//! Accounts in SQLite: functions over one connection, called inside the caller's transaction.
//!
//! These tables are a truth of their own: `rebuild` does not touch them.

mod devices;
mod sessions;
mod users;

use rusqlite::Row;
use rusqlite::types::Type;

use crate::accounts::role::Role;
use crate::store::Scope;

pub(crate) use devices::{device_invite, device_list, device_revoke};
pub(crate) use sessions::{session_begin, session_end, session_owner, session_touch};
pub(crate) use users::{credentials, user_add, user_close, user_grant, user_list, user_post};

/// True when an area lies inside; one that does not exist (any more) is inside no subtree but that of everything.
fn inside(scope: &Scope, path: Option<&str>) -> bool {
    scope.covers(path.unwrap_or_default())
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
