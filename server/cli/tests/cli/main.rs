//! The real binary: its commands on fresh data folders, beside a running server, and with wrong input.

mod backup;
mod commands;
mod documents;
mod household;
mod ledger;
mod mapping;
mod print;
mod publishing;
mod quarantine;
mod supervision;
mod support;
mod survey;
mod verify;
mod wrong_input;
mod wrong_words;
mod xlsform;
