-- Areas over time. Derived from the log.
-- From the civil day `on_day` on, what lay in `area` lies in `successor`; several successors of one area: it was divided, and
-- each record is placed by a person.
CREATE TABLE area_succession (
  area INTEGER NOT NULL, successor INTEGER NOT NULL, on_day TEXT NOT NULL, PRIMARY KEY (area, successor)
) WITHOUT ROWID, STRICT;
-- What an area was called and when it existed, until it was changed at until_ms (the log row's time).
CREATE TABLE area_past (
  num INTEGER PRIMARY KEY, area INTEGER NOT NULL, until_ms INTEGER NOT NULL, level TEXT NOT NULL,
  name_zh TEXT NOT NULL, name_en TEXT NOT NULL, valid_from TEXT, valid_to TEXT
) STRICT;
CREATE INDEX area_past_area ON area_past (area, until_ms);
