//! A data folder with a town in it, for the real server to serve.

use std::path::PathBuf;

use doorstep_server::accounts::role::Role;
use doorstep_server::source::{Clock, Machine};
use doorstep_tests::sim::chance::Chance;
use doorstep_tests::sim::server::Server as Core;
use doorstep_tests::sim::time::Time;
use tempfile::TempDir;

/// A town: three villages, one form, `li` and `wang` in village A, `zhao` in village C, the supervisor `shen`.
pub(crate) struct Town {
    folder: TempDir,
}

impl Town {
    /// Founds it.
    pub(crate) fn new() -> Town {
        let town = Town { folder: tempfile::tempdir().unwrap() };
        let core = town.core();
        for (name, role, area) in [
            ("shen", Role::Supervisor, "T"),
            ("li", Role::Enumerator, "A"),
            ("wang", Role::Enumerator, "A"),
            ("zhao", Role::Enumerator, "C"),
        ] {
            core.user_add(name, role, &[area]).unwrap();
        }
        town
    }

    /// The server core over the folder, for looking inside while no server runs, and for inviting.
    pub(crate) fn core(&self) -> Core {
        let now_ms = Machine.now_ms();
        Core::begin(&self.data(), Chance::new(now_ms.unsigned_abs()), &Time::at(now_ms)).unwrap()
    }

    /// The server's data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
