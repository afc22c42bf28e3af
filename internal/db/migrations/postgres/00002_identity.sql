-- +goose Up
-- This migration creates the tables for passwords, sessions, the keys that sign tokens, API keys and failed logins.
-- *_at is in microseconds since 1970 UTC. credentials and sessions are partner data, so partner_id is first in their
-- keys. A request must find rows of the other tables before the partner is known. private_pem is stored unencrypted.
-- Anyone with a copy of this table can sign tokens.

CREATE TABLE credentials (
    partner_id    uuid NOT NULL PRIMARY KEY,
    password_hash text NOT NULL,
    version       bigint NOT NULL, -- number of the partner's current password; rehashing does not change it
    legacy_cost   bigint NOT NULL, -- iterations of an imported hash; 0 for argon2id
    changed_at    bigint NOT NULL
);
CREATE INDEX credentials_legacy ON credentials (legacy_cost) WHERE legacy_cost > 0;

CREATE TABLE sessions (
    partner_id uuid NOT NULL,
    session_id uuid NOT NULL,
    issued_at  bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    address    text NOT NULL,
    user_agent text NOT NULL,
    PRIMARY KEY (partner_id, session_id)
);
CREATE INDEX sessions_expiry ON sessions (partner_id, expires_at);

CREATE TABLE signing_keys (
    key_id      text NOT NULL PRIMARY KEY,
    generation  bigint NOT NULL UNIQUE, -- unique, so that only one of two processes can create the next key
    private_pem text NOT NULL,
    created_at  bigint NOT NULL,
    retired_at  bigint
);

CREATE TABLE api_keys (
    key_id       text NOT NULL PRIMARY KEY,
    secret_hash  bytea NOT NULL,
    role         text NOT NULL,
    partner_id   uuid, -- NULL for a key of the broker
    scopes       text NOT NULL, -- separated by spaces; empty means everything that the role may do
    name         text NOT NULL,
    created_at   bigint NOT NULL,
    expires_at   bigint,
    last_used_at bigint,
    revoked_at   bigint
);
CREATE INDEX api_keys_partner ON api_keys (partner_id, created_at);

CREATE TABLE login_failures (
    throttle_key bytea NOT NULL PRIMARY KEY, -- SHA-256 of the e-mail and the address
    failures     bigint NOT NULL,
    until_at     bigint NOT NULL,
    forget_at    bigint NOT NULL
);
CREATE INDEX login_failures_forget ON login_failures (forget_at);

-- +goose Down
SELECT 'identity is not taken down: restore a backup instead';
