-- +goose Up
-- This migration creates the tables for partners, attribution, the feed's inbox, plans, rewards, the ledger and
-- rollups. Units: *_at is in microseconds since 1970 UTC, *_day in days since 1970, and *_eN is scaled by 10^N.
-- partner_id is the first column in every key of partner data. The nil UUID is the programme itself, which owns the
-- clients without a partner. It is called the house.

-- The next tables store partners and what belongs to them.

CREATE TABLE partners (
    partner_id      uuid NOT NULL PRIMARY KEY,
    email           text NOT NULL,
    country         text NOT NULL,
    programme       text NOT NULL,
    parent_id       uuid,
    currency        text NOT NULL,
    partner_account text NOT NULL,
    status          text NOT NULL,
    verified        boolean NOT NULL,
    registered_at   bigint NOT NULL,
    next_number     bigint NOT NULL
);
CREATE INDEX partners_parent ON partners (parent_id);


-- The house owns the clients that no partner brought. It earns nothing, and no list contains it.
INSERT INTO partners (partner_id, email, country, programme, parent_id, currency, partner_account, status, verified, registered_at, next_number)
VALUES ('00000000-0000-0000-0000-000000000000', '', '', 'house', NULL, 'USD', '', 'house', false, 0, 1);

CREATE TABLE partner_accounts (
    partner_id      uuid NOT NULL,
    partner_account text NOT NULL,
    name            text NOT NULL,
    currency        text NOT NULL,
    kind            text NOT NULL,
    created_at      bigint NOT NULL,
    PRIMARY KEY (partner_id, partner_account)
);

CREATE TABLE partner_levels (
    partner_id uuid NOT NULL,
    from_day   integer NOT NULL,
    level      text NOT NULL,
    PRIMARY KEY (partner_id, from_day)
);

CREATE TABLE partner_links (
    partner_id    uuid NOT NULL,
    link_code     text NOT NULL,
    reward_schema text NOT NULL,
    is_default    boolean NOT NULL,
    is_blocked    boolean NOT NULL,
    is_custom     boolean NOT NULL,
    created_at    bigint NOT NULL,
    PRIMARY KEY (partner_id, link_code)
);

-- The next tables have rows that a request must find before the partner is known.

CREATE TABLE link_codes (
    link_code  text NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL
);

CREATE TABLE sign_in_emails (
    email      text NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL
);

CREATE TABLE client_events (
    client_uid uuid NOT NULL,
    at         bigint NOT NULL,
    fact_id    text NOT NULL,
    kind       text NOT NULL,
    partner_id uuid NOT NULL,
    link_code  text NOT NULL,
    granted    boolean NOT NULL,
    PRIMARY KEY (client_uid, at, fact_id)
);

CREATE TABLE account_routes (
    client_account text NOT NULL PRIMARY KEY,
    partner_id     uuid NOT NULL,
    client_uid     uuid NOT NULL
);
CREATE INDEX account_routes_client ON account_routes (client_uid);

-- The feed's inbox has a row for each fact.

CREATE TABLE facts (
    fact_id     text NOT NULL PRIMARY KEY,
    type        text NOT NULL,
    at          bigint NOT NULL,
    digest      bytea NOT NULL,
    received_at bigint NOT NULL,
    body        text
);

CREATE TABLE facts_waiting (
    fact_id    text NOT NULL PRIMARY KEY,
    type       text NOT NULL,
    at         bigint NOT NULL,
    waits_for  text COLLATE "C" NOT NULL,
    order_key  text COLLATE "C",
    request_id text NOT NULL,
    body       text NOT NULL
);
CREATE INDEX facts_waiting_for ON facts_waiting (waits_for, at, fact_id);
CREATE INDEX facts_waiting_order ON facts_waiting (order_key);
CREATE INDEX facts_waiting_request ON facts_waiting (request_id);

CREATE TABLE server_days (
    server          text NOT NULL,
    day             integer NOT NULL,
    orders          bigint NOT NULL,
    lots_e8         bigint NOT NULL,
    expected_orders bigint,
    expected_lots_e8 bigint,
    expected_at     bigint,
    PRIMARY KEY (server, day)
);

-- The next tables store the facts about configuration. Each of these facts is in force from a given time.

CREATE TABLE instruments (
    symbol           text NOT NULL,
    from_at          bigint NOT NULL,
    fact_id          text NOT NULL,
    instrument_group text NOT NULL,
    base_currency    text NOT NULL,
    quote_currency   text NOT NULL,
    contract_size_e4 bigint NOT NULL,
    point_size_e10   bigint NOT NULL,
    avg_spread_e4    bigint NOT NULL,
    formula          text NOT NULL,
    PRIMARY KEY (symbol, from_at, fact_id)
);

CREATE TABLE rates (
    currency text NOT NULL,
    from_day integer NOT NULL,
    at       bigint NOT NULL,
    fact_id  text NOT NULL,
    usd_e12  bigint NOT NULL,
    PRIMARY KEY (currency, from_day, at, fact_id)
);

CREATE TABLE plans (
    plan_id    uuid NOT NULL PRIMARY KEY,
    from_at    bigint NOT NULL,
    created_at bigint NOT NULL,
    body       text NOT NULL
);

-- The next tables store clients and accounts. Each client and account has a row for each partner to whom it belonged.

CREATE TABLE clients (
    partner_id            uuid NOT NULL,
    client_uid            uuid NOT NULL,
    number                bigint NOT NULL,
    email                 text NOT NULL,
    country               text NOT NULL,
    link_code             text NOT NULL,
    campaign_code         text NOT NULL,
    sub_id                text NOT NULL,
    click_id              text NOT NULL,
    registered_at         bigint NOT NULL,
    reg_day               integer NOT NULL,
    relation              text NOT NULL,
    verified_at           bigint,
    contact_status        text NOT NULL,
    contact_requested_at  bigint,
    contact_answered_at   bigint,
    comment               text,
    first_deposit_at      bigint,
    first_deposit_fact    text NOT NULL,
    first_deposit_usd_e6  bigint NOT NULL,
    deposits_usd_e6       bigint NOT NULL,
    balance_usd_e6        bigint NOT NULL,
    equity_usd_e6         bigint NOT NULL,
    first_trade_day       integer,
    last_trade_day        integer,
    orders_count          bigint NOT NULL,
    volume_lots_e8        bigint NOT NULL,
    volume_usd_e4         bigint NOT NULL,
    reward_usd_e6         bigint NOT NULL,
    rebate_usd_e6         bigint NOT NULL,
    PRIMARY KEY (partner_id, client_uid)
);
CREATE INDEX clients_registered ON clients (partner_id, reg_day, client_uid);
CREATE INDEX clients_email ON clients (partner_id, email);

CREATE TABLE accounts (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    number         bigint NOT NULL,
    client_uid     uuid NOT NULL,
    country        text NOT NULL,
    server         text NOT NULL,
    platform       text NOT NULL,
    account_type   text NOT NULL,
    currency       text NOT NULL,
    link_code      text NOT NULL,
    typed_code     text NOT NULL,
    fact_id        text NOT NULL,
    opened_at      bigint NOT NULL,
    opened_day     integer NOT NULL,
    balance_usd_e6 bigint NOT NULL,
    equity_usd_e6  bigint NOT NULL,
    equity_at      bigint,
    equity_fact    text NOT NULL,
    first_trade_day integer,
    last_trade_day integer,
    orders_count   bigint NOT NULL,
    volume_lots_e8 bigint NOT NULL,
    volume_usd_e4  bigint NOT NULL,
    reward_e6      bigint NOT NULL,
    reward_usd_e6  bigint NOT NULL,
    PRIMARY KEY (partner_id, client_account)
);
CREATE INDEX accounts_opened ON accounts (partner_id, opened_day, client_account);
CREATE INDEX accounts_client ON accounts (partner_id, client_uid);

CREATE TABLE account_types (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    from_at        bigint NOT NULL,
    fact_id        text NOT NULL,
    account_type   text NOT NULL,
    PRIMARY KEY (partner_id, client_account, from_at, fact_id)
);

CREATE TABLE attributions (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    fact_id        text NOT NULL,
    client_uid     uuid NOT NULL,
    link_code      text NOT NULL,
    from_at        bigint NOT NULL,
    decided_at     bigint NOT NULL,
    PRIMARY KEY (partner_id, client_account, fact_id)
);

CREATE TABLE deposits (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    fact_id        text NOT NULL,
    client_uid     uuid NOT NULL,
    kind           text NOT NULL,
    at             bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    PRIMARY KEY (partner_id, client_account, fact_id)
);
CREATE INDEX deposits_client ON deposits (partner_id, client_uid, kind, at);

-- A row of rewards is a closed order (kind 0) or a reversal (kind 1). It has the order's data, the reward and every
-- input of its formula.

CREATE TABLE rewards (
    partner_id         uuid NOT NULL,
    server             text NOT NULL,
    ticket             bigint NOT NULL,
    part               integer NOT NULL,
    client_account     text NOT NULL,
    kind               integer NOT NULL,
    fact_id            text NOT NULL,
    client_uid         uuid NOT NULL,
    account_type       text NOT NULL,
    platform           text NOT NULL,
    symbol             text NOT NULL,
    instrument         text NOT NULL,
    side               text NOT NULL,
    lots_e8            bigint NOT NULL,
    open_at            bigint NOT NULL,
    close_at           bigint NOT NULL,
    open_price_e10     bigint NOT NULL,
    close_price_e10    bigint NOT NULL,
    open_spread_e4     bigint,
    close_spread_e4    bigint,
    commission_e6      bigint NOT NULL,
    swap_e6            bigint NOT NULL,
    profit_e6          bigint NOT NULL,
    reward_day         integer NOT NULL,
    volume_lots_e8     bigint NOT NULL,
    volume_usd_e4      bigint NOT NULL,
    reward_usd_e6      bigint NOT NULL,
    reward_e6          bigint NOT NULL,
    currency           text NOT NULL,
    formula_code       text NOT NULL,
    formula_by_instrument boolean NOT NULL,
    plan_id            uuid NOT NULL,
    level              text NOT NULL,
    cent               boolean NOT NULL,
    percent_e4         bigint NOT NULL,
    bonus_k_e4         bigint NOT NULL,
    instrument_group   text NOT NULL,
    base_currency      text NOT NULL,
    quote_currency     text NOT NULL,
    contract_size_e4   bigint NOT NULL,
    point_size_e10     bigint NOT NULL,
    avg_spread_e4      bigint NOT NULL,
    quote_rate_e12     bigint NOT NULL,
    account_rate_e12   bigint NOT NULL,
    amount_per_lot_e6  bigint NOT NULL,
    min_order_life     bigint NOT NULL,
    cap_usd_e6         bigint,
    limited_by         text NOT NULL,
    PRIMARY KEY (partner_id, server, ticket, part, client_account, kind)
);
CREATE INDEX rewards_closed ON rewards (partner_id, close_at, server, ticket, part, client_account, kind) INCLUDE (account_type, symbol, platform, client_uid, volume_lots_e8, volume_usd_e4, reward_usd_e6);
CREATE INDEX rewards_account ON rewards (partner_id, client_account, close_at);

CREATE TABLE reward_revisions (
    partner_id  uuid NOT NULL,
    revision_id uuid NOT NULL,
    fact_id     text NOT NULL,
    booked_at   bigint NOT NULL,
    body        text NOT NULL,
    PRIMARY KEY (partner_id, revision_id)
);

CREATE TABLE overrides (
    partner_id     uuid NOT NULL,
    sub_partner_id uuid NOT NULL,
    server         text NOT NULL,
    ticket         bigint NOT NULL,
    part           integer NOT NULL,
    client_account text NOT NULL,
    kind           integer NOT NULL,
    depth          integer NOT NULL,
    reward_day     integer NOT NULL,
    percent_e4     bigint NOT NULL,
    base_usd_e6    bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    amount_e6      bigint NOT NULL,
    currency       text NOT NULL,
    account_rate_e12 bigint NOT NULL,
    PRIMARY KEY (partner_id, sub_partner_id, server, ticket, part, client_account, kind)
);
CREATE INDEX overrides_day ON overrides (partner_id, reward_day);

-- Rollups are sums that are written in the same transaction as the rewards.

CREATE TABLE account_days (
    partner_id     uuid NOT NULL,
    reward_day     integer NOT NULL,
    client_account text NOT NULL,
    number         bigint NOT NULL,
    client_uid     uuid NOT NULL,
    account_type   text NOT NULL,
    country        text NOT NULL,
    link_code      text NOT NULL,
    reward_rows    bigint NOT NULL,
    orders_count   bigint NOT NULL,
    volume_lots_e8 bigint NOT NULL,
    volume_usd_e4  bigint NOT NULL,
    reward_e6      bigint NOT NULL,
    reward_usd_e6  bigint NOT NULL,
    PRIMARY KEY (partner_id, reward_day, client_account)
);
CREATE INDEX account_days_account ON account_days (partner_id, client_account, reward_day);

CREATE TABLE partner_days (
    partner_id     uuid NOT NULL,
    reward_day     integer NOT NULL,
    account_days   bigint NOT NULL,
    reward_rows    bigint NOT NULL,
    orders_count   bigint NOT NULL,
    volume_lots_e8 bigint NOT NULL,
    volume_usd_e4  bigint NOT NULL,
    reward_e6      bigint NOT NULL,
    reward_usd_e6  bigint NOT NULL,
    override_usd_e6 bigint NOT NULL,
    PRIMARY KEY (partner_id, reward_day)
);

-- The ledger consists of postings, which are only appended, and of balances, which are the sums of postings.

CREATE TABLE postings (
    partner_id uuid NOT NULL,
    posting_id uuid NOT NULL,
    kind       text NOT NULL,
    booked_at  bigint NOT NULL,
    cause      text NOT NULL,
    PRIMARY KEY (partner_id, posting_id)
);

CREATE TABLE entries (
    partner_id     uuid NOT NULL,
    posting_id     uuid NOT NULL,
    line           integer NOT NULL,
    account        text NOT NULL,
    currency       text NOT NULL,
    amount_e6      bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    reward_day     integer,
    client_account text,
    PRIMARY KEY (partner_id, posting_id, line)
);

CREATE TABLE balances (
    partner_id    uuid NOT NULL,
    account       text NOT NULL,
    currency      text NOT NULL,
    amount_e6     bigint NOT NULL,
    amount_usd_e6 bigint NOT NULL,
    PRIMARY KEY (partner_id, account, currency)
);

-- +goose Down
SELECT 'the foundation is not taken down: restore a backup instead';
