-- +goose Up
-- The views that partners save: a screen's address under a name.
CREATE TABLE saved_views (
    partner_id uuid NOT NULL,
    view_id    uuid NOT NULL,
    screen     text NOT NULL,
    name       text NOT NULL,
    query      text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (partner_id, view_id)
);

-- +goose Down
DROP TABLE saved_views;
