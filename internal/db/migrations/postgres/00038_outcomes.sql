-- +goose Up
-- A reward of 0 now has the reason why it is 0, and a reward has the time when it was booked.
UPDATE reward_rows SET limited_by = 'capped' WHERE limited_by = 'cap_per_order';
UPDATE reward_rows SET limited_by = (
    SELECT CASE
        WHEN w.formula_code = 'formula_ecn' AND w.amount_per_lot_e6 = 0 THEN 'symbol_not_in_plan'
        WHEN w.formula_code <> 'formula_ecn' AND w.bonus_k_e4 = 0 THEN 'no_reward_type'
        WHEN CASE w.formula_code
            WHEN 'formula_ecn' THEN 1
            WHEN 'formula_classic' THEN coalesce(reward_rows.open_spread_e4, w.avg_spread_e4)
            WHEN 'formula_institutional_avg' THEN w.avg_spread_e4
            ELSE coalesce(reward_rows.open_spread_e4, w.avg_spread_e4) + coalesce(reward_rows.close_spread_e4, w.avg_spread_e4)
        END = 0 THEN 'no_spread'
        ELSE 'below_place'
    END FROM reward_terms w WHERE w.partner_id = reward_rows.partner_id AND w.terms = reward_rows.terms)
    WHERE limited_by = '' AND coalesce(reward_e6, reward_usd_e6) = 0;

-- booked_at is NULL if the reward was booked when its fact arrived. It is also NULL for older rewards whose facts had
-- waited, because the time when these were booked is not known.
ALTER TABLE reward_rows ADD COLUMN booked_at bigint;
DROP VIEW rewards;
CREATE VIEW rewards AS SELECT r.partner_id, t.server, r.ticket, r.part, a.client_account, r.account, r.kind, r.fact_id, a.client_uid, t.account_type, t.platform, t.symbol, t.instrument, CASE WHEN r.sells THEN 'sell' ELSE 'buy' END AS side, r.lots_e8, r.open_at, r.close_at, r.open_price_e10, r.close_price_e10, r.open_spread_e4, r.close_spread_e4, r.commission_e6, r.swap_e6, r.profit_e6, r.reward_day, coalesce(r.volume_lots_e8, r.lots_e8) AS volume_lots_e8, r.volume_usd_e4, r.reward_usd_e6, coalesce(r.reward_e6, r.reward_usd_e6) AS reward_e6, t.currency, t.formula_code, t.formula_by_instrument, t.plan_id, t.level, t.cent, t.percent_e4, t.bonus_k_e4, t.instrument_group, t.base_currency, t.quote_currency, t.contract_size_e4, t.point_size_e10, t.avg_spread_e4, t.quote_rate_e12, t.account_rate_e12, t.amount_per_lot_e6, t.min_order_life, t.cap_usd_e6, r.limited_by, r.rebate_row, r.booked_at, r.terms
    FROM reward_rows r
    LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.terms = r.terms
    LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.number = r.account;

-- An order for which the plan has no formula now waits under the reason for this. After the migration, the server tries
-- these orders again at its first start.
UPDATE facts_waiting SET waits_for = '' WHERE waits_for = 'refused:no_formula';
-- These indexes contain the orders that are not booked yet, by trading server, ticket and part. These are the order's
-- key without the digits of the account.
CREATE INDEX facts_waiting_ticket ON facts_waiting (ltrim(order_key, '0123456789'));
CREATE INDEX facts_dismissed_ticket ON facts_dismissed (ltrim(order_key, '0123456789'));

-- +goose Down
SELECT 'rewards keep the reasons: restore a backup instead';
