-- Who has been told of what. A sweep reads the facts that nobody has been told of,
-- writes the notices and marks the facts, in one transaction. The mark is a column
-- and not the id of the fact read last: ids are made before the commit, so a fact
-- that is committed late may carry a smaller id than those read before it.
ALTER TABLE journal ADD COLUMN told_at TIMESTAMPTZ;
UPDATE journal SET told_at = at;
CREATE INDEX journal_untold ON journal (at, entry_id) WHERE told_at IS NULL;

-- What one account is told of one fact. The words are made when it is read, out of
-- the fact and in the reader's language.
CREATE TABLE notices (
    notice_id     UUID PRIMARY KEY,
    account_id    UUID NOT NULL REFERENCES accounts (account_id),
    entry_id      UUID NOT NULL REFERENCES journal (entry_id),
    kind          TEXT NOT NULL,
    demand_id     UUID,
    dispatch_id   UUID,
    assignment_id UUID,
    told_at       TIMESTAMPTZ NOT NULL,
    read_at       TIMESTAMPTZ,
    UNIQUE (entry_id, account_id)
);
CREATE INDEX notices_of_account ON notices (account_id, told_at, notice_id);
CREATE INDEX notices_of_kind ON notices (account_id, kind, told_at, notice_id);
CREATE INDEX notices_unread ON notices (account_id, told_at, notice_id) WHERE read_at IS NULL;
CREATE INDEX notices_by_age ON notices (told_at);
