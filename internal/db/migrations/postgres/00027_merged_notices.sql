-- +goose Up
-- The changes in a merged mail, as JSON. The quota allows no separate mails for them. The
-- column is emptied when the mail is sent.
ALTER TABLE mails ADD COLUMN changes TEXT NOT NULL DEFAULT '';
CREATE INDEX mails_merged ON mails (partner_id, recipient) WHERE changes <> '' AND attempts = 0;

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
