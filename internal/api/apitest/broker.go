package apitest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
)

const (
	Events = "/broker/v1/events"
	NDJSON = "application/x-ndjson"
)

func (w *World) Push(t *testing.T, body io.Reader, pairs ...string) accrual.Summary {
	t.Helper()
	answer := w.Send(t, "broker", http.MethodPost, Events, body, append([]string{"Content-Type", NDJSON}, pairs...)...)
	require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	var s accrual.Summary
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &s))
	return s
}

func (w *World) Count(t *testing.T, table string) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&n))
	return n
}

func (w *World) Orders(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(w.Order("1001", i, "EURUSD", "2026-06-01T10:00:00Z", ``) + "\n")
	}
	return text.String()
}
