-- +goose Up
-- This migration adds monthly reviews of the partners' levels, and the progress rewards that partners get when their
-- level rises.

ALTER TABLE partner_levels ADD COLUMN floor text; -- lowest level that a review can give the partner; NULL means no limit

-- This table has the days whose reviews are complete. The first row has the day from which reviews began.
CREATE TABLE level_review_days (
    review_day integer NOT NULL PRIMARY KEY,
    done_at    bigint NOT NULL
);

CREATE TABLE level_reviews (
    partner_id       uuid NOT NULL,
    review_day       integer NOT NULL, -- the first day of a month
    reviewed_at      bigint NOT NULL,
    plan_id          uuid NOT NULL,
    volume_usd_e4    bigint NOT NULL, -- of the 90 days before
    active_clients   bigint NOT NULL, -- in the 90 days before
    level            text NOT NULL, -- before the review
    earned_level     text NOT NULL, -- the highest level whose conditions are met
    new_level        text NOT NULL,
    from_day         integer NOT NULL, -- the first day of new_level
    falls_to         text, -- the level that the next review sets, unless the partner earns a higher one
    period_start_day integer NOT NULL, -- the month that the review closes
    period_end_day   integer NOT NULL,
    progress_id      bigint, -- the progress reward of a rise; NULL: no rise
    paid_through     integer, -- the last day whose orders are in the progress reward
    currency         text NOT NULL,
    orders_count     bigint NOT NULL,
    amount_usd_e6    bigint NOT NULL,
    amount_e6        bigint NOT NULL,
    PRIMARY KEY (partner_id, review_day)
);

CREATE TABLE progress_rows (
    partner_id           uuid NOT NULL,
    client_account       text NOT NULL,
    ticket               bigint NOT NULL,
    part                 integer NOT NULL,
    kind                 integer NOT NULL, -- 0: the order; odd: a reversal; even: a reinstatement
    progress_id          bigint NOT NULL,
    row_id               bigint NOT NULL,
    reward_at            bigint NOT NULL,
    account_type         text NOT NULL,
    initial_usd_e6       bigint NOT NULL,
    initial_percent_e4   bigint NOT NULL,
    old_percent_e4       bigint NOT NULL,
    new_percent_e4       bigint NOT NULL,
    amount_usd_e6        bigint NOT NULL,
    amount_e6            bigint NOT NULL,
    PRIMARY KEY (partner_id, client_account, ticket, part, kind)
);
-- This index has the rows of a progress reward, in the order of the report.
CREATE INDEX progress_rows_listed ON progress_rows (partner_id, progress_id, reward_at, row_id);

-- +goose Down
DROP TABLE progress_rows;
DROP TABLE level_reviews;
DROP TABLE level_review_days;
ALTER TABLE partner_levels DROP COLUMN floor;
