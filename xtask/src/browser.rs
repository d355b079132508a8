//! `cargo xtask test --browser`: the faces in a real browser, against real servers.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{cargo, run, web};

/// Where Debian puts its Chromium; `CHROMIUM` names another one.
const CHROMIUM: &str = "/usr/bin/chromium";

/// The configurations of Playwright under `web/`: the app, the form alone, the console, people at all of them.
const PLAYWRIGHT: [&str; 4] = ["playwright.config.ts", "tests/form", "tests/console", "tests/story"];

pub(crate) fn run_task(args: &[String]) -> Result<()> {
    chromium()?;
    // What is tested is what the pages do, not how small they are.
    web::run_task(&["--quick".to_owned()])?;
    let binaries =
        ["build", "--locked", "--bins", "--package", "doorstep", "--package", "doorstep-client-core"];
    cargo(&binaries, &[])?;
    web::npx(&["svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings"])?;
    web::npx(&["prettier", "--check", "."])?;
    web::npx(&["vitest", "run"])?;
    for config in PLAYWRIGHT {
        let mut words = vec!["playwright", "test", "--config", config];
        words.extend(args.iter().map(String::as_str));
        web::npx(&words)?;
    }
    Ok(())
}

/// Installs Chromium from Debian's packages where that may be done; elsewhere says what to do.
fn chromium() -> Result<()> {
    if env::var_os("CHROMIUM").is_some_and(|path| Path::new(&path).exists()) || Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if root && Path::new("/usr/bin/apt-get").exists() {
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        let packages = ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"];
        return run(Command::new("apt-get").args(packages));
    }
    bail!(
        "no Chromium: install it (`apt-get install chromium`), or name one with CHROMIUM=/path/to/chromium\n\
         没有 Chromium：请安装（apt-get install chromium），或用 CHROMIUM=/路径/chromium 指定"
    )
}
