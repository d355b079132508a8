//! The rooms of review over a real database: what was pushed is judged, decided, counted, and made again from the log.

mod approving;
mod candidates;
mod datasets;
mod editing;
mod merging;
mod past;
mod reconciling;
mod scopes;
mod world;
