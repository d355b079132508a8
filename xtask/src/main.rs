//! Developer tasks: `cargo xtask <task>`.
//!
//! Tasks only start other programs of this workspace; rules live there. Keep this crate quick to compile: it is the
//! first thing a newcomer waits for.

mod browser;
mod debian;
mod fuzz;
mod mutants;
mod web;

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context, Result, bail};

/// The tests that need no browser.
const WORKSPACE: [&str; 3] = ["test", "--workspace", "--locked"];

const USAGE: &str = "\
cargo xtask <task>

  demo [ARGS]    build the release binary and run `doorstep demo ARGS` (--once --json --lang zh|en --listen ADDR)
                 编译并运行演示
  test           every test: those of the workspace, then those in a real browser (needs clang, Node.js and Chromium)
                 运行全部测试，包括真实浏览器中的测试
  test ARGS      some tests of the workspace: `cargo test --workspace ARGS`
                 运行部分测试
  test --browser [ARGS]
                 the faces in a real browser against real servers alone: `playwright test ARGS`
                 只在真实浏览器中测试页面
  lint           rustfmt and clippy, warnings are errors
                 检查格式与代码规范
  wasm           check the crates a browser runs for wasm32-unknown-unknown (needs clang)
                 检查浏览器端编译
  web [--quick] [--engine]
                 the app and the console for browsers, into web/dist (needs clang and Node.js); the engine alone
                 构建浏览器端页面
  screenshots    the pictures of the README, of the demonstration, into docs/pictures (needs what `web` needs, and Chromium)
                 重新生成 README 中的截图
  fuzz [TARGET] [--seconds N] [--build]
                 the fuzz targets of `fuzz/`, one or all, an hour each, or only built (docs/fuzzing.md)
                 模糊测试
  bench [ARGS]   release build, aims and ratios of docs/performance.md (--records N --large --growth --json)
                 测量速度
  simulate [ARGS] release build, surveys under faults from seeds (--seed N --schedules K --steps S --json)
                 在各种故障下模拟调查
  mutants [NAME]  plant each known fault and see that its test finds it
                 逐个植入已知缺陷，检查测试能否发现
";

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let task = args.next();
    let rest: Vec<String> = args.collect();
    let outcome = match task.as_deref() {
        Some("demo") => demo(&rest),
        Some("test") => test(&rest),
        Some("lint") => lint(),
        Some("wasm") => wasm(),
        Some("web") => web::run_task(&rest),
        Some("screenshots") => browser::screenshots(&rest),
        Some("web-bindings") => web::bindings(&rest),
        Some("fuzz") => fuzz::run(&rest),
        Some("bench") => bench(&rest),
        Some("simulate") => simulate(&rest),
        Some("mutants") => mutants::run(&rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo(args: &[String]) -> Result<()> {
    // The town is the same without pages: what they lack must not keep anybody from seeing it.
    if !web::is_built()
        && let Err(error) = web::run_task(&["--quick".to_owned()])
    {
        eprintln!("xtask: the pages are not built, the demo goes on without them: {error:#}");
        eprintln!("xtask: 网页未能构建，演示继续，但没有网页");
    }
    cargo(&["run", "--release", "--locked", "--package", "doorstep", "--", "demo"], args)
}

fn test(args: &[String]) -> Result<()> {
    match args.split_first() {
        None => every_test(),
        Some((browser, rest)) if browser == "--browser" => browser::run_task(rest),
        Some(_) => cargo(&WORKSPACE, args),
    }
}

/// The workspace's tests wait for disks more than they compute: the pages are built beside them.
fn every_test() -> Result<()> {
    cargo(&WORKSPACE, &["--no-run".to_owned()])?;
    thread::scope(|scope| {
        let pages = scope.spawn(browser::pages);
        let tests = cargo(&WORKSPACE, &[]);
        let pages = pages.join().unwrap_or_else(|_| bail!("building the pages panicked"));
        tests.and(pages)
    })?;
    browser::tests(&[])
}

fn lint() -> Result<()> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"], &[])
}

fn wasm() -> Result<()> {
    run(Command::new("rustup").args(["target", "add", "wasm32-unknown-unknown"]))?;
    let check = ["check", "--locked", "--target", "wasm32-unknown-unknown", "--package"];
    for package in ["doorstep-forms", "doorstep-records", "doorstep-protocol", "doorstep-client-wasm"] {
        cargo(&check, &[package.to_owned()])?;
    }
    cargo(&check, &["doorstep-client-core".to_owned(), "--no-default-features".to_owned()])
}

fn bench(args: &[String]) -> Result<()> {
    cargo(&["bench", "--locked", "--package", "doorstep-tests", "--bench", "aims", "--"], args)
}

fn simulate(args: &[String]) -> Result<()> {
    let run = ["run", "--release", "--locked", "--package", "doorstep-tests", "--bin", "simulate", "--"];
    cargo(&run, args)
}

fn cargo(fixed: &[&str], more: &[String]) -> Result<()> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(program).args(fixed).args(more))
}

fn run(command: &mut Command) -> Result<()> {
    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
