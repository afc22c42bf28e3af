package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

// crashSize returns the size of a crash test. The size is minimum, unless the
// environment variable env sets a larger one. For example:
//
//	CRASH_ORDERS=200000 scripts/postgres.sh run --durable -- go test -run CrashOfImport -v ./cmd/tributary
//	CRASH_REBATES=1000000 scripts/postgres.sh run --durable -- go test -run CrashOfRebates/postgres -v -timeout 1h ./cmd/tributary
func crashSize(t *testing.T, env string, minimum int64) int64 {
	t.Helper()
	text := os.Getenv(env)
	if text == "" {
		return minimum
	}
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, minimum, "a smaller import has too few transactions to kill it between")
	return n
}

// TestCrashOfImport kills an import several times and then repeats it. The
// result must be the same as without interruption.
func TestCrashOfImport(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		orders := crashSize(t, "CRASH_ORDERS", 20_000)
		file := filepath.Join(t.TempDir(), "facts.ndjson")
		total := writeFacts(t, file, orders)
		output(t, database, "migrate", "up")
		db := openStore(t, database)
		for _, facts := range []int64{1, total / 4, total / 2} {
			killAt(t, db, database, file, facts)
		}
		kept := waitForTransactions(t, db)
		require.Less(t, kept, total, "the last kill came too late")

		again := summaryOf(t, output(t, database, "import", file))
		require.Equal(t, summary{Accepted: total - kept, Duplicates: kept}, again)
		require.Equal(t, summary{Duplicates: total}, summaryOf(t, output(t, database, "import", file)))

		require.Equal(t, total, count(t, db, `SELECT count(*) FROM facts`))
		require.Zero(t, count(t, db, `SELECT count(*) FROM facts_waiting`))
		require.Equal(t, orders, count(t, db, `SELECT count(*) FROM rewards`))
		require.Equal(t, orders*2_200_000, count(t, db, `SELECT CAST(sum(reward_usd_e6) AS bigint) FROM rewards`))
		require.Equal(t, orders*2_200_000, count(t, db, `SELECT CAST(sum(reward_usd_e6) AS bigint) FROM partner_days`))
		require.Contains(t, output(t, database, "verify"), ": 0 faults")
	})
}

// killAt starts an import, and kills it as soon as the database has at least
// the given number of facts.
func killAt(t *testing.T, db db.DB, database, file string, facts int64) {
	t.Helper()
	cmd := tributary(t, database, "import", file)
	require.NoError(t, cmd.Start())
	for deadline := time.Now().Add(5 * time.Minute); count(t, db, `SELECT count(*) FROM facts`) < facts; { //nolint:forbidigo // waits for a process
		require.True(t, time.Now().Before(deadline), "the import makes no progress") //nolint:forbidigo // waits for a process
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(rand.N(30 * time.Millisecond)) // kill at a random point of the next transaction
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "the import ended before it was killed")
}

// waitForTransactions waits until the transactions of killed processes have
// ended, and returns the number of facts. To wait, it acquires the lock that
// such a transaction holds.
func waitForTransactions(t *testing.T, database db.DB) (facts int64) {
	t.Helper()
	require.NoError(t, database.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		return q.QueryRow(ctx, `SELECT count(*) FROM facts`).Scan(&facts)
	}))
	return facts
}

// openStore opens the database, which the tested process may be using.
func openStore(t *testing.T, database string) db.DB {
	t.Helper()
	var store db.DB
	var err error
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		store, err = sqlite.Open(t.Context(), path)
	} else {
		store, err = postgres.Open(t.Context(), database)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func count(t *testing.T, db db.DB, query string) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRow(context.WithoutCancel(t.Context()), query).Scan(&n))
	return n
}

// writeFacts writes the facts of a few partners and accounts and of many
// orders, in random order. It returns the number of facts.
func writeFacts(t *testing.T, name string, orders int64) (total int64) {
	t.Helper()
	const partners, accounts = 3, 60
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	add(`{"id":"i","type":"instrument.set","at":"2026-01-01T00:00:00Z","symbol":"EURUSD","group":"forex","base_currency":"EUR",` +
		`"quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10}`)
	for i := range partners {
		add(`{"id":"p%[1]d","type":"partner.registered","at":"2026-01-01T00:00:00Z","partner_uid":"a0000000-0000-4000-8000-%012[1]d",`+
			`"email":"p%[1]d@example.com","country":"ZA","program":"ib","partner_code":"code%[1]d","currency":"USD"}`, i)
	}
	for i := range accounts {
		add(`{"id":"c%[1]d","type":"client.registered","at":"2026-01-02T00:00:00Z","client_uid":"c0000000-0000-4000-8000-%012[1]d",`+
			`"email":"c%[1]d@example.com","country":"ZA","partner_code":"code%[2]d"}`, i, i%partners)
		add(`{"id":"a%[1]d","type":"account.opened","at":"2026-01-03T00:00:00Z","client_account":"%[2]d",`+
			`"client_uid":"c0000000-0000-4000-8000-%012[1]d","server":"Real-1","platform":"mt5","account_type":"Standard","currency":"USD"}`, i, 1000+i)
	}
	start := time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
	for i := range orders {
		closed := start.Add(time.Duration(i) * (50 * 24 * time.Hour / time.Duration(orders)))
		add(`{"id":"o%[1]d","type":"order.closed","at":"%[3]s","server":"Real-1","ticket":%[1]d,"client_account":"%[2]d","symbol":"EURUSD","side":"buy",`+
			`"lots":"1","open_time":"%[4]s","close_time":"%[3]s","open_price":"1.1","close_price":"1.101","open_spread":10,"close_spread":12}`,
			i+1, 1000+i%accounts, closed.Format(time.RFC3339Nano), closed.Add(-time.Hour).Format(time.RFC3339Nano))
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	f, err := os.Create(name)
	require.NoError(t, err)
	w := bufio.NewWriter(f)
	for _, line := range lines {
		_, err := w.WriteString(line + "\n")
		require.NoError(t, err)
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
	return int64(len(lines))
}
