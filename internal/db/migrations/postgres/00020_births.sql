-- +goose Up
-- How accounts are born: a registration keeps no password, and mails that strangers cause are counted.

-- The password of an account is chosen behind the mailed link, by whoever reads the mailbox.
UPDATE registrations SET password_hash = '';

-- The mails of the last hour that somebody caused who need not be the mailbox's owner.
CREATE TABLE mail_asks (
    ask_id     uuid NOT NULL PRIMARY KEY,
    mailbox    BYTEA NOT NULL, -- SHA-256 of the address
    asker      BYTEA NOT NULL, -- SHA-256 of the mailbox and who asked
    created_at BIGINT NOT NULL
);
CREATE INDEX mail_asks_mailbox ON mail_asks (mailbox, created_at);
CREATE INDEX mail_asks_created ON mail_asks (created_at);

-- Who asked for a code: the partner in person (empty), or one of its keys by its id.
ALTER TABLE verifications ADD COLUMN credential TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
