-- +goose Up
-- This migration adds manual adjustments of a partner's wallet.

CREATE TABLE adjustments (
    partner_id    BLOB NOT NULL,
    adjustment_id TEXT NOT NULL, -- a UUID; the cause of the posting
    kind          TEXT NOT NULL, -- bonus, correction or clawback
    currency      TEXT NOT NULL,
    amount_e6     INTEGER NOT NULL, -- negative if it takes money out of the wallet
    amount_usd_e6 INTEGER NOT NULL,
    reason        TEXT NOT NULL,
    reference     TEXT NOT NULL, -- an order or client; may be empty
    author        TEXT NOT NULL, -- staff or key, a colon and the id
    status        TEXT NOT NULL, -- pending, approved or rejected
    created_at    INTEGER NOT NULL,
    limit_usd_e6  INTEGER NOT NULL, -- the setting adjustment_limit at created_at; more needs two staff members
    decided_by    TEXT NOT NULL, -- as author; empty while pending, and if no second person was needed
    decided_at    INTEGER,
    refusal       TEXT NOT NULL, -- why it was rejected
    PRIMARY KEY (partner_id, adjustment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX adjustments_uid ON adjustments (adjustment_id);
CREATE INDEX adjustments_status ON adjustments (status, adjustment_id);

-- +goose Down
DROP TABLE adjustments;
