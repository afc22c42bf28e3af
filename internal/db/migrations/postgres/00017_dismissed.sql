-- +goose Up
-- A waiting fact now has the reason why it waits, and the broker can dismiss it with a reason.

ALTER TABLE facts_waiting ADD COLUMN message text NOT NULL DEFAULT '';

CREATE TABLE facts_dismissed (
    fact_id      text NOT NULL PRIMARY KEY,
    type         text NOT NULL,
    at           bigint NOT NULL,
    waited_for   text COLLATE "C" NOT NULL,
    order_key    text COLLATE "C",
    request_id   text NOT NULL,
    body         text NOT NULL,
    message      text NOT NULL,
    reason       text NOT NULL,
    dismissed_at bigint NOT NULL
);
CREATE INDEX facts_dismissed_for ON facts_dismissed (waited_for, at, fact_id);

-- +goose Down
INSERT INTO facts_waiting (fact_id, type, at, waits_for, order_key, request_id, body)
    SELECT fact_id, type, at, waited_for, order_key, request_id, body FROM facts_dismissed;
DROP TABLE facts_dismissed;
ALTER TABLE facts_waiting DROP COLUMN message;
