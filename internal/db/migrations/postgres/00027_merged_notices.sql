-- +goose Up
-- Changes that are told beyond the quota, merged into one mail: JSON, emptied
-- once it is sent.
ALTER TABLE mails ADD COLUMN changes TEXT NOT NULL DEFAULT '';
CREATE INDEX mails_merged ON mails (partner_id, recipient) WHERE changes <> '' AND attempts = 0;

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
