//! What reconcile writes: the line in lists, flags, evidence, duplicates and the dataset row, in one transaction.

use std::collections::BTreeSet;

use doorstep_records::RecordId;
use rusqlite::{Connection, params};

use super::cases::Loaded;
use super::files;
use super::stood::timeline_write;
use super::suspects::{pairs_write, village};
use crate::duplicates::identity::Identity;
use crate::reconcile::case::Case;
use crate::reconcile::flag::{Flag, FlagKind};
use crate::reconcile::judge::Judged;
use crate::reconcile::united::{Row, RowAfter};
use crate::store::sqlite::persons::people_write;
use crate::store::sqlite::rows::heads_bytes;

const CLEAN: &str = "UPDATE record SET dirty = 0 WHERE num = ?1 AND dirty = 1 AND ?2 = \
     (SELECT max(changed_seq) FROM record AS part WHERE part.num = ?1 OR part.alias_of = ?3)";
const LINE: &str =
    "UPDATE record SET label = ?2, search = ?3 WHERE num = ?1 AND (label != ?2 OR search != ?3 OR ?2 = '')";
const UNNAMED: &str = "SELECT label = '' FROM record WHERE num = ?1";
const TOUCH: &str = "UPDATE record SET dirty = 1 WHERE id = ?1";
const FLAGS: &str = "SELECT kind, key, path, detail FROM flag WHERE record = ?1 AND kind NOT IN ('duplicate_suspect', 'cross_check') \
     ORDER BY kind, key, path";
const FLAGS_DROP: &str =
    "DELETE FROM flag WHERE record = ?1 AND kind NOT IN ('duplicate_suspect', 'cross_check')";
const FLAG_PUT: &str = "INSERT INTO flag (record, kind, key, path, detail) \
     SELECT num, ?2, ?3, ?4, ?5 FROM record WHERE id = ?1 ON CONFLICT DO NOTHING";
const KEYS: &str = "SELECT key, row FROM person_key WHERE record = ?1";
const KEYS_DROP: &str = "DELETE FROM person_key WHERE record = ?1";
const KEY_PUT: &str = "INSERT INTO person_key (record, key, row) VALUES (?1, ?2, ?3)";
const ROW_PUT: &str = "INSERT INTO dataset \
       (record, form, form_version, area, subject, heads, approved_ms, conflicts, row) \
     SELECT num, form, ?2, area, ?3, ?4, ?5, ?6, ?7 FROM record WHERE num = ?1 \
     ON CONFLICT (record) DO UPDATE SET form_version = excluded.form_version, area = excluded.area, \
       subject = excluded.subject, heads = excluded.heads, approved_ms = excluded.approved_ms, \
       conflicts = excluded.conflicts, row = excluded.row";
const ROW_AREA: &str = "UPDATE dataset SET area = (SELECT area FROM record WHERE num = ?1) \
     WHERE record = ?1 AND area != (SELECT area FROM record WHERE num = ?1)";
const PUBLISHED: &str = "SELECT EXISTS (SELECT 1 FROM form_version WHERE form = ?1 AND version = ?2)";
const ROW_DROP: &str = "DELETE FROM dataset WHERE record = ?1";

/// What writing a judgement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Touched again since it was read: nothing was written, it stays dirty.
    Touched,
    /// Written; the line in lists is as it was.
    Same,
    /// Written, and the line in lists changed, or there still is no name: whoever heard that the record was unread waits for
    /// that.
    LineChanged,
}

/// Writes a judgement, unless the record was touched since it was read.
pub(crate) fn judged_write(conn: &Connection, loaded: &Loaded, judged: &Judged) -> rusqlite::Result<Written> {
    let (num, case) = (loaded.num, &loaded.case);
    if form_arrived(conn, case, judged)? || file_arrived(conn, num, judged)? {
        return Ok(Written::Touched);
    }
    let args = params![num, loaded.mark, case.record.to_bytes()];
    if conn.prepare_cached(CLEAN)?.execute(args)? == 0 {
        return Ok(Written::Touched);
    }
    let changed = match &judged.line {
        Some(line) => conn.prepare_cached(LINE)?.execute(params![num, line.label, line.search])? > 0,
        None => conn.prepare_cached(UNNAMED)?.query_row([num], |row| row.get(0))?,
    };
    flags_write(conn, num, case.record, &judged.flags)?;
    let keys_changed = keys_write(conn, num, &judged.identities)?;
    let place = if judged.people.is_empty() { String::new() } else { village(conn, &case.area)? };
    let people_changed = people_write(conn, num, &case.form, &place, &judged.people)?;
    if keys_changed || people_changed || case.alias_of.is_some() {
        pairs_write(conn, num, case)?;
    }
    row_write(conn, num, case, &judged.row)?;
    if let Some(timeline) = &judged.timeline {
        timeline_write(conn, num, case, timeline)?;
    }
    if let Some(canonical) = case.alias_of {
        // What this registration says is read as part of the one that stands for it.
        conn.prepare_cached(TOUCH)?.execute(params![canonical.to_bytes()])?;
    }
    Ok(if changed { Written::LineChanged } else { Written::Same })
}

/// True when the version whose absence was flagged has been published since.
fn form_arrived(conn: &Connection, case: &Case, judged: &Judged) -> rusqlite::Result<bool> {
    let missing = judged.flags.iter().find(|flag| flag.kind == FlagKind::FormMissing);
    let Some(version) = missing.and_then(|flag| flag.key.parse::<u32>().ok()) else { return Ok(false) };
    conn.prepare_cached(PUBLISHED)?.query_row(params![case.form, version], |row| row.get(0))
}

/// True when a file whose absence was flagged has arrived since.
fn file_arrived(conn: &Connection, num: i64, judged: &Judged) -> rusqlite::Result<bool> {
    let missing = || judged.flags.iter().filter(|flag| flag.kind == FlagKind::AttachmentsMissing);
    if missing().next().is_none() {
        return Ok(false);
    }
    let here = files::here(conn, num)?;
    Ok(missing().any(|flag| here.contains(&flag.detail)))
}

fn flags_write(conn: &Connection, num: i64, record: RecordId, flags: &[Flag]) -> rusqlite::Result<()> {
    let standing: Vec<(String, String, String, String)> = conn
        .prepare_cached(FLAGS)?
        .query_map([num], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    if standing.is_empty() && flags.is_empty() {
        return Ok(());
    }
    if !standing.is_empty() {
        conn.prepare_cached(FLAGS_DROP)?.execute([num])?;
    }
    let mut put = conn.prepare_cached(FLAG_PUT)?;
    for flag in flags {
        put.execute(params![record.to_bytes(), flag.kind.name(), flag.key, flag.path, flag.detail])?;
    }
    Ok(())
}

/// Answers whether the evidence changed.
fn keys_write(conn: &Connection, num: i64, identities: &BTreeSet<Identity>) -> rusqlite::Result<bool> {
    let standing: BTreeSet<Identity> = conn
        .prepare_cached(KEYS)?
        .query_map([num], |row| Ok(Identity { number: row.get(0)?, row: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    if standing == *identities {
        return Ok(false);
    }
    conn.prepare_cached(KEYS_DROP)?.execute([num])?;
    let mut put = conn.prepare_cached(KEY_PUT)?;
    for identity in identities {
        put.execute(params![num, identity.number, identity.row])?;
    }
    Ok(true)
}

fn row_write(conn: &Connection, num: i64, case: &Case, row: &RowAfter) -> rusqlite::Result<()> {
    match row {
        RowAfter::None if case.stored_row.is_none() => 0,
        RowAfter::None => conn.prepare_cached(ROW_DROP)?.execute([num])?,
        RowAfter::Kept => conn.prepare_cached(ROW_AREA)?.execute([num])?,
        RowAfter::New(Row { form_version, heads, approved_ms, conflicts, json }) => {
            let subject = case.subject.map(|subject| subject.to_bytes());
            let heads = heads_bytes(heads);
            conn.prepare_cached(ROW_PUT)?.execute(params![
                num,
                form_version,
                subject,
                heads,
                approved_ms,
                conflicts,
                json
            ])?
        }
    };
    Ok(())
}
