-- A version closed to new records; a test version (测试版), whose records never count.
ALTER TABLE form ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE form ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
