-- +goose Up
-- How far a partner's events have been told of.
CREATE TABLE notification_cursors (
    partner_id uuid NOT NULL PRIMARY KEY,
    event_seq  bigint NOT NULL
);

-- What waits to be mailed, one row for each kind that was mailed at all.
CREATE TABLE notification_mails (
    partner_id uuid NOT NULL,
    event      text NOT NULL,
    waiting    bigint NOT NULL, -- events since the last mail
    lines      text NOT NULL, -- JSON: the first of them, in words
    mailed_at  bigint NOT NULL, -- the last mail; 0: none
    PRIMARY KEY (partner_id, event)
);
CREATE INDEX notification_mails_waiting ON notification_mails (mailed_at) WHERE waiting > 0;

-- +goose Down
DROP TABLE notification_mails;
DROP TABLE notification_cursors;
