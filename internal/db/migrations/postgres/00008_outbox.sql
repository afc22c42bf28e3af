-- +goose Up
-- This migration creates the tables for partners' events, the endpoints that get them, and the deliveries.

-- A row has the number of a partner's last event. The numbers start at 1 and have no gaps.
CREATE TABLE event_counters (
    partner_id uuid NOT NULL PRIMARY KEY,
    first_seq  bigint NOT NULL, -- number of the oldest stored event
    last_seq   bigint NOT NULL
);

-- An event is a change that the partner may see. It is stored in the transaction of the change, and never changes. Old
-- events are removed.
CREATE TABLE events (
    partner_id uuid NOT NULL,
    event_seq  bigint NOT NULL,
    type       text NOT NULL,
    at         bigint NOT NULL, -- time at which the programme received the change
    data       text NOT NULL, -- JSON of the event, in the form in which it is sent
    PRIMARY KEY (partner_id, event_seq)
);

-- An endpoint is an address to which a partner's events are sent.
CREATE TABLE endpoints (
    partner_id    uuid NOT NULL,
    endpoint_id   uuid NOT NULL,
    kind          text NOT NULL, -- webhook, postback
    name          text NOT NULL,
    url           text NOT NULL, -- the URL of a postback contains tokens
    method        text NOT NULL, -- POST; a postback may also use GET
    types         text NOT NULL, -- JSON list of event types that it gets; [] means all
    status        text NOT NULL, -- active, paused, disabled
    reason        text NOT NULL, -- reason why it is disabled
    given_seq     bigint NOT NULL, -- deliveries exist for all events up to this number
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    failing_since bigint, -- NULL if the last attempt succeeded
    succeeded_at  bigint, -- time of the last attempt that succeeded
    PRIMARY KEY (partner_id, endpoint_id)
);
CREATE INDEX endpoints_active ON endpoints (partner_id, endpoint_id) WHERE status = 'active';

-- These secrets sign deliveries. They are stored unencrypted, because the server needs them to sign.
CREATE TABLE endpoint_secrets (
    partner_id  uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    secret_id   uuid NOT NULL,
    secret      bytea NOT NULL,
    created_at  bigint NOT NULL,
    expires_at  bigint, -- NULL for the current secret; older secrets also sign until this time
    PRIMARY KEY (partner_id, endpoint_id, secret_id)
);

CREATE TABLE deliveries (
    partner_id  uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    delivery_id uuid NOT NULL, -- UUIDv7, so that ids sort by time
    message_id  text NOT NULL, -- same in every attempt
    event_seq   bigint, -- NULL for a test
    type        text NOT NULL,
    content     text NOT NULL, -- content to send if it is not the event itself
    status      text NOT NULL, -- pending, delivered, failed
    attempts    bigint NOT NULL, -- number of all attempts that have begun
    tries       bigint NOT NULL, -- number of attempts that have begun since it last became pending
    next_at     bigint NOT NULL, -- time before which there is no attempt; also the end of the lease during an attempt
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
    url         text NOT NULL, -- URL that was called
    status_code bigint, -- NULL if there was no response
    problem     text NOT NULL, -- refused, unreachable or status; empty if the attempt succeeded
    answer      text NOT NULL, -- first part of the response's body
    PRIMARY KEY (partner_id, endpoint_id, delivery_id, attempt)
);

-- +goose Down
SELECT 'the outbox is not taken down: restore a backup instead';
