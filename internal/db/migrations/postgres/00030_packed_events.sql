-- +goose Up
-- rewards has the data of reward events in the packed form that internal/outbox/event defines. In these events, the
-- column data is empty. Events from before this migration keep their JSON until they are removed.
ALTER TABLE events ADD COLUMN rewards bytea;

-- +goose Down
SELECT 'nothing to undo';
