-- +goose Up
-- On SQLite, clicks are in a separate file next to this one. See the folder clicks.
-- This statement adds the sources of existing clients, as far as they are known.
INSERT INTO client_sources (partner_id, client_uid, click_id, link_code, campaign_code, tags, sub_id, country, platform, registered_at)
SELECT c.partner_id, c.client_uid, '', e.link_code, c.campaign_code, '', c.sub_id, '', '', e.at FROM client_events e
JOIN clients c ON c.partner_id = e.partner_id AND c.client_uid = e.client_uid WHERE e.kind = 'client.registered';

-- +goose Down
SELECT 'nothing to undo';
