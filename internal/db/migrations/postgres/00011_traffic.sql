-- +goose Up
-- The broker identifies a traffic source by its id, without the partner.
CREATE INDEX traffic_sources_uid ON traffic_sources (source_id);

-- +goose Down
DROP INDEX traffic_sources_uid;
