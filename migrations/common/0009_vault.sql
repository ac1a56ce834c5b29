-- The keys that personal data is sealed with, each wrapped by the master key, which is in
-- no table: see platform/vault. Of the keys of fields all open, and the latest of those
-- with seals_since seals.
CREATE TABLE data_keys (
    purpose     TEXT NOT NULL CHECK (purpose IN ('field', 'index')),
    number      BIGINT NOT NULL,
    suite       TEXT NOT NULL,
    wrapped     TEXT NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    seals_since TIMESTAMPTZ,
    PRIMARY KEY (purpose, number)
);

-- How far a column has been sealed anew with the key of this number.
CREATE TABLE sealed_anew (
    number   BIGINT NOT NULL,
    field    TEXT NOT NULL,
    after_id UUID NOT NULL,
    finished BOOLEAN NOT NULL,
    PRIMARY KEY (number, field)
);
