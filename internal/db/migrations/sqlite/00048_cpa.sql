-- +goose Up
-- This migration adds the CPA of clients. Plans now have a list of bundles instead of one set of conditions, which was
-- stored but never paid.
UPDATE plans SET body = json_set(body, '$.cpa', json('[]')) WHERE json_type(body, '$.cpa') = 'object';

-- This table has the days whose monthly runs are complete. The first row has the day from which runs began.
CREATE TABLE cpa_runs (
    run_day INTEGER NOT NULL PRIMARY KEY,
    done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cpa_clients (
    partner_id           BLOB NOT NULL,
    client_uid           BLOB NOT NULL,
    registered_at        INTEGER NOT NULL,
    country              TEXT NOT NULL,
    link_code            TEXT NOT NULL,
    campaign_code        TEXT NOT NULL, -- empty if there is none
    plan_id              BLOB NOT NULL,
    bundle               TEXT NOT NULL,
    expires_at           INTEGER NOT NULL, -- last moment at which the client can meet the conditions
    expired              INTEGER NOT NULL,
    first_deposit_at     INTEGER,
    first_deposit_usd_e6 INTEGER NOT NULL,
    qualified_at         INTEGER,
    deposit_reversed     INTEGER NOT NULL,
    decision             TEXT NOT NULL, -- of the broker; empty if there is none
    decided_at           INTEGER,
    note                 TEXT NOT NULL,
    status               TEXT NOT NULL,
    reason               TEXT NOT NULL,
    earns_usd_e6         INTEGER NOT NULL,
    paid_day             INTEGER,
    paid_at              INTEGER,
    currency             TEXT NOT NULL,
    paid_usd_e6          INTEGER NOT NULL,
    paid_e6              INTEGER NOT NULL,
    limited_by           TEXT NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX cpa_clients_client ON cpa_clients (client_uid);
CREATE INDEX cpa_clients_registered ON cpa_clients (partner_id, registered_at, client_uid);
CREATE INDEX cpa_clients_due ON cpa_clients (partner_id, qualified_at, client_uid) WHERE status = 'approved' AND paid_day IS NULL;
CREATE INDEX cpa_clients_open ON cpa_clients (partner_id, expires_at, client_uid) WHERE status = 'pending' AND qualified_at IS NULL;
CREATE INDEX cpa_clients_waiting ON cpa_clients (registered_at, client_uid) WHERE status = 'pending' AND qualified_at IS NOT NULL;
CREATE INDEX cpa_clients_listed ON cpa_clients (registered_at, client_uid) WHERE (qualified_at IS NOT NULL OR decided_at IS NOT NULL);

-- This table has the partners whose run failed. Their later runs wait for this one.
CREATE TABLE cpa_retries (
    partner_id  BLOB NOT NULL PRIMARY KEY,
    run_day     INTEGER NOT NULL, -- first day whose run is missing
    attempts    INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- These two tables have running sums for the caps. A payment that was taken back is still in them.
CREATE TABLE cpa_months (
    partner_id  BLOB NOT NULL,
    paid_day    INTEGER NOT NULL,
    bundle      TEXT NOT NULL,
    paid_usd_e6 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, paid_day, bundle)
) STRICT, WITHOUT ROWID;

CREATE TABLE cpa_campaigns (
    partner_id    BLOB NOT NULL,
    bundle        TEXT NOT NULL,
    campaign_code TEXT NOT NULL, -- empty: clients without a campaign
    paid_usd_e6   INTEGER NOT NULL,
    PRIMARY KEY (partner_id, bundle, campaign_code)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE cpa_campaigns;
DROP TABLE cpa_months;
DROP TABLE cpa_retries;
DROP TABLE cpa_clients;
DROP TABLE cpa_runs;
