//! Duplicates: the same household registered twice, the same check entered twice.
//!
//! Two records are one when the same normalised identity number stands in both (register forms), or when the key a form
//! declares is equal (event forms): a *certain* pair. A pair is a *candidate* when two people in them are alike in name,
//! birth, place or number, though no number is the same (`compare`). Whom a person is compared with at all is told by a
//! few keys (`block`): never everybody with everybody. Both are evidence, not a decision: a supervisor merges or dismisses.
//! A merge alters no document. It makes one record another name of the other, and both are read as one.

pub mod block;
pub mod card;
pub mod compare;
pub mod identity;
pub mod model;
pub mod name;
pub mod person;
pub mod template;
pub mod unite;
