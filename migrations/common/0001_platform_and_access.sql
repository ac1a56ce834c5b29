-- Types are PostgreSQL's names; SQLite reads them as affinities and keeps what
-- is bound: UUID as 16 bytes, TIMESTAMPTZ as RFC 3339 text in UTC.

-- One number for all reference data (tree, rules, menu): see platform/reference.rs.
CREATE TABLE reference_version (version BIGINT NOT NULL);
INSERT INTO reference_version (version) VALUES (0);

CREATE TABLE job_leases (
    name  TEXT PRIMARY KEY,
    owner UUID NOT NULL,
    until TIMESTAMPTZ NOT NULL
);

-- What the instances tell each other of those who send much: the minute since 1970, and
-- the caller by a digest. Gone when the minute is over.
CREATE TABLE request_counts (
    minute   BIGINT NOT NULL,
    caller   BIGINT NOT NULL,
    instance UUID NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (minute, caller, instance)
);

-- password_given_at: when somebody else set the password; empty once its holder has.
-- second_factor_since: since when the secret is in use; second_factor_step: the latest code used.
-- Sealed (platform/vault): phone, which is looked up by its blind index, phone_index, and
-- second_factor_secret. In clear: the name, which is how somebody is addressed and not proof of who he is.
CREATE TABLE accounts (
    account_id        UUID PRIMARY KEY,
    name              TEXT NOT NULL,
    username          TEXT UNIQUE,
    password_hash     TEXT,
    password_given_at TIMESTAMPTZ,
    phone             TEXT,
    phone_index       TEXT UNIQUE,
    created_at        TIMESTAMPTZ NOT NULL,
    closed_at         TIMESTAMPTZ,
    second_factor_secret TEXT,
    second_factor_since  TIMESTAMPTZ,
    second_factor_step   BIGINT
);

-- Each is good for one sign-in; by digest.
CREATE TABLE recovery_codes (
    account_id UUID NOT NULL REFERENCES accounts (account_id),
    digest     TEXT NOT NULL,
    PRIMARY KEY (account_id, digest)
);

-- A sign-in. The refresh token itself is never stored; the one spent last is
-- remembered, so that a copy shows itself. Unused it lapses at expires_at, and used
-- or not it ends at ends_at.
CREATE TABLE sessions (
    session_id     UUID PRIMARY KEY,
    account_id     UUID NOT NULL REFERENCES accounts (account_id),
    method         TEXT NOT NULL CHECK (method IN ('password', 'phone', 'wechat')),
    client         TEXT,
    refresh_digest TEXT NOT NULL UNIQUE,
    spent_digest   TEXT UNIQUE,
    started_at     TIMESTAMPTZ NOT NULL,
    refreshed_at   TIMESTAMPTZ NOT NULL,
    expires_at     TIMESTAMPTZ NOT NULL,
    ends_at        TIMESTAMPTZ NOT NULL,
    revoked_at     TIMESTAMPTZ
);
CREATE INDEX sessions_standing ON sessions (account_id, started_at, session_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- How often something was done, by digest of who did it: tries to sign in by password that
-- failed, codes that were sent. counted_at is when the last of them was, or the first, as it
-- is counted.
CREATE TABLE access_counts (
    subject    TEXT PRIMARY KEY,
    number     BIGINT NOT NULL,
    counted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX access_counts_by_age ON access_counts (counted_at);

-- phone is a blind index (platform/vault): the number itself is not kept. The digest is
-- keyed: without the key of the installation, a million codes are not tried out.
CREATE TABLE phone_codes (
    phone       TEXT PRIMARY KEY,
    code_digest TEXT NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    tries       BIGINT NOT NULL
);
CREATE INDEX phone_codes_by_end ON phone_codes (expires_at);

-- What access tokens are signed with. One is current and one is next, which the index
-- holds; one that signs no more has lost its private part. generation is the number of
-- the change to reference data that it was made with. Sealed (platform/vault): private_key,
-- which is never sealed anew: rotating the signing keys replaces it.
CREATE TABLE signing_keys (
    key_id       TEXT PRIMARY KEY,
    status       TEXT NOT NULL CHECK (status IN ('current', 'next', 'previous')),
    public_key   TEXT NOT NULL,
    private_key  TEXT,
    generation   BIGINT NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    activated_at TIMESTAMPTZ,
    retired_at   TIMESTAMPTZ
);
CREATE UNIQUE INDEX signing_keys_in_use ON signing_keys (status) WHERE status <> 'previous';

-- What all instances share and nobody else knows, by what it is for; sealed (platform/vault).
CREATE TABLE secrets (
    name       TEXT PRIMARY KEY,
    secret     TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Facts, append-only; the first fact of a command also keeps the answer to it. What is
-- written of the request: its number, its address, and the sign-in or the partner.
-- delegated_by: for whom the actor stood in, where only that allowed it. Sealed
-- (platform/vault): the answer, which may show a telephone to whoever was allowed to see it,
-- and the reason, which is in somebody's words.
CREATE TABLE journal (
    entry_id        UUID PRIMARY KEY,
    at              TIMESTAMPTZ NOT NULL,
    name            TEXT NOT NULL,
    demand_id       UUID,
    subject_id      UUID NOT NULL,
    actor_id        UUID,
    actor_name      TEXT NOT NULL,
    reason          TEXT,
    data            JSONB NOT NULL,
    request_id      TEXT,
    address         TEXT,
    session_id      UUID,
    partner_id      UUID,
    delegated_by    UUID,
    idempotency_key TEXT,
    request_digest  TEXT,
    answer_status   BIGINT,
    answer_body     TEXT
);
CREATE INDEX journal_of_demand ON journal (demand_id, entry_id) WHERE demand_id IS NOT NULL;
CREATE UNIQUE INDEX journal_by_key ON journal (actor_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- What is to be forgotten. Its condition is not the one above: while the journal is young, PostgreSQL
-- would take either index to find a key, and go on reading all the answers there are.
CREATE INDEX journal_answers ON journal (at) WHERE answer_status IS NOT NULL;
