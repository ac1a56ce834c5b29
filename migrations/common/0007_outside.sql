-- Who an account is at WeChat. A person has one openid in each mini-program, and one unionid
-- in all those of one company (its appid here is empty): each leads to one account, and an
-- account has one of each.
CREATE TABLE wechat_identities (
    kind       TEXT NOT NULL CHECK (kind IN ('openid', 'unionid')),
    appid      TEXT NOT NULL,
    id         TEXT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (account_id),
    bound_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (kind, appid, id),
    UNIQUE (account_id, kind, appid)
);

-- The token with which the program speaks to WeChat: one for all instances.
CREATE TABLE wechat_tokens (
    appid      TEXT PRIMARY KEY,
    token      TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
