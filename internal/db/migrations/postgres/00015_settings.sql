-- +goose Up
-- This table has the settings of the programme, which internal/settings declares. At any time, the row with the latest
-- from_at that is not in the future applies. If two rows have the same from_at, the row that was created later applies.
-- After a row with fixed_at, the setting cannot change any more.
CREATE TABLE settings (
    name       text NOT NULL,
    from_at    bigint NOT NULL,
    created_at bigint NOT NULL,
    value      text NOT NULL,
    fixed_at   bigint,
    PRIMARY KEY (name, from_at, created_at)
);

-- +goose Down
DROP TABLE settings;
