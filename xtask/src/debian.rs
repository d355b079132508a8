//! What a task needs and Debian has: installed where that may be done, else named.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run;

/// Installs `packages` when this is Debian and we are root; elsewhere `say` tells what to do.
pub(crate) fn install(packages: &[&str], say: &str) -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if root && Path::new("/usr/bin/apt-get").exists() {
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        return run(Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages));
    }
    bail!("{say}")
}

/// Whether the path has this program.
pub(crate) fn has(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).exists()))
}
