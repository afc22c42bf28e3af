package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

const (
	exportAsked = "2026-03-01T00:00:00Z" // the first server's clock
	exportTaken = "2026-03-01T00:02:00Z" // the second server's clock, at which the first server's lease on the export has expired
)

// TestCrashOfExports kills a server while it creates an export. The next server
// must create the export again and remove the file of the first attempt. This
// command runs the test with more rows:
//
//	CRASH_EXPORT=3000000 scripts/postgres.sh run --durable -- go test -run CrashOfExports -v -timeout 1h ./cmd/tributary
func TestCrashOfExports(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		t.Helper()
		orders, dir := crashSize(t, "CRASH_EXPORT", 45_000), filepath.Join(t.TempDir(), "exports")
		file := filepath.Join(t.TempDir(), "facts.ndjson")
		writeFacts(t, file, orders)
		output(t, database, "migrate", "up")
		output(t, database, "import", file)
		p := &exporter{t: t, key: lastOf(output(t, database, "key", "create", "--role", "partner", "--partner", "p0@example.com", "--scope", "reports"))}
		db := openStore(t, database)
		serve := func(clock string) (cmd *exec.Cmd) {
			cmd, p.url = startServer(t, database, "--clock", clock, "--export-dir", dir, "--xlsx-rows", "1000", "--mail-dir", t.TempDir())
			return cmd
		}

		cmd := serve(exportAsked)
		asked := p.ask(http.StatusAccepted, "/api/reports/orders/?format=xlsx")
		require.Equal(t, asked.ID, p.ask(http.StatusAccepted, "/api/reports/orders/?limit=5&format=xlsx").ID, "the running export is returned")
		killWhen(t, cmd, db, `SELECT count(*) FROM report_exports WHERE status = 'running'`, 1)
		waitForTransactions(t, db)
		require.EqualValues(t, 1, count(t, db, `SELECT count(*) FROM report_exports WHERE status = 'running'`), "the kill came too late")

		serve(exportTaken)
		var made exportState
		waitUntil(t, func() bool { made = p.ask(http.StatusOK, asked.URL); return made.Status != "running" }, "the export does not end")
		require.Equal(t, "ready", made.Status)
		require.Equal(t, orders/3, made.Total)
		require.Equal(t, orders/3, made.Written)
		require.Equal(t, p.orders("/api/reports/orders/?format=csv"), p.orders(made.File))
		kept, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, kept, 1, "files of the first attempt remain")
		info, err := kept[0].Info()
		require.NoError(t, err)
		require.Equal(t, made.Size, info.Size())
	})
}

type exportState struct {
	ID, Status, URL string
	Written         int64  `json:"rows_written"`
	Total           int64  `json:"rows_total"`
	Size            int64  `json:"file_bytes"`
	File            string `json:"file_url"`
}

type exporter struct {
	t        *testing.T
	url, key string
}

func (p *exporter) get(status int, target string) []byte {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+target, nil)
	require.NoError(p.t, err)
	request.Header.Set("Authorization", "Bearer "+p.key)
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, status, response.StatusCode, "%s: %.500s", target, body)
	return body
}

func (p *exporter) ask(status int, target string) (e exportState) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal(p.get(status, target), &e))
	return e
}

// orders returns the order ids and rewards in a file, in the same order as in
// the file.
func (p *exporter) orders(target string) (orders []string) {
	p.t.Helper()
	body := p.get(http.StatusOK, target)
	var rows [][]string
	var err error
	if strings.HasSuffix(target, "csv") {
		rows, err = csv.NewReader(bytes.NewReader(body)).ReadAll()
	} else {
		var book *excelize.File
		book, err = excelize.OpenReader(bytes.NewReader(body))
		require.NoError(p.t, err)
		rows, err = book.GetRows("Sheet1")
	}
	require.NoError(p.t, err)
	for _, row := range rows {
		orders = append(orders, row[0]+" "+row[8])
	}
	return orders
}
