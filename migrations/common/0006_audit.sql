-- The audit: every row of the journal is sealed in a chain, soon after it was committed,
-- but for those that only keep an answer and go with it.
-- The mark on the journal is what a sweep finds it by: ids are made before the commit,
-- so a row that is committed late may carry a smaller id than those sealed before it.
ALTER TABLE journal ADD COLUMN sealed_at TIMESTAMPTZ;
UPDATE journal SET sealed_at = at WHERE name = 'command.answered.v1';
CREATE INDEX journal_unsealed ON journal (at, entry_id) WHERE sealed_at IS NULL;

-- suite: by which form and digest; another may follow, so none is prescribed here.
-- at, name, actor_id and subject_id repeat the row, so that the audit is found by them
-- without an index that every command would have to keep.
CREATE TABLE seals (
    sequence   BIGINT PRIMARY KEY,
    entry_id   UUID NOT NULL UNIQUE,
    suite      TEXT NOT NULL,
    digest     TEXT NOT NULL,
    link       TEXT NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    name       TEXT NOT NULL,
    actor_id   UUID,
    subject_id UUID NOT NULL
);
CREATE INDEX seals_by_time ON seals (at, entry_id);
CREATE INDEX seals_by_actor ON seals (actor_id, at, entry_id) WHERE actor_id IS NOT NULL;
CREATE INDEX seals_by_subject ON seals (subject_id, at, entry_id);
CREATE INDEX seals_by_name ON seals (name, at, entry_id);
