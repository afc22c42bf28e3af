-- +goose Up
-- This lock lasts until the old table is removed. Without it, a server could store a row that the copy lacks.
LOCK TABLE rewards IN ACCESS EXCLUSIVE MODE;

-- A reward is stored in two rows. One has the data of this reward alone. The other has the terms that the reward shares
-- with many rewards of its partner. The view rewards shows both as one row.

-- Rewards refer to their accounts by number.
CREATE UNIQUE INDEX accounts_numbered ON accounts (partner_id, number);

CREATE TABLE reward_terms (
    partner_id            uuid NOT NULL,
    terms                 bigint NOT NULL, -- numbers a partner's terms
    digest                uuid, -- names the content; NULL: it comes from before
    server                text NOT NULL,
    symbol                text NOT NULL,
    account_type          text NOT NULL,
    platform              text NOT NULL,
    instrument            text NOT NULL,
    currency              text NOT NULL,
    formula_code          text NOT NULL,
    formula_by_instrument boolean NOT NULL,
    plan_id               uuid NOT NULL,
    level                 text NOT NULL,
    cent                  boolean NOT NULL,
    percent_e4            bigint NOT NULL,
    bonus_k_e4            bigint NOT NULL,
    instrument_group      text NOT NULL,
    base_currency         text NOT NULL,
    quote_currency        text NOT NULL,
    contract_size_e4      bigint NOT NULL,
    point_size_e10        bigint NOT NULL,
    avg_spread_e4         bigint NOT NULL,
    quote_rate_e12        bigint NOT NULL,
    account_rate_e12      bigint NOT NULL,
    amount_per_lot_e6     bigint NOT NULL,
    min_order_life        bigint NOT NULL,
    cap_usd_e6            bigint,
    PRIMARY KEY (partner_id, terms)
);
INSERT INTO reward_terms (partner_id, terms, server, symbol, account_type, platform, instrument, currency, formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6)
    SELECT partner_id, row_number() OVER (PARTITION BY partner_id ORDER BY server, symbol, account_type, platform, instrument, currency, formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6), server, symbol, account_type, platform, instrument, currency, formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6
    FROM (SELECT DISTINCT partner_id, server, symbol, account_type, platform, instrument, currency, formula_code, formula_by_instrument, plan_id, level, cent, percent_e4, bonus_k_e4, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, quote_rate_e12, account_rate_e12, amount_per_lot_e6, min_order_life, cap_usd_e6 FROM rewards) r;
CREATE UNIQUE INDEX reward_terms_content ON reward_terms (partner_id, digest);

CREATE TABLE reward_rows (
    partner_id            uuid NOT NULL,
    close_at              bigint NOT NULL,
    ticket                bigint NOT NULL,
    part                  integer NOT NULL,
    account               bigint NOT NULL, -- the number of the account
    kind                  integer NOT NULL, -- 0: the order; odd: a reversal; even: a reinstatement
    terms                 bigint NOT NULL, -- the number of the terms
    fact_id               text NOT NULL,
    sells                 boolean NOT NULL, -- the side: sell, not buy
    lots_e8               bigint NOT NULL,
    open_at               bigint NOT NULL,
    open_price_e10        bigint NOT NULL,
    close_price_e10       bigint NOT NULL,
    open_spread_e4        bigint,
    close_spread_e4       bigint,
    commission_e6         bigint NOT NULL,
    swap_e6               bigint NOT NULL,
    profit_e6             bigint NOT NULL,
    reward_day            integer NOT NULL,
    volume_lots_e8        bigint, -- NULL: lots_e8
    volume_usd_e4         bigint NOT NULL,
    reward_usd_e6         bigint NOT NULL,
    reward_e6             bigint, -- NULL: reward_usd_e6
    limited_by            text NOT NULL,
    rebate_row            bigint,
    PRIMARY KEY (partner_id, close_at, ticket, part, account, kind)
);
INSERT INTO reward_rows (partner_id, close_at, ticket, part, account, kind, terms, fact_id, sells, lots_e8, open_at, open_price_e10, close_price_e10, open_spread_e4, close_spread_e4, commission_e6, swap_e6, profit_e6, reward_day, volume_lots_e8, volume_usd_e4, reward_usd_e6, reward_e6, limited_by, rebate_row)
    SELECT r.partner_id, r.close_at, r.ticket, r.part, a.number, r.kind, t.terms, r.fact_id, r.side = 'sell', r.lots_e8, r.open_at, r.open_price_e10, r.close_price_e10, r.open_spread_e4, r.close_spread_e4, r.commission_e6, r.swap_e6, r.profit_e6, r.reward_day, NULLIF(r.volume_lots_e8, r.lots_e8), r.volume_usd_e4, r.reward_usd_e6, NULLIF(r.reward_e6, r.reward_usd_e6), r.limited_by, r.rebate_row
    FROM rewards r
    LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.client_account = r.client_account
    LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.server = r.server AND t.symbol = r.symbol AND t.account_type = r.account_type AND t.platform = r.platform AND t.instrument = r.instrument AND t.currency = r.currency AND t.formula_code = r.formula_code AND t.formula_by_instrument = r.formula_by_instrument AND t.plan_id = r.plan_id AND t.level = r.level AND t.cent = r.cent AND t.percent_e4 = r.percent_e4 AND t.bonus_k_e4 = r.bonus_k_e4 AND t.instrument_group = r.instrument_group AND t.base_currency = r.base_currency AND t.quote_currency = r.quote_currency AND t.contract_size_e4 = r.contract_size_e4 AND t.point_size_e10 = r.point_size_e10 AND t.avg_spread_e4 = r.avg_spread_e4 AND t.quote_rate_e12 = r.quote_rate_e12 AND t.account_rate_e12 = r.account_rate_e12 AND t.amount_per_lot_e6 = r.amount_per_lot_e6 AND t.min_order_life = r.min_order_life AND t.cap_usd_e6 IS NOT DISTINCT FROM r.cap_usd_e6
    ORDER BY r.partner_id, r.close_at;
-- This index finds an order by its ticket. It ensures that each order is booked only once.
CREATE UNIQUE INDEX reward_rows_ticket ON reward_rows (partner_id, ticket, part, account, kind);
-- This index has an account's orders, in the order of the report.
CREATE INDEX reward_rows_account ON reward_rows (partner_id, account, close_at, ticket, part, kind);

DROP TABLE rewards;
CREATE VIEW rewards AS SELECT r.partner_id, t.server, r.ticket, r.part, a.client_account, r.account, r.kind, r.fact_id, a.client_uid, t.account_type, t.platform, t.symbol, t.instrument, CASE WHEN r.sells THEN 'sell' ELSE 'buy' END AS side, r.lots_e8, r.open_at, r.close_at, r.open_price_e10, r.close_price_e10, r.open_spread_e4, r.close_spread_e4, r.commission_e6, r.swap_e6, r.profit_e6, r.reward_day, coalesce(r.volume_lots_e8, r.lots_e8) AS volume_lots_e8, r.volume_usd_e4, r.reward_usd_e6, coalesce(r.reward_e6, r.reward_usd_e6) AS reward_e6, t.currency, t.formula_code, t.formula_by_instrument, t.plan_id, t.level, t.cent, t.percent_e4, t.bonus_k_e4, t.instrument_group, t.base_currency, t.quote_currency, t.contract_size_e4, t.point_size_e10, t.avg_spread_e4, t.quote_rate_e12, t.account_rate_e12, t.amount_per_lot_e6, t.min_order_life, t.cap_usd_e6, r.limited_by, r.rebate_row, r.terms
    FROM reward_rows r
    LEFT JOIN reward_terms t ON t.partner_id = r.partner_id AND t.terms = r.terms
    LEFT JOIN accounts a ON a.partner_id = r.partner_id AND a.number = r.account;

-- +goose Down
SELECT 'rewards are not widened again: restore a backup instead';
