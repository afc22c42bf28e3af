-- +goose Up
-- How an account is kept: sessions that were renewed from one log-in are a family.

ALTER TABLE sessions ADD COLUMN family_id uuid; -- the session of the log-in; NULL: this one
ALTER TABLE sessions ADD COLUMN began_at bigint; -- when that log-in was; NULL: issued_at

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
