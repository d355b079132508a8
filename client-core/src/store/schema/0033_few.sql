-- What every sync asks about and few records answer: it must not take longer on a phone with many.
CREATE INDEX record_doubted ON record (id) WHERE in_scope = 2;
CREATE INDEX outbox_waiting ON outbox (record) WHERE verdict = 'waiting';
CREATE INDEX own_change_waiting ON own_change (record) WHERE state = 'waiting';
CREATE INDEX own_change_forked ON own_change (record) WHERE state = 'forked';
