-- +goose Up
-- Settings of the programme, which internal/settings declares. At a moment the newest row from before or at that moment
-- applies. If two rows have the same from time, the row that was created later applies. After a fixed row, a setting
-- cannot change any more.
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
