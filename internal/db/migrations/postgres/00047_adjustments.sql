-- +goose Up
-- This migration adds manual adjustments of a partner's wallet.

CREATE TABLE adjustments (
    partner_id    uuid NOT NULL,
    adjustment_id text NOT NULL, -- a UUID; the cause of the posting
    kind          text NOT NULL, -- bonus, correction or clawback
    currency      text NOT NULL,
    amount_e6     bigint NOT NULL, -- negative if it takes money out of the wallet
    amount_usd_e6 bigint NOT NULL,
    reason        text NOT NULL,
    reference     text NOT NULL, -- an order or client; may be empty
    author        text NOT NULL, -- staff or key, a colon and the id
    status        text NOT NULL, -- pending, approved or rejected
    created_at    bigint NOT NULL,
    limit_usd_e6  bigint NOT NULL, -- the setting adjustment_limit at created_at; more needs two staff members
    decided_by    text NOT NULL, -- as author; empty while pending, and if no second person was needed
    decided_at    bigint,
    refusal       text NOT NULL, -- why it was rejected
    PRIMARY KEY (partner_id, adjustment_id)
);
CREATE INDEX adjustments_uid ON adjustments (adjustment_id);
CREATE INDEX adjustments_status ON adjustments (status, adjustment_id);

-- +goose Down
DROP TABLE adjustments;
