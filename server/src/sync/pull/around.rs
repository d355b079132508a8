//! What stands around the records of a walk, read for many of them at once: a query a record would cost more than the
//! records themselves.

use std::cell::OnceCell;
use std::collections::HashMap;

use doorstep_protocol::pull::{ActorBinding, PageItem};
use doorstep_records::RecordId;
use rusqlite::{Connection, Row, params};

use super::load::{self, Listed};
use crate::store::StoreError;

const ACTORS: &str = "SELECT actor, actor.user, user_name, actor.role, actor.device, user.post, record FROM record AS about \
     JOIN actor ON actor.record = about.num LEFT JOIN user ON user.id = actor.user WHERE about.area = ?1 AND about.num BETWEEN ?2 AND ?3 ORDER BY record, actor";
const REVIEWS: &str = "SELECT review.id, review.heads, decision, user_name, at_ms, note, record FROM record AS about \
     JOIN review ON review.record = about.num WHERE about.area = ?1 AND about.num BETWEEN ?2 AND ?3 \
     ORDER BY record, review.num";
const COMMENTS: &str = "SELECT comment.id, comment.heads, path, user_name, text, at_ms, record FROM record AS about \
     JOIN comment ON comment.record = about.num WHERE about.area = ?1 AND about.num BETWEEN ?2 AND ?3 \
     ORDER BY record, comment.num";

/// Records of one area that are walked together.
pub(super) struct Around {
    area: i64,
    /// Numbers of the first and the last.
    span: (i64, i64),
    ids: HashMap<i64, RecordId>,
    read: OnceCell<Read>,
}

#[derive(Default)]
struct Read {
    bindings: HashMap<i64, Vec<ActorBinding>>,
    said: HashMap<i64, Vec<PageItem>>,
}

impl Around {
    /// Nothing is read before it is asked for.
    pub(super) fn of(area: i64, listed: &[Listed]) -> Around {
        let ids = listed.iter().map(|listed| (listed.num, listed.id)).collect();
        let ends = listed.first().zip(listed.last());
        let span = ends.map_or((0, 0), |(first, last)| (first.num, last.num));
        Around { area, span, ids, read: OnceCell::new() }
    }

    /// Who wrote a record.
    pub(super) fn bindings(&self, conn: &Connection, num: i64) -> Result<Vec<ActorBinding>, StoreError> {
        Ok(self.read(conn)?.bindings.get(&num).cloned().unwrap_or_default())
    }

    /// Its reviews and its comments.
    pub(super) fn said(&self, conn: &Connection, num: i64) -> Result<Vec<PageItem>, StoreError> {
        Ok(self.read(conn)?.said.get(&num).cloned().unwrap_or_default())
    }

    fn read(&self, conn: &Connection) -> Result<&Read, StoreError> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let mut read = Read::default();
        self.each(conn, ACTORS, |row, _| load::binding(row), 6, &mut read.bindings)?;
        self.each(conn, REVIEWS, load::review, 6, &mut read.said)?;
        self.each(conn, COMMENTS, load::comment, 6, &mut read.said)?;
        Ok(self.read.get_or_init(|| read))
    }

    /// Runs a query whose column `about` names the record, and sorts its rows by record.
    fn each<T>(
        &self,
        conn: &Connection,
        sql: &str,
        take: impl Fn(&Row<'_>, RecordId) -> rusqlite::Result<T>,
        about: usize,
        into: &mut HashMap<i64, Vec<T>>,
    ) -> Result<(), StoreError> {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.area, self.span.0, self.span.1])?;
        while let Some(row) = rows.next()? {
            let num: i64 = row.get(about)?;
            if let Some(id) = self.ids.get(&num) {
                into.entry(num).or_default().push(take(row, *id)?);
            }
        }
        Ok(())
    }
}
