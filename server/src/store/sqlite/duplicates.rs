//! Duplicates: suspects, merging by alias, dismissing.

use super::SqliteStore;
use crate::store::duplicates::Duplicates;

impl Duplicates for SqliteStore {}
