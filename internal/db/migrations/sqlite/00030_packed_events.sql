-- +goose Up
-- The data of reward events, packed as internal/outbox/event does it; data is empty then. Events from before keep their JSON until they are removed.
-- The table has row numbers now, because SQLite cuts long rows of a table without them in two, and the second part takes a whole page.
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
