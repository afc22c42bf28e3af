-- +goose Up
-- What came through tracked links. On SQLite in a file of its own, so that nothing else is waited for.
-- Representation as in the other file.

-- Every click, until it is too old: the rollup stays. No address is kept, nor what program was used.
CREATE TABLE clicks (
    partner_id    BLOB NOT NULL,
    click_uid     BLOB NOT NULL, -- UUIDv7
    clicked_at    INTEGER NOT NULL,
    hour          INTEGER NOT NULL, -- of click_hours
    kind          TEXT NOT NULL, -- click, bot, prefetch, head: only the first counts
    is_unique     INTEGER NOT NULL, -- the first one that counts of its visitor on its day
    link_code     TEXT NOT NULL,
    campaign_code TEXT NOT NULL, -- empty: none
    link_id       INTEGER NOT NULL, -- 0: none
    tags          TEXT NOT NULL, -- of the link, separated by commas
    sub_id        TEXT NOT NULL,
    country       TEXT NOT NULL, -- empty: unknown
    platform      TEXT NOT NULL, -- web, mobile
    material_id   INTEGER NOT NULL, -- 0: none
    params        TEXT NOT NULL, -- utm and advertisers' click ids, as a query
    PRIMARY KEY (partner_id, click_uid)
) STRICT;
CREATE INDEX clicks_at ON clicks (clicked_at);

-- The rollup: written with the clicks, kept when they go.
CREATE TABLE click_hours (
    partner_id    BLOB NOT NULL,
    hour          INTEGER NOT NULL, -- day * 24 + hour, in the programme's time zone
    link_code     TEXT NOT NULL,
    campaign_code TEXT NOT NULL,
    link_id       INTEGER NOT NULL,
    tags          TEXT NOT NULL,
    sub_id        TEXT NOT NULL,
    country       TEXT NOT NULL,
    platform      TEXT NOT NULL,
    material_id   INTEGER NOT NULL,
    clicks        INTEGER NOT NULL,
    uniques       INTEGER NOT NULL,
    bots          INTEGER NOT NULL,
    prefetches    INTEGER NOT NULL,
    heads         INTEGER NOT NULL,
    PRIMARY KEY (partner_id, hour, link_code, campaign_code, link_id, tags, sub_id, country, platform, material_id)
) STRICT, WITHOUT ROWID;
-- How often each piece of promo material was clicked, without reading the hours of everything else.
CREATE INDEX click_hours_material ON click_hours (partner_id, material_id) WHERE material_id <> 0;

-- Who was there today: an address and a program under the day's key, which is gone tomorrow.
CREATE TABLE click_visitors (
    partner_id BLOB NOT NULL,
    day        INTEGER NOT NULL,
    visitor    BLOB NOT NULL,
    PRIMARY KEY (partner_id, day, visitor)
) STRICT, WITHOUT ROWID;

CREATE TABLE click_salts (
    day  INTEGER NOT NULL PRIMARY KEY,
    salt BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What click ids are authenticated with. The newest makes them; the others still read theirs.
CREATE TABLE click_keys (
    key_id     INTEGER NOT NULL PRIMARY KEY, -- 1 to 255: the first byte of an id
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 'clicks are not taken down: restore a backup instead';
