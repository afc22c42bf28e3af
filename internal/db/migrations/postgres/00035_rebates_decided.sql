-- +goose Up
-- This index has the few rebates that a job still has to pay or release. Servers look for them each second.
CREATE INDEX rebates_decided ON rebates (partner_id) WHERE status IN ('approving', 'rejecting', 'expiring');

-- +goose Down
DROP INDEX rebates_decided;
