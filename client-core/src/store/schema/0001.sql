-- One value per name: device key, session, cursor, marks.
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- A record's line in lists. Documents lie elsewhere so that a list reads no document.
CREATE TABLE record (
  id BLOB PRIMARY KEY,
  form TEXT NOT NULL,
  form_version INTEGER NOT NULL,
  area TEXT NOT NULL,
  subject BLOB,
  label TEXT NOT NULL,
  search TEXT NOT NULL,
  state TEXT NOT NULL,
  canonical BLOB,
  own INTEGER NOT NULL,
  in_scope INTEGER NOT NULL,
  discarded INTEGER NOT NULL DEFAULT 0,
  touched_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_form ON record (form, state);

-- The accepted history of a record as received or saved; heads are those it was announced with.
CREATE TABLE document (
  record BLOB PRIMARY KEY,
  bytes BLOB NOT NULL,
  heads BLOB
) STRICT;

-- What came from the server and is not merged into the document yet.
CREATE TABLE received (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  record BLOB NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('change', 'document')),
  bytes BLOB NOT NULL,
  heads BLOB
) STRICT;
CREATE INDEX received_by_record ON received (record, position);

-- Changes made here. `accepted` ones may be merged into the document and leave this table.
CREATE TABLE own_change (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE,
  record BLOB NOT NULL,
  bytes BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'waiting', 'quarantined', 'forked', 'replaced'))
) STRICT;
CREATE INDEX own_change_by_record ON own_change (record, position);

-- Which actor writes a record here, and how far it has counted.
CREATE TABLE writer (
  record BLOB PRIMARY KEY,
  generation INTEGER NOT NULL,
  last_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bytes that could not be used, kept for a person to look at. Never deleted here.
CREATE TABLE set_aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  record BLOB NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes BLOB NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;

-- Facts to be told to the server, in order. `envelope` is set when they are sealed, `verdict` when it answered.
CREATE TABLE outbox (
  item INTEGER PRIMARY KEY AUTOINCREMENT,
  record BLOB NOT NULL,
  kind TEXT NOT NULL,
  change BLOB,
  payload BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  envelope BLOB,
  place INTEGER,
  verdict TEXT,
  reason TEXT
) STRICT;
CREATE INDEX outbox_by_envelope ON outbox (envelope, place);
CREATE INDEX outbox_by_change ON outbox (change);
CREATE INDEX outbox_by_record ON outbox (record);

CREATE TABLE envelope (
  id BLOB PRIMARY KEY,
  number INTEGER NOT NULL,
  body BLOB NOT NULL,
  signature BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sealed', 'acked', 'refused')),
  problem TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX envelope_by_state ON envelope (state, number);

CREATE TABLE submission (
  id BLOB PRIMARY KEY,
  record BLOB NOT NULL,
  heads BLOB NOT NULL,
  form_version INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX submission_by_record ON submission (record, at_ms);

CREATE TABLE form (
  form TEXT NOT NULL,
  version INTEGER NOT NULL,
  package BLOB NOT NULL,
  PRIMARY KEY (form, version)
) STRICT;

CREATE TABLE area (
  code TEXT PRIMARY KEY,
  parent TEXT,
  level TEXT NOT NULL,
  name_zh TEXT NOT NULL,
  name_en TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who stands behind an actor. Own actors are noted at the first write; the server's word replaces that.
CREATE TABLE actor (
  actor BLOB PRIMARY KEY,
  user BLOB NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  device BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
  id BLOB PRIMARY KEY,
  record BLOB NOT NULL,
  heads BLOB NOT NULL,
  decision TEXT NOT NULL,
  author TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  note TEXT,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX review_by_record ON review (record, position);

CREATE TABLE comment (
  id BLOB PRIMARY KEY,
  record BLOB NOT NULL,
  heads BLOB NOT NULL,
  path TEXT,
  author TEXT NOT NULL,
  text TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_by_record ON comment (record, at_ms);
