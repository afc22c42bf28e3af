-- +goose Up
-- For the fact of an order, the table has only the id, the digest and the time when the fact arrived. The other data of
-- the fact is in its reward, or among the facts that wait.
CREATE TABLE facts_narrow (
    fact_id     TEXT NOT NULL PRIMARY KEY,
    digest      BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    type        TEXT, -- NULL: order.closed
    at          INTEGER, -- NULL: the order's close
    body        TEXT -- NULL: see above
) STRICT, WITHOUT ROWID;
INSERT INTO facts_narrow (fact_id, digest, received_at, type, at, body)
    SELECT f.fact_id, f.digest, f.received_at, NULLIF(f.type, 'order.closed'), CASE WHEN f.type = 'order.closed' AND f.at = r.close_at THEN NULL ELSE f.at END, f.body
    FROM facts f LEFT JOIN rewards r ON r.fact_id = f.fact_id AND r.kind = 0 ORDER BY f.fact_id;
DROP TABLE facts;
ALTER TABLE facts_narrow RENAME TO facts;

-- +goose Down
SELECT 'nothing to undo';
