-- A second copy of what a phone cannot be without, in another page than the first: whose device it is, and its key. Only
-- read when the store is damaged.
CREATE TABLE spare (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO spare (name, value) SELECT name, value FROM meta
 WHERE name IN ('device_seed', 'server_url', 'user', 'user_name', 'user_role');
CREATE TRIGGER spare_made AFTER INSERT ON meta
 WHEN new.name IN ('device_seed', 'server_url', 'user', 'user_name', 'user_role')
 BEGIN INSERT INTO spare (name, value) VALUES (new.name, new.value)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value; END;
CREATE TRIGGER spare_changed AFTER UPDATE ON meta
 WHEN new.name IN ('device_seed', 'server_url', 'user', 'user_name', 'user_role')
 BEGIN INSERT INTO spare (name, value) VALUES (new.name, new.value)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value; END;
