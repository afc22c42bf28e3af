-- +goose Up
-- This table has the months in which a client has account-days. Reports count the clients of each month in it, without
-- reading the account-days.
CREATE TABLE client_months (
    partner_id   BLOB NOT NULL,
    month_day    INTEGER NOT NULL, -- first day of the month
    client_uid   BLOB NOT NULL,
    account_days INTEGER NOT NULL, -- number of the client's account-days in the month, at least 1
    PRIMARY KEY (partner_id, month_day, client_uid)
) STRICT, WITHOUT ROWID;

INSERT INTO client_months (partner_id, month_day, client_uid, account_days)
SELECT partner_id, unixepoch(reward_day * 86400, 'unixepoch', 'start of month') / 86400 AS month_day, client_uid, count(*) FROM account_days GROUP BY 1, 2, 3;

-- +goose Down
DROP TABLE client_months;
