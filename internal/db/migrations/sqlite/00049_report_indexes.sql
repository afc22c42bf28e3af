-- +goose Up
-- After a move, an account can have belonged to several owners of an agent's links. The new index separates what the
-- agent earned from each of them.
CREATE INDEX agent_shares_owner ON agent_shares (partner_id, client_account, owner_id, reward_day, amount_usd_e6, amount_e6);
DROP INDEX agent_shares_account;
-- The broker's report lists the clients of all partners with CPA, newest first.
CREATE INDEX cpa_clients_all ON cpa_clients (registered_at);

-- +goose Down
DROP INDEX cpa_clients_all;
CREATE INDEX agent_shares_account ON agent_shares (partner_id, client_account, reward_day, amount_usd_e6, amount_e6);
DROP INDEX agent_shares_owner;
