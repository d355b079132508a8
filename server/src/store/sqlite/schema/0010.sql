-- People of registered households, as far as they are compared (`duplicates`). Derived; the number stands in person_key.
-- at: which of the record's people. place: code of the village. birth_key, place_key: see `duplicates::block`.
CREATE TABLE person (
  record INTEGER NOT NULL, at INTEGER NOT NULL, row TEXT NOT NULL, name TEXT NOT NULL, birth TEXT, sex TEXT, number TEXT,
  place TEXT NOT NULL, birth_key INTEGER, place_key INTEGER, PRIMARY KEY (record, at)
) WITHOUT ROWID, STRICT;
CREATE INDEX person_birth_key ON person (birth_key) WHERE birth_key IS NOT NULL;
CREATE INDEX person_place_key ON person (place_key) WHERE place_key IS NOT NULL;
-- What a wrong number may have been meant to be.
CREATE TABLE person_meant (
  number TEXT NOT NULL, record INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (number, record, at)
) WITHOUT ROWID, STRICT;
CREATE INDEX person_meant_record ON person_meant (record);
