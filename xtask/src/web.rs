//! `cargo xtask web`: the engine as wasm, and the pages around it, into `web/dist`.
//!
//! The bindings are made by wasm-bindgen as a library, because its command line must have the very version of the crate.
//! That library is slow to compile, so it hangs on the feature `bindgen`, and this task starts the tool anew with it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{cargo, debian, root, run};

const PACKAGE: &str = "doorstep-client-wasm";
const MODULE: &str = "doorstep_client_wasm";
const TARGET: &str = "wasm32-unknown-unknown";

/// What the build may leave out.
#[derive(Debug, Default)]
struct Options {
    /// Without optimising: quick, and twice the size.
    quick: bool,
    /// The engine only.
    engine: bool,
}

pub(crate) fn run_task(args: &[String]) -> Result<()> {
    let mut options = Options::default();
    for arg in args {
        match arg.as_str() {
            "--quick" => options.quick = true,
            "--engine" => options.engine = true,
            other => bail!("web knows --quick and --engine, not {other}"),
        }
    }
    clang()?;
    node_modules()?;
    engine(&options)?;
    if !options.engine {
        // What `demo --json` prints is for programs: the build talks beside it.
        run(in_node(&["vite", "build"]).stdout(std::io::stderr()))?;
        embedded_anew()?;
    }
    Ok(())
}

/// SQLite's C becomes wasm by clang alone.
fn clang() -> Result<()> {
    if debian::has("clang") {
        return Ok(());
    }
    debian::install(
        &["clang", "lld"],
        "no clang: install it (`apt-get install clang lld`)\n没有 clang：请安装（apt-get install clang lld）",
    )
}

/// A binary built before there were pages does not notice them: the file that embeds them is as new as they are.
fn embedded_anew() -> Result<()> {
    let embeds = root().join("server/src/http/faces/files.rs");
    let file = fs::File::options().append(true).open(&embeds);
    file.and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .with_context(|| format!("cannot touch {}", embeds.display()))
}

fn engine(options: &Options) -> Result<()> {
    run(Command::new("rustup").args(["target", "add", TARGET]))?;
    let mut build: Vec<String> = Vec::new();
    if options.quick {
        for setting in ["lto=\"off\"", "codegen-units=16", "opt-level=1"] {
            build.extend(["--config".to_owned(), format!("profile.web.{setting}")]);
        }
    }
    cargo(&["build", "--locked", "--profile", "web", "--target", TARGET, "--package", PACKAGE], &build)?;
    let built = target().join(TARGET).join("web").join(format!("{MODULE}.wasm"));
    let out = web().join("src/engine/wasm");
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let paths = [built.display().to_string(), out.display().to_string()];
    cargo(
        &["run", "--quiet", "--locked", "--package", "xtask", "--features", "bindgen", "--", "web-bindings"],
        &paths,
    )?;
    if options.quick {
        return Ok(());
    }
    shrink(&out.join(format!("{MODULE}_bg.wasm")))
}

/// `wasm-opt`: about a tenth less. The features are those of every browser that has the file system this app needs.
fn shrink(file: &Path) -> Result<()> {
    let name = file.display().to_string();
    let features = [
        "--enable-bulk-memory",
        "--enable-bulk-memory-opt",
        "--enable-mutable-globals",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-sign-ext",
        "--enable-multivalue",
    ];
    let mut args = vec!["wasm-opt", "-Os"];
    args.extend(features);
    args.extend(["--strip-debug", "--strip-producers", &name, "-o", &name]);
    npx(&args)
}

/// Installs the packages of the lock file when that is newer than what was installed.
fn node_modules() -> Result<()> {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let (locked, installed) =
        (modified(web().join("package-lock.json")), modified(web().join("node_modules/.package-lock.json")));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-fund", "--no-audit"]).current_dir(web()).stdout(std::io::stderr());
    run(&mut install).context("the web pages need Node.js 20.19 or newer with npm")
}

pub(crate) fn npx(args: &[&str]) -> Result<()> {
    run(&mut in_node(args))
}

fn in_node(args: &[&str]) -> Command {
    let mut command = Command::new("npx");
    command.arg("--no-install").args(args).current_dir(web());
    command
}

/// Whether the pages have been built.
pub(crate) fn is_built() -> bool {
    web().join("dist/index.html").exists()
}

fn web() -> PathBuf {
    root().join("web")
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Makes the JavaScript beside a wasm file. A step of [`run_task`], started with the feature `bindgen`.
#[cfg(feature = "bindgen")]
pub(crate) fn bindings(args: &[String]) -> Result<()> {
    let [built, out] = args else { bail!("web-bindings WASM FOLDER") };
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(built)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(out)
}

#[cfg(not(feature = "bindgen"))]
pub(crate) fn bindings(_: &[String]) -> Result<()> {
    bail!("this step needs the feature `bindgen`: cargo xtask web")
}
