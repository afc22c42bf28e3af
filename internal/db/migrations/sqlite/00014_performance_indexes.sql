-- +goose Up
-- The performance report counts clients by the day on which they verified, deposited or traded. Each index contains
-- only the clients who have done so, and the report reads a range of it.
CREATE INDEX clients_verified ON clients (partner_id, verified_at) WHERE verified_at IS NOT NULL;
CREATE INDEX clients_deposited ON clients (partner_id, first_deposit_at) WHERE first_deposit_at IS NOT NULL;
CREATE INDEX clients_traded ON clients (partner_id, first_trade_day) WHERE first_trade_day IS NOT NULL;
-- The report sums paid rebates in this index only. The index contains no pending or failed payouts, and no withdrawals.
CREATE INDEX payouts_rebated ON payouts (partner_id, answered_at, subject_id, amount_usd_e6) WHERE kind = 'rebate' AND status = 'paid';
CREATE INDEX campaign_costs_day ON campaign_costs (partner_id, day);

-- +goose Down
DROP INDEX campaign_costs_day;
DROP INDEX payouts_rebated;
DROP INDEX clients_traded;
DROP INDEX clients_deposited;
DROP INDEX clients_verified;
