-- Samples drawn from the register. Derived from the log.
-- asked: how many were asked for, as it was said (`30%`, `615`). base_sha256: see `samples::draw`.
CREATE TABLE sample (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, name TEXT NOT NULL, form TEXT NOT NULL, check_form TEXT NOT NULL,
  area TEXT NOT NULL, filter TEXT NOT NULL, strata TEXT NOT NULL, asked TEXT NOT NULL, seed INTEGER NOT NULL, as_of_ms INTEGER NOT NULL,
  base INTEGER NOT NULL, base_sha256 BLOB NOT NULL, by_name TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE sample_stratum (
  sample INTEGER NOT NULL, key TEXT NOT NULL, base INTEGER NOT NULL, drawn INTEGER NOT NULL, PRIMARY KEY (sample, key)
) WITHOUT ROWID, STRICT;
-- place: its rank in its stratum. state: drawn, reserve, replaced. stands_for: the household it took the place of.
CREATE TABLE sample_unit (
  sample INTEGER NOT NULL, record BLOB NOT NULL, stratum TEXT NOT NULL, place INTEGER NOT NULL, state TEXT NOT NULL,
  reason TEXT, stands_for BLOB, by_name TEXT, at_ms INTEGER, PRIMARY KEY (sample, record)
) WITHOUT ROWID, STRICT;
CREATE INDEX sample_unit_place ON sample_unit (sample, stratum, place);
