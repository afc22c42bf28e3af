-- +goose Up
-- This migration creates the tables for campaigns, tracked links, promo materials, notifications and contact sharing.
-- The units are the same as in migration 1. Another migration creates the tables of clicks, which on SQLite are in a
-- separate file.

-- These are the domains of links and the pages to which links lead. They belong to the programme.

CREATE TABLE link_domains (
    domain     text NOT NULL PRIMARY KEY, -- go.example.com, with a port if it has one
    scheme     text NOT NULL,
    region     text NOT NULL, -- empty if it is for all regions
    is_default boolean NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE landing_pages (
    page       text NOT NULL PRIMARY KEY, -- name of the page in links; empty for the default page
    url        text NOT NULL, -- absolute URL; the parameters of the click are added to it
    title      text NOT NULL,
    created_at bigint NOT NULL
);

-- The next tables are about campaigns.

CREATE TABLE campaign_codes (
    campaign_code text NOT NULL PRIMARY KEY,
    partner_id    uuid NOT NULL
);

CREATE TABLE campaigns (
    partner_id    uuid NOT NULL,
    campaign_code text NOT NULL,
    title         text NOT NULL,
    description   text NOT NULL,
    archived      boolean NOT NULL,
    is_blocked    boolean NOT NULL,
    created_at    bigint NOT NULL,
    PRIMARY KEY (partner_id, campaign_code)
);

CREATE TABLE campaign_links (
    partner_id    uuid NOT NULL,
    link_id       bigint NOT NULL,
    campaign_code text NOT NULL,
    domain        text NOT NULL,
    page          text NOT NULL,
    platform      text NOT NULL, -- web, mobile
    os            text NOT NULL, -- all, android, ios
    tags          text NOT NULL, -- separated by commas
    created_at    bigint NOT NULL,
    PRIMARY KEY (partner_id, link_id)
);
CREATE INDEX campaign_links_campaign ON campaign_links (partner_id, campaign_code, link_id);

CREATE TABLE campaign_costs (
    partner_id    uuid NOT NULL,
    campaign_code text NOT NULL,
    day           integer NOT NULL,
    amount_usd_e6 bigint NOT NULL,
    comment       text NOT NULL,
    PRIMARY KEY (partner_id, campaign_code, day)
);

CREATE TABLE traffic_sources (
    partner_id  uuid NOT NULL,
    source_id   uuid NOT NULL,
    name        text NOT NULL,
    source_type text NOT NULL,
    url         text NOT NULL,
    status      text NOT NULL, -- draft, pending, verified, rejected
    reason      text NOT NULL,
    created_at  bigint NOT NULL,
    checked_at  bigint,
    PRIMARY KEY (partner_id, source_id)
);
CREATE INDEX traffic_sources_pending ON traffic_sources (created_at) WHERE status = 'pending';

CREATE TABLE sub_publishers (
    partner_id uuid NOT NULL,
    sub_id     text NOT NULL,
    blocked_at bigint NOT NULL,
    PRIMARY KEY (partner_id, sub_id)
);

-- A row is a client's source. It has the data of the click to which the client's registration is attributed.
CREATE TABLE client_sources (
    partner_id    uuid NOT NULL,
    client_uid    uuid NOT NULL,
    click_id      text NOT NULL, -- empty if there is none
    clicked_at    bigint,
    link_code     text NOT NULL,
    campaign_code text NOT NULL,
    link_id       bigint, -- id in campaign_links
    tags          text NOT NULL,
    sub_id        text NOT NULL,
    country       text NOT NULL,
    platform      text NOT NULL,
    material_id   bigint,
    registered_at bigint NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
);
CREATE INDEX client_sources_registered ON client_sources (partner_id, registered_at);

-- The next tables are about promo materials.

CREATE TABLE promo_materials (
    material_id bigint NOT NULL PRIMARY KEY,
    kind        text NOT NULL, -- banner, landing, logo, video, text, widget
    title       text NOT NULL,
    language    text NOT NULL,
    theme       text NOT NULL,
    product     text NOT NULL,
    width       bigint, -- in pixels; NULL if the material has no size
    height      bigint,
    version     bigint NOT NULL,
    created_at  bigint NOT NULL,
    retired_at  bigint
);

CREATE TABLE promo_files (
    material_id  bigint NOT NULL,
    version      bigint NOT NULL,
    media_type   text NOT NULL,
    file_name    text NOT NULL,
    digest       bytea NOT NULL,
    size         bigint NOT NULL,
    content      bytea NOT NULL, -- text, address of a landing page or widget, or bytes of the file
    preview_type text NOT NULL, -- empty if there is none
    preview      bytea,
    created_at   bigint NOT NULL,
    PRIMARY KEY (material_id, version)
);

-- The next tables are about notifications.

CREATE TABLE notifications (
    partner_id      uuid NOT NULL,
    notification_id uuid NOT NULL, -- UUIDv7
    event           text NOT NULL,
    title           text NOT NULL,
    body            text NOT NULL,
    subject         text NOT NULL,
    created_at      bigint NOT NULL,
    read_at         bigint,
    PRIMARY KEY (partner_id, notification_id)
);
CREATE INDEX notifications_unread ON notifications (partner_id, notification_id) WHERE read_at IS NULL;

CREATE TABLE notification_settings (
    partner_id uuid NOT NULL,
    event      text NOT NULL,
    in_area    boolean NOT NULL,
    by_mail    boolean NOT NULL,
    PRIMARY KEY (partner_id, event)
);

-- The next table is about contact sharing.

CREATE TABLE contact_requests (
    partner_id   uuid NOT NULL,
    request_id   uuid NOT NULL, -- UUIDv7
    client_uid   uuid NOT NULL,
    message      text NOT NULL,
    requested_at bigint NOT NULL,
    expires_at   bigint NOT NULL,
    PRIMARY KEY (partner_id, request_id)
);
CREATE INDEX clients_requested ON clients (partner_id, contact_requested_at) WHERE contact_requested_at IS NOT NULL;
CREATE INDEX contact_requests_client ON contact_requests (partner_id, client_uid, requested_at);

-- +goose Down
SELECT 'campaigns are not taken down: restore a backup instead';
