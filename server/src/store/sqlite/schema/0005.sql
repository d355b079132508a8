-- What approved records moved in the records they are about (`x-moves`), or could not. Derived from the log.
-- source: the record that was approved; target: the one that is moved; was, value: from where and where to.
CREATE TABLE status_move (
  num INTEGER PRIMARY KEY, source INTEGER NOT NULL, heads BLOB NOT NULL, target INTEGER, answer TEXT NOT NULL,
  was TEXT, value TEXT NOT NULL, verdict TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX status_move_source ON status_move (source, num);
CREATE INDEX status_move_target ON status_move (target, num) WHERE target IS NOT NULL;

-- What a person is besides the role (`doctor`, `cadre`...): whose answer is suggested when people differ.
ALTER TABLE user ADD COLUMN post TEXT;
