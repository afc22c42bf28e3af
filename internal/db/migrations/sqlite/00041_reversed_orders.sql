-- +goose Up
-- This index has the few rewards of orders that were reversed or reinstated. The outcome of an order is read from it.
CREATE INDEX reward_rows_changes ON reward_rows (partner_id, ticket, part, account, kind) WHERE kind > 0;

-- +goose Down
DROP INDEX reward_rows_changes;
