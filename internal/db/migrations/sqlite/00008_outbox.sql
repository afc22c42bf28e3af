-- +goose Up
-- The way out: what partners are told of, where they want to be told, and what became of it.

-- How far a partner's events are numbered: from 1, without gaps.
CREATE TABLE event_counters (
    partner_id BLOB NOT NULL PRIMARY KEY,
    first_seq  INTEGER NOT NULL, -- the oldest that is kept
    last_seq   INTEGER NOT NULL
) STRICT;

-- What changed that the partner may see, in the transaction of the change. Append only; old ones are removed.
CREATE TABLE events (
    partner_id BLOB NOT NULL,
    event_seq  INTEGER NOT NULL,
    type       TEXT NOT NULL,
    at         INTEGER NOT NULL, -- when the programme learned of it
    data       TEXT NOT NULL, -- JSON, as it is sent
    PRIMARY KEY (partner_id, event_seq)
) STRICT, WITHOUT ROWID;

-- Where a partner wants to be told.
CREATE TABLE endpoints (
    partner_id    BLOB NOT NULL,
    endpoint_id   BLOB NOT NULL,
    kind          TEXT NOT NULL, -- webhook, postback
    name          TEXT NOT NULL,
    url           TEXT NOT NULL, -- a postback's: with tokens
    method        TEXT NOT NULL, -- POST; a postback's may be GET
    types         TEXT NOT NULL, -- JSON: what it is told of; [] everything
    status        TEXT NOT NULL, -- active, paused, disabled
    reason        TEXT NOT NULL, -- why it is disabled
    given_seq     INTEGER NOT NULL, -- the events up to this one are deliveries already
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    failing_since INTEGER, -- NULL: the last attempt went well
    succeeded_at  INTEGER, -- the last attempt that did
    PRIMARY KEY (partner_id, endpoint_id)
) STRICT;
CREATE INDEX endpoints_active ON endpoints (partner_id, endpoint_id) WHERE status = 'active';

-- What deliveries are signed with. Kept as it is: it has to be known to sign.
CREATE TABLE endpoint_secrets (
    partner_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    secret_id   BLOB NOT NULL,
    secret      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER, -- NULL: the one in use; others sign beside it until then
    PRIMARY KEY (partner_id, endpoint_id, secret_id)
) STRICT;

CREATE TABLE deliveries (
    partner_id  BLOB NOT NULL,
    endpoint_id BLOB NOT NULL,
    delivery_id BLOB NOT NULL, -- UUIDv7: its order is that of time
    message_id  TEXT NOT NULL, -- the same in every attempt
    event_seq   INTEGER, -- NULL: a test
    type        TEXT NOT NULL,
    content     TEXT NOT NULL, -- what is sent, where that is not the event itself
    status      TEXT NOT NULL, -- pending, delivered, failed
    attempts    INTEGER NOT NULL, -- begun, in all
    tries       INTEGER NOT NULL, -- begun since it was last made pending
    next_at     INTEGER NOT NULL, -- not to be tried before; also the lease of who tries it
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
    url         TEXT NOT NULL, -- that was called
    status_code INTEGER, -- NULL: no answer
    problem     TEXT NOT NULL, -- refused, unreachable, status; empty: it went well
    answer      TEXT NOT NULL, -- the beginning of the answer's text
    PRIMARY KEY (partner_id, endpoint_id, delivery_id, attempt)
) STRICT;

-- +goose Down
SELECT 'the outbox is not taken down: restore a backup instead';
