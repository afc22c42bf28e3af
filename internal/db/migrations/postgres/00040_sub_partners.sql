-- +goose Up
-- A row has the sum of the overrides that a partner earned from one partner below it. With this table, the report of
-- sub-partners takes the same time for any number of orders.
CREATE TABLE sub_partner_totals (
    partner_id      uuid NOT NULL,
    sub_partner_id  uuid NOT NULL,
    override_usd_e6 bigint NOT NULL,
    PRIMARY KEY (partner_id, sub_partner_id)
);
INSERT INTO sub_partner_totals (partner_id, sub_partner_id, override_usd_e6)
    SELECT partner_id, sub_partner_id, sum(amount_usd_e6) FROM overrides GROUP BY partner_id, sub_partner_id;
-- This index has the deposits of a partner's clients, by time. The report of transactions reads it.
CREATE INDEX deposits_at ON deposits (partner_id, at, fact_id);

-- +goose Down
DROP INDEX deposits_at;
DROP TABLE sub_partner_totals;
