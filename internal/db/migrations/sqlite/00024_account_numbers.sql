-- +goose Up
-- A partner's accounts in the order of their numbers: the number first, whatever its length, then the shorter text (99 before 0099). Reports order
-- by the same expressions.
CREATE INDEX accounts_number ON accounts (partner_id, substr('00000000000000000000' || client_account, -20), length(client_account), client_account);

-- +goose Down
DROP INDEX accounts_number;
