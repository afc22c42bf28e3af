-- +goose Up
-- Settings of the programme, as internal/settings declares them. The newest row at or before a moment counts; of two from one moment the
-- one created later. A row that is fixed is the last of its setting.
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
