//! What the end-to-end tests share: the real binaries, a running server, commands with their output.

pub mod binaries;
