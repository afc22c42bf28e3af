-- +goose Up
-- These tables store clicks on tracked links. On SQLite they are in a separate file.

-- A row is one click. Clicks are deleted after the retention time, but their sums remain. A row has neither the
-- visitor's address nor their browser.
CREATE TABLE clicks (
    partner_id    uuid NOT NULL,
    click_uid     uuid NOT NULL, -- UUIDv7
    clicked_at    bigint NOT NULL,
    hour          bigint NOT NULL, -- see click_hours
    kind          text NOT NULL, -- click, bot, prefetch or head; only a click counts
    is_unique     boolean NOT NULL, -- whether it is the visitor's first counted click of the day
    link_code     text NOT NULL,
    campaign_code text NOT NULL, -- empty if there is none
    link_id       bigint NOT NULL, -- 0 if there is none
    tags          text NOT NULL, -- tags of the link, separated by commas
    sub_id        text NOT NULL,
    country       text NOT NULL, -- empty if it is unknown
    platform      text NOT NULL, -- web, mobile
    material_id   bigint NOT NULL, -- 0 if there is none
    params        text NOT NULL, -- utm parameters and click ids of advertisers, as a query string
    PRIMARY KEY (partner_id, click_uid)
);
CREATE INDEX clicks_at ON clicks (clicked_at);

-- This table has the sums of clicks. The sums are written with the clicks, and remain when the clicks are deleted.
CREATE TABLE click_hours (
    partner_id    uuid NOT NULL,
    hour          bigint NOT NULL, -- day * 24 + hour, in the programme's time zone
    link_code     text NOT NULL,
    campaign_code text NOT NULL,
    link_id       bigint NOT NULL,
    tags          text NOT NULL,
    sub_id        text NOT NULL,
    country       text NOT NULL,
    platform      text NOT NULL,
    material_id   bigint NOT NULL,
    clicks        bigint NOT NULL,
    uniques       bigint NOT NULL,
    bots          bigint NOT NULL,
    prefetches    bigint NOT NULL,
    heads         bigint NOT NULL,
    PRIMARY KEY (partner_id, hour, link_code, campaign_code, link_id, tags, sub_id, country, platform, material_id)
);
-- With this index, the server can count the clicks of promo material without reading other rows.
CREATE INDEX click_hours_material ON click_hours (partner_id, material_id) WHERE material_id <> 0;

-- A row is a visitor on one day. The visitor is identified by a hash of the address and the browser, which is computed
-- with the key of the day. The key is deleted the next day.
CREATE TABLE click_visitors (
    partner_id uuid NOT NULL,
    day        bigint NOT NULL,
    visitor    uuid NOT NULL,
    PRIMARY KEY (partner_id, day, visitor)
);

CREATE TABLE click_salts (
    day  bigint NOT NULL PRIMARY KEY,
    salt bytea NOT NULL
);

-- These keys authenticate click ids. The newest key signs new ids. With the older keys, the server can still verify ids
-- that they have signed.
CREATE TABLE click_keys (
    key_id     bigint NOT NULL PRIMARY KEY, -- 1 to 255; first byte of a click id
    secret     bytea NOT NULL,
    created_at bigint NOT NULL
);

-- This statement adds the sources of existing clients, as far as they are known.
INSERT INTO client_sources (partner_id, client_uid, click_id, link_code, campaign_code, tags, sub_id, country, platform, registered_at)
SELECT c.partner_id, c.client_uid, '', e.link_code, c.campaign_code, '', c.sub_id, '', '', e.at FROM client_events e
JOIN clients c ON c.partner_id = e.partner_id AND c.client_uid = e.client_uid WHERE e.kind = 'client.registered';

-- +goose Down
SELECT 'clicks are not taken down: restore a backup instead';
