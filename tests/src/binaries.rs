//! The real binaries, built as a person would build them, and processes that end with the test that began them.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

/// Folder of `doorstep` and `doorstep-device`, built in the profile of the tests.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build().expect("the binaries build"))
}

fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "doorstep",
            "--package",
            "doorstep-client-core",
            "--bins",
        ])
        .current_dir(root())
        .status()?;
    if !status.success() {
        bail!("cargo build ended with {status}");
    }
    // target/<profile>/deps/<test> -> target/<profile>
    let test = std::env::current_exe()?;
    let folder =
        test.parent().and_then(Path::parent).context("a test binary lies in target/<profile>/deps")?;
    Ok(folder.to_owned())
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a command line of one of the two binaries in `folder` and waits for it.
pub fn run(words: &[String], in_folder: &Path) -> Result<Output> {
    let (program, args) = words.split_first().context("an empty command line")?;
    Command::new(folder().join(program))
        .args(args)
        .current_dir(in_folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {program}"))
}

/// A server process; ends with the value.
pub struct Server {
    child: Child,
    said: BufReader<ChildStdout>,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Starts `doorstep serve` on a free port over the data folder and waits for the line that says where it listens.
    pub fn start(data: &Path) -> Result<Server> {
        Server::start_at(data, "127.0.0.1:0")
    }

    /// The same at a given address: where a server that was killed is expected to come back.
    pub fn start_at(data: &Path, listen: &str) -> Result<Server> {
        Server::start_as(data, listen, |command| command)
    }

    /// The same with the command prepared before it starts.
    pub fn start_as(
        data: &Path,
        listen: &str,
        prepare: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<Server> {
        let mut command = Command::new(folder().join("doorstep"));
        command.args(["serve", "--listen", listen, "--json", "--data"]).arg(data);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = prepare(&mut command).spawn()?;
        let mut said = BufReader::new(child.stdout.take().context("a piped output")?);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let ready: serde_json::Value =
            serde_json::from_str(&line).with_context(|| format!("serve said {line:?}"))?;
        let url = ready["url"].as_str().with_context(|| format!("no url in {line:?}"))?.to_owned();
        Ok(Server { child, said, url })
    }

    /// Waits until the process ends by itself; its exit code and what else it said on standard output.
    pub fn ended(mut self) -> Result<(Option<i32>, String)> {
        let mut text = String::new();
        self.said.read_to_string(&mut text)?;
        Ok((self.child.wait()?.code(), text))
    }

    /// The address without the scheme.
    pub fn listen(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Kills the process as a power cut would: no farewell.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
