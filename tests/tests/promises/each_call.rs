//! Killed before any call that changes a file: publishing, migrations of both stores, answering, submitting, syncing. The
//! program starts again and finds what was before or what was to be, never something between.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use doorstep_forms::FormPackage;
use doorstep_records::RowId;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::operations::Operations;
use doorstep_server::store::sqlite::DATABASE_FILE;
use doorstep_tests::binaries::{Server, folder, root};
use doorstep_tests::durability::faults::{self, Fault, sampled};
use doorstep_tests::sim::form::{self, FORM};
use doorstep_tests::sim::office::document;
use doorstep_tests::sim::rebuild::{Table, tables};
use doorstep_tests::sim::server::Server as Core;
use doorstep_tests::sim::{chance::Chance, scratch, time::Time};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::phone::Program;
use crate::town::Town;
use crate::village::Village;

/// `doorstep` over a data folder.
fn doorstep(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(folder().join("doorstep"));
    command.args(words).args(["--json", "--data"]).arg(data);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn must(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {said} {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).unwrap_or(Value::Null)
}

/// A copy of files that nobody has open.
fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir_in(scratch()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

/// Kills `command` before sampled calls, each time over a fresh copy of `from`, and looks at what is left.
fn killed_at_each_call(from: &Path, command: impl Fn(&Path) -> Command, mut look: impl FnMut(&Path, usize)) {
    let whole = copy(from);
    let calls = faults::count_calls(&mut command(whole.path()), whole.path()).unwrap();
    assert!(calls > 8, "{calls} calls");
    for at in sampled(calls) {
        let left = copy(from);
        let mut command = command(left.path());
        faults::at_call(&mut command, left.path(), Fault::Kill, at);
        let status = command.status().unwrap();
        assert_eq!(status.code(), None, "killed before call {at} of {calls}");
        look(left.path(), at);
    }
}

fn core(data: &Path) -> Core {
    Core::begin(data, Chance::new(5), &Time::at(1_800_000_000_000)).unwrap()
}

fn versions(core: &Core) -> Vec<u32> {
    let store = core.store().unwrap();
    let forms = store.form_list(&store.operator_scope()).unwrap();
    forms.iter().filter(|at| at.form == FORM).map(|at| at.version).collect()
}

/// The log holds together and makes the same tables again.
fn is_whole(core: &Core) {
    let store = core.store().unwrap();
    store.log_verify().unwrap();
    core.reconcile().unwrap();
    let before = tables(core.eye().unwrap()).unwrap();
    store.rebuild().unwrap();
    core.reconcile().unwrap();
    assert!(tables(core.eye().unwrap()).unwrap() == before, "a rebuild makes something else");
}

/// The next version of the form: a title in other words.
fn next_version(to: &Path) -> PathBuf {
    let mut files = form::package(1).unwrap().files().clone();
    let mut manifest: Value = serde_json::from_slice(&files["form.json"]).unwrap();
    manifest["version"] = json!(2);
    files.insert("form.json".to_owned(), manifest.to_string().into_bytes());
    let mut schema: Value = serde_json::from_slice(&files["schema.json"]).unwrap();
    schema["properties"]["address"]["title"] = json!("家庭住址");
    files.insert("schema.json".to_owned(), schema.to_string().into_bytes());
    FormPackage::from_files(files.clone()).unwrap();
    for (name, bytes) in files {
        std::fs::write(to.join(name), bytes).unwrap();
    }
    to.to_owned()
}

#[test]
fn promise_1_publishing_killed_at_any_call_has_happened_or_not() {
    let town = Town::new();
    let package = tempfile::tempdir().unwrap();
    let package = next_version(package.path()).to_str().unwrap().to_owned();
    let publish = |data: &Path| doorstep(data, &["form", "publish", &package]);
    let (mut before, mut after) = (0, 0);
    killed_at_each_call(&town.data(), publish, |data, at| {
        let core = core(data);
        match versions(&core)[..] {
            [1] => before += 1,
            [1, 2] => after += 1,
            ref between => panic!("versions {between:?} after call {at}"),
        }
        is_whole(&core);
        core.stop();
        must(&mut publish(data));
        assert_eq!(versions(&core), [1, 2]);
        is_whole(&core);
    });
    assert!(before > 0 && after > 0, "{before} before, {after} after");
}

/// A store as an earlier program left it: the first steps of the schema, filled with what `from` holds of it.
fn of_an_earlier_program(from: &Path, steps: &[PathBuf], to: &Path) {
    let old = Connection::open(to).unwrap();
    old.pragma_update(None, "journal_mode", "WAL").unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    for step in steps {
        old.execute_batch(&std::fs::read_to_string(step).unwrap()).unwrap();
    }
    old.pragma_update(None, "user_version", steps.len() as i64).unwrap();
    old.execute("ATTACH ?1 AS now", [from.to_str().unwrap()]).unwrap();
    let list = |sql: &str, name: &str| -> Vec<String> {
        let mut statement = old.prepare(sql).unwrap();
        let rows = statement.query_map([name], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let tables = "SELECT name FROM main.sqlite_schema WHERE type = ?1 AND name NOT LIKE 'sqlite%'";
    for table in list(tables, "table") {
        let common = "SELECT name FROM pragma_table_info(?1, 'main')
 WHERE name IN (SELECT name FROM pragma_table_info(?1, 'now'))";
        let columns = list(common, &table).join(", ");
        old.execute(&format!("DELETE FROM main.{table}"), []).unwrap();
        old.execute(&format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}"), [])
            .unwrap();
    }
}

/// The files of a schema, in order.
fn steps(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let mut steps: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    steps
}

fn version_of(file: &Path) -> i64 {
    let conn = Connection::open(file).unwrap();
    conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn promise_1_a_migration_of_the_server_killed_at_any_call_is_made_whole() {
    let mut village = Village::new(&[]);
    let member = format!("members/{}/name", RowId::from_parts(1_450_000_000_000, [1; 10]));
    let record = village.fill(FORM, None, &[("name", json!("李家")), (&member, json!("李一"))]);
    let now: Vec<Table> = tables(village.server.eye().unwrap()).unwrap();
    village.server.stop();
    let steps = steps("server/src/store/sqlite/schema");
    for done in [1, steps.len() - 1] {
        let folder = tempfile::tempdir_in(scratch()).unwrap();
        let file = folder.path().join(DATABASE_FILE);
        of_an_earlier_program(&village.server.folder().join(DATABASE_FILE), &steps[..done], &file);
        killed_at_each_call(
            folder.path(),
            |data| doorstep(data, &["form", "list"]),
            |data, at| {
                let version = version_of(&data.join(DATABASE_FILE));
                assert!([done as i64, steps.len() as i64].contains(&version), "{version} after call {at}");
                must(&mut doorstep(data, &["form", "list"]));
                assert_eq!(version_of(&data.join(DATABASE_FILE)), steps.len() as i64);
                let core = core(data);
                core.reconcile().unwrap();
                for (table, before) in tables(core.eye().unwrap()).unwrap().iter().zip(&now) {
                    assert_eq!(table, before, "after call {at}");
                }
            },
        );
    }
    assert!(document(&village.server, record).unwrap().is_some());
}

/// A phone with one record, of a server that runs.
struct Field {
    town: Town,
    server: Server,
    phone: Program,
    record: String,
}

impl Field {
    fn new() -> Field {
        let town = Town::new();
        let code = town.core().invite("li").unwrap();
        let server = Server::start(&town.data()).unwrap();
        std::fs::create_dir(town.beside("phone")).unwrap();
        let phone = Program::over(town.beside("phone/phone.sqlite"));
        phone.must(&["enrol", &server.url, &code]);
        phone.must(&["sync"]);
        let record = phone.must(&["new", FORM, "--area", "A"])["record"].as_str().unwrap().to_owned();
        phone.must(&["set", &record, "name=李家", "address=旧"]);
        Field { town, server, phone, record }
    }

    fn over(&self, folder: &Path) -> Program {
        Program::over(folder.join("phone.sqlite"))
    }

    /// Changes and what the outbox says of them; submissions and theirs.
    fn facts(&self, folder: &Path) -> [i64; 4] {
        let conn = Connection::open(folder.join("phone.sqlite")).unwrap();
        [
            "SELECT count(*) FROM own_change",
            "SELECT count(*) FROM outbox WHERE kind = 'change'",
            "SELECT count(*) FROM submission",
            "SELECT count(*) FROM outbox WHERE kind = 'submission'",
        ]
        .map(|sql| conn.query_row(sql, [], |row| row.get(0)).unwrap())
    }

    fn killed(&self, words: &[&str], look: impl FnMut(&Path, usize)) {
        let from = self.phone.store.parent().unwrap();
        killed_at_each_call(from, |folder| self.over(folder).command(words), look);
    }
}

#[test]
fn promise_1_answering_and_submitting_killed_at_any_call_has_happened_or_not() {
    let field = Field::new();
    let record = field.record.as_str();
    let [changes, _, submissions, _] = field.facts(field.phone.store.parent().unwrap());
    let (mut before, mut after) = (0, 0);
    field.killed(&["set", record, "address=新"], |folder, at| {
        let phone = field.over(folder);
        let stands = phone.answer(record, "address");
        let [now, queued, ..] = field.facts(folder);
        match stands.as_str() {
            Some("旧") if (now, queued) == (changes, changes) => before += 1,
            Some("新") if (now, queued) == (changes + 1, changes + 1) => after += 1,
            _ => panic!("after call {at}: {stands}, {now} changes, {queued} of them queued"),
        }
        phone.must(&["set", record, "address=新"]);
        assert_eq!(phone.answer(record, "address"), "新");
    });
    assert!(before > 0 && after > 0, "{before} before, {after} after");
    field.killed(&["submit", record], |folder, at| {
        let [_, _, now, queued] = field.facts(folder);
        assert!(
            now == queued && now - submissions <= 1,
            "after call {at}: {now} submissions, {queued} queued"
        );
        field.over(folder).must(&["submit", record]);
    });
    field.server.kill().unwrap();
}

#[test]
fn promise_1_a_migration_of_a_phone_killed_at_any_call_is_made_whole() {
    let field = Field::new();
    let steps = steps("client-core/src/store/schema");
    let old = tempfile::tempdir_in(scratch()).unwrap();
    let from = &field.phone.store;
    of_an_earlier_program(from, &steps[..1], &old.path().join("phone.sqlite"));
    let install = |folder: &Path| folder.join("phone.sqlite.install");
    std::fs::copy(install(from.parent().unwrap()), install(old.path())).unwrap();
    let (list, shown) = (field.phone.must(&["list"]), field.phone.must(&["show", &field.record]));
    killed_at_each_call(
        old.path(),
        |folder| field.over(folder).command(&["list"]),
        |folder, at| {
            let phone = field.over(folder);
            assert_eq!(phone.must(&["list"]), list, "after call {at}");
            assert_eq!(phone.must(&["show", &field.record]), shown, "after call {at}");
            assert_eq!(version_of(&folder.join("phone.sqlite")), steps.len() as i64);
        },
    );
    field.server.kill().unwrap();
}

#[test]
fn promise_1_and_2_a_sync_killed_at_any_call_goes_on_and_tells_everything_once() {
    let field = Field::new();
    let (phone, record) = (&field.phone, field.record.as_str());
    let root = phone.store.parent().unwrap();
    let calls = faults::count_calls(&mut phone.command(&["sync"]), root).unwrap();
    let mut values = Vec::new();
    for at in sampled(calls) {
        let value = format!("第{at}次");
        phone.must(&["set", record, &format!("address={value}")]);
        values.push(value);
        let mut sync = phone.command(&["sync"]);
        faults::at_call(&mut sync, root, Fault::Kill, at);
        sync.status().unwrap();
    }
    let report = phone.must(&["sync"]);
    assert_eq!((&report["unsent"], &report["quarantined"]), (&json!(0), &json!(0)), "{report}");
    field.server.kill().unwrap();
    let core = field.town.core();
    let mut there = document(&core, record.parse().unwrap()).unwrap().unwrap();
    let history = there.history(None);
    for value in values {
        let puts = history.iter().filter(|put| put.value.to_json() == value).count();
        assert_eq!(puts, 1, "{value} stands {puts} times in the history");
    }
    is_whole(&core);
}
