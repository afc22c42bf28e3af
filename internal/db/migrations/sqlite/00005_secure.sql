-- +goose Up
-- Secure authorization, wallet, rebates, agents.
-- Representation as before: *_at microseconds since 1970 UTC, *_day days since 1970, *_eN scaled by 10^N.

-- Authorization.

CREATE TABLE partner_security (
    partner_id    BLOB NOT NULL PRIMARY KEY,
    security_type TEXT NOT NULL, -- standard or secure; no row: standard
    changed_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE totp_secrets (
    partner_id   BLOB NOT NULL PRIMARY KEY,
    secret       TEXT NOT NULL, -- base32; has to be known to check a code
    created_at   INTEGER NOT NULL,
    confirmed_at INTEGER, -- NULL: shown, and not in use yet
    last_step    INTEGER NOT NULL -- the last accepted 30-second step: no code counts twice
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
    digest           BLOB NOT NULL, -- of what the code is for: ids and amounts
    summary          TEXT NOT NULL, -- the same for people
    channel          TEXT NOT NULL,
    code_hash        TEXT NOT NULL, -- empty: an authenticator app's code
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
    entry_id   BLOB NOT NULL, -- UUIDv7: its order is that of time
    at         INTEGER NOT NULL,
    actor      TEXT NOT NULL, -- partner, key, broker or system
    credential TEXT NOT NULL, -- the session's or key's id
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
    text_body  TEXT NOT NULL, -- emptied once it is sent
    html_body  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL, -- not to be tried before
    attempts   INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    sent_at    INTEGER,
    given_up_at INTEGER
) STRICT;
CREATE INDEX mails_due ON mails (next_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX mails_created ON mails (created_at);

CREATE TABLE idempotency_keys (
    partner_id  BLOB NOT NULL, -- nil: the broker, or nobody
    key_hash    BLOB NOT NULL,
    operation   TEXT NOT NULL,
    body_digest BLOB NOT NULL,
    status      INTEGER NOT NULL,
    answer      BLOB NOT NULL, -- sealed with the key itself: only who has it can read it
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

-- Wallet.

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
-- A failed one is never tried again: a retry is another payout.
CREATE TABLE payouts (
    partner_id     BLOB NOT NULL,
    payout_id      INTEGER NOT NULL,
    kind           TEXT NOT NULL, -- rebate, withdrawal
    subject_id     INTEGER NOT NULL, -- the rebate row, or the withdrawal
    client_account TEXT NOT NULL, -- empty for a withdrawal
    destination    TEXT NOT NULL, -- the account to pay to, or what the partner wrote
    currency       TEXT NOT NULL,
    amount_e6      INTEGER NOT NULL,
    amount_usd_e6  INTEGER NOT NULL,
    status         TEXT NOT NULL, -- pending, paid, failed
    reason         TEXT NOT NULL,
    posting_id     BLOB NOT NULL, -- that made it payable
    created_at     INTEGER NOT NULL,
    answered_at    INTEGER,
    PRIMARY KEY (partner_id, payout_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payouts_pending ON payouts (partner_id, payout_id) WHERE status = 'pending';
CREATE INDEX payouts_subject ON payouts (partner_id, kind, subject_id);

-- Rebates. Settings are effective-dated: what was in force when an order closed counts.

CREATE TABLE rebate_groups (
    partner_id   BLOB NOT NULL,
    group_id     INTEGER NOT NULL,
    title        TEXT NOT NULL,
    group_type   TEXT NOT NULL, -- AUTO, MANUAL
    percent_e4   INTEGER NOT NULL,
    period       TEXT NOT NULL, -- DAILY, WEEKLY, MONTHLY
    period_value INTEGER NOT NULL, -- the day on which a week (1 Monday to 7) or month (1 to 28) begins
    is_default   INTEGER NOT NULL,
    link_code    TEXT NOT NULL, -- empty: tied to none
    created_at   INTEGER NOT NULL,
    deleted_at   INTEGER,
    PRIMARY KEY (partner_id, group_id)
) STRICT;

-- What a group was from a moment on: a row for each change of what matters to an order.
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

-- An account's own settings now, and what it has under way. No row: nothing of its own.
CREATE TABLE rebate_accounts (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    group_id       INTEGER, -- NULL: by its link's group, else the default one
    percent_e4     INTEGER, -- NULL: its group's
    destination    TEXT NOT NULL, -- the account that is paid; empty: the account itself
    open_e6        INTEGER NOT NULL, -- the sum of its open rows' rebates
    open_usd_e6    INTEGER NOT NULL,
    carry_e6       INTEGER NOT NULL, -- left over by closed periods; below zero after reversals
    carry_usd_e6   INTEGER NOT NULL,
    held_e6        INTEGER NOT NULL, -- reserved on the wallet for open rows and the carry: never below zero
    held_usd_e6    INTEGER NOT NULL,
    paid_e6        INTEGER NOT NULL,
    paid_usd_e6    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, client_account)
) STRICT;
CREATE INDEX rebate_accounts_group ON rebate_accounts (partner_id, group_id);

-- What an account's settings were from a moment on.
CREATE TABLE rebate_account_terms (
    partner_id     BLOB NOT NULL,
    client_account TEXT NOT NULL,
    from_at        INTEGER NOT NULL,
    group_id       INTEGER,
    percent_e4     INTEGER,
    PRIMARY KEY (partner_id, client_account, from_at)
) STRICT, WITHOUT ROWID;

-- A rebate is a group in a period; a row is one account in it, at one percent.
CREATE TABLE rebates (
    partner_id       BLOB NOT NULL,
    rebate_id        INTEGER NOT NULL,
    group_id         INTEGER NOT NULL,
    period_start_day INTEGER NOT NULL,
    period_end_day   INTEGER NOT NULL, -- its last day
    status           TEXT NOT NULL, -- open, closing, pending, approving, approved, paid, rejected, failed, expired
    group_type       TEXT NOT NULL, -- as it was when the period closed; empty before
    rows_count       INTEGER NOT NULL, -- of rows that pay at least 0.01; the sums below are over all rows. All zero while it is open
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
    reward_e6      INTEGER NOT NULL, -- of the account in the period, at this percent
    reward_usd_e6  INTEGER NOT NULL,
    rebate_e6      INTEGER NOT NULL, -- reward x percent, cut down to six places
    rebate_usd_e6  INTEGER NOT NULL,
    topay_e6       INTEGER NOT NULL, -- whole cents, with what was carried over; 0 while it is open
    topay_usd_e6   INTEGER NOT NULL,
    status         TEXT NOT NULL, -- open, pending, approving, approved, paid, rejected, failed, expired
    payout_id      INTEGER, -- the last one
    reason         TEXT NOT NULL,
    changed_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, row_id)
) STRICT;
CREATE UNIQUE INDEX rebate_rows_account ON rebate_rows (partner_id, rebate_id, client_account, percent_e4);
CREATE INDEX rebate_rows_history ON rebate_rows (partner_id, client_account, row_id);

-- The row that an order's reward counts in; NULL: no rebate was in force.
ALTER TABLE rewards ADD COLUMN rebate_row INTEGER;

-- A reward that was booked anew after its row had closed: taken out of an open row instead.
CREATE TABLE rebate_adjustments (
    partner_id    BLOB NOT NULL,
    adjustment_id BLOB NOT NULL,
    from_row      INTEGER NOT NULL, -- the closed row that it had counted in
    to_row        INTEGER NOT NULL, -- the row that it was taken out of
    fact_id       TEXT NOT NULL,
    reward_e6     INTEGER NOT NULL,
    reward_usd_e6 INTEGER NOT NULL,
    orders_count  INTEGER NOT NULL,
    booked_at     INTEGER NOT NULL,
    PRIMARY KEY (partner_id, adjustment_id)
) STRICT;

-- What a partner was shown by approve/start: the only thing that a code can approve.
CREATE TABLE rebate_approvals (
    partner_id      BLOB NOT NULL,
    approval_id     BLOB NOT NULL,
    digest          BLOB NOT NULL, -- of the ids as sent and the amounts as shown
    requested_at    INTEGER NOT NULL,
    rebate_ids      TEXT NOT NULL, -- JSON
    row_ids         TEXT NOT NULL, -- JSON
    rows_count      INTEGER NOT NULL,
    reward_usd_e6   INTEGER NOT NULL,
    topay_e6        INTEGER NOT NULL,
    topay_usd_e6    INTEGER NOT NULL,
    approved_at     INTEGER,
    done_at         INTEGER, -- when all of it was paid out
    PRIMARY KEY (partner_id, approval_id)
) STRICT;
CREATE INDEX rebate_approvals_digest ON rebate_approvals (partner_id, digest);
CREATE INDEX rebate_approvals_unfinished ON rebate_approvals (partner_id, approved_at) WHERE approved_at IS NOT NULL AND done_at IS NULL;

-- Referral agents.

CREATE TABLE agent_links (
    partner_id    BLOB NOT NULL,
    link_id       INTEGER NOT NULL,
    link_code     TEXT NOT NULL,
    alias         TEXT NOT NULL,
    email         TEXT NOT NULL,
    share_rewards INTEGER NOT NULL, -- the agent may read reward_history
    share_clients INTEGER NOT NULL, -- the agent may read client_report
    earned_usd_e6 INTEGER NOT NULL, -- under the agreement in force
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_id)
) STRICT;
CREATE UNIQUE INDEX agent_links_alias ON agent_links (partner_id, alias);
CREATE UNIQUE INDEX agent_links_code ON agent_links (partner_id, link_code);

-- Whose links lead an agent to clients: by the agent's e-mail.
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
    share_e4      INTEGER NOT NULL, -- percent of the reward
    cap_usd_e6    INTEGER, -- NULL: none
    earned_usd_e6 INTEGER NOT NULL,
    PRIMARY KEY (partner_id, link_id, from_at)
) STRICT;

-- What an agent earned by an order of its owner's client, under the agent.
CREATE TABLE agent_shares (
    partner_id     BLOB NOT NULL, -- the agent
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
    amount_e6      INTEGER NOT NULL, -- in the agent's currency
    currency       TEXT NOT NULL,
    account_rate_e12 INTEGER NOT NULL,
    paid_e6        INTEGER NOT NULL, -- taken from the owner, in the owner's currency
    PRIMARY KEY (partner_id, owner_id, server, ticket, part, client_account, kind)
) STRICT;
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);

-- +goose Down
SELECT 'secure authorization is not taken down: restore a backup instead';
