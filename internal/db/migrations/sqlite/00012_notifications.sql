-- +goose Up
-- A row has the number of the last event of a partner that the notifications job has processed.
CREATE TABLE notification_cursors (
    partner_id BLOB NOT NULL PRIMARY KEY,
    event_seq  INTEGER NOT NULL
) STRICT;

-- A row has the events of one kind that wait to be mailed. A partner has a row for each kind of event for which a mail
-- was ever due.
CREATE TABLE notification_mails (
    partner_id BLOB NOT NULL,
    event      TEXT NOT NULL,
    waiting    INTEGER NOT NULL, -- number of events since the last mail
    lines      TEXT NOT NULL, -- JSON list of texts about the first of these events
    mailed_at  INTEGER NOT NULL, -- time of the last mail; 0 if there was none
    PRIMARY KEY (partner_id, event)
) STRICT;
CREATE INDEX notification_mails_waiting ON notification_mails (mailed_at) WHERE waiting > 0;

-- +goose Down
DROP TABLE notification_mails;
DROP TABLE notification_cursors;
