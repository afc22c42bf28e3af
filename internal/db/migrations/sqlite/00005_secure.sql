-- +goose Up
-- This migration creates the tables for secure logins, the wallet, rebates and agents. Units: *_at is in microseconds
-- since 1970 UTC, *_day in days since 1970, and *_eN is scaled by 10^N.

-- The next tables are about authorization.

CREATE TABLE partner_security (
    partner_id    BLOB NOT NULL PRIMARY KEY,
    security_type TEXT NOT NULL, -- standard or secure; a partner without a row is standard
    changed_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE totp_secrets (
    partner_id   BLOB NOT NULL PRIMARY KEY,
    secret       TEXT NOT NULL, -- base32; stored as plain text, because it is needed to check a code
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER, -- NULL while the app is not in use yet
    last_step    INTEGER NOT NULL -- last accepted 30-second step, so that no code is accepted twice
) STRICT;

CREATE TABLE recovery_codes (
    partner_id BLOB NOT NULL,
    code_hash  BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    PRIMARY KEY (partner_id, code_hash)
) STRICT;

CREATE TABLE verifications (
    partner_id       BLOB NOT NULL,
    verification_id  BLOB NOT NULL,
    operation_type   TEXT NOT NULL,
    digest           BLOB NOT NULL, -- digest of the ids and amounts that the code authorises
    summary          TEXT NOT NULL, -- description of the same content for people
    channel          TEXT NOT NULL,
    code_hash        TEXT NOT NULL, -- empty if the code comes from an authenticator app
    tries            INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    completed_at     INTEGER,
    token_hash       BLOB,
    token_expires_at INTEGER,
    used_at          INTEGER,
    PRIMARY KEY (partner_id, verification_id)
) STRICT;
CREATE INDEX verifications_created ON verifications (partner_id, created_at);
CREATE INDEX verifications_token ON verifications (partner_id, token_hash);

CREATE TABLE registrations (
    token_hash    BLOB NOT NULL PRIMARY KEY,
    email         TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    country       TEXT NOT NULL,
    programme     TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX registrations_expiry ON registrations (expires_at);
CREATE INDEX registrations_email ON registrations (email, created_at);

CREATE TABLE password_resets (
    token_hash BLOB NOT NULL PRIMARY KEY,
    partner_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX password_resets_expiry ON password_resets (expires_at);
CREATE INDEX password_resets_partner ON password_resets (partner_id, created_at);

CREATE TABLE audit_log (
    partner_id BLOB NOT NULL,
    entry_id   BLOB NOT NULL, -- UUIDv7, so that ids sort by time
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL, -- partner, key, broker or system
    credential TEXT NOT NULL, -- id of the session or key
    address    TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    details    TEXT NOT NULL, -- JSON
    PRIMARY KEY (partner_id, entry_id)
) STRICT;

CREATE TABLE mails (
    mail_id    BLOB NOT NULL PRIMARY KEY,
    partner_id BLOB,
    kind       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    text_body  TEXT NOT NULL, -- emptied when the mail is sent
    html_body  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL, -- time before which there is no attempt
    attempts   INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    sent_at    INTEGER,
    given_up_at INTEGER
) STRICT;
CREATE INDEX mails_due ON mails (next_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX mails_created ON mails (created_at);

CREATE TABLE idempotency_keys (
    partner_id  BLOB NOT NULL, -- nil UUID for the broker and for callers without credentials
    key_hash    BLOB NOT NULL,
    operation   TEXT NOT NULL,
    body_digest BLOB NOT NULL,
    status      INTEGER NOT NULL,
    answer      BLOB NOT NULL, -- response, encrypted with the idempotency key, so that only a caller with the key can read it
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (partner_id, key_hash)
) STRICT;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE partner_profiles (
    partner_id BLOB NOT NULL PRIMARY KEY,
    language   TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    full_name  TEXT NOT NULL,
    phone      TEXT NOT NULL,
    messenger  TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- The next tables and indexes are about the wallet.

CREATE UNIQUE INDEX partner_accounts_currency ON partner_accounts (partner_id, currency);

CREATE TABLE transfers (
    partner_id     BLOB NOT NULL,
    transfer_id    INTEGER NOT NULL,
    posting_id     BLOB NOT NULL,
    from_account   TEXT NOT NULL,
    to_account     TEXT NOT NULL,
    from_currency  TEXT NOT NULL,
    to_currency    TEXT NOT NULL,
    from_amount_e6 INTEGER NOT NULL,
    to_amount_e6   INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    from_rate_e12  INTEGER NOT NULL,
    to_rate_e12    INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, transfer_id)
) STRICT;

CREATE TABLE withdrawals (
    partner_id      BLOB NOT NULL,
    withdrawal_id   INTEGER NOT NULL,
    partner_account TEXT NOT NULL,
    method          TEXT NOT NULL,
    destination     TEXT NOT NULL,
    currency        TEXT NOT NULL,
    amount_e6       INTEGER NOT NULL,
    amount_usd_e6   INTEGER NOT NULL,
    status          TEXT NOT NULL, -- pending, paid, failed
    payout_id       INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    answered_at     INTEGER,
    PRIMARY KEY (partner_id, withdrawal_id)
) STRICT;
CREATE INDEX withdrawals_created ON withdrawals (partner_id, created_at);

-- A payout is money that the broker is asked to pay: a rebate to a client account, or a withdrawal.
-- A failed payout is never tried again. A retry is a new payout.
CREATE TABLE payouts (
    partner_id     BLOB NOT NULL,
    payout_id      INTEGER NOT NULL,
    kind           TEXT NOT NULL, -- rebate, withdrawal
    subject_id     INTEGER NOT NULL, -- id of the rebate row or of the withdrawal
    client_account TEXT NOT NULL, -- empty for a withdrawal
    destination    TEXT NOT NULL, -- account to pay to, or the text that the partner entered
    currency       TEXT NOT NULL,
    amount_e6      INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    status         TEXT NOT NULL, -- pending, paid, failed
    reason         TEXT NOT NULL,
    posting_id     BLOB NOT NULL, -- posting that made the amount payable
    created_at     INTEGER NOT NULL,
    answered_at    INTEGER,
    PRIMARY KEY (partner_id, payout_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payouts_pending ON payouts (partner_id, payout_id) WHERE status = 'pending';
CREATE INDEX payouts_subject ON payouts (partner_id, kind, subject_id);

-- The next tables are about rebates. The settings that were in force when an order closed apply to the order.

CREATE TABLE rebate_groups (
    partner_id   BLOB NOT NULL,
    group_id     INTEGER NOT NULL,
    title        TEXT NOT NULL,
    group_type   TEXT NOT NULL, -- AUTO, MANUAL
    percent_e4   INTEGER NOT NULL,
    period       TEXT NOT NULL, -- DAILY, WEEKLY, MONTHLY
    period_value INTEGER NOT NULL, -- day on which a week (1 is Monday) or a month (1 to 28) begins
    is_default   INTEGER NOT NULL,
    link_code    TEXT NOT NULL, -- empty if the group has no link
    created_at   INTEGER NOT NULL,
    deleted_at   INTEGER,
    PRIMARY KEY (partner_id, group_id)
) STRICT;

-- A row has the terms of a group from a moment onwards. There is a row for each change that affects orders.
CREATE TABLE rebate_group_terms (
    partner_id   BLOB NOT NULL,
    group_id     INTEGER NOT NULL,
    from_at      INTEGER NOT NULL,
    percent_e4   INTEGER NOT NULL,
    period       TEXT NOT NULL,
    period_value INTEGER NOT NULL,
    is_default   INTEGER NOT NULL,
    link_code    TEXT NOT NULL,
    is_deleted   INTEGER NOT NULL,
    PRIMARY KEY (partner_id, group_id, from_at)
) STRICT;

-- A row has the current settings of an account, and its sums that are not paid yet. An account without a row has no
-- settings and no such sums.
CREATE TABLE rebate_accounts (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    group_id       INTEGER, -- NULL means the group of its link, otherwise the default group
    percent_e4     INTEGER, -- NULL means the percent of its group
    destination    TEXT NOT NULL, -- account that is paid; empty means this account itself
    open_e6        INTEGER NOT NULL, -- sum of the rebates of its open rows
    open_usd_e6    INTEGER NOT NULL,
    carry_e6       INTEGER NOT NULL, -- amount left over from closed periods; may be negative after reversals
    carry_usd_e6   INTEGER NOT NULL,
    held_e6        INTEGER NOT NULL, -- amount reserved from the wallet for open rows and the carry; never negative
    held_usd_e6    INTEGER NOT NULL,
    paid_e6        INTEGER NOT NULL,
    paid_usd_e6    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account)
) STRICT;
CREATE INDEX rebate_accounts_group ON rebate_accounts (partner_id, group_id);

-- A row has the settings of an account from a moment onwards.
CREATE TABLE rebate_account_terms (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    from_at        INTEGER NOT NULL,
    group_id       INTEGER,
    percent_e4     INTEGER,
    PRIMARY KEY (partner_id, client_account, from_at)
) STRICT, WITHOUT ROWID;

-- A rebate belongs to one group and one period. It has a row for each account and percent.
CREATE TABLE rebates (
    partner_id       BLOB NOT NULL,
    rebate_id        INTEGER NOT NULL,
    group_id         INTEGER NOT NULL,
    period_start_day INTEGER NOT NULL,
    period_end_day   INTEGER NOT NULL, -- last day of the period
    status           TEXT NOT NULL, -- open, closing, pending, approving, approved, paid, rejected, failed, expired
    group_type       TEXT NOT NULL, -- type when the period closed; empty before
    rows_count       INTEGER NOT NULL, -- number of rows that pay at least 0.01; the sums below include all rows; all are 0 while the rebate is open
    reward_e6        INTEGER NOT NULL,
    reward_usd_e6    INTEGER NOT NULL,
    topay_e6         INTEGER NOT NULL,
    topay_usd_e6     INTEGER NOT NULL,
    currency         TEXT NOT NULL,
    closed_at        INTEGER,
    expires_at       INTEGER,
    PRIMARY KEY (partner_id, rebate_id)
) STRICT;
CREATE UNIQUE INDEX rebates_period ON rebates (partner_id, group_id, period_start_day, period_end_day);
CREATE INDEX rebates_due ON rebates (partner_id, status, period_end_day);

CREATE TABLE rebate_rows (
    partner_id     BLOB NOT NULL,
    row_id         INTEGER NOT NULL,
    rebate_id      INTEGER NOT NULL,
    client_account TEXT NOT NULL,
    client_uid     BLOB NOT NULL,
    percent_e4     INTEGER NOT NULL,
    orders_count   INTEGER NOT NULL,
    reward_e6      INTEGER NOT NULL, -- reward of the account in the period, at this percent
    reward_usd_e6  INTEGER NOT NULL,
    rebate_e6      INTEGER NOT NULL, -- reward x percent, cut to six decimal places
    rebate_usd_e6  INTEGER NOT NULL,
    topay_e6       INTEGER NOT NULL, -- in whole cents, including the carry; 0 while the row is open
    topay_usd_e6   INTEGER NOT NULL,
    status         TEXT NOT NULL, -- open, pending, approving, approved, paid, rejected, failed, expired
    payout_id      INTEGER, -- latest payout
    reason         TEXT NOT NULL,
    changed_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, row_id)
) STRICT;
CREATE UNIQUE INDEX rebate_rows_account ON rebate_rows (partner_id, rebate_id, client_account, percent_e4);
CREATE INDEX rebate_rows_history ON rebate_rows (partner_id, client_account, row_id);

-- rebate_row is the rebate row to which an order's reward belongs. It is NULL if no rebate was in force.
ALTER TABLE rewards ADD COLUMN rebate_row INTEGER;

-- A row is a reward that was booked again after its rebate row had closed. The rebate of this reward is taken from an
-- open row instead.
CREATE TABLE rebate_adjustments (
    partner_id    BLOB NOT NULL,
    adjustment_id BLOB NOT NULL,
    from_row      INTEGER NOT NULL, -- closed row to which the reward belonged
    to_row        INTEGER NOT NULL, -- open row from which the reward was taken
    fact_id       TEXT NOT NULL,
    reward_e6     INTEGER NOT NULL,
    reward_usd_e6 INTEGER NOT NULL,
    orders_count  INTEGER NOT NULL,
    booked_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, adjustment_id)
) STRICT;

-- This table has the rebates that approve/start has shown to a partner. A code can approve only these.
CREATE TABLE rebate_approvals (
    partner_id      BLOB NOT NULL,
    approval_id     BLOB NOT NULL,
    digest          BLOB NOT NULL, -- digest of the ids that the client sent and the amounts that were shown
    requested_at    INTEGER NOT NULL,
    rebate_ids      TEXT NOT NULL, -- JSON
    row_ids         TEXT NOT NULL, -- JSON
    rows_count      INTEGER NOT NULL,
    reward_usd_e6   INTEGER NOT NULL,
    topay_e6        INTEGER NOT NULL,
    topay_usd_e6    INTEGER NOT NULL,
    approved_at     INTEGER,
    done_at         INTEGER, -- time at which everything was paid out
    PRIMARY KEY (partner_id, approval_id)
) STRICT;
CREATE INDEX rebate_approvals_digest ON rebate_approvals (partner_id, digest);
CREATE INDEX rebate_approvals_unfinished ON rebate_approvals (partner_id, approved_at) WHERE approved_at IS NOT NULL AND done_at IS NULL;

-- The next tables are about referral agents.

CREATE TABLE agent_links (
    partner_id    BLOB NOT NULL,
    link_id       INTEGER NOT NULL,
    link_code     TEXT NOT NULL,
    alias         TEXT NOT NULL,
    email         TEXT NOT NULL,
    share_rewards INTEGER NOT NULL, -- whether the agent may read reward_history
    share_clients INTEGER NOT NULL, -- whether the agent may read client_report
    earned_usd_e6 INTEGER NOT NULL, -- sum earned under the newest agreement
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_id)
) STRICT;
CREATE UNIQUE INDEX agent_links_alias ON agent_links (partner_id, alias);
CREATE UNIQUE INDEX agent_links_code ON agent_links (partner_id, link_code);

-- This table has the links that owners have given to an agent, by the agent's e-mail.
CREATE TABLE agent_routes (
    email      TEXT NOT NULL,
    owner_id   BLOB NOT NULL,
    link_id    INTEGER NOT NULL,
    PRIMARY KEY (email, owner_id, link_id)
) STRICT;

CREATE TABLE agent_agreements (
    partner_id    BLOB NOT NULL,
    link_id       INTEGER NOT NULL,
    from_at       INTEGER NOT NULL,
    share_e4      INTEGER NOT NULL, -- share in percent of the reward
    cap_usd_e6    INTEGER, -- NULL if there is none
    earned_usd_e6 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_id, from_at)
) STRICT;

-- A row has the amount that an agent earned from an order of the owner's client. The partner_id is the agent's.
CREATE TABLE agent_shares (
    partner_id     BLOB NOT NULL, -- partner who is the agent
    owner_id       BLOB NOT NULL,
    server         TEXT NOT NULL,
    ticket         INTEGER NOT NULL,
    part           INTEGER NOT NULL,
    client_account TEXT NOT NULL,
    kind           INTEGER NOT NULL,
    link_id        INTEGER NOT NULL,
    agreement_at   INTEGER NOT NULL,
    reward_day     INTEGER NOT NULL,
    share_e4       INTEGER NOT NULL,
    base_usd_e6    INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    amount_e6      INTEGER NOT NULL, -- amount in the agent's currency
    currency       TEXT NOT NULL,
    account_rate_e12 INTEGER NOT NULL,
    paid_e6        INTEGER NOT NULL, -- amount that the owner pays, in the owner's currency
    PRIMARY KEY (partner_id, owner_id, server, ticket, part, client_account, kind)
) STRICT;
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);

-- +goose Down
SELECT 'secure authorization is not taken down: restore a backup instead';
