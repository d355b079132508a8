-- What a person is besides the role (`doctor`, `cadre`...), as the server tells it.
ALTER TABLE actor ADD COLUMN post TEXT;
