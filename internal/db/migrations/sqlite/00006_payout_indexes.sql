-- +goose Up
-- This index has the payouts of one status and kind, the oldest first. The server reads, counts and sums the broker's
-- list in this index only.
DROP INDEX payouts_pending;
CREATE INDEX payouts_status ON payouts (status, kind, created_at, partner_id, payout_id, currency, amount_e6, amount_usd_e6);
-- With these indexes, the server can find out whether a rebate has unpaid or failed rows without reading all its rows.
CREATE INDEX rebate_rows_unsettled ON rebate_rows (partner_id, rebate_id) WHERE status IN ('pending', 'approving', 'approved') AND topay_e6 > 0;
CREATE INDEX rebate_rows_failed ON rebate_rows (partner_id, rebate_id) WHERE status = 'failed';
-- This index has a partner's ledger, the newest posting first. It serves lists of all days and of a range of days.
CREATE UNIQUE INDEX postings_booked ON postings (partner_id, booked_at, posting_id);

-- +goose Down
DROP INDEX postings_booked;
DROP INDEX rebate_rows_failed;
DROP INDEX rebate_rows_unsettled;
DROP INDEX payouts_status;
CREATE INDEX payouts_pending ON payouts (partner_id, payout_id) WHERE status = 'pending';
