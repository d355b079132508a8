-- Work given to people: a form to be filled about one household, or in an area. Derived from the log.
-- quantity: how many records are asked for in an area. state: open, closed.
CREATE TABLE assignment (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, form TEXT NOT NULL, subject BLOB, area INTEGER NOT NULL,
  quantity INTEGER NOT NULL, assignee BLOB NOT NULL, assignee_name TEXT NOT NULL, due TEXT, note TEXT,
  by_name TEXT NOT NULL, at_ms INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT
) STRICT;
CREATE INDEX assignment_assignee ON assignment (assignee, state, num);
CREATE INDEX assignment_subject ON assignment (subject, form) WHERE subject IS NOT NULL;
-- Everybody who ever held an assignment: what they filled before they heard that it was moved is still taken.
CREATE TABLE assignment_holder (
  assignment INTEGER NOT NULL, holder BLOB NOT NULL, PRIMARY KEY (assignment, holder)
) WITHOUT ROWID, STRICT;
