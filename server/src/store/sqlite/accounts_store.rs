//! The accounts of `store::accounts` over the functions of `accounts/`.

use super::SqliteStore;
use crate::store::accounts::Accounts;

impl Accounts for SqliteStore {}
