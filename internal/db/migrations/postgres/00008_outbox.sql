-- +goose Up
-- The way out: what partners are told of, where they want to be told, and what became of it.

-- How far a partner's events are numbered: from 1, without gaps.
CREATE TABLE event_counters (
    partner_id uuid NOT NULL PRIMARY KEY,
    first_seq  bigint NOT NULL, -- the oldest that is kept
    last_seq   bigint NOT NULL
);

-- What changed that the partner may see, in the transaction of the change. Append only; old ones are removed.
CREATE TABLE events (
    partner_id uuid NOT NULL,
    event_seq  bigint NOT NULL,
    type       text NOT NULL,
    at         bigint NOT NULL, -- when the programme learned of it
    data       text NOT NULL, -- JSON, as it is sent
    PRIMARY KEY (partner_id, event_seq)
);

-- Where a partner wants to be told.
CREATE TABLE endpoints (
    partner_id    uuid NOT NULL,
    endpoint_id   uuid NOT NULL,
    kind          text NOT NULL, -- webhook, postback
    name          text NOT NULL,
    url           text NOT NULL, -- a postback's: with tokens
    method        text NOT NULL, -- POST; a postback's may be GET
    types         text NOT NULL, -- JSON: what it is told of; [] everything
    status        text NOT NULL, -- active, paused, disabled
    reason        text NOT NULL, -- why it is disabled
    given_seq     bigint NOT NULL, -- the events up to this one are deliveries already
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    failing_since bigint, -- NULL: the last attempt went well
    succeeded_at  bigint, -- the last attempt that did
    PRIMARY KEY (partner_id, endpoint_id)
);
CREATE INDEX endpoints_active ON endpoints (partner_id, endpoint_id) WHERE status = 'active';

-- What deliveries are signed with. Kept as it is: it has to be known to sign.
CREATE TABLE endpoint_secrets (
    partner_id  uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    secret_id   uuid NOT NULL,
    secret      bytea NOT NULL,
    created_at  bigint NOT NULL,
    expires_at  bigint, -- NULL: the one in use; others sign beside it until then
    PRIMARY KEY (partner_id, endpoint_id, secret_id)
);

CREATE TABLE deliveries (
    partner_id  uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL, -- UUIDv7: its order is that of time
    message_id  text NOT NULL, -- the same in every attempt
    event_seq   bigint, -- NULL: a test
    type        text NOT NULL,
    content     text NOT NULL, -- what is sent, where that is not the event itself
    status      text NOT NULL, -- pending, delivered, failed
    attempts    bigint NOT NULL, -- begun, in all
    tries       bigint NOT NULL, -- begun since it was last made pending
    next_at     bigint NOT NULL, -- not to be tried before; also the lease of who tries it
    created_at  bigint NOT NULL,
    ended_at    bigint,
    PRIMARY KEY (partner_id, endpoint_id, delivery_id)
);
CREATE INDEX deliveries_pending ON deliveries (partner_id, endpoint_id, next_at) WHERE status = 'pending';

CREATE TABLE delivery_attempts (
    partner_id  uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    attempt     bigint NOT NULL,
    at          bigint NOT NULL,
    took_ms     bigint NOT NULL,
    url         text NOT NULL, -- that was called
    status_code bigint, -- NULL: no answer
    problem     text NOT NULL, -- refused, unreachable, status; empty: it went well
    answer      text NOT NULL, -- the beginning of the answer's text
    PRIMARY KEY (partner_id, endpoint_id, delivery_id, attempt)
);

-- +goose Down
SELECT 'the outbox is not taken down: restore a backup instead';
