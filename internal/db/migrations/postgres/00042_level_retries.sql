-- +goose Up
-- This migration adds a list of the reviews of levels that failed, so that they delay no other partner's review.

CREATE TABLE level_retries (
    partner_id  uuid NOT NULL,
    review_day  integer NOT NULL,
    attempts    integer NOT NULL, -- 0: the review waits for an earlier one of the partner
    next_try_at bigint NOT NULL,
    PRIMARY KEY (partner_id, review_day)
);

-- +goose Down
DROP TABLE level_retries;
