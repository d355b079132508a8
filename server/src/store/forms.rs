//! Form versions: publishing and reading packages.

use doorstep_forms::FormPackage;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Scope, StoreError};

/// A published version in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FormView {
    /// Form id.
    pub form: String,
    /// Version.
    pub version: u32,
    /// Content hash.
    pub hash: String,
    /// True while new records may be made under it.
    pub open: bool,
    /// Milliseconds since 1970 UTC.
    pub published_ms: i64,
    /// Sign-in name of who published it.
    pub by: String,
}

/// What publishing came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PublishedForm {
    /// Form id.
    pub form: String,
    /// Version.
    pub version: u32,
    /// Content hash.
    pub hash: String,
    /// True when the same content was published before: nothing changed.
    pub already: bool,
}

/// Form versions.
pub trait Forms {
    /// The published versions the caller may see.
    fn form_list(&self, scope: &Scope) -> Result<Vec<FormView>, StoreError>;

    /// One published version, as its package.
    fn form_package(&self, scope: &Scope, form: &str, version: u32) -> Result<FormPackage, StoreError>;

    /// Publishes a package that `publish::check` found sound, whatever it changes. People publish through
    /// [`publish::service`](crate::publish::service), which looks at the change first.
    fn form_publish(
        &self,
        scope: &Scope,
        package: &FormPackage,
        now_ms: i64,
    ) -> Result<PublishedForm, StoreError>;
}
