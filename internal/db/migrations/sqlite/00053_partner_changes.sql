-- +goose Up
-- This migration lets partners get another parent or country from a date on.

-- This table has the changes of each partner that was changed. The first row of a partner has the values of its registration.
CREATE TABLE partner_changes (
    partner_id  BLOB NOT NULL,
    from_at     INTEGER NOT NULL, -- of the first row: long before the registration
    fact_id     TEXT NOT NULL, -- empty for the first row
    sets_parent INTEGER NOT NULL,
    parent_id   BLOB,
    country     TEXT NOT NULL, -- empty if the country does not change
    void        INTEGER NOT NULL, -- whether the change would put the partner below itself, and so has no effect on the parent
    PRIMARY KEY (partner_id, from_at, fact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX partner_changes_parent ON partner_changes (parent_id);

-- +goose Down
DROP TABLE partner_changes;
