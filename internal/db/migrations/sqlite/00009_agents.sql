-- +goose Up
-- This index has the accounts of a link. The reports of a referral agent use it.
CREATE INDEX accounts_link ON accounts (partner_id, link_code);
-- This index has the amounts that an agent earned from an account, by day. It has all columns that the sums for the
-- account or a day need.
DROP INDEX agent_shares_day;
CREATE INDEX agent_shares_account ON agent_shares (partner_id, client_account, reward_day, amount_usd_e6, amount_e6);

-- +goose Down
DROP INDEX agent_shares_account;
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);
DROP INDEX accounts_link;
