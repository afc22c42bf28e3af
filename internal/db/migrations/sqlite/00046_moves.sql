-- +goose Up
-- This migration lets a client account have several partners, one after the other.

ALTER TABLE accounts ADD COLUMN moves INTEGER NOT NULL DEFAULT 0; -- number of moves from one partner to another; if it is not 0, account_stays has rows

-- This table has the partners of each account that was moved, including the first and the present one.
CREATE TABLE account_stays (
    client_account TEXT NOT NULL,
    from_at        INTEGER NOT NULL, -- of the first row: long before the account was opened
    partner_id     BLOB NOT NULL,
    link_code      TEXT NOT NULL,
    client_uid     BLOB NOT NULL,
    PRIMARY KEY (client_account, from_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_stays_client ON account_stays (client_uid);

-- +goose Down
DROP TABLE account_stays;
ALTER TABLE accounts DROP COLUMN moves;
