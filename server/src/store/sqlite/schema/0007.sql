-- backed_up: every envelope of this key in the log with a number up to it is in a backup; phones may forget those.
ALTER TABLE device ADD COLUMN backed_up INTEGER NOT NULL DEFAULT 0;
-- What came after a backup.
CREATE INDEX envelope_seq ON envelope (seq);
