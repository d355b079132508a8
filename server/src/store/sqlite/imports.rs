//! Imports: records that come from files instead of phones.

use super::SqliteStore;
use crate::store::imports::Imports;

impl Imports for SqliteStore {}
