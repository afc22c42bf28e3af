-- +goose Up
-- Payouts of one status and kind, the oldest first: the broker's list is walked, counted and summed up in this index.
DROP INDEX payouts_pending;
CREATE INDEX payouts_status ON payouts (status, kind, created_at, partner_id, payout_id, currency, amount_e6, amount_usd_e6);
-- Whether anything of a rebate is still to be paid, and whether anything failed, without reading its rows.
CREATE INDEX rebate_rows_unsettled ON rebate_rows (partner_id, rebate_id) WHERE status IN ('pending', 'approving', 'approved') AND topay_e6 > 0;
CREATE INDEX rebate_rows_failed ON rebate_rows (partner_id, rebate_id) WHERE status = 'failed';
-- A partner's ledger, the newest first, and some days of it.
CREATE UNIQUE INDEX postings_booked ON postings (partner_id, booked_at, posting_id);

-- +goose Down
DROP INDEX postings_booked;
DROP INDEX rebate_rows_failed;
DROP INDEX rebate_rows_unsettled;
DROP INDEX payouts_status;
CREATE INDEX payouts_pending ON payouts (partner_id, payout_id) WHERE status = 'pending';
