-- +goose Up
-- This migration creates the tables for passwords, sessions, the keys that sign tokens, API keys and failed logins.
-- *_at is in microseconds since 1970 UTC. credentials and sessions are partner data, so partner_id is first in their
-- keys. A request must find rows of the other tables before the partner is known. private_pem is stored unencrypted.
-- Anyone with a copy of this table can sign tokens.

CREATE TABLE credentials (
    partner_id    BLOB NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL,
    version       INTEGER NOT NULL, -- number of the partner's current password; rehashing does not change it
    legacy_cost   INTEGER NOT NULL, -- iterations of an imported hash; 0 for argon2id
    changed_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX credentials_legacy ON credentials (legacy_cost) WHERE legacy_cost > 0;

CREATE TABLE sessions (
    partner_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    PRIMARY KEY (partner_id, session_id)
) STRICT;
CREATE INDEX sessions_expiry ON sessions (partner_id, expires_at);

CREATE TABLE signing_keys (
    key_id      TEXT NOT NULL PRIMARY KEY,
    generation  INTEGER NOT NULL UNIQUE, -- unique, so that only one of two processes can create the next key
    private_pem TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    retired_at  INTEGER
) STRICT;

CREATE TABLE api_keys (
    key_id       TEXT NOT NULL PRIMARY KEY,
    secret_hash  BLOB NOT NULL,
    role         TEXT NOT NULL,
    partner_id   BLOB, -- NULL for a key of the broker
    scopes       TEXT NOT NULL, -- separated by spaces; empty means everything that the role may do
    name         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX api_keys_partner ON api_keys (partner_id, created_at);

CREATE TABLE login_failures (
    throttle_key BLOB NOT NULL PRIMARY KEY, -- SHA-256 of the e-mail and the address
    failures     INTEGER NOT NULL,
    until_at     INTEGER NOT NULL,
    forget_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failures_forget ON login_failures (forget_at);

-- +goose Down
SELECT 'identity is not taken down: restore a backup instead';
