-- +goose Up
-- The evidence about a client has these rows of the client.
CREATE INDEX self_referrals_client ON self_referrals (client_uid);
CREATE INDEX audit_log_moved ON audit_log (subject) WHERE action = 'client.moved';

-- +goose Down
DROP INDEX audit_log_moved;
DROP INDEX self_referrals_client;
