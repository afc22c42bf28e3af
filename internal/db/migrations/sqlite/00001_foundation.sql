-- +goose Up
-- This migration creates the tables for partners, attribution, the feed's inbox, plans, rewards, the ledger and
-- rollups. Units: *_at is in microseconds since 1970 UTC, *_day in days since 1970, and *_eN is scaled by 10^N.
-- partner_id is the first column in every key of partner data. The nil UUID is the programme itself, which owns the
-- clients without a partner. It is called the house.

-- The next tables store partners and what belongs to them.

CREATE TABLE partners (
    partner_id      BLOB NOT NULL PRIMARY KEY,
    email           TEXT NOT NULL,
    country         TEXT NOT NULL,
    programme       TEXT NOT NULL,
    parent_id       BLOB,
    currency        TEXT NOT NULL,
    partner_account TEXT NOT NULL,
    status          TEXT NOT NULL,
    verified        INTEGER NOT NULL,
    registered_at   INTEGER NOT NULL,
    next_number     INTEGER NOT NULL
) STRICT;
CREATE INDEX partners_parent ON partners (parent_id);


-- The house owns the clients that no partner brought. It earns nothing, and no list contains it.
INSERT INTO partners (partner_id, email, country, programme, parent_id, currency, partner_account, status, verified, registered_at, next_number)
VALUES (x'00000000000000000000000000000000', '', '', 'house', NULL, 'USD', '', 'house', 0, 0, 1);

CREATE TABLE partner_accounts (
    partner_id      BLOB NOT NULL,
    partner_account TEXT NOT NULL,
    name            TEXT NOT NULL,
    currency        TEXT NOT NULL,
    kind            TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (partner_id, partner_account)
) STRICT;

CREATE TABLE partner_levels (
    partner_id BLOB NOT NULL,
    from_day   INTEGER NOT NULL,
    level      TEXT NOT NULL,
    PRIMARY KEY (partner_id, from_day)
) STRICT;

CREATE TABLE partner_links (
    partner_id    BLOB NOT NULL,
    link_code     TEXT NOT NULL,
    reward_schema TEXT NOT NULL,
    is_default    INTEGER NOT NULL,
    is_blocked    INTEGER NOT NULL,
    is_custom     INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_code)
) STRICT;

-- The next tables have rows that a request must find before the partner is known.

CREATE TABLE link_codes (
    link_code  TEXT NOT NULL PRIMARY KEY,
    partner_id BLOB NOT NULL
) STRICT;

CREATE TABLE sign_in_emails (
    email      TEXT NOT NULL PRIMARY KEY,
    partner_id BLOB NOT NULL
) STRICT;

CREATE TABLE client_events (
    client_uid BLOB NOT NULL,
    at         INTEGER NOT NULL,
    fact_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    partner_id BLOB NOT NULL,
    link_code  TEXT NOT NULL,
    granted    INTEGER NOT NULL,
    PRIMARY KEY (client_uid, at, fact_id)
) STRICT;

CREATE TABLE account_routes (
    client_account TEXT NOT NULL PRIMARY KEY,
    partner_id     BLOB NOT NULL,
    client_uid     BLOB NOT NULL
) STRICT;
CREATE INDEX account_routes_client ON account_routes (client_uid);

-- The feed's inbox has a row for each fact.

CREATE TABLE facts (
    fact_id     TEXT NOT NULL PRIMARY KEY,
    type        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    body        TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE facts_waiting (
    fact_id    TEXT NOT NULL PRIMARY KEY,
    type       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    waits_for  TEXT NOT NULL,
    order_key  TEXT,
    request_id TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX facts_waiting_for ON facts_waiting (waits_for, at, fact_id);
CREATE INDEX facts_waiting_order ON facts_waiting (order_key);
CREATE INDEX facts_waiting_request ON facts_waiting (request_id);

CREATE TABLE server_days (
    server          TEXT NOT NULL,
    day             INTEGER NOT NULL,
    orders          INTEGER NOT NULL,
    lots_e8         INTEGER NOT NULL,
    expected_orders INTEGER,
    expected_lots_e8 INTEGER,
    expected_at     INTEGER,
    PRIMARY KEY (server, day)
) STRICT;

-- The next tables store the facts about configuration. Each of these facts is in force from a given time.

CREATE TABLE instruments (
    symbol           TEXT NOT NULL,
    from_at          INTEGER NOT NULL,
    fact_id          TEXT NOT NULL,
    instrument_group TEXT NOT NULL,
    base_currency    TEXT NOT NULL,
    quote_currency   TEXT NOT NULL,
    contract_size_e4 INTEGER NOT NULL,
    point_size_e10   INTEGER NOT NULL,
    avg_spread_e4    INTEGER NOT NULL,
    formula          TEXT NOT NULL,
    PRIMARY KEY (symbol, from_at, fact_id)
) STRICT;

CREATE TABLE rates (
    currency TEXT NOT NULL,
    from_day INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    fact_id  TEXT NOT NULL,
    usd_e12  INTEGER NOT NULL,
    PRIMARY KEY (currency, from_day, at, fact_id)
) STRICT;

CREATE TABLE plans (
    plan_id    BLOB NOT NULL PRIMARY KEY,
    from_at    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL
) STRICT;

-- The next tables store clients and accounts. Each client and account has a row for each partner to whom it belonged.

CREATE TABLE clients (
    partner_id            BLOB NOT NULL,
    client_uid            BLOB NOT NULL,
    number                INTEGER NOT NULL,
    email                 TEXT NOT NULL,
    country               TEXT NOT NULL,
    link_code             TEXT NOT NULL,
    campaign_code         TEXT NOT NULL,
    sub_id                TEXT NOT NULL,
    click_id              TEXT NOT NULL,
    registered_at         INTEGER NOT NULL,
    reg_day               INTEGER NOT NULL,
    relation              TEXT NOT NULL,
    verified_at           INTEGER,
    contact_status        TEXT NOT NULL,
    contact_requested_at  INTEGER,
    contact_answered_at   INTEGER,
    comment               TEXT,
    first_deposit_at      INTEGER,
    first_deposit_fact    TEXT NOT NULL,
    first_deposit_usd_e6  INTEGER NOT NULL,
    deposits_usd_e6       INTEGER NOT NULL,
    balance_usd_e6        INTEGER NOT NULL,
    equity_usd_e6         INTEGER NOT NULL,
    first_trade_day       INTEGER,
    last_trade_day        INTEGER,
    orders_count          INTEGER NOT NULL,
    volume_lots_e8        INTEGER NOT NULL,
    volume_usd_e4         INTEGER NOT NULL,
    reward_usd_e6         INTEGER NOT NULL,
    rebate_usd_e6         INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
) STRICT;
CREATE INDEX clients_registered ON clients (partner_id, reg_day, client_uid);
CREATE INDEX clients_email ON clients (partner_id, email);

CREATE TABLE accounts (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    number         INTEGER NOT NULL,
    client_uid     BLOB NOT NULL,
    country        TEXT NOT NULL,
    server         TEXT NOT NULL,
    platform       TEXT NOT NULL,
    account_type   TEXT NOT NULL,
    currency       TEXT NOT NULL,
    link_code      TEXT NOT NULL,
    typed_code     TEXT NOT NULL,
    fact_id        TEXT NOT NULL,
    opened_at      INTEGER NOT NULL,
    opened_day     INTEGER NOT NULL,
    balance_usd_e6 INTEGER NOT NULL,
    equity_usd_e6  INTEGER NOT NULL,
    equity_at      INTEGER,
    equity_fact    TEXT NOT NULL,
    first_trade_day INTEGER,
    last_trade_day INTEGER,
    orders_count   INTEGER NOT NULL,
    volume_lots_e8 INTEGER NOT NULL,
    volume_usd_e4  INTEGER NOT NULL,
    reward_e6      INTEGER NOT NULL,
    reward_usd_e6  INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account)
) STRICT;
CREATE INDEX accounts_opened ON accounts (partner_id, opened_day, client_account);
CREATE INDEX accounts_client ON accounts (partner_id, client_uid);

CREATE TABLE account_types (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    from_at        INTEGER NOT NULL,
    fact_id        TEXT NOT NULL,
    account_type   TEXT NOT NULL,
    PRIMARY KEY (partner_id, client_account, from_at, fact_id)
) STRICT;

CREATE TABLE attributions (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    fact_id        TEXT NOT NULL,
    client_uid     BLOB NOT NULL,
    link_code      TEXT NOT NULL,
    from_at        INTEGER NOT NULL,
    decided_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account, fact_id)
) STRICT;

CREATE TABLE deposits (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    fact_id        TEXT NOT NULL,
    client_uid     BLOB NOT NULL,
    kind           TEXT NOT NULL,
    at             INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account, fact_id)
) STRICT;
CREATE INDEX deposits_client ON deposits (partner_id, client_uid, kind, at);

-- A row of rewards is a closed order (kind 0) or a reversal (kind 1). It has the order's data, the reward and every
-- input of its formula.

CREATE TABLE rewards (
    partner_id         BLOB NOT NULL,
    server             TEXT NOT NULL,
    ticket             INTEGER NOT NULL,
    part               INTEGER NOT NULL,
    client_account     TEXT NOT NULL,
    kind               INTEGER NOT NULL,
    fact_id            TEXT NOT NULL,
    client_uid         BLOB NOT NULL,
    account_type       TEXT NOT NULL,
    platform           TEXT NOT NULL,
    symbol             TEXT NOT NULL,
    instrument         TEXT NOT NULL,
    side               TEXT NOT NULL,
    lots_e8            INTEGER NOT NULL,
    open_at            INTEGER NOT NULL,
    close_at           INTEGER NOT NULL,
    open_price_e10     INTEGER NOT NULL,
    close_price_e10    INTEGER NOT NULL,
    open_spread_e4     INTEGER,
    close_spread_e4    INTEGER,
    commission_e6      INTEGER NOT NULL,
    swap_e6            INTEGER NOT NULL,
    profit_e6          INTEGER NOT NULL,
    reward_day         INTEGER NOT NULL,
    volume_lots_e8     INTEGER NOT NULL,
    volume_usd_e4      INTEGER NOT NULL,
    reward_usd_e6      INTEGER NOT NULL,
    reward_e6          INTEGER NOT NULL,
    currency           TEXT NOT NULL,
    formula_code       TEXT NOT NULL,
    formula_by_instrument INTEGER NOT NULL,
    plan_id            BLOB NOT NULL,
    level              TEXT NOT NULL,
    cent               INTEGER NOT NULL,
    percent_e4         INTEGER NOT NULL,
    bonus_k_e4         INTEGER NOT NULL,
    instrument_group   TEXT NOT NULL,
    base_currency      TEXT NOT NULL,
    quote_currency     TEXT NOT NULL,
    contract_size_e4   INTEGER NOT NULL,
    point_size_e10     INTEGER NOT NULL,
    avg_spread_e4      INTEGER NOT NULL,
    quote_rate_e12     INTEGER NOT NULL,
    account_rate_e12   INTEGER NOT NULL,
    amount_per_lot_e6  INTEGER NOT NULL,
    min_order_life     INTEGER NOT NULL,
    cap_usd_e6         INTEGER,
    limited_by         TEXT NOT NULL,
    PRIMARY KEY (partner_id, server, ticket, part, client_account, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server, ticket, part, client_account, kind, account_type, symbol, platform, client_uid, volume_lots_e8, volume_usd_e4, reward_usd_e6);
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at);

CREATE TABLE reward_revisions (
    partner_id  BLOB NOT NULL,
    revision_id BLOB NOT NULL,
    fact_id     TEXT NOT NULL,
    booked_at   INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (partner_id, revision_id)
) STRICT;

CREATE TABLE overrides (
    partner_id     BLOB NOT NULL,
    sub_partner_id BLOB NOT NULL,
    server         TEXT NOT NULL,
    ticket         INTEGER NOT NULL,
    part           INTEGER NOT NULL,
    client_account TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    depth          INTEGER NOT NULL,
    reward_day     INTEGER NOT NULL,
    percent_e4     INTEGER NOT NULL,
    base_usd_e6    INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    amount_e6      INTEGER NOT NULL,
    currency       TEXT NOT NULL,
    account_rate_e12 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, sub_partner_id, server, ticket, part, client_account, kind)
) STRICT;
CREATE INDEX overrides_day ON overrides (partner_id, reward_day);

-- Rollups are sums that are written in the same transaction as the rewards.

CREATE TABLE account_days (
    partner_id     BLOB NOT NULL,
    reward_day     INTEGER NOT NULL,
    client_account TEXT NOT NULL,
    number         INTEGER NOT NULL,
    client_uid     BLOB NOT NULL,
    account_type   TEXT NOT NULL,
    country        TEXT NOT NULL,
    link_code      TEXT NOT NULL,
    reward_rows    INTEGER NOT NULL,
    orders_count   INTEGER NOT NULL,
    volume_lots_e8 INTEGER NOT NULL,
    volume_usd_e4  INTEGER NOT NULL,
    reward_e6      INTEGER NOT NULL,
    reward_usd_e6  INTEGER NOT NULL,
    PRIMARY KEY (partner_id, reward_day, client_account)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_days_account ON account_days (partner_id, client_account, reward_day);

CREATE TABLE partner_days (
    partner_id     BLOB NOT NULL,
    reward_day     INTEGER NOT NULL,
    account_days   INTEGER NOT NULL,
    reward_rows    INTEGER NOT NULL,
    orders_count   INTEGER NOT NULL,
    volume_lots_e8 INTEGER NOT NULL,
    volume_usd_e4  INTEGER NOT NULL,
    reward_e6      INTEGER NOT NULL,
    reward_usd_e6  INTEGER NOT NULL,
    override_usd_e6 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, reward_day)
) STRICT;

-- The ledger consists of postings, which are only appended, and of balances, which are the sums of postings.

CREATE TABLE postings (
    partner_id BLOB NOT NULL,
    posting_id BLOB NOT NULL,
    kind       TEXT NOT NULL,
    booked_at  INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    PRIMARY KEY (partner_id, posting_id)
) STRICT;

CREATE TABLE entries (
    partner_id     BLOB NOT NULL,
    posting_id     BLOB NOT NULL,
    line           INTEGER NOT NULL,
    account        TEXT NOT NULL,
    currency       TEXT NOT NULL,
    amount_e6      INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    reward_day     INTEGER,
    client_account TEXT,
    PRIMARY KEY (partner_id, posting_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE balances (
    partner_id    BLOB NOT NULL,
    account       TEXT NOT NULL,
    currency      TEXT NOT NULL,
    amount_e6     INTEGER NOT NULL,
    amount_usd_e6 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, account, currency)
) STRICT;

-- +goose Down
SELECT 'the foundation is not taken down: restore a backup instead';
