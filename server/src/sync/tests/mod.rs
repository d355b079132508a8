//! Sync over a real store in a folder of its own.

mod backups;
mod faults;
mod pulling;
mod pushing;
mod rebuilding;
mod scopes;
mod waiting;
mod wire;
mod world;
