-- +goose Up
-- This table has a partner's totals in one row, so that the summary takes the same time with ten clients and with a
-- hundred thousand. revision counts the changes of the row. Data derived from the row is valid until revision changes.

CREATE TABLE partner_totals (
    partner_id       BLOB NOT NULL PRIMARY KEY,
    revision         INTEGER NOT NULL,
    clients_active   INTEGER NOT NULL,
    clients_inactive INTEGER NOT NULL,
    clients_changing INTEGER NOT NULL,
    clients_left     INTEGER NOT NULL,
    orders_count     INTEGER NOT NULL,
    volume_lots_e8   INTEGER NOT NULL,
    volume_usd_e4    INTEGER NOT NULL,
    reward_e6        INTEGER NOT NULL,
    reward_usd_e6    INTEGER NOT NULL,
    override_usd_e6  INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE partner_totals;
