-- +goose Up
-- This migration creates the tables for partners' events, the endpoints that get them, and the deliveries.

-- A row has the number of a partner's last event. The numbers start at 1 and have no gaps.
CREATE TABLE event_counters (
    partner_id BLOB NOT NULL PRIMARY KEY,
    first_seq  INTEGER NOT NULL, -- number of the oldest stored event
    last_seq   INTEGER NOT NULL
) STRICT;

-- An event is a change that the partner may see. It is stored in the transaction of the change, and never changes. Old
-- events are removed.
CREATE TABLE events (
    partner_id BLOB NOT NULL,
    event_seq  INTEGER NOT NULL,
    type       TEXT NOT NULL,
    at         INTEGER NOT NULL, -- time at which the programme received the change
    data       TEXT NOT NULL, -- JSON of the event, in the form in which it is sent
    PRIMARY KEY (partner_id, event_seq)
) STRICT, WITHOUT ROWID;

-- An endpoint is an address to which a partner's events are sent.
CREATE TABLE endpoints (
    partner_id    BLOB NOT NULL,
    endpoint_id   BLOB NOT NULL,
    kind          TEXT NOT NULL, -- webhook, postback
    name          TEXT NOT NULL,
    url           TEXT NOT NULL, -- the URL of a postback contains tokens
    method        TEXT NOT NULL, -- POST; a postback may also use GET
    types         TEXT NOT NULL, -- JSON list of event types that it gets; [] means all
    status        TEXT NOT NULL, -- active, paused, disabled
    reason        TEXT NOT NULL, -- reason why it is disabled
    given_seq     INTEGER NOT NULL, -- deliveries exist for all events up to this number
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    failing_since INTEGER, -- NULL if the last attempt succeeded
    succeeded_at  INTEGER, -- time of the last attempt that succeeded
    PRIMARY KEY (partner_id, endpoint_id)
) STRICT;
CREATE INDEX endpoints_active ON endpoints (partner_id, endpoint_id) WHERE status = 'active';

-- These secrets sign deliveries. They are stored unencrypted, because the server needs them to sign.
CREATE TABLE endpoint_secrets (
    partner_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    secret_id   BLOB NOT NULL,
    secret      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER, -- NULL for the current secret; older secrets also sign until this time
    PRIMARY KEY (partner_id, endpoint_id, secret_id)
) STRICT;

CREATE TABLE deliveries (
    partner_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    delivery_id BLOB NOT NULL, -- UUIDv7, so that ids sort by time
    message_id  TEXT NOT NULL, -- same in every attempt
    event_seq   INTEGER, -- NULL for a test
    type        TEXT NOT NULL,
    content     TEXT NOT NULL, -- content to send if it is not the event itself
    status      TEXT NOT NULL, -- pending, delivered, failed
    attempts    INTEGER NOT NULL, -- number of all attempts that have begun
    tries       INTEGER NOT NULL, -- number of attempts that have begun since it last became pending
    next_at     INTEGER NOT NULL, -- time before which there is no attempt; also the end of the lease during an attempt
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (partner_id, endpoint_id, delivery_id)
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (partner_id, endpoint_id, next_at) WHERE status = 'pending';

CREATE TABLE delivery_attempts (
    partner_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    delivery_id BLOB NOT NULL,
    attempt     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    took_ms     INTEGER NOT NULL,
    url         TEXT NOT NULL, -- URL that was called
    status_code INTEGER, -- NULL if there was no response
    problem     TEXT NOT NULL, -- refused, unreachable or status; empty if the attempt succeeded
    answer      TEXT NOT NULL, -- first part of the response's body
    PRIMARY KEY (partner_id, endpoint_id, delivery_id, attempt)
) STRICT;

-- +goose Down
SELECT 'the outbox is not taken down: restore a backup instead';
