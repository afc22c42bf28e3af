-- +goose Up
-- How far a partner's events have been told of.
CREATE TABLE notification_cursors (
    partner_id BLOB NOT NULL PRIMARY KEY,
    event_seq  INTEGER NOT NULL
) STRICT;

-- What waits to be mailed, one row for each kind that was mailed at all.
CREATE TABLE notification_mails (
    partner_id BLOB NOT NULL,
    event      TEXT NOT NULL,
    waiting    INTEGER NOT NULL, -- events since the last mail
    lines      TEXT NOT NULL, -- JSON: the first of them, in words
    mailed_at  INTEGER NOT NULL, -- the last mail; 0: none
    PRIMARY KEY (partner_id, event)
) STRICT;
CREATE INDEX notification_mails_waiting ON notification_mails (mailed_at) WHERE waiting > 0;

-- +goose Down
DROP TABLE notification_mails;
DROP TABLE notification_cursors;
