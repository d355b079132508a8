//! The real phone program over a store.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use doorstep_tests::binaries::folder;
use serde_json::Value;

/// `doorstep-device` over one store.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) store: PathBuf,
}

impl Program {
    pub(crate) fn over(store: PathBuf) -> Program {
        Program { store }
    }

    /// A command line, not started yet.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(folder().join("doorstep-device"));
        command.args(words).args(["--json", "--store"]).arg(&self.store);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it; what it said, which must be a success.
    pub(crate) fn must(&self, words: &[&str]) -> Value {
        let output = self.command(words).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{words:?}: {out} {err}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// The value that stands at an answer of a record, or null.
    pub(crate) fn answer(&self, record: &str, path: &str) -> Value {
        self.must(&["show", record])["answers"][path]["value"].clone()
    }

    /// The same program over a copy of the store and of what lies beside it.
    pub(crate) fn copied(&self, to: &Path) -> Program {
        let from = self.store.parent().unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
        Program::over(to.join(self.store.file_name().unwrap()))
    }
}
