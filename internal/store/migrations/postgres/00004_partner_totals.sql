-- +goose Up
-- What a partner adds up to, in one row: so that its summary costs the same with ten clients and with
-- a hundred thousand. Triggers keep it in the transaction that changes clients or partner_days, whoever
-- makes it; revision counts those changes, so that what was derived at one revision is right as long as it stands.
-- clients_active: current, verified, with a first deposit and a first trade.
-- The triggers run once for a statement, and each writes only rows of the partners that the statement wrote:
-- on a sharded database both tables and this one lie together, by partner_id.

CREATE TABLE partner_totals (
    partner_id       uuid NOT NULL,
    revision         bigint NOT NULL,
    clients_active   bigint NOT NULL,
    clients_inactive bigint NOT NULL,
    clients_changing bigint NOT NULL,
    clients_left     bigint NOT NULL,
    orders_count     bigint NOT NULL,
    volume_lots_e8   bigint NOT NULL,
    volume_usd_e4    bigint NOT NULL,
    reward_usd_e6    bigint NOT NULL,
    override_usd_e6  bigint NOT NULL,
    PRIMARY KEY (partner_id)
);

INSERT INTO partner_totals (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
    orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
SELECT p.partner_id, 0, coalesce(c.active, 0), coalesce(c.inactive, 0), coalesce(c.changing, 0), coalesce(c.gone, 0),
    coalesce(d.orders, 0), coalesce(d.lots, 0), coalesce(d.volume, 0), coalesce(d.reward, 0), coalesce(d.override, 0)
FROM partners p
LEFT JOIN (SELECT partner_id,
        count(*) FILTER (WHERE relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL) AS active,
        count(*) FILTER (WHERE relation = 'CURRENT' AND (verified_at IS NULL OR first_deposit_at IS NULL OR first_trade_day IS NULL)) AS inactive,
        count(*) FILTER (WHERE relation = 'CHANGING') AS changing, count(*) FILTER (WHERE relation = 'LEFT') AS gone
    FROM clients GROUP BY partner_id) c ON c.partner_id = p.partner_id
LEFT JOIN (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
        sum(reward_usd_e6) AS reward, sum(override_usd_e6) AS override
    FROM partner_days GROUP BY partner_id) d ON d.partner_id = p.partner_id;

-- +goose StatementBegin
CREATE FUNCTION partner_totals_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO partner_totals AS t (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
            orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
        SELECT partner_id, 1, 0, 0, 0, 0, sum(orders_count), sum(volume_lots_e8), sum(volume_usd_e4), sum(reward_usd_e6), sum(override_usd_e6)
        FROM added GROUP BY partner_id
        ON CONFLICT (partner_id) DO UPDATE SET revision = t.revision + 1,
            orders_count = t.orders_count + excluded.orders_count, volume_lots_e8 = t.volume_lots_e8 + excluded.volume_lots_e8,
            volume_usd_e4 = t.volume_usd_e4 + excluded.volume_usd_e4, reward_usd_e6 = t.reward_usd_e6 + excluded.reward_usd_e6,
            override_usd_e6 = t.override_usd_e6 + excluded.override_usd_e6;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE partner_totals t SET revision = t.revision + 1,
            orders_count = t.orders_count + c.orders, volume_lots_e8 = t.volume_lots_e8 + c.lots, volume_usd_e4 = t.volume_usd_e4 + c.volume,
            reward_usd_e6 = t.reward_usd_e6 + c.reward, override_usd_e6 = t.override_usd_e6 + c.override
        FROM (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
                sum(reward_usd_e6) AS reward, sum(override_usd_e6) AS override
            FROM (SELECT partner_id, orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6 FROM added
                UNION ALL SELECT partner_id, -orders_count, -volume_lots_e8, -volume_usd_e4, -reward_usd_e6, -override_usd_e6 FROM removed) d
            GROUP BY partner_id) c
        WHERE t.partner_id = c.partner_id;
    ELSE
        UPDATE partner_totals t SET revision = t.revision + 1,
            orders_count = t.orders_count - c.orders, volume_lots_e8 = t.volume_lots_e8 - c.lots, volume_usd_e4 = t.volume_usd_e4 - c.volume,
            reward_usd_e6 = t.reward_usd_e6 - c.reward, override_usd_e6 = t.override_usd_e6 - c.override
        FROM (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
                sum(reward_usd_e6) AS reward, sum(override_usd_e6) AS override
            FROM removed GROUP BY partner_id) c
        WHERE t.partner_id = c.partner_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER partner_totals_day_added AFTER INSERT ON partner_days
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_days();
CREATE TRIGGER partner_totals_day_changed AFTER UPDATE ON partner_days
    REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_days();
CREATE TRIGGER partner_totals_day_removed AFTER DELETE ON partner_days
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_days();

-- A trade changes last_trade_day and with it partner_days, so only a change of status counts here.
-- +goose StatementBegin
CREATE FUNCTION partner_totals_clients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO partner_totals AS t (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
            orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
        SELECT partner_id, 1,
            count(*) FILTER (WHERE relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL),
            count(*) FILTER (WHERE relation = 'CURRENT' AND (verified_at IS NULL OR first_deposit_at IS NULL OR first_trade_day IS NULL)),
            count(*) FILTER (WHERE relation = 'CHANGING'), count(*) FILTER (WHERE relation = 'LEFT'), 0, 0, 0, 0, 0
        FROM added GROUP BY partner_id
        ON CONFLICT (partner_id) DO UPDATE SET revision = t.revision + 1,
            clients_active = t.clients_active + excluded.clients_active, clients_inactive = t.clients_inactive + excluded.clients_inactive,
            clients_changing = t.clients_changing + excluded.clients_changing, clients_left = t.clients_left + excluded.clients_left;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE partner_totals t SET revision = t.revision + 1,
            clients_active = t.clients_active + c.active, clients_inactive = t.clients_inactive + c.inactive,
            clients_changing = t.clients_changing + c.changing, clients_left = t.clients_left + c.gone
        FROM (SELECT partner_id,
                coalesce(sum(n) FILTER (WHERE relation = 'CURRENT' AND whole), 0) AS active,
                coalesce(sum(n) FILTER (WHERE relation = 'CURRENT' AND NOT whole), 0) AS inactive,
                coalesce(sum(n) FILTER (WHERE relation = 'CHANGING'), 0) AS changing, coalesce(sum(n) FILTER (WHERE relation = 'LEFT'), 0) AS gone
            FROM (SELECT partner_id, relation, verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL AS whole, 1 AS n FROM added
                UNION ALL
                SELECT partner_id, relation, verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL, -1 FROM removed) d
            GROUP BY partner_id) c
        WHERE t.partner_id = c.partner_id AND (c.active <> 0 OR c.inactive <> 0 OR c.changing <> 0 OR c.gone <> 0);
    ELSE
        UPDATE partner_totals t SET revision = t.revision + 1,
            clients_active = t.clients_active - c.active, clients_inactive = t.clients_inactive - c.inactive,
            clients_changing = t.clients_changing - c.changing, clients_left = t.clients_left - c.gone
        FROM (SELECT partner_id,
                count(*) FILTER (WHERE relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL) AS active,
                count(*) FILTER (WHERE relation = 'CURRENT' AND (verified_at IS NULL OR first_deposit_at IS NULL OR first_trade_day IS NULL)) AS inactive,
                count(*) FILTER (WHERE relation = 'CHANGING') AS changing, count(*) FILTER (WHERE relation = 'LEFT') AS gone
            FROM removed GROUP BY partner_id) c
        WHERE t.partner_id = c.partner_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER partner_totals_client_added AFTER INSERT ON clients
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_clients();
CREATE TRIGGER partner_totals_client_changed AFTER UPDATE ON clients
    REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_clients();
CREATE TRIGGER partner_totals_client_removed AFTER DELETE ON clients
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION partner_totals_clients();

-- +goose Down
SELECT 'a partner''s totals are not taken down: restore a backup instead';
