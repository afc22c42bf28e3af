-- +goose Up
-- This migration creates the tables for secure logins, the wallet, rebates and agents. Units: *_at is in microseconds
-- since 1970 UTC, *_day in days since 1970, and *_eN is scaled by 10^N.

-- The next tables are about authorization.

CREATE TABLE partner_security (
    partner_id    uuid NOT NULL PRIMARY KEY,
    security_type text NOT NULL, -- standard or secure; a partner without a row is standard
    changed_at    bigint NOT NULL
);

CREATE TABLE totp_secrets (
    partner_id   uuid NOT NULL PRIMARY KEY,
    secret       text NOT NULL, -- base32; stored as plain text, because it is needed to check a code
    created_at   bigint NOT NULL,
    confirmed_at bigint, -- NULL while the app is not in use yet
    last_step    bigint NOT NULL -- last accepted 30-second step, so that no code is accepted twice
);

CREATE TABLE recovery_codes (
    partner_id uuid NOT NULL,
    code_hash  bytea NOT NULL,
    created_at bigint NOT NULL,
    used_at    bigint,
    PRIMARY KEY (partner_id, code_hash)
);

CREATE TABLE verifications (
    partner_id       uuid NOT NULL,
    verification_id  uuid NOT NULL,
    operation_type   text NOT NULL,
    digest           bytea NOT NULL, -- digest of the ids and amounts that the code authorises
    summary          text NOT NULL, -- description of the same content for people
    channel          text NOT NULL,
    code_hash        text NOT NULL, -- empty if the code comes from an authenticator app
    tries            bigint NOT NULL,
    created_at       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    completed_at     bigint,
    token_hash       bytea,
    token_expires_at bigint,
    used_at          bigint,
    PRIMARY KEY (partner_id, verification_id)
);
CREATE INDEX verifications_created ON verifications (partner_id, created_at);
CREATE INDEX verifications_token ON verifications (partner_id, token_hash);

CREATE TABLE registrations (
    token_hash    bytea NOT NULL PRIMARY KEY,
    email         text NOT NULL,
    password_hash text NOT NULL,
    country       text NOT NULL,
    programme     text NOT NULL,
    created_at    bigint NOT NULL,
    expires_at    bigint NOT NULL
);
CREATE INDEX registrations_expiry ON registrations (expires_at);
CREATE INDEX registrations_email ON registrations (email, created_at);

CREATE TABLE password_resets (
    token_hash bytea NOT NULL PRIMARY KEY,
    partner_id uuid NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint
);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);
CREATE INDEX password_resets_partner ON password_resets (partner_id, created_at);

CREATE TABLE audit_log (
    partner_id uuid NOT NULL,
    entry_id   uuid NOT NULL, -- UUIDv7, so that ids sort by time
    at         bigint NOT NULL,
    actor      text NOT NULL, -- partner, key, broker or system
    credential text NOT NULL, -- id of the session or key
    address    text NOT NULL,
    user_agent text NOT NULL,
    action     text NOT NULL,
    subject    text NOT NULL,
    details    text NOT NULL, -- JSON
    PRIMARY KEY (partner_id, entry_id)
);

CREATE TABLE mails (
    mail_id    uuid NOT NULL PRIMARY KEY,
    partner_id uuid,
    kind       text NOT NULL,
    recipient  text NOT NULL,
    subject    text NOT NULL,
    text_body  text NOT NULL, -- emptied when the mail is sent
    html_body  text NOT NULL,
    created_at bigint NOT NULL,
    next_at    bigint NOT NULL, -- time before which there is no attempt
    attempts   bigint NOT NULL,
    last_error text NOT NULL,
    sent_at    bigint,
    given_up_at bigint
);
CREATE INDEX mails_due ON mails (next_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX mails_created ON mails (created_at);

CREATE TABLE idempotency_keys (
    partner_id  uuid NOT NULL, -- nil UUID for the broker and for callers without credentials
    key_hash    bytea NOT NULL,
    operation   text NOT NULL,
    body_digest bytea NOT NULL,
    status      bigint NOT NULL,
    answer      bytea NOT NULL, -- response, encrypted with the idempotency key, so that only a caller with the key can read it
    created_at  bigint NOT NULL,
    PRIMARY KEY (partner_id, key_hash)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE partner_profiles (
    partner_id uuid NOT NULL PRIMARY KEY,
    language   text NOT NULL,
    time_zone  text NOT NULL,
    full_name  text NOT NULL,
    phone      text NOT NULL,
    messenger  text NOT NULL,
    updated_at bigint NOT NULL
);

-- The next tables and indexes are about the wallet.

CREATE UNIQUE INDEX partner_accounts_currency ON partner_accounts (partner_id, currency);

CREATE TABLE transfers (
    partner_id     uuid NOT NULL,
    transfer_id    bigint NOT NULL,
    posting_id     uuid NOT NULL,
    from_account   text NOT NULL,
    to_account     text NOT NULL,
    from_currency  text NOT NULL,
    to_currency    text NOT NULL,
    from_amount_e6 bigint NOT NULL,
    to_amount_e6   bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    from_rate_e12  bigint NOT NULL,
    to_rate_e12    bigint NOT NULL,
    created_at     bigint NOT NULL,
    PRIMARY KEY (partner_id, transfer_id)
);

CREATE TABLE withdrawals (
    partner_id      uuid NOT NULL,
    withdrawal_id   bigint NOT NULL,
    partner_account text NOT NULL,
    method          text NOT NULL,
    destination     text NOT NULL,
    currency        text NOT NULL,
    amount_e6       bigint NOT NULL,
    amount_usd_e6   bigint NOT NULL,
    status          text NOT NULL, -- pending, paid, failed
    payout_id       bigint NOT NULL,
    reason          text NOT NULL,
    created_at      bigint NOT NULL,
    answered_at     bigint,
    PRIMARY KEY (partner_id, withdrawal_id)
);
CREATE INDEX withdrawals_created ON withdrawals (partner_id, created_at);

-- A payout is money that the broker is asked to pay: a rebate to a client account, or a withdrawal.
-- A failed payout is never tried again. A retry is a new payout.
CREATE TABLE payouts (
    partner_id     uuid NOT NULL,
    payout_id      bigint NOT NULL,
    kind           text NOT NULL, -- rebate, withdrawal
    subject_id     bigint NOT NULL, -- id of the rebate row or of the withdrawal
    client_account text NOT NULL, -- empty for a withdrawal
    destination    text NOT NULL, -- account to pay to, or the text that the partner entered
    currency       text NOT NULL,
    amount_e6      bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    status         text NOT NULL, -- pending, paid, failed
    reason         text NOT NULL,
    posting_id     uuid NOT NULL, -- posting that made the amount payable
    created_at     bigint NOT NULL,
    answered_at    bigint,
    PRIMARY KEY (partner_id, payout_id)
);
CREATE INDEX payouts_pending ON payouts (partner_id, payout_id) WHERE status = 'pending';
CREATE INDEX payouts_subject ON payouts (partner_id, kind, subject_id);

-- The next tables are about rebates. The settings that were in force when an order closed apply to the order.

CREATE TABLE rebate_groups (
    partner_id   uuid NOT NULL,
    group_id     bigint NOT NULL,
    title        text NOT NULL,
    group_type   text NOT NULL, -- AUTO, MANUAL
    percent_e4   bigint NOT NULL,
    period       text NOT NULL, -- DAILY, WEEKLY, MONTHLY
    period_value bigint NOT NULL, -- day on which a week (1 is Monday) or a month (1 to 28) begins
    is_default   boolean NOT NULL,
    link_code    text NOT NULL, -- empty if the group has no link
    created_at   bigint NOT NULL,
    deleted_at   bigint,
    PRIMARY KEY (partner_id, group_id)
);

-- A row has the terms of a group from a moment onwards. There is a row for each change that affects orders.
CREATE TABLE rebate_group_terms (
    partner_id   uuid NOT NULL,
    group_id     bigint NOT NULL,
    from_at      bigint NOT NULL,
    percent_e4   bigint NOT NULL,
    period       text NOT NULL,
    period_value bigint NOT NULL,
    is_default   boolean NOT NULL,
    link_code    text NOT NULL,
    is_deleted   boolean NOT NULL,
    PRIMARY KEY (partner_id, group_id, from_at)
);

-- A row has the current settings of an account, and its sums that are not paid yet. An account without a row has no
-- settings and no such sums.
CREATE TABLE rebate_accounts (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    group_id       bigint, -- NULL means the group of its link, otherwise the default group
    percent_e4     bigint, -- NULL means the percent of its group
    destination    text NOT NULL, -- account that is paid; empty means this account itself
    open_e6        bigint NOT NULL, -- sum of the rebates of its open rows
    open_usd_e6    bigint NOT NULL,
    carry_e6       bigint NOT NULL, -- amount left over from closed periods; may be negative after reversals
    carry_usd_e6   bigint NOT NULL,
    held_e6        bigint NOT NULL, -- amount reserved from the wallet for open rows and the carry; never negative
    held_usd_e6    bigint NOT NULL,
    paid_e6        bigint NOT NULL,
    paid_usd_e6    bigint NOT NULL,
    PRIMARY KEY (partner_id, client_account)
);
CREATE INDEX rebate_accounts_group ON rebate_accounts (partner_id, group_id);

-- A row has the settings of an account from a moment onwards.
CREATE TABLE rebate_account_terms (
    partner_id     uuid NOT NULL,
    client_account text NOT NULL,
    from_at        bigint NOT NULL,
    group_id       bigint,
    percent_e4     bigint,
    PRIMARY KEY (partner_id, client_account, from_at)
);

-- A rebate belongs to one group and one period. It has a row for each account and percent.
CREATE TABLE rebates (
    partner_id       uuid NOT NULL,
    rebate_id        bigint NOT NULL,
    group_id         bigint NOT NULL,
    period_start_day integer NOT NULL,
    period_end_day   integer NOT NULL, -- last day of the period
    status           text NOT NULL, -- open, closing, pending, approving, approved, paid, rejected, failed, expired
    group_type       text NOT NULL, -- type when the period closed; empty before
    rows_count       bigint NOT NULL, -- number of rows that pay at least 0.01; the sums below include all rows; all are 0 while the rebate is open
    reward_e6        bigint NOT NULL,
    reward_usd_e6    bigint NOT NULL,
    topay_e6         bigint NOT NULL,
    topay_usd_e6     bigint NOT NULL,
    currency         text NOT NULL,
    closed_at        bigint,
    expires_at       bigint,
    PRIMARY KEY (partner_id, rebate_id)
);
CREATE UNIQUE INDEX rebates_period ON rebates (partner_id, group_id, period_start_day, period_end_day);
CREATE INDEX rebates_due ON rebates (partner_id, status, period_end_day);

CREATE TABLE rebate_rows (
    partner_id     uuid NOT NULL,
    row_id         bigint NOT NULL,
    rebate_id      bigint NOT NULL,
    client_account text NOT NULL,
    client_uid     uuid NOT NULL,
    percent_e4     bigint NOT NULL,
    orders_count   bigint NOT NULL,
    reward_e6      bigint NOT NULL, -- reward of the account in the period, at this percent
    reward_usd_e6  bigint NOT NULL,
    rebate_e6      bigint NOT NULL, -- reward x percent, cut to six decimal places
    rebate_usd_e6  bigint NOT NULL,
    topay_e6       bigint NOT NULL, -- in whole cents, including the carry; 0 while the row is open
    topay_usd_e6   bigint NOT NULL,
    status         text NOT NULL, -- open, pending, approving, approved, paid, rejected, failed, expired
    payout_id      bigint, -- latest payout
    reason         text NOT NULL,
    changed_at     bigint NOT NULL,
    PRIMARY KEY (partner_id, row_id)
);
CREATE UNIQUE INDEX rebate_rows_account ON rebate_rows (partner_id, rebate_id, client_account, percent_e4);
CREATE INDEX rebate_rows_history ON rebate_rows (partner_id, client_account, row_id);

-- rebate_row is the rebate row to which an order's reward belongs. It is NULL if no rebate was in force.
ALTER TABLE rewards ADD COLUMN rebate_row bigint;

-- A row is a reward that was booked again after its rebate row had closed. The rebate of this reward is taken from an
-- open row instead.
CREATE TABLE rebate_adjustments (
    partner_id    uuid NOT NULL,
    adjustment_id uuid NOT NULL,
    from_row      bigint NOT NULL, -- closed row to which the reward belonged
    to_row        bigint NOT NULL, -- open row from which the reward was taken
    fact_id       text NOT NULL,
    reward_e6     bigint NOT NULL,
    reward_usd_e6 bigint NOT NULL,
    orders_count  bigint NOT NULL,
    booked_at     bigint NOT NULL,
    PRIMARY KEY (partner_id, adjustment_id)
);

-- This table has the rebates that approve/start has shown to a partner. A code can approve only these.
CREATE TABLE rebate_approvals (
    partner_id      uuid NOT NULL,
    approval_id     uuid NOT NULL,
    digest          bytea NOT NULL, -- digest of the ids that the client sent and the amounts that were shown
    requested_at    bigint NOT NULL,
    rebate_ids      text NOT NULL, -- JSON
    row_ids         text NOT NULL, -- JSON
    rows_count      bigint NOT NULL,
    reward_usd_e6   bigint NOT NULL,
    topay_e6        bigint NOT NULL,
    topay_usd_e6    bigint NOT NULL,
    approved_at     bigint,
    done_at         bigint, -- time at which everything was paid out
    PRIMARY KEY (partner_id, approval_id)
);
CREATE INDEX rebate_approvals_digest ON rebate_approvals (partner_id, digest);
CREATE INDEX rebate_approvals_unfinished ON rebate_approvals (partner_id, approved_at) WHERE approved_at IS NOT NULL AND done_at IS NULL;

-- The next tables are about referral agents.

CREATE TABLE agent_links (
    partner_id    uuid NOT NULL,
    link_id       bigint NOT NULL,
    link_code     text NOT NULL,
    alias         text NOT NULL,
    email         text NOT NULL,
    share_rewards boolean NOT NULL, -- whether the agent may read reward_history
    share_clients boolean NOT NULL, -- whether the agent may read client_report
    earned_usd_e6 bigint NOT NULL, -- sum earned under the newest agreement
    created_at    bigint NOT NULL,
    PRIMARY KEY (partner_id, link_id)
);
CREATE UNIQUE INDEX agent_links_alias ON agent_links (partner_id, alias);
CREATE UNIQUE INDEX agent_links_code ON agent_links (partner_id, link_code);

-- This table has the links that owners have given to an agent, by the agent's e-mail.
CREATE TABLE agent_routes (
    email      text NOT NULL,
    owner_id   uuid NOT NULL,
    link_id    bigint NOT NULL,
    PRIMARY KEY (email, owner_id, link_id)
);

CREATE TABLE agent_agreements (
    partner_id    uuid NOT NULL,
    link_id       bigint NOT NULL,
    from_at       bigint NOT NULL,
    share_e4      bigint NOT NULL, -- share in percent of the reward
    cap_usd_e6    bigint, -- NULL if there is none
    earned_usd_e6 bigint NOT NULL,
    PRIMARY KEY (partner_id, link_id, from_at)
);

-- A row has the amount that an agent earned from an order of the owner's client. The partner_id is the agent's.
CREATE TABLE agent_shares (
    partner_id     uuid NOT NULL, -- partner who is the agent
    owner_id       uuid NOT NULL,
    server         text NOT NULL,
    ticket         bigint NOT NULL,
    part           bigint NOT NULL,
    client_account text NOT NULL,
    kind           bigint NOT NULL,
    link_id        bigint NOT NULL,
    agreement_at   bigint NOT NULL,
    reward_day     integer NOT NULL,
    share_e4       bigint NOT NULL,
    base_usd_e6    bigint NOT NULL,
    amount_usd_e6  bigint NOT NULL,
    amount_e6      bigint NOT NULL, -- amount in the agent's currency
    currency       text NOT NULL,
    account_rate_e12 bigint NOT NULL,
    paid_e6        bigint NOT NULL, -- amount that the owner pays, in the owner's currency
    PRIMARY KEY (partner_id, owner_id, server, ticket, part, client_account, kind)
);
CREATE INDEX agent_shares_day ON agent_shares (partner_id, reward_day, client_account);

-- +goose Down
SELECT 'secure authorization is not taken down: restore a backup instead';
