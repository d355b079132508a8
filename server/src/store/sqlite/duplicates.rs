//! Duplicates: suspects, merging by alias, dismissing.

use doorstep_protocol::ProblemKind;
use doorstep_records::RecordId;
use rusqlite::Connection;

use super::SqliteStore;
use super::review::lines::line_get;
use super::review::pairs::{crowd_list, pair_list, pair_state};
use super::review::suspects::ordered;
use crate::accounts::role::Action;
use crate::duplicates::model::{Crowd, Pair, PairState};
use crate::language::Said;
use crate::log::{By, LogEntry, commit};
use crate::review::model::{PAGE_RECORDS_MAX, RecordLine};
use crate::store::duplicates::Duplicates;
use crate::store::{Scope, StoreError};

impl Duplicates for SqliteStore {
    fn duplicate_page(
        &self,
        scope: &Scope,
        state: PairState,
        after: Option<(RecordId, RecordId)>,
        limit: u32,
    ) -> Result<Vec<Pair>, StoreError> {
        self.read(|conn| Ok(pair_list(conn, scope, state, after, limit.min(PAGE_RECORDS_MAX))?))
    }

    fn duplicate_crowds(&self, scope: &Scope) -> Result<Vec<Crowd>, StoreError> {
        self.read(|conn| Ok(crowd_list(conn, scope)?))
    }

    fn duplicate_merge(
        &self,
        scope: &Scope,
        one: RecordId,
        other: RecordId,
        at_ms: i64,
    ) -> Result<RecordId, StoreError> {
        let scope = scope.clone();
        self.write(move |conn| {
            let (older, younger) = both(conn, &scope, one, other)?;
            if younger.alias_of == Some(older.record) {
                return Ok(older.record);
            }
            if older.alias_of.is_some() || younger.alias_of.is_some() {
                return Err(refused("One of them was merged already.", "其中一份登记已合并。"));
            }
            if older.form != younger.form {
                return Err(refused("They are of different forms.", "两份登记属于不同表单。"));
            }
            if older.test || younger.test {
                return Err(refused(
                    "One of them was filled under a test version.",
                    "其中一份是用测试版填写的。",
                ));
            }
            if older.discarded || younger.discarded {
                return Err(refused("One of them was entered by mistake.", "其中一份登记已作废。"));
            }
            let (canonical, alias) = (older.record, younger.record);
            commit(conn, at_ms, &LogEntry::Merged { canonical, alias, by: By::from(&scope) })?;
            Ok(canonical)
        })
    }

    fn duplicate_unmerge(&self, scope: &Scope, alias: RecordId, at_ms: i64) -> Result<RecordId, StoreError> {
        if !scope.role().may(Action::Review) {
            return Err(StoreError::refused(ProblemKind::NotAllowed));
        }
        let scope = scope.clone();
        self.write(move |conn| {
            let (_, line) = line_get(conn, &scope, alias)?.ok_or(StoreError::NotFound)?;
            let Some(canonical) = line.alias_of else {
                return Err(refused("This record is not merged into another.", "该记录没有并入其他登记。"));
            };
            line_get(conn, &scope, canonical)?.ok_or(StoreError::NotFound)?;
            commit(conn, at_ms, &LogEntry::Unmerged { alias, by: By::from(&scope) })?;
            Ok(canonical)
        })
    }

    fn duplicate_dismiss(
        &self,
        scope: &Scope,
        one: RecordId,
        other: RecordId,
        at_ms: i64,
    ) -> Result<(), StoreError> {
        let scope = scope.clone();
        self.write(move |conn| {
            let (older, younger) = both(conn, &scope, one, other)?;
            match pair_state(conn, one, other)? {
                Some(PairState::Dismissed) => Ok(()),
                Some(PairState::Merged) => Err(refused("They were merged already.", "两份登记已合并。")),
                Some(PairState::Open) | None => {
                    let (a, b) = (older.record, younger.record);
                    commit(conn, at_ms, &LogEntry::DuplicateDismissed { a, b, by: By::from(&scope) })?;
                    Ok(())
                }
            }
        })
    }
}

/// Both records of a pair inside the scope, the older first.
fn both(
    conn: &Connection,
    scope: &Scope,
    one: RecordId,
    other: RecordId,
) -> Result<(RecordLine, RecordLine), StoreError> {
    if !scope.role().may(Action::Review) {
        return Err(StoreError::refused(ProblemKind::NotAllowed));
    }
    let (a, b) = ordered(one, other);
    let get = |record| line_get(conn, scope, record)?.map(|(_, line)| line).ok_or(StoreError::NotFound);
    let pair = (get(a)?, get(b)?);
    if a == b {
        Err(refused("A record cannot be merged with itself.", "不能与自身合并。"))
    } else {
        Ok(pair)
    }
}

fn refused(en: &str, zh: &str) -> StoreError {
    StoreError::Refused(ProblemKind::WrongState, Some(Said::new(en, zh)))
}
