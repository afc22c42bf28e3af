package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
)

// benchRebates measures a run of rebates over one partner's client accounts. The
// run closes the period, approves all rebates with one code, and creates all
// payouts. For comparison, it also measures a bare INSERT of the same payouts.
func benchRebates(ctx context.Context, out io.Writer, engine string, open opener, accounts int) error {
	db, done, err := open(ctx)
	if err != nil {
		return err
	}
	defer done()
	partnerID, err := fillRebates(ctx, db, accounts)
	if err != nil {
		return err
	}
	p, err := build(ctx, db, clock.At(accrualNow))
	if err != nil {
		return err
	}
	defer p.Close()
	runs := p.RebateRuns
	started := time.Now()
	if err := runs.Run(ctx); err != nil {
		return err
	}
	closed := time.Since(started)
	started = time.Now()
	if err := approveAll(ctx, db, runs, partnerID); err != nil {
		return err
	}
	approved := time.Since(started)
	started = time.Now()
	if err := runs.Run(ctx); err != nil {
		return err
	}
	paid := time.Since(started)
	var payouts int
	err = db.QueryRow(ctx, `SELECT count(*) FROM payouts p JOIN rebate_rows w ON w.partner_id = p.partner_id AND w.row_id = p.subject_id AND w.payout_id = p.payout_id
		WHERE p.status = 'pending' AND w.status = 'approved' AND p.amount_e6 = w.topay_e6`).Scan(&payouts)
	if err != nil {
		return err
	}
	if payouts != accounts {
		return fmt.Errorf("created %d payouts for %d accounts", payouts, accounts)
	}
	bare, err := bareInsert(ctx, db, partnerID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "| seconds to close %d accounts' rebates, %s | %.1f | | |\n", accounts, engine, closed.Seconds())
	fmt.Fprintf(out, "| seconds to answer the approval of all of them, %s | %.1f | | |\n", engine, approved.Seconds())
	fmt.Fprintf(out, "| seconds until every payout is made, %s | %.1f | %.1f (bare INSERT ... SELECT of the same payouts) | %.2f |\n",
		engine, paid.Seconds(), bare.Seconds(), bare.Seconds()/paid.Seconds())
	return nil
}

func approveAll(ctx context.Context, database db.DB, runs *rebate.Runs, partnerID id.UUID) error {
	var rebateID int64
	if err := database.QueryRow(ctx, `SELECT rebate_id FROM rebates WHERE partner_id = $1 AND status = 'pending'`, partnerID).Scan(&rebateID); err != nil {
		return err
	}
	selection, err := rebate.Select([]int64{rebateID}, nil)
	if err != nil {
		return err
	}
	shown, _, err := runs.Start(ctx, partnerID, selection)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]any{"user_uid": partnerID, "requested_at": shown.RequestedAt, "rebate_ids": shown.Rebates})
	if err != nil {
		return err
	}
	bound, err := runs.Bind(ctx, partnerID, payload)
	if err != nil {
		return err
	}
	hash, until := verification.TokenHash("token"), db.Micros(accrualNow.Add(time.Minute))
	err = database.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries, created_at, expires_at,
			completed_at, token_hash, token_expires_at) VALUES ($1, $2, 'APPROVE_REBATES', $3, '', 'email', '', 0, 0, 0, 0, $4, $5)`,
			partnerID, id.New(), bound.Digest[:], hash[:], until)
		return err
	})
	if err != nil {
		return err
	}
	outcome, err := runs.Approve(ctx, partnerID, selection, "token")
	if err == nil && outcome.Finished {
		err = errors.New("the request itself created all payouts, so no job could be measured. Give more accounts with --accounts")
	}
	return err
}

// bareInsert inserts the same payouts for another partner, and does nothing
// else.
func bareInsert(ctx context.Context, database db.DB, partnerID id.UUID) (time.Duration, error) {
	started := time.Now()
	err := database.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO payouts (partner_id, payout_id, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, status, reason, posting_id, created_at)
			SELECT @uuid($2), payout_id, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6, status, reason, posting_id, created_at
			FROM payouts WHERE partner_id = $1`, partnerID, id.New().Hex())
		return err
	})
	return time.Since(started), err
}

// fillRebates creates a partner with a rebate whose period has just ended. The
// rebate has a row for each client account.
func fillRebates(ctx context.Context, database db.DB, accounts int) (id.UUID, error) {
	partnerID, group, rebateID := id.New(), int64(1), int64(2)
	day, at := int64(clock.DayOf(accrualNow, time.UTC)), db.Micros(accrualNow)
	const percent, reward, share = 25_0000, 2_003_000, 500_750 // percent of every row in ten-thousandths; amounts of every row in millionths
	rows := int64(accounts)
	err := database.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		for _, s := range []struct {
			query string
			args  []any
		}{
			{`INSERT INTO partners (partner_id, email, country, programme, currency, partner_account, status, verified, registered_at, next_number)
				VALUES ($1, 'bench@example.com', 'CY', 'ib', 'USD', '1', 'active', (1 = 1), 0, $2)`, []any{partnerID, rows + 10}},
			{`INSERT INTO rebate_groups (partner_id, group_id, title, group_type, percent_e4, period, period_value, is_default, link_code, created_at)
				VALUES ($1, $2, 'all', 'MANUAL', $3, 'DAILY', 0, (1 = 1), '', 0)`, []any{partnerID, group, int64(percent)}},
			{`INSERT INTO rebates (partner_id, rebate_id, group_id, period_start_day, period_end_day, status, group_type, rows_count, reward_e6, reward_usd_e6, topay_e6, topay_usd_e6, currency)
				VALUES ($1, $2, $3, $4, $4, 'open', '', 0, 0, 0, 0, 0, 'USD')`, []any{partnerID, rebateID, group, day - 1}},
			{`INSERT INTO balances (partner_id, account, currency, amount_e6, amount_usd_e6) VALUES ($1, 'rebates_reserved', 'USD', $2, $2)`, []any{partnerID, rows * share}},
		} {
			if _, err := q.Exec(ctx, s.query, s.args...); err != nil {
				return err
			}
		}
		number := func(i int) string { return strconv.Itoa(100_000_000 + i*7) }
		err := q.Bulk(ctx, db.BulkInsert{
			Table: "rebate_rows", Rows: accounts,
			Columns: []string{
				"partner_id", "row_id", "rebate_id", "client_account", "client_uid", "percent_e4", "orders_count", "reward_e6", "reward_usd_e6",
				"rebate_e6", "rebate_usd_e6", "topay_e6", "topay_usd_e6", "status", "reason", "changed_at",
			},
			Row: func(i int, dst []any) {
				copy(dst, []any{
					partnerID, int64(10 + i), rebateID, number(i), benchClient(i), int64(percent), int64(1), int64(reward), int64(reward),
					int64(share), int64(share), int64(0), int64(0), "open", "", at,
				})
			},
		})
		if err != nil {
			return err
		}
		return q.Bulk(ctx, db.BulkInsert{
			Table: "rebate_accounts", Rows: accounts,
			Columns: []string{
				"partner_id", "client_account", "destination", "open_e6", "open_usd_e6", "carry_e6", "carry_usd_e6", "held_e6", "held_usd_e6", "paid_e6", "paid_usd_e6",
			},
			Row: func(i int, dst []any) {
				copy(dst, []any{
					partnerID, number(i), "", int64(share), int64(share), int64(0), int64(0), int64(share), int64(share), int64(0), int64(0),
				})
			},
		})
	})
	if err == nil && database.Engine() == db.Postgres { // otherwise, autovacuum would do this later
		_, err = database.Exec(ctx, "VACUUM ANALYZE")
	}
	return partnerID, err
}
