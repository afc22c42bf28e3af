-- +goose Up
-- What a partner adds up to, in one row: so that its summary costs the same with ten clients and with
-- a hundred thousand. revision counts its changes: what was derived at one revision is right as long as it stands.

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
