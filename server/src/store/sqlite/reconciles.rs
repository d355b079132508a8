//! Reconciling: the records whose flags, labels and dataset rows must be made again.

use super::SqliteStore;
use crate::store::reconciles::Reconciles;

impl Reconciles for SqliteStore {}
