-- The register as it stood: rows of the dataset that were superseded, and what beside reviews made rows change.
-- All of it is derived: `rebuild` makes it again.

-- From when the dataset row of a record (or its absence) holds; 0 before anything was decided.
ALTER TABLE record ADD COLUMN timed_ms INTEGER NOT NULL DEFAULT 0;

-- kind: alias (the record that stands for it), area (its number), discarded (0 or 1); at_ms = the log row's time.
CREATE TABLE stood (
  num INTEGER PRIMARY KEY, record INTEGER NOT NULL, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, was ANY, value ANY
) STRICT;
CREATE INDEX stood_record ON stood (record, num);
CREATE INDEX stood_alias ON stood (value, record) WHERE kind = 'alias' AND value IS NOT NULL;

-- from_ms <= t < until_ms: the row as it stood at t.
CREATE TABLE past (
  record INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, form TEXT NOT NULL,
  form_version INTEGER NOT NULL, area INTEGER NOT NULL, subject BLOB, heads BLOB NOT NULL, approved_ms INTEGER NOT NULL,
  conflicts INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (record, from_ms)
) STRICT;
CREATE INDEX past_form ON past (form, area);
