-- +goose Up
-- A registration no longer stores a password, and mails that strangers cause have a quota.

-- The owner of the mailbox now chooses the password after opening the link in the mail.
UPDATE registrations SET password_hash = '';

-- This table has the mails of the last hour that someone other than the mailbox's owner may have caused.
CREATE TABLE mail_asks (
    ask_id     uuid NOT NULL PRIMARY KEY,
    mailbox    BYTEA NOT NULL, -- SHA-256 of the address
    asker      BYTEA NOT NULL, -- SHA-256 of the mailbox and the asker
    created_at BIGINT NOT NULL
);
CREATE INDEX mail_asks_mailbox ON mail_asks (mailbox, created_at);
CREATE INDEX mail_asks_created ON mail_asks (created_at);

-- credential is the id of the key that requested a code. It is empty if the partner has requested the code in a
-- session.
ALTER TABLE verifications ADD COLUMN credential TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
