-- +goose Up
-- Settings of the programme, which internal/settings declares. At a moment the newest row from before or at that moment
-- applies. If two rows have the same from time, the row that was created later applies. After a fixed row, a setting
-- cannot change any more.
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
