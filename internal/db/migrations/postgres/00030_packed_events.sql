-- +goose Up
-- The data of reward events, packed as internal/outbox/event does it; data is empty then. Events from before keep their JSON until they are removed.
ALTER TABLE events ADD COLUMN rewards bytea;

-- +goose Down
SELECT 'nothing to undo';
