-- +goose Up
-- The server writes to this table to check that it can write (see db.Probe). Otherwise the table is empty.
CREATE TABLE write_probes (
    probe_id BLOB NOT NULL PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE write_probes;
