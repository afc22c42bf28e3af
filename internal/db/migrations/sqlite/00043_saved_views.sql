-- +goose Up
-- The views that partners save: a screen's address under a name.
CREATE TABLE saved_views (
    partner_id BLOB NOT NULL,
    view_id    BLOB NOT NULL,
    screen     TEXT NOT NULL,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (partner_id, view_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE saved_views;
