-- Work the server told of, as it stands: a form to be filled about a household or in an area, by a person.
CREATE TABLE assignment (
  id BLOB PRIMARY KEY,
  form TEXT NOT NULL,
  subject BLOB,
  area TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  assignee BLOB NOT NULL,
  name TEXT NOT NULL,
  due TEXT,
  note TEXT,
  author TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  open INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
