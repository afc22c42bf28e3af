-- +goose Up
-- What the orders report filters, orders and sums by stands in one index: its
-- pages are walked and its totals summed there, without the wide rows.
DROP INDEX rewards_closed;
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server, ticket, part, client_account, kind,
    reward_day, open_at, account_type, symbol, platform, client_uid, volume_lots_e8, volume_usd_e4, reward_usd_e6);
-- An account's orders, in the report's own order.
DROP INDEX rewards_account;
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at, server, ticket, part, kind);
-- How many clients were asked for their contacts, without reading them.
CREATE INDEX clients_contact ON clients (partner_id, contact_status);

-- +goose Down
DROP INDEX clients_contact;
DROP INDEX rewards_closed;
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server, ticket, part, client_account, kind);
DROP INDEX rewards_account;
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at);
