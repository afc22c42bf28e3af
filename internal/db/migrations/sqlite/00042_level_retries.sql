-- +goose Up
-- This migration adds a list of the reviews of levels that failed, so that they delay no other partner's review.

CREATE TABLE level_retries (
    partner_id  BLOB NOT NULL,
    review_day  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL, -- 0: the review waits for an earlier one of the partner
    next_try_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, review_day)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE level_retries;
