-- +goose Up
-- This migration adds monthly reviews of the partners' levels, and the progress rewards that partners get when their
-- level rises.

ALTER TABLE partner_levels ADD COLUMN floor TEXT; -- lowest level that a review can give the partner; NULL means no limit

-- This table has the days whose reviews are complete. The first row has the day from which reviews began.
CREATE TABLE level_review_days (
    review_day INTEGER NOT NULL PRIMARY KEY,
    done_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE level_reviews (
    partner_id       BLOB NOT NULL,
    review_day       INTEGER NOT NULL, -- the first day of a month
    reviewed_at      INTEGER NOT NULL,
    plan_id          BLOB NOT NULL,
    volume_usd_e4    INTEGER NOT NULL, -- of the 90 days before
    active_clients   INTEGER NOT NULL, -- in the 90 days before
    level            TEXT NOT NULL, -- before the review
    earned_level     TEXT NOT NULL, -- the highest level whose conditions are met
    new_level        TEXT NOT NULL,
    from_day         INTEGER NOT NULL, -- the first day of new_level
    falls_to         TEXT, -- the level that the next review sets, unless the partner earns a higher one
    period_start_day INTEGER NOT NULL, -- the month that the review closes
    period_end_day   INTEGER NOT NULL,
    progress_id      INTEGER, -- the progress reward of a rise; NULL: no rise
    paid_through     INTEGER, -- the last day whose orders are in the progress reward
    currency         TEXT NOT NULL,
    orders_count     INTEGER NOT NULL,
    amount_usd_e6    INTEGER NOT NULL,
    amount_e6        INTEGER NOT NULL,
    PRIMARY KEY (partner_id, review_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE progress_rows (
    partner_id           BLOB NOT NULL,
    client_account       TEXT NOT NULL,
    ticket               INTEGER NOT NULL,
    part                 INTEGER NOT NULL,
    kind                 INTEGER NOT NULL, -- 0: the order; odd: a reversal; even: a reinstatement
    progress_id          INTEGER NOT NULL,
    row_id               INTEGER NOT NULL,
    reward_at            INTEGER NOT NULL,
    account_type         TEXT NOT NULL,
    initial_usd_e6       INTEGER NOT NULL,
    initial_percent_e4   INTEGER NOT NULL,
    old_percent_e4       INTEGER NOT NULL,
    new_percent_e4       INTEGER NOT NULL,
    amount_usd_e6        INTEGER NOT NULL,
    amount_e6            INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account, ticket, part, kind)
) STRICT, WITHOUT ROWID;
-- This index has the rows of a progress reward, in the order of the report.
CREATE INDEX progress_rows_listed ON progress_rows (partner_id, progress_id, reward_at, row_id);

-- +goose Down
DROP TABLE progress_rows;
DROP TABLE level_reviews;
DROP TABLE level_review_days;
ALTER TABLE partner_levels DROP COLUMN floor;
