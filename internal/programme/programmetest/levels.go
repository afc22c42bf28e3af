package programmetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// WithLevels returns the service that reviews the levels of a programme. From
// now on, the programme's accrual runs due reviews, as a server does. Each
// transaction of a review processes only a few orders, so that a review needs
// several transactions.
func WithLevels(p *Programme) *level.Service {
	database := db.Joining(p.DB)
	levels := level.NewService(level.NewStore(database), p.Clock, level.Config{Zone: time.UTC, Audit: audit.NewSQLLog(database, p.Clock), StepOrders: 2})
	p.Accrual = accrual.New(accrual.NewSQLStore(database), p.Clock, time.UTC, slog.New(loud{slog.DiscardHandler}), accrual.Config{
		Audit: audit.NewSQLLog(database, p.Clock), Monthly: levels.Run,
	})
	return levels
}

// WithMonthly returns the services that review levels and pay CPA. From now on, the
// programme's accrual runs both when they are due.
func WithMonthly(p *Programme) (*level.Service, *cpa.Service) {
	levels, payments := WithLevels(p), WithCPA(p)
	p.Accrual = accrual.New(accrual.NewSQLStore(db.Joining(p.DB)), p.Clock, time.UTC, slog.New(loud{slog.DiscardHandler}), accrual.Config{
		Audit: audit.NewSQLLog(p.DB, p.Clock), Monthly: func(ctx context.Context) error { return errors.Join(levels.Run(ctx), payments.Run(ctx)) },
	})
	return levels, payments
}

// WithLevelPlan adds a plan with three levels. A partner reaches Silver with
// one order of one lot of EURUSD in three months, and Gold with three orders of
// two clients. The plan pays 2 USD for the order at the first level, 3 USD at
// Silver, and 4 USD at Gold.
func WithLevelPlan(t *testing.T, p *Programme) {
	t.Helper()
	plan := reward.Default()
	plan.Levels = []reward.Level{
		{Name: "Start", SharePercent: 20_0000},
		{Name: "Silver", SharePercent: 30_0000, MinVolumeMlnUSD: 400, MinActiveClients: 1},
		{Name: "Gold", SharePercent: 40_0000, MinVolumeMlnUSD: 1200, MinActiveClients: 2},
	}
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, Now)
	require.NoError(t, err)
}

// SetLevel sets a partner's level from a day onwards, as an earlier review
// would have done.
func (p *Programme) SetLevel(t *testing.T, partnerID id.UUID, name, from string) {
	t.Helper()
	day, err := clock.ParseDay(from)
	require.NoError(t, err)
	require.NoError(t, partner.NewAdminStore(p.DB).SetLevels(t.Context(), []partner.LevelChange{{PartnerID: partnerID, From: day, Level: name}}))
}

// LevelsOf returns the changes of a partner's level, such as "2026-07-02
// Silver".
func (p *Programme) LevelsOf(t *testing.T, partnerID id.UUID) string {
	t.Helper()
	list, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (string, error) {
		var day int64
		var name string
		err := rows.Scan(&day, &name)
		return clock.Day(day).String() + " " + name, err
	}, `SELECT from_day, level FROM partner_levels WHERE partner_id = $1 ORDER BY from_day`, partnerID)
	require.NoError(t, err)
	return strings.Join(list, ", ")
}

// Progress returns a partner's progress rewards, each with its day, its rows
// and its amount in USD, such as "2026-07-01: 3 rows 1".
func (p *Programme) Progress(t *testing.T, partnerID id.UUID) string {
	t.Helper()
	list, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (string, error) {
		var day, count, usd int64
		err := rows.Scan(&day, &count, &usd)
		return fmt.Sprintf("%s: %d rows %s", clock.Day(day), count, money.Amount(usd)), err
	}, `SELECT v.review_day, (SELECT count(*) FROM progress_rows w WHERE w.partner_id = $1 AND w.progress_id = v.progress_id), v.amount_usd_e6
		FROM level_reviews v WHERE v.partner_id = $1 AND v.progress_id IS NOT NULL ORDER BY v.review_day`, partnerID)
	require.NoError(t, err)
	return strings.Join(list, ", ")
}

// DumpProgress returns all progress rewards and level changes as text, without
// ids and times of writing.
func DumpProgress(ctx context.Context, t *testing.T, database db.DB) []string {
	t.Helper()
	var out []string
	for _, q := range []struct {
		name, query string
		width       int
	}{
		{"level", `SELECT from_day, level, coalesce(floor, '') FROM partner_levels ORDER BY partner_id, from_day`, 3},
		{"progress", `SELECT review_day, level, new_level, from_day, coalesce(falls_to, ''), coalesce(paid_through, 0), orders_count, amount_usd_e6, amount_e6
			FROM level_reviews ORDER BY partner_id, review_day`, 9},
		{"progress-row", `SELECT client_account, ticket, part, kind, reward_at, account_type, initial_usd_e6, initial_percent_e4, old_percent_e4, new_percent_e4,
			amount_usd_e6, amount_e6 FROM progress_rows ORDER BY partner_id, client_account, ticket, part, kind`, 12},
	} {
		found, err := db.Collect(ctx, database, func(rows db.Rows) (string, error) {
			values, targets := make([]any, q.width), make([]any, q.width)
			for i := range values {
				targets[i] = &values[i]
			}
			err := rows.Scan(targets...)
			return fmt.Sprint(append([]any{q.name + ": "}, values...)...), err
		}, q.query)
		require.NoError(t, err, q.name)
		out = append(out, found...)
	}
	return out
}
