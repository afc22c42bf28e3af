-- +goose Up
-- The broker's reports list the rows of all partners, newest first. These indexes have the rows in this order.
CREATE INDEX reward_rows_closed ON reward_rows (close_at);
CREATE INDEX account_days_day ON account_days (reward_day);
CREATE INDEX partner_days_day ON partner_days (reward_day);
CREATE INDEX clients_day ON clients (reg_day);
CREATE INDEX accounts_day ON accounts (opened_day);
CREATE INDEX deposits_all ON deposits (at);
CREATE INDEX postings_all ON postings (booked_at);
-- payout_id is always above 0. The performance report does not say so, and therefore keeps using the index with the partner.
CREATE INDEX payouts_answered ON payouts (answered_at) WHERE kind = 'rebate' AND status = 'paid' AND payout_id > 0;
CREATE INDEX level_reviews_raised ON level_reviews (review_day) WHERE progress_id IS NOT NULL;

-- +goose Down
DROP INDEX level_reviews_raised;
DROP INDEX payouts_answered;
DROP INDEX postings_all;
DROP INDEX deposits_all;
DROP INDEX accounts_day;
DROP INDEX clients_day;
DROP INDEX partner_days_day;
DROP INDEX account_days_day;
DROP INDEX reward_rows_closed;
