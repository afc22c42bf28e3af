-- +goose Up
-- A plan's line can have its own figures, and a plan can limit what all partners earn together from an order.
ALTER TABLE reward_terms ADD COLUMN plan_line INTEGER; -- position of the line of the plan that applied, from 1
ALTER TABLE reward_terms ADD COLUMN max_payout_e4 INTEGER; -- in percent of the broker's revenue from the order; NULL if there is no limit
ALTER TABLE reward_terms ADD COLUMN usd_commission INTEGER NOT NULL DEFAULT 0; -- whether max_payout_e4 is a percentage of the order's commission, which is in USD
ALTER TABLE plans ADD COLUMN author TEXT NOT NULL DEFAULT ''; -- who applied the plan; empty if it was not recorded
DROP VIEW rewards;
CREATE VIEW rewards AS SELECT r.partner_id, t.server, r.ticket, r.part, a.client_account, r.account, r.kind, r.fact_id, a.client_uid, t.account_type, t.platform, t.symbol, t.instrument, CASE WHEN r.sells THEN 'sell' ELSE 'buy' END AS side, r.lots_e8, r.open_at, r.close_at, r.open_price_e10, r.close_price_e10, r.open_spread_e4, r.close_spread_e4, r.commission_e6, r.swap_e6, r.profit_e6, r.reward_day, coalesce(r.volume_lots_e8, r.lots_e8) AS volume_lots_e8, r.volume_usd_e4, r.reward_usd_e6, coalesce(r.reward_e6, r.reward_usd_e6) AS reward_e6, t.currency, t.formula_code, t.formula_by_instrument, t.plan_id, t.level, t.cent, t.percent_e4, t.bonus_k_e4, t.instrument_group, t.base_currency, t.quote_currency, t.contract_size_e4, t.point_size_e10, t.avg_spread_e4, t.quote_rate_e12, t.account_rate_e12, t.amount_per_lot_e6, t.min_order_life, t.cap_usd_e6, t.plan_line, t.max_payout_e4, t.usd_commission, r.limited_by, r.rebate_row, r.booked_at, r.terms, a.country, a.link_code, a.currency AS account_currency
    FROM reward_rows r
    LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.terms = r.terms
    LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.number = r.account;

-- +goose Down
SELECT 'rewards keep their terms: restore a backup instead';
