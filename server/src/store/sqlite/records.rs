//! Records as people see them: lists, one record, its history.

use super::SqliteStore;
use crate::store::records::Records;

impl Records for SqliteStore {}
