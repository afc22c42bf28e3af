package main

import (
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/verify"
)

var demoBase = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}

func demoConfig(a *app) programme.Config {
	c := a.config()
	c.LinkBase = demoBase.String()
	return c
}

// TestDemo checks that the demo has an example of everything and that verify
// finds no fault.
func TestDemo(t *testing.T) {
	t.Parallel()
	cli := &config.CLI{}
	cli.Clock, cli.TimeZone.Location = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.UTC
	cli.Demo.Seed, cli.Demo.Clients, cli.Demo.Orders = 1, 120, 3000
	cli.ClickRetention.Duration = 400 * 24 * time.Hour
	a := newApp(cli, nil, io.Discard, io.Discard)
	a.clock = clock.At(cli.Clock) // a running clock would give a different demo on a slow machine
	p, err := a.build(t.Context(), config.Database{Engine: db.SQLite, Address: filepath.Join(t.TempDir(), "demo.db")}, demoConfig(a))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	require.NoError(t, a.makeProgramme(t.Context(), p, demoBase))
	summary, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
	require.NoError(t, err)
	require.Zero(t, summary.Faults)
	for name, has := range map[string]func(*testing.T, *app, *openProgramme){
		"rebates": demoHasRebates, "traffic": demoHasTraffic, "campaigns": demoHasCampaigns,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			has(t, a, p)
		})
	}
}

// demoHasRebates checks that the main partner has rebate groups with accounts,
// and that rebates of recent trades are reserved.
func demoHasRebates(t *testing.T, a *app, p *openProgramme) {
	t.Helper()
	owner := demo.MainPartner().UID
	require.NoError(t, p.RebateSettings.Allowed(t.Context(), owner))
	count := func(query string) (n int64) {
		require.NoError(t, p.DB.QueryRow(t.Context(), query, owner).Scan(&n))
		return n
	}
	require.EqualValues(t, 3, count(`SELECT count(*) FROM rebate_groups WHERE partner_id = $1 AND deleted_at IS NULL`))
	require.Positive(t, count(`SELECT count(*) FROM rebate_accounts WHERE partner_id = $1 AND group_id IS NOT NULL`))
	require.EqualValues(t, demo.OwnRebateCount, count(`SELECT count(*) FROM rebate_accounts WHERE partner_id = $1 AND percent_e4 IS NOT NULL`))
	require.Positive(t, count(`SELECT count(*) FROM balances WHERE partner_id = $1 AND account = 'rebates_reserved' AND amount_e6 > 0`))
	require.EqualValues(t, 3, count(`SELECT count(DISTINCT group_id) FROM rebates WHERE partner_id = $1`), "every group has rebates")
	require.Positive(t, count(`SELECT count(*) FROM rebates WHERE partner_id = $1 AND status = 'pending' AND topay_e6 > 0`), "a week waits for approval")
	require.Positive(t, count(`SELECT count(*) FROM rebate_rows WHERE partner_id = $1 AND status = 'paid' AND topay_e6 > 0`), "days were paid")
	from := demo.RebatesFrom(demo.Options{Now: a.cli.Clock})
	require.Zero(t, count(`SELECT count(*) FROM rewards WHERE partner_id = $1 AND rebate_row IS NOT NULL AND close_at < `+strconv.FormatInt(db.Micros(from), 10)))
}
