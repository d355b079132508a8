//! The dataset: records at their approved heads.

use super::SqliteStore;
use crate::store::dataset::Datasets;

impl Datasets for SqliteStore {}
