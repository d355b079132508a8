-- Who published a version, and when it was closed to new records (`open` = 0).
ALTER TABLE form_version ADD COLUMN by_name TEXT NOT NULL DEFAULT '';
ALTER TABLE form_version ADD COLUMN closed_ms INTEGER;

-- test = 1: filled under a test version (测试版), kept and never counted. begun_closed = 1: begun under a version after it
-- had been closed to new records, by a phone that had not heard.
ALTER TABLE record ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN begun_closed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX record_test ON record (num) WHERE test = 1;

-- A test version: the newest content tried under a number. Never removed, since records may have been filled under it;
-- `open` = 0 once it is closed or the form went on to a published version.
CREATE TABLE form_trial (
  form TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, package BLOB NOT NULL,
  open INTEGER NOT NULL, begun_ms INTEGER NOT NULL, by_name TEXT NOT NULL, PRIMARY KEY (form, version)
) STRICT;
-- Every device it was ever given to. chosen = 0: a later trial of the number was given to others.
CREATE TABLE form_trial_device (
  device BLOB NOT NULL, form TEXT NOT NULL, version INTEGER NOT NULL, chosen INTEGER NOT NULL,
  PRIMARY KEY (device, form, version)
) WITHOUT ROWID, STRICT;
