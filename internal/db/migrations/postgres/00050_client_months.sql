-- +goose Up
-- This table has the months in which a client has account-days. Reports count the clients of each month in it, without
-- reading the account-days.
CREATE TABLE client_months (
    partner_id   uuid NOT NULL,
    month_day    integer NOT NULL, -- first day of the month
    client_uid   uuid NOT NULL,
    account_days bigint NOT NULL, -- number of the client's account-days in the month, at least 1
    PRIMARY KEY (partner_id, month_day, client_uid)
);

INSERT INTO client_months (partner_id, month_day, client_uid, account_days)
SELECT partner_id, CAST(date_trunc('month', DATE '1970-01-01' + CAST(reward_day AS integer)) AS date) - DATE '1970-01-01' AS month_day, client_uid, count(*) FROM account_days GROUP BY 1, 2, 3;

-- +goose Down
DROP TABLE client_months;
