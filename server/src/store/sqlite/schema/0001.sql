-- The whole database. STRICT tables; identifiers are 16-byte blobs, instants are milliseconds since 1970 UTC.

-- What this server is: epoch, install, schema version, counters, secrets.
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;

-- THE TRUTH ------------------------------------------------------------------------------------------------------

-- hash = SHA-256(prev_hash, kind, at_ms, payload_sha256); the payload stands beside it, so that erasing one keeps the chain.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, at_ms INTEGER NOT NULL,
  payload_sha256 BLOB NOT NULL, prev_hash BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE log_payload (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

-- Accounts: a truth of their own that `rebuild` does not touch.
CREATE TABLE user (
  id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password_phc TEXT NOT NULL,
  role TEXT NOT NULL, closed INTEGER NOT NULL, created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE user_grant (
  user BLOB NOT NULL, role TEXT NOT NULL, area TEXT NOT NULL, form TEXT, expires_ms INTEGER
) STRICT;
CREATE INDEX user_grant_user ON user_grant (user);
-- Every scope a user ever had: a device's cursor names the version it was served under.
CREATE TABLE scope_version (
  user BLOB NOT NULL, version INTEGER NOT NULL, grants TEXT NOT NULL, PRIMARY KEY (user, version)
) WITHOUT ROWID, STRICT;
CREATE TABLE device (
  id BLOB PRIMARY KEY, public_key BLOB NOT NULL, user BLOB NOT NULL, name TEXT NOT NULL, enrolled_ms INTEGER NOT NULL,
  revoked_ms INTEGER, last_seen_ms INTEGER, watermark INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX device_user ON device (user);
CREATE TABLE enrolment (
  code_sha256 BLOB PRIMARY KEY, user BLOB NOT NULL, expires_ms INTEGER NOT NULL, used_ms INTEGER, device BLOB
) STRICT;
CREATE TABLE session (
  token_sha256 BLOB PRIMARY KEY, kind TEXT NOT NULL, user BLOB NOT NULL, device BLOB,
  begun_ms INTEGER NOT NULL, seen_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX session_expires ON session (expires_ms);
-- Which heads of a record were shown to whom: only what a person was shown can they approve.
CREATE TABLE served (
  user BLOB NOT NULL, record BLOB NOT NULL, heads BLOB NOT NULL, PRIMARY KEY (user, record, heads)
) WITHOUT ROWID, STRICT;
CREATE TABLE challenge (nonce BLOB PRIMARY KEY, device BLOB NOT NULL, expires_ms INTEGER NOT NULL) STRICT;
CREATE INDEX challenge_expires ON challenge (expires_ms);

-- DERIVED: emptied and made again by `rebuild` ---------------------------------------------------------------------

CREATE TABLE envelope (
  id BLOB PRIMARY KEY, sha256 BLOB NOT NULL, device BLOB NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL
) STRICT;
CREATE INDEX envelope_device ON envelope (device, number);
-- Later verdicts: they stand in the place of those the envelope was recorded with.
CREATE TABLE released (
  envelope BLOB NOT NULL, item INTEGER NOT NULL, seq INTEGER NOT NULL, verdict BLOB NOT NULL,
  PRIMARY KEY (envelope, item)
) WITHOUT ROWID, STRICT;

-- path = codes from the root, each followed by '/': a prefix is a subtree.
CREATE TABLE area (
  num INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, parent TEXT, level TEXT NOT NULL,
  name_zh TEXT NOT NULL, name_en TEXT NOT NULL, valid_from TEXT, valid_to TEXT, path TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX area_path ON area (path);

CREATE TABLE form_version (
  form TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, package BLOB NOT NULL,
  open INTEGER NOT NULL, published_ms INTEGER NOT NULL, PRIMARY KEY (form, version)
) STRICT;

-- rowid = num. shown = 1 once submitted for the first time: before, only its author and supervisors see it.
-- changed_seq = the last log row that touched the record. row_seq = place among changed lines of lists.
CREATE TABLE record (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, form TEXT NOT NULL, form_version INTEGER NOT NULL,
  area INTEGER NOT NULL, subject BLOB, alias_of BLOB,
  author BLOB NOT NULL, device BLOB, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,
  created_seq INTEGER NOT NULL, changed_seq INTEGER NOT NULL, created_feed INTEGER NOT NULL,
  heads BLOB NOT NULL, state TEXT NOT NULL, shown INTEGER NOT NULL, discarded INTEGER NOT NULL,
  submitted_heads BLOB, submitted_ms INTEGER, approved_heads BLOB, approved_ms INTEGER,
  label TEXT NOT NULL DEFAULT '', search TEXT NOT NULL DEFAULT '',
  dirty INTEGER NOT NULL, row_seq INTEGER
) STRICT;
CREATE INDEX record_area ON record (area, num);
CREATE INDEX record_row ON record (row_seq);
CREATE INDEX record_dirty ON record (num) WHERE dirty = 1;
CREATE INDEX record_subject ON record (subject) WHERE subject IS NOT NULL;
CREATE INDEX record_alias ON record (alias_of) WHERE alias_of IS NOT NULL;
CREATE INDEX record_state ON record (state, area, num);
-- The document apart from its row: lists and scopes are walked without reading documents.
CREATE TABLE document (record INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE record_change (
  num INTEGER PRIMARY KEY, hash BLOB NOT NULL, record INTEGER NOT NULL, feed INTEGER NOT NULL, raw BLOB NOT NULL
) STRICT;
CREATE INDEX record_change_feed ON record_change (feed);
CREATE INDEX record_change_record ON record_change (record, num);

-- Who stands behind an actor: from the envelope's signer. An actor belongs to one record.
CREATE TABLE actor (
  actor BLOB PRIMARY KEY, record INTEGER NOT NULL, user BLOB NOT NULL, user_name TEXT NOT NULL, role TEXT NOT NULL,
  device BLOB, feed INTEGER NOT NULL
) STRICT;
CREATE INDEX actor_record ON actor (record);

-- Items that wait for what they build on. kind: change, submission, comment, discard.
CREATE TABLE waiting (
  num INTEGER PRIMARY KEY, record BLOB NOT NULL, envelope BLOB NOT NULL, item INTEGER NOT NULL, kind TEXT NOT NULL,
  device BLOB NOT NULL, user BLOB NOT NULL, user_name TEXT NOT NULL, role TEXT NOT NULL, server INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, bytes BLOB NOT NULL
) STRICT;
CREATE INDEX waiting_record ON waiting (record, num);
CREATE INDEX waiting_device ON waiting (device);
CREATE UNIQUE INDEX waiting_item ON waiting (envelope, item);

CREATE TABLE quarantine (
  envelope BLOB NOT NULL, item INTEGER NOT NULL, record BLOB NOT NULL, kind TEXT NOT NULL, device BLOB NOT NULL,
  user BLOB NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (envelope, item)
) STRICT;
CREATE INDEX quarantine_record ON quarantine (record, kind, device);

CREATE TABLE submission (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, record INTEGER NOT NULL, heads BLOB NOT NULL,
  form_version INTEGER NOT NULL, user BLOB NOT NULL, user_name TEXT NOT NULL, at_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL, note TEXT
) STRICT;
CREATE INDEX submission_record ON submission (record, num);
CREATE TABLE review (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, record INTEGER NOT NULL, heads BLOB NOT NULL,
  decision TEXT NOT NULL, note TEXT, user BLOB, user_name TEXT NOT NULL, at_ms INTEGER NOT NULL, auto INTEGER NOT NULL
) STRICT;
CREATE INDEX review_record ON review (record, num);
CREATE TABLE comment (
  num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, record INTEGER NOT NULL, heads BLOB NOT NULL, path TEXT,
  user BLOB, user_name TEXT NOT NULL, text TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX comment_record ON comment (record, num);
CREATE TABLE waiver (
  num INTEGER PRIMARY KEY, record INTEGER NOT NULL, review BLOB NOT NULL, heads BLOB NOT NULL, key TEXT NOT NULL,
  path TEXT NOT NULL, reason TEXT NOT NULL, user_name TEXT NOT NULL
) STRICT;
CREATE INDEX waiver_record ON waiver (record);

-- What reconciling finds.
CREATE TABLE flag (
  record INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, path TEXT NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (record, kind, key, path)
) WITHOUT ROWID, STRICT;
CREATE INDEX flag_kind ON flag (kind, record);
CREATE TABLE person_key (
  record INTEGER NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (record, key, row)
) WITHOUT ROWID, STRICT;
CREATE INDEX person_key_key ON person_key (key, record);
CREATE TABLE duplicate (
  a BLOB NOT NULL, b BLOB NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (a, b)
) WITHOUT ROWID, STRICT;
CREATE INDEX duplicate_b ON duplicate (b);
CREATE TABLE dataset (
  record INTEGER PRIMARY KEY, form TEXT NOT NULL, form_version INTEGER NOT NULL, area INTEGER NOT NULL, subject BLOB,
  heads BLOB NOT NULL, approved_ms INTEGER NOT NULL, conflicts INTEGER NOT NULL, row TEXT NOT NULL
) STRICT;
CREATE INDEX dataset_form ON dataset (form, area);

-- What devices must hear about, in order. kind: created, changed, shown, row, review, comment, alias, left, entered,
-- form, area. object = the review or comment; audience = the author while nobody else but supervisors may see it.
CREATE TABLE feed (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, record INTEGER, area INTEGER, form TEXT, audience BLOB, object BLOB
) STRICT;
