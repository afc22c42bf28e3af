-- +goose Up
-- changes has the changes that one merged mail reports, as JSON. Changes are merged if the quota does not allow a
-- separate mail for each. The column is emptied when the mail is sent.
ALTER TABLE mails ADD COLUMN changes TEXT NOT NULL DEFAULT '';
CREATE INDEX mails_merged ON mails (partner_id, recipient) WHERE changes <> '' AND attempts = 0;

-- +goose Down
SELECT 'this is not taken down: restore a backup instead';
