-- +goose Up
-- This index has a partner's accounts in the order of their numbers. Numbers of any length are compared as numbers, and
-- if they are equal, the shorter text comes first (99 before 0099). Reports sort by the same expressions.
CREATE INDEX accounts_number ON accounts (partner_id, substr('00000000000000000000' || client_account, -20), length(client_account), client_account);

-- +goose Down
DROP INDEX accounts_number;
