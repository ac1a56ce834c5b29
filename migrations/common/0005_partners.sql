-- Other systems that read here. The secret itself is never stored.
CREATE TABLE partners (
    partner_id          UUID PRIMARY KEY,
    organization_id     UUID NOT NULL REFERENCES organizations (organization_id),
    name                TEXT NOT NULL,
    contact             TEXT NOT NULL,
    purpose             TEXT NOT NULL,
    scopes              TEXT NOT NULL,
    requests_per_minute BIGINT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'ended')),
    secret_digest       TEXT,
    secret_renewed_at   TIMESTAMPTZ,
    keys                JSONB NOT NULL,
    expires_at          TIMESTAMPTZ NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    updated_at          TIMESTAMPTZ NOT NULL,
    version             BIGINT NOT NULL
);

-- Every node from a partner's own up to the root, as they were when it was registered:
-- the partners at a node and below it are one range of one index.
CREATE TABLE partner_nodes (
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    created_at      TIMESTAMPTZ NOT NULL,
    partner_id      UUID NOT NULL REFERENCES partners (partner_id),
    PRIMARY KEY (partner_id, organization_id)
);
CREATE INDEX partner_nodes_by_organization ON partner_nodes (organization_id, created_at, partner_id);

-- What partners have signed to get a token, by digest of its number, as long as it would be
-- good: each is good once.
CREATE TABLE spent_assertions (
    assertion_digest TEXT PRIMARY KEY,
    expires_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX spent_assertions_by_end ON spent_assertions (expires_at);
