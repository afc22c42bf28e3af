package broker_test

// These tests send raw requests, because they break the body or its encoding.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/api/apitest"
)

func TestEvents_GzipWithoutItsHeader(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	line := w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``)
	require.EqualValues(t, 1, w.Push(t, bytes.NewReader(zipText(t, line))).Accepted)
	require.EqualValues(t, 1, w.Push(t, bytes.NewReader(append(zipText(t, line+"\n"), zipText(t, line)...)), "Content-Encoding", "identity").Duplicates-1)
	got := w.Send(t, "broker", http.MethodPost, apitest.Events, bytes.NewReader(zipText(t, line)[:30]), "Content-Type", apitest.NDJSON)
	require.Equal(t, 400, got.Code, "cut off")
	require.JSONEq(t, apitest.BadInput, got.Body.String())
	got = w.Send(t, "broker", http.MethodPost, apitest.Events, strings.NewReader("\x1f\x8bnonsense"), "Content-Type", apitest.NDJSON)
	require.Equal(t, 400, got.Code)
	require.Contains(t, got.Body.String(), `"code":"ParseError"`)
}

func TestEvents_NoLineKept(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	line := w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``)
	bad := strings.Replace(line, `"open_spread"`, `"opne_spread"`, 1)
	if bad == line {
		bad = strings.Replace(line, `"lots"`, `"opne_spread":70,"lots"`, 1)
	}
	got := w.Send(t, "broker", http.MethodPost, apitest.Events, strings.NewReader("\n"+bad+"\nnot json\n"), "Content-Type", apitest.NDJSON)
	require.Equal(t, 400, got.Code)
	var answer struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		accrual.Summary
	}
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
	require.Equal(t, []any{"ValidationError", "Bad request", int64(2)}, []any{answer.Code, answer.Message, answer.RejectedCount})
	require.Equal(t, []any{2, "unknown_field", "opne_spread"}, []any{answer.Rejected[0].Line, answer.Rejected[0].Code, answer.Rejected[0].Details[0].Field})
	require.Equal(t, []any{3, "invalid_json"}, []any{answer.Rejected[1].Line, answer.Rejected[1].Code})
	require.Zero(t, w.Count(t, "rewards"))

	s := w.Push(t, strings.NewReader(line+"\n"+bad))
	require.Equal(t, []int64{1, 1}, []int64{s.Accepted, s.RejectedCount}, "one accepted line is enough")
	s = w.Push(t, strings.NewReader(line+"\n"+bad))
	require.Equal(t, []int64{1, 1}, []int64{s.Duplicates, s.RejectedCount}, "and so is one known")
}

// TestEvents_ABodyThatExpandsToNothing checks that the server refuses a small body
// that decompresses to a large amount of data without facts.
func TestEvents_ABodyThatExpandsToNothing(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	fact := func(ticket int) string { return w.Order("1001", ticket, "EURUSD", "2026-06-01T10:00:00Z", ``) + "\n" }
	for _, c := range []struct {
		name   string
		parts  []string
		gap    byte
		size   int
		status int
		kept   int64 // number of orders in the database after the request
	}{
		{"blank lines", []string{"", ""}, '\n', 65 << 20, 400, 0},
		{"one endless line", []string{"", ""}, 'x', 65 << 20, 400, 0},
		{"one fact, then no more", []string{fact(1), ""}, ' ', 65 << 20, 400, 1},
		{"less than the bound", []string{"", fact(2)}, '\n', 63 << 20, 200, 2},
		{"facts in between", []string{fact(3), fact(4), fact(5)}, '\n', 63 << 20, 200, 5},
	} {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		for i, part := range c.parts {
			if i > 0 {
				_, err := io.Copy(z, bytes.NewReader(bytes.Repeat([]byte{c.gap}, c.size)))
				require.NoError(t, err)
			}
			_, err := io.WriteString(z, part)
			require.NoError(t, err)
		}
		require.NoError(t, z.Close())
		got := w.Send(t, "broker", http.MethodPost, apitest.Events, &packed, "Content-Type", apitest.NDJSON, "Content-Encoding", "gzip")
		require.Equal(t, c.status, got.Code, "%s: %s", c.name, got.Body)
		require.Equal(t, c.kept, w.Count(t, "rewards"), c.name)
	}
}
