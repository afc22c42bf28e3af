-- +goose Up
-- This migration creates the tables for campaigns, tracked links, promo materials, notifications and contact sharing.
-- The units are the same as in migration 1. Another migration creates the tables of clicks, which on SQLite are in a
-- separate file.

-- These are the domains of links and the pages to which links lead. They belong to the programme.

CREATE TABLE link_domains (
    domain     TEXT NOT NULL PRIMARY KEY, -- go.example.com, with a port if it has one
    scheme     TEXT NOT NULL,
    region     TEXT NOT NULL, -- empty if it is for all regions
    is_default INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE landing_pages (
    page       TEXT NOT NULL PRIMARY KEY, -- name of the page in links; empty for the default page
    url        TEXT NOT NULL, -- absolute URL; the parameters of the click are added to it
    title      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- The next tables are about campaigns.

CREATE TABLE campaign_codes (
    campaign_code TEXT NOT NULL PRIMARY KEY,
    partner_id    BLOB NOT NULL
) STRICT;

CREATE TABLE campaigns (
    partner_id    BLOB NOT NULL,
    campaign_code TEXT NOT NULL,
    title         TEXT NOT NULL,
    description   TEXT NOT NULL,
    archived      INTEGER NOT NULL,
    is_blocked    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, campaign_code)
) STRICT;

CREATE TABLE campaign_links (
    partner_id    BLOB NOT NULL,
    link_id       INTEGER NOT NULL,
    campaign_code TEXT NOT NULL,
    domain        TEXT NOT NULL,
    page          TEXT NOT NULL,
    platform      TEXT NOT NULL, -- web, mobile
    os            TEXT NOT NULL, -- all, android, ios
    tags          TEXT NOT NULL, -- separated by commas
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_id)
) STRICT;
CREATE INDEX campaign_links_campaign ON campaign_links (partner_id, campaign_code, link_id);

CREATE TABLE campaign_costs (
    partner_id    BLOB NOT NULL,
    campaign_code TEXT NOT NULL,
    day           INTEGER NOT NULL,
    amount_usd_e6 INTEGER NOT NULL,
    comment       TEXT NOT NULL,
    PRIMARY KEY (partner_id, campaign_code, day)
) STRICT;

CREATE TABLE traffic_sources (
    partner_id  BLOB NOT NULL,
    source_id   BLOB NOT NULL,
    name        TEXT NOT NULL,
    source_type TEXT NOT NULL,
    url         TEXT NOT NULL,
    status      TEXT NOT NULL, -- draft, pending, verified, rejected
    reason      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    checked_at  INTEGER,
    PRIMARY KEY (partner_id, source_id)
) STRICT;
CREATE INDEX traffic_sources_pending ON traffic_sources (created_at) WHERE status = 'pending';

CREATE TABLE sub_publishers (
    partner_id BLOB NOT NULL,
    sub_id     TEXT NOT NULL,
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, sub_id)
) STRICT;

-- A row is a client's source. It has the data of the click to which the client's registration is attributed.
CREATE TABLE client_sources (
    partner_id    BLOB NOT NULL,
    client_uid    BLOB NOT NULL,
    click_id      TEXT NOT NULL, -- empty if there is none
    clicked_at    INTEGER,
    link_code     TEXT NOT NULL,
    campaign_code TEXT NOT NULL,
    link_id       INTEGER, -- id in campaign_links
    tags          TEXT NOT NULL,
    sub_id        TEXT NOT NULL,
    country       TEXT NOT NULL,
    platform      TEXT NOT NULL,
    material_id   INTEGER,
    registered_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
) STRICT;
CREATE INDEX client_sources_registered ON client_sources (partner_id, registered_at);

-- The next tables are about promo materials.

CREATE TABLE promo_materials (
    material_id INTEGER NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL, -- banner, landing, logo, video, text, widget
    title       TEXT NOT NULL,
    language    TEXT NOT NULL,
    theme       TEXT NOT NULL,
    product     TEXT NOT NULL,
    width       INTEGER, -- in pixels; NULL if the material has no size
    height      INTEGER,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    retired_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE promo_files (
    material_id  INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    media_type   TEXT NOT NULL,
    file_name    TEXT NOT NULL,
    digest       BLOB NOT NULL,
    size         INTEGER NOT NULL,
    content      BLOB NOT NULL, -- text, address of a landing page or widget, or bytes of the file
    preview_type TEXT NOT NULL, -- empty if there is none
    preview      BLOB,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (material_id, version)
) STRICT;

-- The next tables are about notifications.

CREATE TABLE notifications (
    partner_id      BLOB NOT NULL,
    notification_id BLOB NOT NULL, -- UUIDv7
    event           TEXT NOT NULL,
    title           TEXT NOT NULL,
    body            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    read_at         INTEGER,
    PRIMARY KEY (partner_id, notification_id)
) STRICT;
CREATE INDEX notifications_unread ON notifications (partner_id, notification_id) WHERE read_at IS NULL;

CREATE TABLE notification_settings (
    partner_id BLOB NOT NULL,
    event      TEXT NOT NULL,
    in_area    INTEGER NOT NULL,
    by_mail    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, event)
) STRICT;

-- The next table is about contact sharing.

CREATE TABLE contact_requests (
    partner_id   BLOB NOT NULL,
    request_id   BLOB NOT NULL, -- UUIDv7
    client_uid   BLOB NOT NULL,
    message      TEXT NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (partner_id, request_id)
) STRICT;
CREATE INDEX clients_requested ON clients (partner_id, contact_requested_at) WHERE contact_requested_at IS NOT NULL;
CREATE INDEX contact_requests_client ON contact_requests (partner_id, client_uid, requested_at);

-- +goose Down
SELECT 'campaigns are not taken down: restore a backup instead';
