-- What lists and progress count by, so that counting a register reads this alone and not its records. Whoever counts names it
-- (INDEXED BY); it begins with what no other query seeks, so that none takes it for the shortest way.
CREATE INDEX record_counted ON record (author, area, state, form, test, discarded, alias_of, shown);
-- When a record was said to be complete is read with it.
DROP INDEX submission_record;
CREATE INDEX submission_record ON submission (record, num, received_ms, at_ms);
