//! The cases, one file a room of the store; each is a plain function over a [`Subject`](super::Subject), named once more
//! in [`suite!`](super::suite).

pub(super) mod accounts;
pub(super) mod assigning;
pub(super) mod attaching;
pub(super) mod dataset;
pub(super) mod devices;
pub(super) mod households;
pub(super) mod mapping;
pub(super) mod merging;
pub(super) mod moving;
pub(super) mod placing;
pub(super) mod publishing;
pub(super) mod pulling;
pub(super) mod pushing;
pub(super) mod quarantining;
pub(super) mod reconciling;
pub(super) mod reviewing;
pub(super) mod sampling;
pub(super) mod scopes;
pub(super) mod settings;
