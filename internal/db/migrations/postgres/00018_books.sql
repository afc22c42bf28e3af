-- +goose Up
-- This migration adds other names of servers, reinstatements, corrections of configuration, and self-referrals.

-- A row has the server of an account from a moment onwards, after a change.
CREATE TABLE account_servers (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    from_at        bigint NOT NULL,
    fact_id        text NOT NULL,
    server         text NOT NULL,
    PRIMARY KEY (partner_id, client_account, from_at, fact_id)
);

-- This table has the spellings of a server's name that occur in rewards. name is in lower case.
CREATE TABLE server_names (
    name   text COLLATE "C" NOT NULL,
    server text NOT NULL,
    PRIMARY KEY (name, server)
);
INSERT INTO server_names (name, server)
    SELECT DISTINCT lower(server), server FROM accounts UNION SELECT DISTINCT lower(server), server FROM server_days;

-- A row is a reversal or a reinstatement of an order, with or without effect.
CREATE TABLE order_changes (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    ticket         bigint NOT NULL,
    part           integer NOT NULL,
    fact_id        text NOT NULL,
    at             bigint NOT NULL,
    reinstated     boolean NOT NULL,
    reason         text NOT NULL,
    PRIMARY KEY (partner_id, client_account, ticket, part, fact_id)
);
INSERT INTO order_changes (partner_id, client_account, ticket, part, fact_id, at, reinstated, reason)
    SELECT partner_id, client_account, ticket, part, fact_id, close_at, false, '' FROM rewards WHERE kind = 1;

-- A day of a server now has one row for all spellings of the server's name. server is in lower case.
ALTER TABLE server_days RENAME TO server_days_spelled;
CREATE TABLE server_days (
    server          text NOT NULL,
    day             integer NOT NULL,
    name            text NOT NULL,
    orders          bigint NOT NULL,
    lots_e8         bigint NOT NULL,
    expected_orders bigint,
    expected_lots_e8 bigint,
    expected_at     bigint,
    PRIMARY KEY (server, day)
);
INSERT INTO server_days (server, day, name, orders, lots_e8, expected_orders, expected_lots_e8, expected_at)
    SELECT lower(server), day, max(server), CAST(sum(orders) AS bigint), CAST(sum(lots_e8) AS bigint), max(expected_orders), max(expected_lots_e8), max(expected_at)
    FROM server_days_spelled GROUP BY lower(server), day;
DROP TABLE server_days_spelled;

-- These statements convert the names of servers in the keys of waiting facts to lower case.
UPDATE facts_waiting SET order_key = lower(order_key);
UPDATE facts_waiting SET waits_for = lower(waits_for) WHERE waits_for LIKE 'order:%';
UPDATE facts_dismissed SET order_key = lower(order_key);

-- A version that another fact has corrected no longer applies.
ALTER TABLE instruments ADD COLUMN corrects text NOT NULL DEFAULT '';
ALTER TABLE instruments ADD COLUMN corrected_by text NOT NULL DEFAULT '';
ALTER TABLE rates ADD COLUMN corrects text NOT NULL DEFAULT '';
ALTER TABLE rates ADD COLUMN corrected_by text NOT NULL DEFAULT '';

-- This table has the clients whose e-mail is the same as that of the partner who brought them.
CREATE TABLE self_referrals (
    partner_id uuid NOT NULL,
    client_uid uuid NOT NULL,
    fact_id    text NOT NULL,
    at         bigint NOT NULL,
    email      text NOT NULL,
    refused    boolean NOT NULL,
    PRIMARY KEY (partner_id, client_uid, fact_id)
);

-- +goose Down
SELECT 'books are not taken back: restore a backup instead';
