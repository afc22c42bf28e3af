-- +goose Up
-- This migration adds the CPA of clients. Plans now have a list of bundles instead of one set of conditions, which was
-- stored but never paid.
UPDATE plans SET body = CAST(jsonb_set(CAST(body AS jsonb), '{cpa}', '[]') AS text) WHERE jsonb_typeof(CAST(body AS jsonb)->'cpa') = 'object';

-- This table has the days whose monthly runs are complete. The first row has the day from which runs began.
CREATE TABLE cpa_runs (
    run_day integer NOT NULL PRIMARY KEY,
    done_at bigint NOT NULL
);

CREATE TABLE cpa_clients (
    partner_id           uuid NOT NULL,
    client_uid           uuid NOT NULL,
    registered_at        bigint NOT NULL,
    country              text NOT NULL,
    link_code            text NOT NULL,
    campaign_code        text NOT NULL, -- empty if there is none
    plan_id              uuid NOT NULL,
    bundle               text NOT NULL,
    expires_at           bigint NOT NULL, -- last moment at which the client can meet the conditions
    expired              boolean NOT NULL,
    first_deposit_at     bigint,
    first_deposit_usd_e6 bigint NOT NULL,
    qualified_at         bigint,
    deposit_reversed     boolean NOT NULL,
    decision             text NOT NULL, -- of the broker; empty if there is none
    decided_at           bigint,
    note                 text NOT NULL,
    status               text NOT NULL,
    reason               text NOT NULL,
    earns_usd_e6         bigint NOT NULL,
    paid_day             integer,
    paid_at              bigint,
    currency             text NOT NULL,
    paid_usd_e6          bigint NOT NULL,
    paid_e6              bigint NOT NULL,
    limited_by           text NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
);
CREATE INDEX cpa_clients_client ON cpa_clients (client_uid);
CREATE INDEX cpa_clients_registered ON cpa_clients (partner_id, registered_at, client_uid);
CREATE INDEX cpa_clients_due ON cpa_clients (partner_id, qualified_at, client_uid) WHERE status = 'approved' AND paid_day IS NULL;
CREATE INDEX cpa_clients_open ON cpa_clients (partner_id, expires_at, client_uid) WHERE status = 'pending' AND qualified_at IS NULL;
CREATE INDEX cpa_clients_waiting ON cpa_clients (registered_at, client_uid) WHERE status = 'pending' AND qualified_at IS NOT NULL;
CREATE INDEX cpa_clients_listed ON cpa_clients (registered_at, client_uid) WHERE (qualified_at IS NOT NULL OR decided_at IS NOT NULL);

-- This table has the partners whose run failed. Their later runs wait for this one.
CREATE TABLE cpa_retries (
    partner_id  uuid NOT NULL PRIMARY KEY,
    run_day     integer NOT NULL, -- first day whose run is missing
    attempts    bigint NOT NULL,
    next_try_at bigint NOT NULL
);

-- These two tables have running sums for the caps. A payment that was taken back is still in them.
CREATE TABLE cpa_months (
    partner_id  uuid NOT NULL,
    paid_day    integer NOT NULL,
    bundle      text NOT NULL,
    paid_usd_e6 bigint NOT NULL,
    PRIMARY KEY (partner_id, paid_day, bundle)
);

CREATE TABLE cpa_campaigns (
    partner_id    uuid NOT NULL,
    bundle        text NOT NULL,
    campaign_code text NOT NULL, -- empty: clients without a campaign
    paid_usd_e6   bigint NOT NULL,
    PRIMARY KEY (partner_id, bundle, campaign_code)
);

-- +goose Down
DROP TABLE cpa_campaigns;
DROP TABLE cpa_months;
DROP TABLE cpa_retries;
DROP TABLE cpa_clients;
DROP TABLE cpa_runs;
