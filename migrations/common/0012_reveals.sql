-- A look at what is masked otherwise: who asked, of whom or what, what for, and until when he
-- sees it, or until when somebody else has to approve it. What is seen is not kept here: it is
-- read where it is, as long as the reveal lasts.
-- Sealed (platform/vault): reason and decision_reason, which are in somebody's words. In
-- clear: who asked and who decided, by the names that they were known by then.
CREATE TABLE reveals (
    reveal_id       UUID PRIMARY KEY,
    kind            TEXT NOT NULL CHECK (kind IN ('demand_contact', 'volunteer_contact')),
    subject_id      UUID NOT NULL,
    asked_by        UUID NOT NULL REFERENCES accounts (account_id),
    asked_by_name   TEXT NOT NULL,
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    purpose         TEXT NOT NULL,
    reason          TEXT NOT NULL,
    minutes         BIGINT NOT NULL,
    standing        TEXT NOT NULL CHECK (standing IN ('granted', 'awaiting_approval', 'refused')),
    asked_at        TIMESTAMPTZ NOT NULL,
    approve_by      TIMESTAMPTZ,
    visible_until   TIMESTAMPTZ,
    decided_by      UUID REFERENCES accounts (account_id),
    decided_by_name TEXT,
    decided_at      TIMESTAMPTZ,
    decision_reason TEXT
);

-- Those that wait for an approval, at each node from the asking organization to the root:
-- as long as there are requests open, never as long as history.
CREATE TABLE reveal_waits (
    organization_id UUID NOT NULL,
    asked_at        TIMESTAMPTZ NOT NULL,
    reveal_id       UUID NOT NULL REFERENCES reveals (reveal_id),
    approve_by      TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (reveal_id, organization_id)
);
CREATE INDEX reveal_waits_by_organization ON reveal_waits (organization_id, asked_at, reveal_id);
CREATE INDEX reveal_waits_by_end ON reveal_waits (approve_by);

-- Who looked at somebody's data, for himself: one row for each account that a reveal is about.
CREATE TABLE access_log (
    account_id UUID NOT NULL REFERENCES accounts (account_id),
    at         TIMESTAMPTZ NOT NULL,
    reveal_id  UUID NOT NULL REFERENCES reveals (reveal_id),
    PRIMARY KEY (reveal_id, account_id)
);
CREATE INDEX access_log_by_account ON access_log (account_id, at, reveal_id);

-- Whether whoever needs help is a minor, as the order says: sealed, by a single character.
ALTER TABLE demands ADD COLUMN recipient_age TEXT;

-- When a volunteer was born, and for a child under fourteen the guardian who has agreed (name,
-- telephone, relation and how): both sealed (platform/vault), bound to the account. Read where his
-- telephone is asked for, and what is kept of him.
CREATE TABLE volunteer_ages (
    account_id UUID PRIMARY KEY REFERENCES accounts (account_id),
    birth_date TEXT NOT NULL,
    guardian   TEXT,
    written_at TIMESTAMPTZ NOT NULL
);

-- When the holder of an account was born, as far as that is known: as he has said it as a volunteer,
-- or by his proven number, whichever is later. Sealed (platform/vault). Read wherever he is named to
-- others.
ALTER TABLE accounts ADD COLUMN born TEXT;

-- Whether the holder of an account has proven his real name, when and by which source; the
-- answer of the source is not kept. Sealed (platform/vault): id_number, where it matched; it is
-- looked up by its blind index, so that a number belongs to one account.
CREATE TABLE real_names (
    account_id UUID PRIMARY KEY REFERENCES accounts (account_id),
    id_number  TEXT,
    id_index   TEXT UNIQUE,
    source     TEXT NOT NULL,
    asked_at   TIMESTAMPTZ NOT NULL
);
