-- +goose Up
ALTER TABLE transfers ADD COLUMN spread_percent_e4 bigint NOT NULL DEFAULT 0; -- percent by which to_amount is less than the rates give
CREATE INDEX transfers_created ON transfers (partner_id, created_at);
