-- What people are told of how their data is handled (个人信息保护法 art. 17, 23, 30). A version is
-- never changed: the next one has the next number. Nothing of it is personal.
CREATE TABLE privacy_notices (
    privacy_notice_id UUID PRIMARY KEY,
    organization_id   UUID NOT NULL REFERENCES organizations (organization_id),
    purpose           TEXT NOT NULL,
    partner_id        UUID REFERENCES partners (partner_id),
    number            BIGINT NOT NULL,
    consent           TEXT NOT NULL CHECK (consent IN ('anew', 'as_before', 'not_needed')),
    content           JSONB NOT NULL,
    effective_from    TIMESTAMPTZ NOT NULL,
    published_by      UUID NOT NULL REFERENCES accounts (account_id),
    published_at      TIMESTAMPTZ NOT NULL,
    changed           BIGINT NOT NULL
);
CREATE INDEX privacy_notices_by_organization ON privacy_notices (organization_id, published_at, privacy_notice_id);
CREATE INDEX privacy_notices_by_change ON privacy_notices (changed);
CREATE UNIQUE INDEX privacy_notices_numbered ON privacy_notices (organization_id, purpose, number) WHERE partner_id IS NULL;
CREATE UNIQUE INDEX privacy_notices_of_partners ON privacy_notices (organization_id, partner_id, number) WHERE partner_id IS NOT NULL;

-- The ledger (art. 14 and 15): each word that somebody gave, or took back, one row, never changed
-- but for the mark that another has followed it (stands). notice_number is 0 where no notice
-- was in force. Sealed: obtained, because staff writes there how somebody agreed.
CREATE TABLE consents (
    consent_id        UUID PRIMARY KEY,
    account_id        UUID NOT NULL REFERENCES accounts (account_id),
    organization_id   UUID NOT NULL REFERENCES organizations (organization_id),
    purpose           TEXT NOT NULL,
    partner_id        UUID REFERENCES partners (partner_id),
    privacy_notice_id UUID REFERENCES privacy_notices (privacy_notice_id),
    notice_number     BIGINT NOT NULL,
    decision          TEXT NOT NULL CHECK (decision IN ('given', 'withdrawn')),
    channel           TEXT NOT NULL,
    recorded_by       UUID NOT NULL REFERENCES accounts (account_id),
    obtained          TEXT,
    stands            BOOLEAN NOT NULL,
    decided_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX consents_of_account ON consents (account_id, decided_at, consent_id);
CREATE INDEX consents_standing ON consents (account_id) WHERE stands;
-- Of two words of one line that are given at the same moment, one stands.
CREATE UNIQUE INDEX consents_one_stands ON consents (account_id, organization_id, purpose) WHERE stands AND partner_id IS NULL;
CREATE UNIQUE INDEX consents_one_stands_of_partner ON consents (account_id, organization_id, partner_id) WHERE stands AND partner_id IS NOT NULL;

-- The provision by which a partner gets data of persons without their consent, if there is one
-- (网络数据安全管理条例 art. 19).
ALTER TABLE partners ADD COLUMN statutory_basis TEXT;

-- The notice that whoever it is for had not agreed to when staff took the order down (art. 18).
ALTER TABLE demands ADD COLUMN privacy_notice_due_id UUID;

-- Why the system has told a volunteer of a call (art. 24): his rank, and among how many. Not sealed:
-- it tells that he lives nearer than others to a place that is named nowhere here.
ALTER TABLE notices ADD COLUMN grounds JSONB;
