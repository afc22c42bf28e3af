-- +goose Up
-- The accounts that came by a link. The reports of a referral agent use this index.
CREATE INDEX accounts_link ON accounts (partner_id, link_code);
-- The sums that an agent earned from an account, in total and on a day. This index has all columns that are needed.
DROP INDEX agent_shares_day;
CREATE INDEX agent_shares_account ON agent_shares (partner_id, client_account, reward_day, amount_usd_e6, amount_e6);

-- +goose Down
DROP INDEX agent_shares_account;
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);
DROP INDEX accounts_link;
