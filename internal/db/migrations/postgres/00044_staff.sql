-- +goose Up
-- This migration adds the accounts with which the broker's own people sign in.

CREATE TABLE staff (
    staff_id           uuid NOT NULL PRIMARY KEY,
    email              text NOT NULL UNIQUE, -- in lower case
    role               text NOT NULL, -- admin, finance or support
    password_hash      text NOT NULL,
    password_until     bigint, -- when the password expires; NULL after the first sign-in
    totp_secret        text NOT NULL, -- base32, as plain text like totp_secrets.secret; empty if no app was added
    totp_started_at    bigint,
    totp_confirmed_at  bigint, -- NULL until the first sign-in
    totp_last_step     bigint NOT NULL, -- last accepted 30-second step, so that no code is accepted twice
    created_at         bigint NOT NULL,
    disabled_at        bigint
);

CREATE TABLE staff_recovery_codes (
    staff_id  uuid NOT NULL,
    code_hash bytea NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
);

CREATE TABLE staff_sessions (
    session_id  uuid NOT NULL PRIMARY KEY,
    staff_id    uuid NOT NULL,
    secret_hash bytea NOT NULL, -- SHA-256 of the token's secret
    began_at    bigint NOT NULL,
    expires_at  bigint NOT NULL,
    address     text NOT NULL,
    user_agent  text NOT NULL
);
CREATE INDEX staff_sessions_member ON staff_sessions (staff_id);

-- +goose Down
DROP TABLE staff_sessions;
DROP TABLE staff_recovery_codes;
DROP TABLE staff;
