-- An area that others follow: nothing new is begun there.
ALTER TABLE area ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
