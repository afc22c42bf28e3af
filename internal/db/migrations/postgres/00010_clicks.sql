-- +goose Up
-- What came through tracked links. On SQLite these tables have a file of their own.

-- Every click, until it is too old: the rollup stays. No address is kept, nor what program was used.
CREATE TABLE clicks (
    partner_id    uuid NOT NULL,
    click_uid     uuid NOT NULL, -- UUIDv7
    clicked_at    bigint NOT NULL,
    hour          bigint NOT NULL, -- of click_hours
    kind          text NOT NULL, -- click, bot, prefetch, head: only the first counts
    is_unique     boolean NOT NULL, -- the first one that counts of its visitor on its day
    link_code     text NOT NULL,
    campaign_code text NOT NULL, -- empty: none
    link_id       bigint NOT NULL, -- 0: none
    tags          text NOT NULL, -- of the link, separated by commas
    sub_id        text NOT NULL,
    country       text NOT NULL, -- empty: unknown
    platform      text NOT NULL, -- web, mobile
    material_id   bigint NOT NULL, -- 0: none
    params        text NOT NULL, -- utm and advertisers' click ids, as a query
    PRIMARY KEY (partner_id, click_uid)
);
CREATE INDEX clicks_at ON clicks (clicked_at);

-- The rollup: written with the clicks, kept when they go.
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
-- How often each piece of promo material was clicked, without reading the hours of everything else.
CREATE INDEX click_hours_material ON click_hours (partner_id, material_id) WHERE material_id <> 0;

-- Who was there today: an address and a program under the day's key, which is gone tomorrow.
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

-- What click ids are authenticated with. The newest makes them; the others still read theirs.
CREATE TABLE click_keys (
    key_id     bigint NOT NULL PRIMARY KEY, -- 1 to 255: the first byte of an id
    secret     bytea NOT NULL,
    created_at bigint NOT NULL
);

-- Where the clients that are there came from, as far as it was told.
INSERT INTO client_sources (partner_id, client_uid, click_id, link_code, campaign_code, tags, sub_id, country, platform, registered_at)
SELECT c.partner_id, c.client_uid, '', e.link_code, c.campaign_code, '', c.sub_id, '', '', e.at FROM client_events e
JOIN clients c ON c.partner_id = e.partner_id AND c.client_uid = e.client_uid WHERE e.kind = 'client.registered';

-- +goose Down
SELECT 'clicks are not taken down: restore a backup instead';
