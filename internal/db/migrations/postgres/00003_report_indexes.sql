-- +goose Up
-- This index has all columns by which the orders report filters, sorts and sums. The
-- report needs the wide rows of the table only for the orders of a page. Server names
-- sort by their bytes, as on SQLite, for any collation of the database.
DROP INDEX rewards_closed;
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server COLLATE "C", ticket, part, client_account, kind)
    INCLUDE (reward_day, open_at, account_type, symbol, platform, client_uid, volume_lots_e8, volume_usd_e4, reward_usd_e6);
-- This index has an account's orders, in the order of the report.
DROP INDEX rewards_account;
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at, server COLLATE "C", ticket, part, kind);
-- With this index, the server can count clients by contact status without reading their rows.
CREATE INDEX clients_contact ON clients (partner_id, contact_status);

-- +goose Down
DROP INDEX clients_contact;
DROP INDEX rewards_closed;
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server, ticket, part, client_account, kind);
DROP INDEX rewards_account;
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at);
