//! Reviews: the queue, decisions on exact heads, comments, waivers.

use super::SqliteStore;
use crate::store::reviews::Reviews;

impl Reviews for SqliteStore {}
