-- +goose Up
-- rewards has the data of reward events in the packed form that internal/outbox/event defines. In these events, the
-- column data is empty. Events from before this migration keep their JSON until they are removed. The table now has row
-- numbers. In a table without row numbers, SQLite splits a long row in two, and the second part takes a whole page.
CREATE TABLE events_packed (
    partner_id BLOB NOT NULL,
    event_seq  INTEGER NOT NULL,
    type       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    data       TEXT NOT NULL, -- JSON
    rewards    BLOB,
    PRIMARY KEY (partner_id, event_seq)
) STRICT;
INSERT INTO events_packed (partner_id, event_seq, type, at, data) SELECT partner_id, event_seq, type, at, data FROM events;
DROP TABLE events;
ALTER TABLE events_packed RENAME TO events;

-- +goose Down
SELECT 'nothing to undo';
