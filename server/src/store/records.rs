//! Records as people see them: lists, one record, its history.

/// Records as people see them: lists, one record, its history.
pub trait Records {}
