-- +goose Up
-- A row is a workbook that is too large for one request. A server locks the row for some time and creates the file. The
-- file is stored until it expires.
CREATE TABLE report_exports (
    partner_id   BLOB NOT NULL,
    export_id    BLOB NOT NULL,
    report       TEXT NOT NULL,
    request      TEXT NOT NULL, -- path and query of the report
    status       TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'ready', 'failed')),
    rows_written INTEGER NOT NULL DEFAULT 0,
    rows_total   INTEGER NOT NULL,
    file_name    TEXT NOT NULL DEFAULT '', -- name of the file in the directory of exports
    file_bytes   INTEGER NOT NULL DEFAULT 0,
    problem      TEXT NOT NULL DEFAULT '', -- reason why it failed
    attempts     INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    expires_at   INTEGER NOT NULL,
    held_until   INTEGER NOT NULL, -- if running, time after which another server may take over; if waiting, time at which it is due
    PRIMARY KEY (partner_id, export_id)
) STRICT;
CREATE INDEX report_exports_unfinished ON report_exports (held_until) WHERE status IN ('waiting', 'running');
CREATE INDEX report_exports_expiring ON report_exports (expires_at);

-- +goose Down
DROP TABLE report_exports;
