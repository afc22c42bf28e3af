-- +goose Up
-- This lock lasts until the old table is removed. Without it, a server could store a row that the copy lacks.
LOCK TABLE facts IN ACCESS EXCLUSIVE MODE;

-- For the fact of an order, the table has only the id, the digest and the time when the fact arrived. The other data of
-- the fact is in its reward, or among the facts that wait.
CREATE TABLE facts_narrow (
    fact_id     text NOT NULL PRIMARY KEY,
    digest      bytea NOT NULL,
    received_at bigint NOT NULL,
    type        text, -- NULL: order.closed
    at          bigint, -- NULL: the order's close
    body        text -- NULL: see above
);
INSERT INTO facts_narrow (fact_id, digest, received_at, type, at, body)
    SELECT f.fact_id, f.digest, f.received_at, NULLIF(f.type, 'order.closed'), CASE WHEN f.type = 'order.closed' AND f.at = r.close_at THEN NULL ELSE f.at END, f.body
    FROM facts f LEFT JOIN rewards r ON r.fact_id = f.fact_id AND r.kind = 0;
DROP TABLE facts;
ALTER TABLE facts_narrow RENAME TO facts;
ALTER INDEX facts_narrow_pkey RENAME TO facts_pkey;

-- +goose Down
SELECT 'nothing to undo';
