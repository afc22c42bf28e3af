-- +goose Up
-- A waiting fact now has the reason why it waits, and the broker can dismiss it with a reason.

ALTER TABLE facts_waiting ADD COLUMN message TEXT NOT NULL DEFAULT '';

CREATE TABLE facts_dismissed (
    fact_id      TEXT NOT NULL PRIMARY KEY,
    type         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    waited_for   TEXT NOT NULL,
    order_key    TEXT,
    request_id   TEXT NOT NULL,
    body         TEXT NOT NULL,
    message      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    dismissed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX facts_dismissed_for ON facts_dismissed (waited_for, at, fact_id);

-- +goose Down
INSERT INTO facts_waiting (fact_id, type, at, waits_for, order_key, request_id, body)
    SELECT fact_id, type, at, waited_for, order_key, request_id, body FROM facts_dismissed;
DROP TABLE facts_dismissed;
ALTER TABLE facts_waiting DROP COLUMN message;
