-- Attachments. Whole files in the folder `attachments`, and who has them: a truth of its own that `rebuild` does not touch.
CREATE TABLE attachment (
  sha256 BLOB PRIMARY KEY, bytes INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
-- Who has sent all bytes of a file, or was shown it in a record: a reference counts when its author is one of them.
CREATE TABLE attachment_holder (
  user BLOB NOT NULL, sha256 BLOB NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (user, sha256)
) WITHOUT ROWID, STRICT;

-- Which change of a record describes which file, by whom. Derived from the log.
CREATE TABLE attachment_ref (
  record INTEGER NOT NULL, sha256 BLOB NOT NULL, path TEXT NOT NULL, user BLOB NOT NULL,
  PRIMARY KEY (record, sha256, path, user)
) WITHOUT ROWID, STRICT;
CREATE INDEX attachment_ref_sha256 ON attachment_ref (sha256, user);
