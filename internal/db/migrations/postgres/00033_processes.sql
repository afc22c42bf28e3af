-- +goose Up
-- A row is a server that uses this database. Each server increments its column beats every two seconds, so that the
-- others see that it is alive. A SQLite database has one server and leaves the table empty.
CREATE TABLE processes (
    process_id uuid   NOT NULL PRIMARY KEY,
    role       text   NOT NULL CHECK (role IN ('all', 'api', 'worker')),
    beats      bigint NOT NULL
);

-- +goose Down
DROP TABLE processes;
