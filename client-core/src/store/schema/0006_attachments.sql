-- Files that answers describe. queued: attached here, to be sent; held: the server has it; refused: it takes no such file;
-- wanted: to be fetched; fetched: here, whole; absent: the server gives none. The bytes of `queued` stay, whatever happens.
CREATE TABLE attachment (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 BLOB NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'held', 'refused', 'wanted', 'fetched', 'absent')),
  reason TEXT
) STRICT;
CREATE INDEX attachment_by_state ON attachment (state, position);

-- The bytes, one piece after another without gaps.
CREATE TABLE attachment_piece (
  sha256 BLOB NOT NULL,
  start INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (sha256, start)
) STRICT;

-- The records a file belongs to here.
CREATE TABLE attachment_record (
  record BLOB NOT NULL,
  sha256 BLOB NOT NULL,
  PRIMARY KEY (record, sha256)
) STRICT, WITHOUT ROWID;
