-- A person's rights over what is kept of him.

-- What somebody takes with him is read page by page: roles, memberships and judgments by whose
-- they are, in the order of time.
DROP INDEX grants_by_account;
CREATE INDEX grants_by_account ON grants (account_id, valid_from, grant_id);
DROP INDEX memberships_by_volunteer;
CREATE INDEX memberships_by_volunteer ON memberships (volunteer_id, joined_at, team_id);
CREATE INDEX evaluations_by_author ON evaluations (author_id, created_at, evaluation_id) WHERE NOT by_callback;

-- When what is personal of it was erased: names, telephone, places and words. The row stays.
ALTER TABLE demands ADD COLUMN erased_at TIMESTAMPTZ;

-- Accounts that are to be deleted, and how far that has come: phase is what is being put out,
-- after_at and after_id up to where, failures how often the next step has failed. Nothing in it
-- says who it was.
CREATE TABLE deletions (
    deletion_id  UUID PRIMARY KEY,
    account_id   UUID NOT NULL REFERENCES accounts (account_id),
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'withdrawn', 'erasing', 'done')),
    asked_at     TIMESTAMPTZ NOT NULL,
    due_at       TIMESTAMPTZ NOT NULL,
    held_up      BOOLEAN NOT NULL,
    volunteer_id UUID,
    phase        TEXT NOT NULL CHECK (phase IN ('assignments', 'notices', 'demands')),
    after_at     TIMESTAMPTZ NOT NULL,
    after_id     UUID NOT NULL,
    found_open   BOOLEAN NOT NULL,
    failures     BIGINT NOT NULL,
    closed_at    TIMESTAMPTZ,
    finished_at  TIMESTAMPTZ,
    version      BIGINT NOT NULL
);
-- One at a time.
CREATE UNIQUE INDEX deletions_standing ON deletions (account_id) WHERE state IN ('waiting', 'erasing');
CREATE INDEX deletions_due ON deletions (due_at) WHERE state IN ('waiting', 'erasing');

-- What is to be forgotten: as long as the time for which it is kept, never as long as history.
CREATE INDEX demands_to_forget ON demands (county_id, updated_at)
    WHERE erased_at IS NULL AND state IN ('refused', 'closed', 'cancelled', 'transferred');

-- What people want of those who keep something of them, and cannot do themselves. Sealed
-- (platform/vault): content and answer, which tell of them; empty when their account is deleted.
CREATE TABLE rights_requests (
    request_id      UUID PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (account_id),
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    kind            TEXT NOT NULL CHECK (kind IN ('correction', 'restriction', 'deceased_relative', 'explanation')),
    state           TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'refused')),
    content         TEXT,
    answer          TEXT,
    due_at          TIMESTAMPTZ NOT NULL,
    rule_id         UUID,
    decided_by      UUID,
    decided_at      TIMESTAMPTZ,
    created_at      TIMESTAMPTZ NOT NULL,
    version         BIGINT NOT NULL
);
CREATE INDEX rights_requests_of_account ON rights_requests (account_id, created_at, request_id);
CREATE INDEX rights_requests_at ON rights_requests (organization_id, created_at, request_id);
CREATE INDEX rights_requests_in_state ON rights_requests (organization_id, state, created_at, request_id);
