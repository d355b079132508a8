//! Form versions as admins live with them: publishing on a base, tests, closing, stored records for dry runs.

use doorstep_forms::FormPackage;
use doorstep_protocol::{DeviceId, ProblemKind};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_bytes::ByteBuf;

use super::SqliteStore;
use super::accounts::device_list;
use super::forms::{hash, refused, versions};
use super::rows::{heads_opt, id16, record_id};
use crate::accounts::role::Action;
use crate::language::Said;
use crate::log::{self, By, LogEntry};
use crate::publish::{self, Published, Step};
use crate::store::forms::PublishedForm;
use crate::store::publishing::{
    Attempt, Basis, Publishing, StoredAfter, StoredBatch, StoredRecord, TestView,
};
use crate::store::{Scope, StoreError};

/// Records read at once for a dry run, and bytes of their documents.
const BATCH_RECORDS: usize = 512;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

const TOUCHED: &str =
    "SELECT EXISTS (SELECT 1 FROM record WHERE form = ?1 AND test = 0 AND changed_seq > ?2)";
const PUBLISHED_BY: &str = "SELECT by_name FROM form_version WHERE form = ?1 AND version = ?2";
const TESTS: &str =
    "SELECT form, version, hash, open, begun_ms, by_name FROM form_trial ORDER BY form, version";
const TEST: &str =
    "SELECT form, version, hash, open, begun_ms, by_name FROM form_trial WHERE form = ?1 AND version = ?2";
const TEST_DEVICES: &str = "SELECT device FROM form_trial_device \
     WHERE form = ?1 AND version = ?2 AND chosen = 1 ORDER BY device";
const TEST_RECORDS: &str = "SELECT count(*) FROM record WHERE test = 1 AND form = ?1 AND form_version = ?2";
const IS_OPEN: &str = "SELECT open FROM form_version WHERE form = ?1 AND version = ?2";
const TEST_IS_OPEN: &str = "SELECT open FROM form_trial WHERE form = ?1 AND version = ?2";
const RECORDS: &str = "SELECT record.num, record.id, record.form_version, record.state, record.discarded, \
       record.approved_heads, document.bytes, area.path \
     FROM record LEFT JOIN document ON document.record = record.num LEFT JOIN area ON area.num = record.area \
     WHERE record.num > ?1 AND record.form = ?2 AND record.test = 0 AND record.changed_seq > ?3 \
     ORDER BY record.num LIMIT ?4";
const LOG_HEAD: &str = "SELECT coalesce(max(seq), 0) FROM log";

impl Publishing for SqliteStore {
    fn form_publish_on(
        &self,
        scope: &Scope,
        package: &FormPackage,
        basis: Basis,
        now_ms: i64,
    ) -> Result<Attempt, StoreError> {
        let (form, version, hash) = (package.id().to_owned(), package.version(), package.hash());
        may_configure(scope, &form)?;
        let (bytes, by) = (ByteBuf::from(package.to_bytes()), By::from(scope));
        self.write(move |conn| {
            let published = versions(conn, &form)?;
            let place = publish::place(version, hash, &published);
            let told =
                |already| PublishedForm { form: form.clone(), version, hash: hash.to_string(), already };
            if place == Ok(Step::Already) {
                return Ok(Attempt::Published(told(true)));
            }
            let latest = published.iter().max_by_key(|other| other.version);
            if latest.map(|latest| latest.hash) != basis.base {
                return Err(overtaken(conn, &form, version, latest)?);
            }
            place.map_err(refused)?;
            if let Some(read_to) = basis.read_to
                && conn.prepare_cached(TOUCHED)?.query_row(params![form, read_to], |row| row.get(0))?
            {
                return Ok(Attempt::Behind);
            }
            log::commit(conn, now_ms, &LogEntry::FormPublished { package: bytes, by })?;
            Ok(Attempt::Published(told(false)))
        })
    }

    fn form_test(
        &self,
        scope: &Scope,
        package: &FormPackage,
        devices: &[DeviceId],
        now_ms: i64,
    ) -> Result<TestView, StoreError> {
        let (form, version, hash) = (package.id().to_owned(), package.version(), package.hash());
        may_configure(scope, &form)?;
        if devices.is_empty() {
            return Err(said(ProblemKind::Invalid, "A test needs devices.", "测试版需要指定设备。"));
        }
        let mut devices = devices.to_vec();
        devices.sort_unstable();
        devices.dedup();
        let (bytes, scope) = (ByteBuf::from(package.to_bytes()), scope.clone());
        self.write(move |conn| {
            devices_seen(conn, &scope, &devices)?;
            match publish::place(version, hash, &versions(conn, &form)?).map_err(refused)? {
                Step::New => {}
                Step::Already => {
                    return Err(said(
                        ProblemKind::Conflict,
                        "This version is published with this content: there is nothing to try.",
                        "该版本已以相同内容发布，无需测试。",
                    ));
                }
            }
            let standing = test_get(conn, &form, version)?;
            let same = standing
                .is_some_and(|test| test.open && test.hash == hash.to_string() && test.devices == devices);
            if !same {
                let by = By::from(&scope);
                log::commit(conn, now_ms, &LogEntry::FormTested { package: bytes, devices, by })?;
            }
            test_get(conn, &form, version)?.ok_or(StoreError::Damaged("a test that was just written"))
        })
    }

    fn test_list(&self, scope: &Scope) -> Result<Vec<TestView>, StoreError> {
        self.read(|conn| {
            let mut tests =
                conn.prepare_cached(TESTS)?.query_map([], test_row)?.collect::<Result<Vec<_>, _>>()?;
            tests.retain(|test| scope.covers_form(&test.form));
            for test in &mut tests {
                complete(conn, test)?;
            }
            Ok(tests)
        })
    }

    fn form_open(
        &self,
        scope: &Scope,
        form: &str,
        version: u32,
        open: bool,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        if !scope.covers_form(form) {
            return Err(StoreError::NotFound);
        }
        may_configure(scope, form)?;
        let (form, by) = (form.to_owned(), By::from(scope));
        self.write(move |conn| {
            let is_open = match is_open(conn, IS_OPEN, &form, version)? {
                Some(is_open) => is_open,
                None => is_open_test(conn, &form, version, open)?,
            };
            if is_open == open {
                return Ok(false);
            }
            log::commit(conn, now_ms, &LogEntry::FormOpened { form, version, open, by })?;
            Ok(true)
        })
    }

    fn stored_records(
        &self,
        scope: &Scope,
        form: &str,
        from: StoredAfter,
    ) -> Result<StoredBatch, StoreError> {
        may_configure(scope, form)?;
        self.read(|conn| batch(conn, scope, form, from))
    }
}

fn may_configure(scope: &Scope, form: &str) -> Result<(), StoreError> {
    // Publishing reaches every record of a form: whoever covers a part of the tree only does it for all the same.
    if scope.role().may(Action::Configure) && scope.covers_form(form) {
        Ok(())
    } else {
        Err(StoreError::refused(ProblemKind::NotAllowed))
    }
}

fn said(kind: ProblemKind, en: impl Into<String>, zh: impl Into<String>) -> StoreError {
    StoreError::Refused(kind, Some(Said::new(en, zh)))
}

/// Somebody else published meanwhile: says who and what, and what to do.
fn overtaken(
    conn: &Connection,
    form: &str,
    version: u32,
    latest: Option<&Published>,
) -> Result<StoreError, StoreError> {
    let Some(latest) = latest else {
        return Ok(said(
            ProblemKind::Conflict,
            format!(
                "No version of {form} is published; the version this was made against does not exist here."
            ),
            format!("表单 {form} 尚未发布任何版本，所依据的版本在此不存在。"),
        ));
    };
    let by: String = conn.query_row(PUBLISHED_BY, params![form, latest.version], |row| row.get(0))?;
    let (en_by, zh_by) = match by.as_str() {
        "" => (String::new(), String::new()),
        by => (format!(" by {by}"), format!("（发布人 {by}）")),
    };
    let next = version.max(latest.version + 1);
    Ok(said(
        ProblemKind::Conflict,
        format!(
            "Version {} of {form} was published{en_by} meanwhile, with hash {}: this one was made against another \
             version and is not published. Compare with it (doorstep form diff {form}@{} PATH), take over what is \
             needed, number yours {next} and publish again.",
            latest.version, latest.hash, latest.version
        ),
        format!(
            "其间表单 {form} 已发布第 {} 版{zh_by}，内容哈希 {}；本次所依据的是另一版本，未发布。请先比较（doorstep form \
             diff {form}@{} PATH），合并所需内容，将版本号改为 {next} 后重新发布。",
            latest.version, latest.hash, latest.version
        ),
    ))
}

/// The devices must be of people inside the scope, and not revoked; any other does not exist.
fn devices_seen(conn: &Connection, scope: &Scope, asked: &[DeviceId]) -> Result<(), StoreError> {
    let listed = device_list(conn, scope)?;
    let usable =
        |device: &DeviceId| listed.iter().any(|view| view.id == *device && view.revoked_ms.is_none());
    match asked.iter().find(|device| !usable(device)) {
        Some(device) => Err(no_device(*device)),
        None => Ok(()),
    }
}

fn no_device(device: DeviceId) -> StoreError {
    said(
        ProblemKind::NotFound,
        format!("There is no device {device}, or it was revoked. `doorstep device list` shows them."),
        format!("没有设备 {device}，或已停用。可用 doorstep device list 查看。"),
    )
}

fn test_get(conn: &Connection, form: &str, version: u32) -> Result<Option<TestView>, StoreError> {
    let found = conn.prepare_cached(TEST)?.query_row(params![form, version], test_row).optional()?;
    let Some(mut test) = found else { return Ok(None) };
    complete(conn, &mut test)?;
    Ok(Some(test))
}

fn complete(conn: &Connection, test: &mut TestView) -> Result<(), StoreError> {
    let args = params![test.form, test.version];
    test.devices = conn
        .prepare_cached(TEST_DEVICES)?
        .query_map(args, |row| id16(row, 0).map(DeviceId::from_bytes))?
        .collect::<Result<_, _>>()?;
    let records: i64 = conn.prepare_cached(TEST_RECORDS)?.query_row(args, |row| row.get(0))?;
    test.records = records.unsigned_abs();
    Ok(())
}

fn test_row(row: &Row<'_>) -> rusqlite::Result<TestView> {
    Ok(TestView {
        form: row.get(0)?,
        version: row.get(1)?,
        hash: hash(row, 2)?.to_string(),
        open: row.get(3)?,
        begun_ms: row.get(4)?,
        by: row.get(5)?,
        devices: Vec::new(),
        records: 0,
    })
}

fn is_open(conn: &Connection, sql: &str, form: &str, version: u32) -> Result<Option<bool>, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row(params![form, version], |row| row.get(0)).optional()?)
}

/// A test that its form has gone past is not opened again.
fn is_open_test(conn: &Connection, form: &str, version: u32, open: bool) -> Result<bool, StoreError> {
    let is_open = is_open(conn, TEST_IS_OPEN, form, version)?.ok_or(StoreError::NotFound)?;
    let newest = versions(conn, form)?.into_iter().map(|other| other.version).max();
    match newest {
        Some(newest) if open && newest > version => Err(said(
            ProblemKind::Conflict,
            format!("Version {newest} is published: a test of version {version} has ended."),
            format!("第 {newest} 版已发布，第 {version} 版的测试已结束。"),
        )),
        _ => Ok(is_open),
    }
}

fn batch(conn: &Connection, scope: &Scope, form: &str, from: StoredAfter) -> Result<StoredBatch, StoreError> {
    let read_to = conn.prepare_cached(LOG_HEAD)?.query_row([], |row| row.get(0))?;
    let mut batch = StoredBatch { read_to, ..StoredBatch::default() };
    let limit = i64::try_from(BATCH_RECORDS).unwrap_or(i64::MAX);
    let mut statement = conn.prepare_cached(RECORDS)?;
    let mut rows = statement.query(params![from.after, form, from.touched_after.unwrap_or(-1), limit])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let state: String = row.get(3)?;
        let document: Vec<u8> = row.get::<_, Option<Vec<u8>>>(6)?.unwrap_or_default();
        bytes += document.len();
        batch.records.push(StoredRecord {
            record: record_id(row, 1)?,
            form_version: row.get(2)?,
            draft: state == "draft",
            discarded: row.get(4)?,
            approved_heads: heads_opt(row, 5)?,
            named: scope.covers(&row.get::<_, Option<String>>(7)?.unwrap_or_default()),
            document,
        });
        let last: i64 = row.get(0)?;
        if batch.records.len() == BATCH_RECORDS || bytes >= BATCH_BYTES {
            batch.next = Some(last);
            break;
        }
    }
    Ok(batch)
}
