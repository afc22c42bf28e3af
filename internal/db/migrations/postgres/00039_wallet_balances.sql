-- +goose Up
-- A line of the wallet now has the balance after this line. The new column is NULL in lines of other accounts.
ALTER TABLE entries ADD COLUMN balance_e6 bigint;
UPDATE entries SET balance_e6 = b.balance_e6 FROM (
    SELECT e.partner_id, e.posting_id, e.line, sum(e.amount_e6) OVER (PARTITION BY e.partner_id, e.currency ORDER BY p.booked_at, p.posting_id, e.line) AS balance_e6
    FROM entries e JOIN postings p ON p.partner_id = e.partner_id AND p.posting_id = e.posting_id WHERE e.account = 'wallet') b
    WHERE entries.partner_id = b.partner_id AND entries.posting_id = b.posting_id AND entries.line = b.line;

-- +goose Down
ALTER TABLE entries DROP COLUMN balance_e6;
