-- +goose Up
-- Where the programme proves that it can write: see db.Probe. It is empty outside of a proof.
CREATE TABLE write_probes (
    probe_id BLOB NOT NULL PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT;

-- +goose Down
DROP TABLE write_probes;
