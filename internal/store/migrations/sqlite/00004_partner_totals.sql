-- +goose Up
-- What a partner adds up to, in one row: so that its summary costs the same with ten clients and with
-- a hundred thousand. Triggers keep it in the transaction that changes clients or partner_days, whoever
-- makes it; revision counts those changes, so that what was derived at one revision is right as long as it stands.
-- clients_active: current, verified, with a first deposit and a first trade.

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
    reward_usd_e6    INTEGER NOT NULL,
    override_usd_e6  INTEGER NOT NULL
) STRICT;

INSERT INTO partner_totals (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
    orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
SELECT p.partner_id, 0, coalesce(c.active, 0), coalesce(c.inactive, 0), coalesce(c.changing, 0), coalesce(c.gone, 0),
    coalesce(d.orders, 0), coalesce(d.lots, 0), coalesce(d.volume, 0), coalesce(d.reward, 0), coalesce(d.override, 0)
FROM partners p
LEFT JOIN (SELECT partner_id,
        sum(relation = 'CURRENT' AND verified_at IS NOT NULL AND first_deposit_at IS NOT NULL AND first_trade_day IS NOT NULL) AS active,
        sum(relation = 'CURRENT' AND (verified_at IS NULL OR first_deposit_at IS NULL OR first_trade_day IS NULL)) AS inactive,
        sum(relation = 'CHANGING') AS changing, sum(relation = 'LEFT') AS gone
    FROM clients GROUP BY partner_id) c ON c.partner_id = p.partner_id
LEFT JOIN (SELECT partner_id, sum(orders_count) AS orders, sum(volume_lots_e8) AS lots, sum(volume_usd_e4) AS volume,
        sum(reward_usd_e6) AS reward, sum(override_usd_e6) AS override
    FROM partner_days GROUP BY partner_id) d ON d.partner_id = p.partner_id;

-- +goose StatementBegin
CREATE TRIGGER partner_totals_day_added AFTER INSERT ON partner_days BEGIN
    INSERT INTO partner_totals (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
        orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
    VALUES (NEW.partner_id, 1, 0, 0, 0, 0,
        NEW.orders_count, NEW.volume_lots_e8, NEW.volume_usd_e4, NEW.reward_usd_e6, NEW.override_usd_e6)
    ON CONFLICT (partner_id) DO UPDATE SET revision = revision + 1,
        orders_count = orders_count + excluded.orders_count, volume_lots_e8 = volume_lots_e8 + excluded.volume_lots_e8,
        volume_usd_e4 = volume_usd_e4 + excluded.volume_usd_e4, reward_usd_e6 = reward_usd_e6 + excluded.reward_usd_e6,
        override_usd_e6 = override_usd_e6 + excluded.override_usd_e6;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER partner_totals_day_changed AFTER UPDATE ON partner_days BEGIN
    UPDATE partner_totals SET revision = revision + 1,
        orders_count = orders_count + NEW.orders_count - OLD.orders_count,
        volume_lots_e8 = volume_lots_e8 + NEW.volume_lots_e8 - OLD.volume_lots_e8,
        volume_usd_e4 = volume_usd_e4 + NEW.volume_usd_e4 - OLD.volume_usd_e4,
        reward_usd_e6 = reward_usd_e6 + NEW.reward_usd_e6 - OLD.reward_usd_e6,
        override_usd_e6 = override_usd_e6 + NEW.override_usd_e6 - OLD.override_usd_e6
    WHERE partner_id = NEW.partner_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER partner_totals_day_removed AFTER DELETE ON partner_days BEGIN
    UPDATE partner_totals SET revision = revision + 1,
        orders_count = orders_count - OLD.orders_count, volume_lots_e8 = volume_lots_e8 - OLD.volume_lots_e8,
        volume_usd_e4 = volume_usd_e4 - OLD.volume_usd_e4, reward_usd_e6 = reward_usd_e6 - OLD.reward_usd_e6,
        override_usd_e6 = override_usd_e6 - OLD.override_usd_e6
    WHERE partner_id = OLD.partner_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER partner_totals_client_added AFTER INSERT ON clients BEGIN
    INSERT INTO partner_totals (partner_id, revision, clients_active, clients_inactive, clients_changing, clients_left,
        orders_count, volume_lots_e8, volume_usd_e4, reward_usd_e6, override_usd_e6)
    VALUES (NEW.partner_id, 1,
        NEW.relation = 'CURRENT' AND NEW.verified_at IS NOT NULL AND NEW.first_deposit_at IS NOT NULL AND NEW.first_trade_day IS NOT NULL,
        NEW.relation = 'CURRENT' AND (NEW.verified_at IS NULL OR NEW.first_deposit_at IS NULL OR NEW.first_trade_day IS NULL),
        NEW.relation = 'CHANGING', NEW.relation = 'LEFT', 0, 0, 0, 0, 0)
    ON CONFLICT (partner_id) DO UPDATE SET revision = revision + 1,
        clients_active = clients_active + excluded.clients_active, clients_inactive = clients_inactive + excluded.clients_inactive,
        clients_changing = clients_changing + excluded.clients_changing, clients_left = clients_left + excluded.clients_left;
END;
-- +goose StatementEnd

-- A trade changes last_trade_day and with it partner_days, so it needs no count here.
-- +goose StatementBegin
CREATE TRIGGER partner_totals_client_changed AFTER UPDATE OF relation, verified_at, first_deposit_at, first_trade_day ON clients
WHEN OLD.relation <> NEW.relation OR (OLD.verified_at IS NULL) <> (NEW.verified_at IS NULL)
    OR (OLD.first_deposit_at IS NULL) <> (NEW.first_deposit_at IS NULL) OR (OLD.first_trade_day IS NULL) <> (NEW.first_trade_day IS NULL)
BEGIN
    UPDATE partner_totals SET revision = revision + 1,
        clients_active = clients_active
            + (NEW.relation = 'CURRENT' AND NEW.verified_at IS NOT NULL AND NEW.first_deposit_at IS NOT NULL AND NEW.first_trade_day IS NOT NULL)
            - (OLD.relation = 'CURRENT' AND OLD.verified_at IS NOT NULL AND OLD.first_deposit_at IS NOT NULL AND OLD.first_trade_day IS NOT NULL),
        clients_inactive = clients_inactive
            + (NEW.relation = 'CURRENT' AND (NEW.verified_at IS NULL OR NEW.first_deposit_at IS NULL OR NEW.first_trade_day IS NULL))
            - (OLD.relation = 'CURRENT' AND (OLD.verified_at IS NULL OR OLD.first_deposit_at IS NULL OR OLD.first_trade_day IS NULL)),
        clients_changing = clients_changing + (NEW.relation = 'CHANGING') - (OLD.relation = 'CHANGING'),
        clients_left = clients_left + (NEW.relation = 'LEFT') - (OLD.relation = 'LEFT')
    WHERE partner_id = NEW.partner_id;
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER partner_totals_client_removed AFTER DELETE ON clients BEGIN
    UPDATE partner_totals SET revision = revision + 1,
        clients_active = clients_active
            - (OLD.relation = 'CURRENT' AND OLD.verified_at IS NOT NULL AND OLD.first_deposit_at IS NOT NULL AND OLD.first_trade_day IS NOT NULL),
        clients_inactive = clients_inactive
            - (OLD.relation = 'CURRENT' AND (OLD.verified_at IS NULL OR OLD.first_deposit_at IS NULL OR OLD.first_trade_day IS NULL)),
        clients_changing = clients_changing - (OLD.relation = 'CHANGING'),
        clients_left = clients_left - (OLD.relation = 'LEFT')
    WHERE partner_id = OLD.partner_id;
END;
-- +goose StatementEnd

-- +goose Down
SELECT 'a partner''s totals are not taken down: restore a backup instead';
