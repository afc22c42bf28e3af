-- +goose Up
-- The accounts that came by a link: how a referral agent's reports find theirs among all of the owner's.
CREATE INDEX accounts_link ON accounts (partner_id, link_code);
-- What an agent earned by an account, and by it on a day, without the wide rows.
DROP INDEX agent_shares_day;
CREATE INDEX agent_shares_account ON agent_shares (partner_id, client_account, reward_day, amount_usd_e6, amount_e6);

-- +goose Down
DROP INDEX agent_shares_account;
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);
DROP INDEX accounts_link;
