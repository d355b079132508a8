//! The binary `doorstep`; see the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    doorstep::run(std::env::args_os())
}
