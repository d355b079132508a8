//! The administrative tree: importing and listing areas.

use super::SqliteStore;
use crate::store::areas::Areas;

impl Areas for SqliteStore {}
