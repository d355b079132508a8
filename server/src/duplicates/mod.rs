//! Duplicates: the same household registered twice, the same check entered twice.
//!
//! Two records are one when the same normalised identity number stands in both (register forms), or when the key a form
//! declares is equal (event forms). That is evidence, not a decision: a supervisor merges or dismisses. A merge alters
//! no document. It makes one record another name of the other, and both are read as one.

pub mod identity;
pub mod model;
pub mod template;
pub mod unite;
