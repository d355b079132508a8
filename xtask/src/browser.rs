//! `cargo xtask test --browser`: the faces in a real browser, against real servers.

use std::env;
use std::path::Path;

use anyhow::Result;

use crate::{cargo, debian, web};

/// Where Debian puts its Chromium; `CHROMIUM` names another one.
const CHROMIUM: &str = "/usr/bin/chromium";

/// The configurations of Playwright under `web/`: the app, the form alone, the console, people at all of them.
const PLAYWRIGHT: [&str; 4] = ["playwright.config.ts", "tests/form", "tests/console", "tests/story"];

/// The binaries that the pages talk to, then the tests.
pub(crate) fn run_task(args: &[String]) -> Result<()> {
    let binaries =
        ["build", "--locked", "--bins", "--package", "doorstep", "--package", "doorstep-client-core"];
    cargo(&binaries, &[])?;
    pages()?;
    tests(args)
}

/// The browser and the pages. What is tested is what the pages do, not how small they are.
pub(crate) fn pages() -> Result<()> {
    chromium()?;
    web::run_task(&["--quick".to_owned()])
}

/// The tests, against the binaries that were built last. A debug build serves the pages that lie in `web/dist` then.
pub(crate) fn tests(args: &[String]) -> Result<()> {
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

/// `cargo xtask screenshots`: the pictures of the README, of the demonstration, into `docs/pictures`.
pub(crate) fn screenshots(args: &[String]) -> Result<()> {
    chromium()?;
    if !web::is_built() {
        web::run_task(&["--quick".to_owned()])?;
    }
    cargo(&["build", "--release", "--locked", "--package", "doorstep"], &[])?;
    let mut words = vec!["playwright", "test", "--config", "tests/pictures"];
    words.extend(args.iter().map(String::as_str));
    web::npx(&words)
}

/// Installs Chromium from Debian's packages where that may be done; elsewhere says what to do.
fn chromium() -> Result<()> {
    if env::var_os("CHROMIUM").is_some_and(|path| Path::new(&path).exists()) || Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    debian::install(
        &["chromium", "fonts-noto-cjk"],
        "no Chromium: install it (`apt-get install chromium`), or name one with CHROMIUM=/path/to/chromium\n\
         没有 Chromium：请安装（apt-get install chromium），或用 CHROMIUM=/路径/chromium 指定",
    )
}
