-- +goose Up
-- This migration adds the accounts with which the broker's own people sign in.

CREATE TABLE staff (
    staff_id           BLOB NOT NULL PRIMARY KEY,
    email              TEXT NOT NULL UNIQUE, -- in lower case
    role               TEXT NOT NULL, -- admin, finance or support
    password_hash      TEXT NOT NULL,
    password_until     INTEGER, -- when the password expires; NULL after the first sign-in
    totp_secret        TEXT NOT NULL, -- base32, as plain text like totp_secrets.secret; empty if no app was added
    totp_started_at    INTEGER,
    totp_confirmed_at  INTEGER, -- NULL until the first sign-in
    totp_last_step     INTEGER NOT NULL, -- last accepted 30-second step, so that no code is accepted twice
    created_at         INTEGER NOT NULL,
    disabled_at        INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_recovery_codes (
    staff_id  BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (staff_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_sessions (
    session_id  BLOB NOT NULL PRIMARY KEY,
    staff_id    BLOB NOT NULL,
    secret_hash BLOB NOT NULL, -- SHA-256 of the token's secret
    began_at    INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    address     TEXT NOT NULL,
    user_agent  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_sessions_member ON staff_sessions (staff_id);

-- +goose Down
DROP TABLE staff_sessions;
DROP TABLE staff_recovery_codes;
DROP TABLE staff;
