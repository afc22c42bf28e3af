package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/id"
)

const (
	exportedReport = "/api/reports/orders/?format=xlsx" // has two rows, one more than --xlsx-rows
	xlsxType       = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// requestExport requests a report that is too large for one response, so the
// server creates an export.
func (w *matrixWorld) requestExport(t *testing.T, token, target string) exportState {
	t.Helper()
	answer := w.send(t, token, http.MethodGet, target, nil)
	require.Equal(t, http.StatusAccepted, answer.Code, "%s: %s", target, answer.Body)
	var e exportState
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &e))
	require.Equal(t, e.URL, answer.Header().Get("Location"))
	require.Equal(t, "waiting", e.Status)
	return e
}

func (w *matrixWorld) visible(t *testing.T, token string) (reports []string) {
	t.Helper()
	for _, row := range w.rows(t, token, "/api/v1/exports/") {
		reports = append(reports, fmt.Sprint(row["report"]))
	}
	return reports
}

func (w *matrixWorld) status(t *testing.T, token, method, target string) int {
	t.Helper()
	return w.send(t, token, method, target, nil).Code
}

// field returns the only field of a ValidationError and its code.
func field(t *testing.T, answer *httptest.ResponseRecorder) (name, code string) {
	t.Helper()
	var problem struct {
		Code    string
		Details []struct{ Field, Code string }
	}
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
	require.Equal(t, http.StatusBadRequest, answer.Code, answer.Body)
	require.Equal(t, "ValidationError", problem.Code)
	require.Len(t, problem.Details, 1)
	return problem.Details[0].Field, problem.Details[0].Code
}

// TestExport requests a workbook that is too large for one response, asks for
// the progress of its export, and downloads the file. Later, the export must
// expire.
func TestExport(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	key := w.keys["reports"]
	w.clock.Advance(export.Life) // now the export that setupMatrix created has expired
	require.NoError(t, w.p.Exports.Purge(t.Context()))

	require.Equal(t, http.StatusOK, w.status(t, key, http.MethodHead, exportedReport))
	require.Empty(t, w.visible(t, key), "HEAD starts no export")
	asked := w.requestExport(t, key, exportedReport)
	require.EqualValues(t, 2, asked.Total)
	require.Zero(t, asked.Written)
	require.Equal(t, asked.ID, w.requestExport(t, key, "/api/reports/orders/?format=xlsx&limit=1&offset=1&bom=1").ID, "the export that exists is returned")
	require.Equal(t, http.StatusOK, w.status(t, key, http.MethodGet, "/api/reports/orders/?format=xlsx&symbol=USDJPY"), "an empty report needs no export")

	name, code := field(t, w.send(t, key, http.MethodGet, asked.File, nil))
	require.Equal(t, "export_id not_ready", name+" "+code)
	require.NoError(t, w.p.Exports.Run(t.Context()))

	var ready exportState
	require.NoError(t, json.Unmarshal(w.send(t, key, http.MethodGet, asked.URL, nil).Body.Bytes(), &ready))
	require.Equal(t, "ready", ready.Status)
	require.EqualValues(t, 2, ready.Written)
	file := w.send(t, key, http.MethodGet, ready.File, nil)
	require.Equal(t, http.StatusOK, file.Code, file.Body)
	require.Equal(t, xlsxType, file.Header().Get("Content-Type"))
	require.Equal(t, "attachment; filename=orders_UTC.xlsx", file.Header().Get("Content-Disposition"))
	require.Equal(t, strconv.FormatInt(ready.Size, 10), file.Header().Get("Content-Length"))
	require.EqualValues(t, ready.Size, file.Body.Len())
	head := w.send(t, key, http.MethodHead, ready.File, nil)
	require.Equal(t, file.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	require.Zero(t, head.Body.Len())
	book, err := excelize.OpenReader(file.Body)
	require.NoError(t, err)
	rows, err := book.GetRows("Sheet1")
	require.NoError(t, err)
	table, err := csv.NewReader(bytes.NewReader(w.send(t, key, http.MethodGet, "/api/reports/orders/?format=csv", nil).Body.Bytes())).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(table))
	for i := range rows {
		require.Equal(t, table[i][0], rows[i][0])
	}

	require.NotEqual(t, asked.ID, w.requestExport(t, key, exportedReport).ID, "a new request starts a new export, since orders may have come")
	w.clock.Advance(export.Life)
	for _, target := range []string{ready.URL, ready.File} {
		require.Equal(t, http.StatusNotFound, w.status(t, key, http.MethodGet, target))
	}
	require.Empty(t, w.visible(t, key))
}

// TestExport_HasItsReportsPermissions checks that a caller can read an export
// only with the permission to read its report.
func TestExport_HasItsReportsPermissions(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	w.create(t, w.a, "/api/v2/autorebates/groups/", `{"group_title":"Some"}`, "id")
	asked := map[string]exportState{
		"orders":        w.requestExport(t, w.keys["reports"], exportedReport),
		"transactions":  w.requestExport(t, w.keys["wallet"], "/api/wallet/transactions/?format=xlsx"),
		"rebate_groups": w.requestExport(t, w.keys["rebates"], "/api/v2/autorebates/groups/?format=xlsx"),
		"audit_log":     w.requestExport(t, w.keys["read"], "/api/v1/audit-log/?format=xlsx"), // no other scope includes this report
	}
	require.NoError(t, w.p.Exports.Run(t.Context()))
	for scope, want := range map[string][]string{
		"": {"orders", "transactions", "rebate_groups", "audit_log"}, "read": {"orders", "transactions", "rebate_groups", "audit_log"},
		"reports": {"orders"}, "wallet": {"transactions"}, "rebates": {"rebate_groups"},
	} {
		require.ElementsMatch(t, want, w.visible(t, w.keys[scope]), "a key for %q", scope)
		for name, e := range asked {
			status := http.StatusNotFound
			if strings.Contains(fmt.Sprint(want), name) {
				status = http.StatusOK
			}
			require.Equal(t, status, w.status(t, w.keys[scope], http.MethodGet, e.URL), "a key for %q: %s", scope, name)
			require.Equal(t, status, w.status(t, w.keys[scope], http.MethodGet, e.File), "a key for %q: %s", scope, name)
		}
	}
	for _, scope := range []string{"write", "clients", "campaigns", "promo", "agents"} {
		for _, target := range []string{exportedReport, "/api/v1/exports/", asked["orders"].URL, asked["orders"].File} {
			require.Equal(t, http.StatusForbidden, w.status(t, w.keys[scope], http.MethodGet, target), "a key for %s: %s", scope, target)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		require.Equal(t, http.StatusNotFound, w.status(t, w.b, method, asked["orders"].URL), "another partner")
		require.Equal(t, http.StatusNotFound, w.status(t, w.keys["wallet"], method, asked["orders"].URL))
	}
	require.Equal(t, http.StatusNotFound, w.status(t, w.b, http.MethodGet, asked["orders"].File), "another partner")
	require.Empty(t, w.visible(t, w.b))

	w.exec(t, `UPDATE partners SET verified = $1`, false) // now A can no longer use rebates
	require.ElementsMatch(t, []string{"orders", "transactions", "audit_log"}, w.visible(t, w.keys["read"]))
	require.Equal(t, http.StatusNotFound, w.status(t, w.keys["rebates"], http.MethodGet, asked["rebate_groups"].File))
	require.Equal(t, http.StatusOK, w.status(t, w.keys["reports"], http.MethodGet, asked["orders"].File))

	require.Equal(t, http.StatusNoContent, w.status(t, w.keys["reports"], http.MethodDelete, asked["orders"].URL))
	require.Equal(t, http.StatusNotFound, w.status(t, w.keys["reports"], http.MethodGet, asked["orders"].File))
	require.Equal(t, http.StatusNotFound, w.status(t, w.a, http.MethodGet, "/api/v1/exports/"+id.New().String()+"/file/"))
	require.Equal(t, http.StatusNotFound, w.status(t, w.a, http.MethodGet, "/api/v1/exports/nonsense/file/"))
}

// TestExport_Limit checks that a partner can have ten exports, and must delete
// one before creating another.
func TestExport_Limit(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	var last exportState
	for day := 1; len(w.visible(t, w.a)) < export.Most; day++ {
		last = w.requestExport(t, w.a, exportedReport+"&date_from="+time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	name, code := field(t, w.send(t, w.a, http.MethodGet, exportedReport+"&date_from=2024-01-01", nil))
	require.Equal(t, "format limit_reached", name+" "+code)
	require.Equal(t, http.StatusOK, w.status(t, w.a, http.MethodGet, "/api/reports/orders/?format=csv"))
	require.Len(t, w.rows(t, w.a, "/api/v1/exports/?limit=3&offset=8"), 2)
	require.Empty(t, w.rows(t, w.a, "/api/v1/exports/?offset=11"))
	require.Equal(t, last.ID, fmt.Sprint(w.rows(t, w.a, "/api/v1/exports/?limit=1")[0]["id"]), "the newest first")
	require.Equal(t, http.StatusNoContent, w.status(t, w.a, http.MethodDelete, last.URL))
	w.requestExport(t, w.a, exportedReport+"&date_from=2024-01-01")
}
