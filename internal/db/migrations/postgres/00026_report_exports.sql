-- +goose Up
-- A row is a workbook that is too large for one request. A server locks the row for some time and creates the file. The
-- file is stored until it expires.
CREATE TABLE report_exports (
    partner_id   uuid NOT NULL,
    export_id    uuid NOT NULL,
    report       text NOT NULL,
    request      text NOT NULL, -- path and query of the report
    status       text NOT NULL CHECK (status IN ('waiting', 'running', 'ready', 'failed')),
    rows_written bigint NOT NULL DEFAULT 0,
    rows_total   bigint NOT NULL,
    file_name    text NOT NULL DEFAULT '', -- name of the file in the directory of exports
    file_bytes   bigint NOT NULL DEFAULT 0,
    problem      text NOT NULL DEFAULT '', -- reason why it failed
    attempts     bigint NOT NULL DEFAULT 0,
    created_at   bigint NOT NULL,
    finished_at  bigint,
    expires_at   bigint NOT NULL,
    held_until   bigint NOT NULL, -- if running, time after which another server may take over; if waiting, time at which it is due
    PRIMARY KEY (partner_id, export_id)
);
CREATE INDEX report_exports_unfinished ON report_exports (held_until) WHERE status IN ('waiting', 'running');
CREATE INDEX report_exports_expiring ON report_exports (expires_at);

-- +goose Down
DROP TABLE report_exports;
