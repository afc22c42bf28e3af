-- +goose Up
-- All sessions that were renewed from one login form a family.

ALTER TABLE sessions ADD COLUMN family_id BLOB; -- session of the login; NULL means this session
ALTER TABLE sessions ADD COLUMN began_at INTEGER; -- time of that login; NULL means issued_at

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
