//! What the tests of sync over SQLite need besides the world of the conformance suite: the tables themselves.

use doorstep_protocol::UserId;
use doorstep_records::{Record, RecordId, canonical_json};
use rusqlite::params;

use crate::accounts::role::Role;
use crate::log::{LogEntry, commit};
use crate::store::conformance::{self, Sqlite};
pub(super) use crate::store::conformance::{EAST, FORM, Phone, TOWN, WEST, create, quarantined, write};
use crate::store::sqlite::scopes::scope_refresh;

pub(super) type World = conformance::World<Sqlite>;

impl World {
    pub(super) fn log(&self, entry: LogEntry) {
        let now = self.now();
        self.store().write(move |tx| commit(tx, now, &entry)).unwrap();
    }

    pub(super) fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.store().read(|conn| Ok(conn.query_row(&sql, [], |row| row.get(0))?)).unwrap()
    }

    /// The areas of a person from now on.
    pub(super) fn grant(&self, user: UserId, role: Role, areas: &[&str]) {
        let areas: Vec<String> = areas.iter().map(|area| (*area).to_owned()).collect();
        let now = self.now();
        self.store()
            .write(move |tx| {
                tx.execute("UPDATE user SET role = ?2 WHERE id = ?1", params![user.to_bytes(), role.name()])?;
                tx.execute("DELETE FROM user_grant WHERE user = ?1", [user.to_bytes()])?;
                for area in areas {
                    tx.execute(
                        "INSERT INTO user_grant (user, role, area) VALUES (?1, ?2, ?3)",
                        params![user.to_bytes(), role.name(), area],
                    )?;
                }
                scope_refresh(tx, user, now)
            })
            .unwrap();
    }

    /// The server's document of a record.
    pub(super) fn document(&self, record: RecordId) -> Record {
        let sql = "SELECT bytes FROM document WHERE record = (SELECT num FROM record WHERE id = ?1)";
        let bytes: Vec<u8> = self
            .store()
            .read(|conn| Ok(conn.query_row(sql, [record.to_bytes()], |row| row.get(0))?))
            .unwrap();
        Record::load(&bytes).unwrap()
    }

    pub(super) fn answers(&self, record: RecordId) -> String {
        canonical_json(&self.document(record).answers())
    }
}
