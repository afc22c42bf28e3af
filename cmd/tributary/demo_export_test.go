package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
)

// TestDemoExportGivesTheSameBooks imports the exported facts of a demo into an
// empty database. Every order must have the same partner and day as in the
// demo. The rewards must equal those of a third database, to which the test
// applies the same facts directly. They need not equal the demo's rewards,
// because the demo also changes levels, and a change of level is not a fact.
func TestDemoExportGivesTheSameBooks(t *testing.T) {
	t.Parallel()
	cli := &config.CLI{}
	cli.Clock, cli.TimeZone.Location = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC
	cli.Demo.Seed, cli.Demo.Clients, cli.Demo.Orders = 1, 30, 400
	cli.ClickRetention.Duration = 400 * 24 * time.Hour
	a := newApp(cli, nil, io.Discard, io.Discard)
	a.clock = clock.At(cli.Clock)
	open := func(name string) *openProgramme {
		p, err := a.build(t.Context(), config.Database{Engine: db.SQLite, Address: filepath.Join(t.TempDir(), name)}, demoConfig(a))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close()) })
		return p
	}
	own, told, imported := open("own.db"), open("told.db"), open("imported.db")
	require.NoError(t, a.makeProgramme(t.Context(), own, demoBase))
	for fact := range demo.Generate(a.demoOptions()) {
		outcomes, err := told.Facts.Apply(t.Context(), []feed.Fact{fact}, "told")
		require.NoError(t, err)
		require.Nil(t, outcomes[0].Err)
	}

	var facts bytes.Buffer
	n, err := writeDemo(t.Context(), &facts, a.demoOptions())
	require.NoError(t, err)
	s, err := imported.Facts.Ingest(t.Context(), accrual.Lines(&facts), nil)
	require.NoError(t, err)
	require.Equal(t, []int64{n, 0, 0}, []int64{s.Accepted, s.Unattributed, s.RejectedCount})

	const whose, amounts = "partner_id, client_uid, account_type, lots_e8", "reward_usd_e6, reward_e6, volume_usd_e4"
	require.NotEmpty(t, rewardsOf(t, own, whose))
	require.Equal(t, rewardsOf(t, own, whose), rewardsOf(t, imported, whose))
	require.Equal(t, rewardsOf(t, told, amounts), rewardsOf(t, imported, amounts))
}

func rewardsOf(t *testing.T, p *openProgramme, columns string) (list []string) {
	t.Helper()
	rows, err := p.DB.Query(t.Context(), `SELECT server, ticket, client_account, kind, reward_day, `+columns+` FROM rewards ORDER BY server, ticket, kind`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		values := make([]any, 5+strings.Count(columns, ",")+1)
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		list = append(list, fmt.Sprint(values...))
	}
	require.NoError(t, rows.Err())
	return list
}
