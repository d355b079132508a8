//! Forward-only migrations. A store's version is SQLite's `user_version`; each step runs in its own transaction
//! together with the new version, so that a crash leaves one version or the next.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The steps; step n brings a store from version n to n + 1.
const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002_form_state.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005_post.sql"),
    include_str!("schema/0006_attachments.sql"),
    include_str!("schema/0008_area_ended.sql"),
    include_str!("schema/0032_spare.sql"),
    include_str!("schema/0033_few.sql"),
];

/// The version this program writes.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Brings the store to [`VERSION`].
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    loop {
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found == VERSION {
            return Ok(());
        }
        let step = usize::try_from(found).ok().and_then(|found| STEPS.get(found));
        let Some(step) = step else { return Err(StoreError::TooNew { found, known: VERSION }) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", found + 1)?;
        transaction.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{documents, outbox, records};
    use super::*;

    #[test]
    fn what_every_sync_asks_is_answered_without_looking_at_every_row() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        for sql in
            [records::DOUBTED, documents::WAITING_RECORDS, outbox::OFFER_WAITING, outbox::FORKED_RECORDS]
        {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan: Vec<String> = statement
                .query_map(rusqlite::params_from_iter(sql.contains("?1").then_some(1)), |row| row.get(3))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let whole = |line: &String| line.starts_with("SCAN") && !line.contains("USING");
            assert!(!plan.iter().any(whole), "{sql}: {plan:?}");
        }
    }

    #[test]
    fn a_fresh_store_gets_every_step_and_a_second_run_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        let schema = |connection: &Connection| -> Vec<String> {
            let mut statement =
                connection.prepare("SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY name").unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let first = schema(&connection);
        migrate(&mut connection).unwrap();
        assert_eq!(schema(&connection), first);
        assert!(
            first
                .iter()
                .filter(|sql| sql.starts_with("CREATE TABLE"))
                .all(|sql| { sql.contains("STRICT") || sql.contains("sqlite_sequence") })
        );
    }

    #[test]
    fn a_store_of_a_newer_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(migrate(&mut connection), Err(StoreError::TooNew { .. })));
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
