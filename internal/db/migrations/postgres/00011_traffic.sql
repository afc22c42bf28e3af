-- +goose Up
-- A traffic source as the broker names it, without its partner.
CREATE INDEX traffic_sources_uid ON traffic_sources (source_id);

-- +goose Down
DROP INDEX traffic_sources_uid;
