-- +goose Up
-- Where the programme proves that it can write: see db.Probe. It is empty outside of a proof.
CREATE TABLE write_probes (
    probe_id uuid NOT NULL PRIMARY KEY,
    body     bytea NOT NULL
);

-- +goose Down
DROP TABLE write_probes;
