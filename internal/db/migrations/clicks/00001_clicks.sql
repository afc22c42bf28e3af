-- +goose Up
-- These tables store clicks on tracked links. On SQLite they are in a separate file, so that a click does not wait for
-- other writes. The units are the same as in the main file.

-- A row is one click. Clicks are deleted after the retention time, but their sums remain. A row has neither the
-- visitor's address nor their browser.
CREATE TABLE clicks (
    partner_id    BLOB NOT NULL,
    click_uid     BLOB NOT NULL, -- UUIDv7
    clicked_at    INTEGER NOT NULL,
    hour          INTEGER NOT NULL, -- see click_hours
    kind          TEXT NOT NULL, -- click, bot, prefetch or head; only a click counts
    is_unique     INTEGER NOT NULL, -- whether it is the visitor's first counted click of the day
    link_code     TEXT NOT NULL,
    campaign_code TEXT NOT NULL, -- empty if there is none
    link_id       INTEGER NOT NULL, -- 0 if there is none
    tags          TEXT NOT NULL, -- tags of the link, separated by commas
    sub_id        TEXT NOT NULL,
    country       TEXT NOT NULL, -- empty if it is unknown
    platform      TEXT NOT NULL, -- web, mobile
    material_id   INTEGER NOT NULL, -- 0 if there is none
    params        TEXT NOT NULL, -- utm parameters and click ids of advertisers, as a query string
    PRIMARY KEY (partner_id, click_uid)
) STRICT;
CREATE INDEX clicks_at ON clicks (clicked_at);

-- This table has the sums of clicks. The sums are written with the clicks, and remain when the clicks are deleted.
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
-- With this index, the server can count the clicks of promo material without reading other rows.
CREATE INDEX click_hours_material ON click_hours (partner_id, material_id) WHERE material_id <> 0;

-- A row is a visitor on one day. The visitor is identified by a hash of the address and the browser, which is computed
-- with the key of the day. The key is deleted the next day.
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

-- These keys authenticate click ids. The newest key signs new ids. With the older keys, the server can still verify ids
-- that they have signed.
CREATE TABLE click_keys (
    key_id     INTEGER NOT NULL PRIMARY KEY, -- 1 to 255; first byte of a click id
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 'clicks are not taken down: restore a backup instead';
