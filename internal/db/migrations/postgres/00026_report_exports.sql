-- +goose Up
-- Workbooks that are too large for one request: a server that holds the row makes the file, which is kept until it expires.
CREATE TABLE report_exports (
    partner_id   uuid NOT NULL,
    export_id    uuid NOT NULL,
    report       text NOT NULL,
    request      text NOT NULL, -- the report's path and query
    status       text NOT NULL CHECK (status IN ('waiting', 'running', 'ready', 'failed')),
    rows_written bigint NOT NULL DEFAULT 0,
    rows_total   bigint NOT NULL,
    file_name    text NOT NULL DEFAULT '', -- in the directory of exports
    file_bytes   bigint NOT NULL DEFAULT 0,
    problem      text NOT NULL DEFAULT '', -- why it failed
    attempts     bigint NOT NULL DEFAULT 0,
    created_at   bigint NOT NULL,
    finished_at  bigint,
    expires_at   bigint NOT NULL,
    held_until   bigint NOT NULL, -- running: when another may take it; waiting: when it is due
    PRIMARY KEY (partner_id, export_id)
);
CREATE INDEX report_exports_unfinished ON report_exports (held_until) WHERE status IN ('waiting', 'running');
CREATE INDEX report_exports_expiring ON report_exports (expires_at);

-- +goose Down
DROP TABLE report_exports;
