//! The real server core over a data folder, asked directly instead of over HTTP, and looked at from behind.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_protocol::push::PushRequest;
use doorstep_protocol::{DeviceId, Problem, ProblemKind, UserId, frame};
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::role::Role;
use doorstep_server::accounts::secret::{code_digest, code_text};
use doorstep_server::backup;
use doorstep_server::language::Language;
use doorstep_server::source::{Clock, Entropy};
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::operations::Operations;
use doorstep_server::store::reconciles::Reconciles;
use doorstep_server::store::sqlite::DATABASE_FILE;
use doorstep_server::store::sync::{DeviceSession, SyncStore};
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use doorstep_server::sync::door::{self, Route};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::chance::{Chance, Dice};
use super::time::Time;
use super::{Trouble, form};

/// A town with three villages, of which one has two groups.
const AREAS: &str = "code,parent,level,name_zh,name_en,valid_from,valid_to
T,,town,镇,Town,2015-01-01,
A,T,village,甲村,Village A,2015-01-01,
B,T,village,乙村,Village B,2015-01-01,
C,T,village,丙村,Village C,2015-01-01,
A1,A,group,甲一组,Group A1,2015-01-01,
A2,A,group,甲二组,Group A2,2015-01-01,
";

/// Codes that records and grants use.
pub const PLACES: &[&str] = &["A", "A1", "A2", "B", "C"];

/// A server.
pub struct Server {
    folder: PathBuf,
    store: RefCell<Option<SqliteStore>>,
    eye: OnceCell<Connection>,
    dice: Dice,
    time: Time,
    /// Pages that the disk has left, when it is nearly full.
    room: Cell<Option<u32>>,
    /// The newest form version.
    version: Cell<u32>,
}

impl Server {
    /// A new server with areas and the form.
    pub fn begin(folder: &Path, chance: Chance, time: &Time) -> Result<Server, Trouble> {
        let server = Server {
            folder: folder.to_owned(),
            store: RefCell::new(None),
            eye: OnceCell::new(),
            dice: Dice::new(chance),
            time: time.clone(),
            room: Cell::new(None),
            version: Cell::new(1),
        };
        let store = server.store()?;
        let scope = store.operator_scope();
        if let Err(faults) = store.areas_import(&scope, AREAS.as_bytes(), time.now_ms())? {
            return Err(Trouble::Setup(format!("{faults:?}")));
        }
        store.form_publish(&scope, &form::package(1)?, time.now_ms())?;
        Ok(server)
    }

    /// The store, opened when it is not.
    pub fn store(&self) -> Result<SqliteStore, StoreError> {
        if let Some(store) = &*self.store.borrow() {
            return Ok(store.clone());
        }
        let store = SqliteStore::open(&self.folder, &self.dice, self.time.now_ms())?;
        store.room(self.room.get())?;
        *self.store.borrow_mut() = Some(store.clone());
        Ok(store)
    }

    /// Ends the process; the next question starts it again.
    pub fn stop(&self) {
        *self.store.borrow_mut() = None;
    }

    /// The disk is full but for so many pages.
    pub fn fill(&self, pages: u32) -> Result<(), Trouble> {
        self.room.set(Some(pages));
        Ok(self.store()?.room(Some(pages))?)
    }

    /// Somebody makes room on the disk.
    pub fn free(&self) -> Result<(), Trouble> {
        self.room.set(None);
        Ok(self.store()?.room(None)?)
    }

    /// True while the disk is full.
    pub fn is_full(&self) -> bool {
        self.room.get().is_some()
    }

    /// The newest form version.
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// Publishes the next form version, if there is one more.
    pub fn publish(&self) -> Result<bool, Trouble> {
        let next = self.version.get() + 1;
        if next > form::VERSIONS {
            return Ok(false);
        }
        self.publish_version(next)?;
        self.version.set(next);
        Ok(true)
    }

    fn publish_version(&self, version: u32) -> Result<(), Trouble> {
        let store = self.store()?;
        let package = form::package(version)?;
        store.form_publish(&store.operator_scope(), &package, self.time.now_ms())?;
        Ok(())
    }

    /// Takes a backup.
    pub fn back_up(&self, to: &Path) -> Result<(), Trouble> {
        backup::take(&self.store()?, &self.folder, to, false, self.time.now_ms())?;
        Ok(())
    }

    /// Loses the data folder and makes another one from a backup: another life of the server. What was published since is
    /// published again.
    pub fn restore(&mut self, backup: &Path, folder: &Path) -> Result<(), Trouble> {
        self.stop();
        self.eye.take();
        std::fs::remove_dir_all(&self.folder)?;
        backup::restore(backup, folder, &self.dice, self.time.now_ms())?;
        self.folder = folder.to_owned();
        (2..=self.version.get()).try_for_each(|version| self.publish_version(version))
    }

    /// Takes a phone's right to read and write.
    pub fn revoke(&self, device: DeviceId) -> Result<(), Trouble> {
        let store = self.store()?;
        Ok(store.device_revoke(&store.operator_scope(), device, self.time.now_ms())?)
    }

    /// True when a phone's right was taken.
    pub fn is_revoked(&self, device: DeviceId) -> Result<bool, Trouble> {
        const REVOKED: &str = "SELECT revoked_ms IS NOT NULL FROM device WHERE id = ?1";
        Ok(self.eye()?.query_row(REVOKED, [device.to_bytes()], |row| row.get(0))?)
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server's randomness.
    pub fn dice(&self) -> &Dice {
        &self.dice
    }

    /// The true time.
    pub fn time(&self) -> &Time {
        &self.time
    }

    /// The database, read or written behind the server's back.
    pub fn behind(&self) -> Result<Connection, Trouble> {
        let conn = Connection::open(self.folder.join(DATABASE_FILE))?;
        conn.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(conn)
    }

    /// A connection that only looks.
    pub fn eye(&self) -> Result<&Connection, Trouble> {
        if self.eye.get().is_none() {
            let conn = self.behind()?;
            conn.set_prepared_statement_cache_capacity(64);
            let _ = self.eye.set(conn);
        }
        self.eye.get().ok_or(Trouble::Unreadable("database"))
    }

    /// Planted: judges a push on a copy of the data folder that is thrown away, and answers as if it had been kept.
    pub fn answer_and_lose(&self, token: Option<&str>, body: &[u8]) -> Result<Reply, Trouble> {
        let now_ms = self.time.now_ms();
        let session = self.session(token, now_ms).map_err(|_| Trouble::Unreadable("session"))?;
        let copy = tempfile::tempdir_in(super::scratch())?;
        let file = copy.path().join(DATABASE_FILE);
        self.eye()?.execute("VACUUM INTO ?1", [file.to_string_lossy()])?;
        let store = SqliteStore::open(copy.path(), &self.dice, now_ms)?;
        let request: PushRequest = read(body).map_err(|_| Trouble::Unreadable("push"))?;
        said(&store.envelopes_push(session, request, now_ms)?).map_err(|_| Trouble::Unreadable("answer"))
    }

    /// Planted: answers a pull as if the asker worked in the whole town.
    pub fn answer_unscoped(&self, token: Option<&str>, body: &[u8]) -> Result<Reply, Trouble> {
        let session = self.session(token, self.time.now_ms()).map_err(|_| Trouble::Unreadable("session"))?;
        let user = self.user_of(session.device)?;
        let conn = self.behind()?;
        let name: String =
            conn.query_row("SELECT name FROM user WHERE id = ?1", [user.to_bytes()], |row| row.get(0))?;
        let granted: BTreeSet<String> = conn
            .prepare("SELECT area FROM user_grant WHERE user = ?1")?
            .query_map([user.to_bytes()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.grant(&name, &BTreeSet::from(["T".to_owned()]))?;
        let reply = self.answer(route::PULL, token, body);
        self.grant(&name, &granted)?;
        Ok(reply)
    }

    /// Adds an account.
    pub fn user_add(&self, name: &str, role: Role, areas: &[&str]) -> Result<UserId, Trouble> {
        let at_ms = self.time.now_ms();
        let id = UserId::mint(at_ms.unsigned_abs(), self.dice.bytes());
        let areas = areas.iter().map(|code| (*code).to_owned()).collect();
        let store = self.store()?;
        let user = NewUser { id, name: name.to_owned(), role, areas, password_phc: "-".to_owned(), at_ms };
        store.user_add(&store.operator_scope(), &user)?;
        Ok(id)
    }

    /// A one-time code for a person.
    pub fn invite(&self, user: &str) -> Result<String, Trouble> {
        let code = code_text(self.dice.bytes());
        let digest = code_digest(&code).ok_or(Trouble::Unreadable("code"))?;
        let store = self.store()?;
        store.device_invite(&store.operator_scope(), user, &digest, self.time.now_ms())?;
        Ok(code)
    }

    /// What a person may see now.
    pub fn scope_of(&self, name: &str) -> Result<Scope, Trouble> {
        Ok(self.store()?.scope_of(name, self.time.now_ms())?)
    }

    /// Gives a person these areas instead of those they had.
    pub fn grant(&self, name: &str, areas: &BTreeSet<String>) -> Result<(), Trouble> {
        let user = self.scope_of(name)?.user().ok_or(Trouble::Unreadable("user"))?;
        let mut conn = self.behind()?;
        let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        tx.execute("DELETE FROM user_grant WHERE user = ?1", [user.to_bytes()])?;
        for area in areas {
            tx.execute(
                "INSERT INTO user_grant (user, role, area, form, expires_ms) VALUES (?1, 'enumerator', ?2, NULL, NULL)",
                params![user.to_bytes(), area],
            )?;
        }
        tx.commit()?;
        // The server writes a new version of the scope down when it looks next.
        self.scope_of(name)?;
        Ok(())
    }

    /// Reconciles whatever waits.
    pub fn reconcile(&self) -> Result<(), Trouble> {
        let store = self.store()?;
        loop {
            let done = store.reconcile_pending(500, self.time.now_ms(), &self.dice)?;
            if done.written == 0 && done.touched == 0 {
                return Ok(());
            }
        }
    }

    /// Rows of the log.
    pub fn log_rows(&self) -> Result<u64, Trouble> {
        Ok(self.store()?.health()?.log_rows)
    }

    /// Answers a request through the server's own door, without HTTP around it.
    pub fn answer(&self, route: &str, token: Option<&str>, body: &[u8]) -> Reply {
        let problem = |kind: ProblemKind| Reply {
            status: kind.status(),
            body: frame::encode(&Problem::new(kind, "en")).unwrap_or_default(),
        };
        let Some(route) = Route::of_path(route) else { return problem(ProblemKind::NotFound) };
        match self.store() {
            Ok(store) => {
                let sources = (&self.time as &dyn Clock, &self.dice as &dyn Entropy);
                let reply = door::answer(&store, sources, route, token, body, Language::En);
                Reply { status: reply.status, body: reply.body }
            }
            Err(error) => problem(error.kind()),
        }
    }

    /// The device behind a token.
    pub fn session(&self, token: Option<&str>, now_ms: i64) -> Result<DeviceSession, ProblemKind> {
        let token = token.ok_or(ProblemKind::SignInRequired)?;
        let store = self.store().map_err(|error| error.kind())?;
        store.device_session(token, now_ms).map_err(|error| error.kind())
    }

    /// Whose device it is.
    pub fn user_of(&self, device: DeviceId) -> Result<UserId, Trouble> {
        let conn = self.behind()?;
        let user: [u8; 16] =
            conn.query_row("SELECT user FROM device WHERE id = ?1", [device.to_bytes()], |row| row.get(0))?;
        Ok(UserId::from_bytes(user))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProblemKind> {
    frame::decode(body).map_err(|_| ProblemKind::BadRequest)
}

fn said<T: Serialize>(message: &T) -> Result<Reply, ProblemKind> {
    let body = frame::encode(message).map_err(|_| ProblemKind::Internal)?;
    Ok(Reply { status: 200, body })
}

/// A connection that never fails.
pub struct Cable<'a>(pub &'a Server);

impl Transport for Cable<'_> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        Ok(self.0.answer(route, token, &body))
    }
}
