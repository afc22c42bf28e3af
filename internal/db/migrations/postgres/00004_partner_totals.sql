-- +goose Up
-- This table has a partner's totals in one row, so that the summary takes the same time with ten clients and with a
-- hundred thousand. revision counts the changes of the row. Data derived from the row is valid until revision changes.

CREATE TABLE partner_totals (
    partner_id       uuid NOT NULL PRIMARY KEY,
    revision         bigint NOT NULL,
    clients_active   bigint NOT NULL,
    clients_inactive bigint NOT NULL,
    clients_changing bigint NOT NULL,
    clients_left     bigint NOT NULL,
    orders_count     bigint NOT NULL,
    volume_lots_e8   bigint NOT NULL,
    volume_usd_e4    bigint NOT NULL,
    reward_e6        bigint NOT NULL,
    reward_usd_e6    bigint NOT NULL,
    override_usd_e6  bigint NOT NULL
);

-- +goose Down
DROP TABLE partner_totals;
