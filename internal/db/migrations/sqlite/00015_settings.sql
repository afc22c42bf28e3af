-- +goose Up
-- Settings of the programme, as internal/settings declares them. The newest row at or before a moment counts; of two from one moment the
-- one created later. A row that is fixed is the last of its setting.
CREATE TABLE settings (
    name       TEXT NOT NULL,
    from_at    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    value      TEXT NOT NULL,
    fixed_at   INTEGER,
    PRIMARY KEY (name, from_at, created_at)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE settings;
