CREATE TABLE organizations (
    organization_id  UUID PRIMARY KEY,
    parent_id        UUID REFERENCES organizations (organization_id),
    kind             TEXT NOT NULL CHECK (kind IN ('center', 'sub_center', 'institute', 'station', 'base', 'post', 'team', 'unit')),
    name             TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'archived')),
    division_code    TEXT,
    address          TEXT,
    phone            TEXT,
    latitude         DOUBLE PRECISION,
    longitude        DOUBLE PRECISION,
    place_synthetic  BOOLEAN NOT NULL,
    radius_meters    BIGINT,
    skills           BIGINT NOT NULL,
    slots            BIGINT NOT NULL,
    accepts_dispatch BOOLEAN NOT NULL,
    open_hours       JSONB NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    version          BIGINT NOT NULL,
    changed          BIGINT NOT NULL
);
CREATE INDEX organizations_by_change ON organizations (changed);
CREATE INDEX organizations_by_parent ON organizations (parent_id);

CREATE TABLE grants (
    grant_id        UUID PRIMARY KEY,
    account_id      UUID NOT NULL REFERENCES accounts (account_id),
    organization_id UUID REFERENCES organizations (organization_id),
    role            TEXT NOT NULL CHECK (role IN ('viewer', 'clerk', 'dispatcher', 'administrator', 'security_administrator', 'audit_administrator')),
    valid_from      TIMESTAMPTZ NOT NULL,
    valid_until     TIMESTAMPTZ,
    revoked_at      TIMESTAMPTZ,
    delegated_from  UUID REFERENCES grants (grant_id),
    delegated_by    UUID REFERENCES accounts (account_id)
);
CREATE INDEX grants_by_source ON grants (delegated_from) WHERE delegated_from IS NOT NULL;
CREATE INDEX grants_by_account ON grants (account_id);
CREATE INDEX grants_by_organization ON grants (organization_id, valid_from, grant_id);

-- Settings, inherited down the tree, effective-dated; a version is never changed.
CREATE TABLE rules (
    rule_id         UUID PRIMARY KEY,
    organization_id UUID NOT NULL REFERENCES organizations (organization_id),
    name            TEXT NOT NULL,
    value           JSONB NOT NULL,
    effective_from  TIMESTAMPTZ NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    created_by      UUID,
    changed         BIGINT NOT NULL
);
CREATE INDEX rules_by_change ON rules (changed);
CREATE INDEX rules_by_organization ON rules (organization_id, name, effective_from, rule_id);

-- Sealed (platform/vault): place, latitude and longitude of where he lives, bound to his
-- account. In clear: the cell of some five square kilometers in which he is looked for,
-- and the name by which his team and his county look him up.
CREATE TABLE volunteers (
    volunteer_id     UUID PRIMARY KEY,
    account_id       UUID NOT NULL UNIQUE REFERENCES accounts (account_id),
    county_id        UUID NOT NULL REFERENCES organizations (organization_id),
    name             TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'left')),
    place            TEXT,
    cell             BIGINT,
    radius_meters    BIGINT NOT NULL,
    skills           BIGINT NOT NULL,
    slots            BIGINT NOT NULL,
    accepts_matching BOOLEAN NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    version          BIGINT NOT NULL
);
CREATE INDEX volunteers_by_cell ON volunteers (cell, volunteer_id) WHERE accepts_matching;
CREATE INDEX volunteers_by_county ON volunteers (county_id, created_at, volunteer_id);
CREATE INDEX volunteers_by_county_and_status ON volunteers (county_id, status, created_at, volunteer_id);
CREATE INDEX volunteers_by_name ON volunteers (county_id, name, created_at, volunteer_id);

CREATE TABLE memberships (
    team_id      UUID NOT NULL REFERENCES organizations (organization_id),
    volunteer_id UUID NOT NULL REFERENCES volunteers (volunteer_id),
    role         TEXT NOT NULL CHECK (role IN ('member', 'leader')),
    joined_at    TIMESTAMPTZ NOT NULL,
    left_at      TIMESTAMPTZ,
    PRIMARY KEY (team_id, volunteer_id)
);
CREATE INDEX memberships_by_volunteer ON memberships (volunteer_id);
CREATE INDEX memberships_in_order ON memberships (team_id, joined_at, volunteer_id);

-- Totals that are right at once: one row per volunteer, team and station.
CREATE TABLE tallies (
    owner_id        UUID PRIMARY KEY,
    minutes         BIGINT NOT NULL,
    services        BIGINT NOT NULL,
    ratings         BIGINT NOT NULL,
    rating_sum      BIGINT NOT NULL,
    solved          BIGINT NOT NULL,
    open_dispatches BIGINT NOT NULL,
    last_asked_at   TIMESTAMPTZ
);
