-- Members that left one record of the register for another: the state it was decided on, and the changes that say so.
-- One entry of the log (seq) may move several rows. Derived from the log.
CREATE TABLE member_move (
  num INTEGER PRIMARY KEY, seq INTEGER NOT NULL, source INTEGER NOT NULL, target INTEGER NOT NULL, row TEXT NOT NULL,
  day TEXT NOT NULL, state TEXT NOT NULL, base BLOB NOT NULL, closed BLOB NOT NULL, opened BLOB NOT NULL
) STRICT;
CREATE INDEX member_move_source ON member_move (source, seq);
CREATE INDEX member_move_target ON member_move (target, seq);
-- Edits of such members by people who had not heard, and the changes they were written anew in. root: the first of a
-- chain of moves. saw_copy: whether the change has seen the rows that were copied. submitted: as part of what is complete.
CREATE TABLE carried (
  num INTEGER PRIMARY KEY, move INTEGER NOT NULL, original BLOB NOT NULL, root BLOB NOT NULL, change BLOB NOT NULL,
  saw_copy INTEGER NOT NULL, submitted INTEGER NOT NULL
) STRICT;
CREATE INDEX carried_move ON carried (move, original);
CREATE INDEX carried_change ON carried (change);
-- What else happened to a record, as the log tells it: for its history. other: the record at the other end.
CREATE TABLE told (
  num INTEGER PRIMARY KEY, seq INTEGER NOT NULL, record INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
  other INTEGER, by_name TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX told_record ON told (record, num);
-- When a change was received.
ALTER TABLE record_change ADD COLUMN at_ms INTEGER NOT NULL DEFAULT 0;
