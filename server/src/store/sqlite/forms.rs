//! Form versions: publishing and reading packages.

use super::SqliteStore;
use crate::store::forms::Forms;

impl Forms for SqliteStore {}
