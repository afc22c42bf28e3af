package broker_test

// Some tests send raw requests, because they are about headers, wrong bodies and
// connections that break.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func zipText(t *testing.T, text string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return packed.Bytes()
}

func TestEvents_CountsEachLine(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	first, second, early := w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``), w.Order("1001", 2, "EURUSD", "2026-06-01T10:00:00Z", ``),
		w.Order("9001", 3, "EURUSD", "2026-06-01T10:00:00Z", ``)
	body := strings.Join([]string{first, `not json`, second, ``, `{"id":"x","type":"rate.set","at":"2026-06-01T00:00:00Z","currency":"EUR"}`, early}, "\n")
	s := w.Push(t, strings.NewReader(body))
	require.Equal(t, accrual.Summary{
		Accepted: 3, Unattributed: 1, RejectedCount: 2,
		Rejected: []accrual.Rejection{
			{
				Line: 2, Code: "invalid_json", Message: "the line is not valid JSON",
				Details: []feed.FieldError{{Code: "invalid_json", Message: "the line is not valid JSON"}},
			},
			{
				Line: 5, ID: "x", Code: "required", Message: "usd: this field is required",
				Details: []feed.FieldError{{Field: "usd", Code: "required", Message: "this field is required"}},
			},
		},
	}, s)
	require.Equal(t, accrual.Summary{Duplicates: 3, RejectedCount: 2, Rejected: s.Rejected}, w.Push(t, strings.NewReader(body+"\n")), "the whole body is sent again")
	require.Equal(t, accrual.Summary{Duplicates: 3, RejectedCount: 2, Rejected: s.Rejected}, w.Push(t, bytes.NewReader(zipText(t, body)), "Content-Encoding", "gzip"))

	opened := w.Fact(feed.AccountOpened, "2026-05-01T00:00:00Z", `"client_account":"9001","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`)
	s = w.Push(t, bytes.NewReader(zipText(t, opened)), "Content-Encoding", "GZIP")
	require.EqualValues(t, 1, s.Accepted)
	require.Zero(t, w.Count(t, "facts_waiting"))
	require.Equal(t, sdk.Decimal("6"), apitest.OK(w.Partner(t, "a").Summary(t.Context()))(t).RewardUSD.AllTime, "the order that came early is paid too")
}

func TestEvents_AnswersInTheContractsForm(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	line := w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``)
	const none = `{"accepted":0,"duplicates":0,"unattributed":0,"rejected":[],"rejected_count":0}`
	for _, c := range []struct {
		name, token, target, body string
		headers                   []string
		status                    int
		answer                    string
	}{
		{"no body", "broker", apitest.Events, "", nil, 200, none},
		{"blank lines", "broker", apitest.Events, "\n\n \r\n", []string{"Content-Type", apitest.NDJSON}, 200, none},
		{"nothing, zipped", "broker", apitest.Events, "", []string{"Content-Type", apitest.NDJSON, "Content-Encoding", "gzip"}, 200, none},
		{"a slash", "broker", "//broker/v1/events/", "\n", []string{"Content-Type", apitest.NDJSON + "; charset=utf-8"}, 200, none},
		{"a key for the feed", "broker:feed", apitest.Events, "\n", []string{"Content-Type", apitest.NDJSON, "Content-Encoding", "identity"}, 200, none},
		{"a key that may only read", "broker:read", apitest.Events, line, []string{"Content-Type", apitest.NDJSON}, 403, apitest.Denied},
		{"a partner", "a", apitest.Events, line, []string{"Content-Type", apitest.NDJSON}, 403, apitest.Denied},
		{"nobody", "", apitest.Events, line, []string{"Content-Type", apitest.NDJSON}, 401, apitest.Nobody},
		{"JSON", "broker", apitest.Events, line, []string{"Content-Type", "application/json"}, 415, `{"code":"UnsupportedMediaType","message":"Unsupported media type \"application/json\" in request"}`},
		{"another coding", "broker", apitest.Events, line, []string{"Content-Type", apitest.NDJSON, "Content-Encoding", "br"}, 400, apitest.Wrong("Content-Encoding", "invalid_choice", "Only gzip and identity are accepted.")},
		{"no gzip", "broker", apitest.Events, line, []string{"Content-Type", apitest.NDJSON, "Content-Encoding", "gzip"}, 400, apitest.BadInput},
	} {
		got := w.Send(t, c.token, http.MethodPost, c.target, strings.NewReader(c.body), c.headers...)
		require.Equal(t, c.status, got.Code, c.name)
		require.JSONEq(t, c.answer, got.Body.String(), c.name)
	}
	require.Zero(t, w.Count(t, "rewards"), "a refused request has no effect")
	got := w.Call(t, "broker", "GET", apitest.Events, "")
	require.Equal(t, 405, got.Code)
	require.Equal(t, "POST", got.Header().Get("Allow"))
}

func TestEvents_KeepsTheGoodLinesOfABrokenBody(t *testing.T) {
	t.Parallel()
	const n = 100
	for name, broken := range map[string]func(text string, packed []byte) (body []byte, isPacked bool){
		"gzip cut off":          func(_ string, p []byte) ([]byte, bool) { return p[:len(p)-len(p)/3], true },
		"gzip with a wrong sum": func(_ string, p []byte) ([]byte, bool) { p[len(p)-8] ^= 1; return p, true },
		"gzip and rubbish":      func(_ string, p []byte) ([]byte, bool) { return append(p, "rubbish"...), true },
		"lines cut off":         func(text string, _ []byte) ([]byte, bool) { return []byte(text[:len(text)-20]), false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := apitest.SetupWorld(t)
			text := w.Orders(n)
			body, packed := broken(text, zipText(t, text))
			var reader io.Reader = bytes.NewReader(body)
			headers := []string{"Content-Type", apitest.NDJSON}
			if packed {
				headers = append(headers, "Content-Encoding", "gzip")
			} else {
				reader = io.MultiReader(reader, failing{})
			}
			got := w.Send(t, "broker", http.MethodPost, apitest.Events, reader, headers...)
			require.Equal(t, 400, got.Code)
			require.JSONEq(t, apitest.BadInput, got.Body.String())
			kept := w.Count(t, "rewards")
			require.Positive(t, kept)
			s := w.Push(t, strings.NewReader(text))
			require.Equal(t, accrual.Summary{Accepted: n - kept, Duplicates: kept, Rejected: []accrual.Rejection{}}, s, "the whole body is sent again")
			require.EqualValues(t, n, w.Count(t, "rewards"))
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestEvents_SurvivesALongLine(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	body := io.MultiReader(strings.NewReader(w.Orders(1)), io.LimitReader(endless('x'), 10<<20), strings.NewReader("\n"+w.Order("1001", 7, "EURUSD", "2026-06-01T10:00:00Z", ``)))
	s := w.Push(t, body)
	require.EqualValues(t, 2, s.Accepted)
	require.EqualValues(t, 1, s.RejectedCount)
	require.Equal(t, 2, s.Rejected[0].Line)
	require.Equal(t, "max_length", s.Rejected[0].Code)
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestEvents_StreamsFromASocket(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	served := make(chan struct{}, 2)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.Router.ServeHTTP(out, r)
		served <- struct{}{}
	}))
	t.Cleanup(server.Close)

	// The sender sends no Content-Length, and sends facts faster than the server can
	// apply them.
	pipe, into := io.Pipe()
	text := w.Orders(feed.BatchSize + 500)
	go func() {
		_, err := io.Copy(into, strings.NewReader(text))
		into.CloseWithError(err)
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+apitest.Events, pipe)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+w.As(t, "broker"))
	req.Header.Set("Content-Type", apitest.NDJSON)
	answer, err := server.Client().Do(req)
	require.NoError(t, err)
	defer answer.Body.Close()
	var s accrual.Summary
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&s))
	require.EqualValues(t, feed.BatchSize+500, s.Accepted)

	<-served

	// The sender disconnects in the middle of its second batch.
	before := w.Count(t, "rewards")
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	var cut strings.Builder
	for i := range feed.BatchSize + 500 {
		cut.WriteString(w.Order("1001", 1_000_000+i, "EURUSD", "2026-06-02T10:00:00Z", ``) + "\n")
	}
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: JWT %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		apitest.Events, w.As(t, "broker"), apitest.NDJSON, cut.Len()+1000, cut.String())
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	<-served
	require.GreaterOrEqual(t, w.Count(t, "rewards"), before+feed.BatchSize, "the first batch is kept")
	again := w.Push(t, strings.NewReader(cut.String()))
	require.EqualValues(t, feed.BatchSize+500, again.Accepted+again.Duplicates)
	require.Equal(t, before+feed.BatchSize+500, w.Count(t, "rewards"))
}

func TestEvents_TellsASenderToWait(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	// An open stream occupies a slot even while it sends nothing. One key may occupy
	// seven of the eight slots.
	const places = 7
	var open []*io.PipeWriter
	done := make(chan *httptest.ResponseRecorder, places)
	for range places {
		pipe, into := io.Pipe()
		open = append(open, into)
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, apitest.Events, pipe)
		req.Header.Set("Authorization", "JWT "+w.As(t, "broker"))
		req.Header.Set("Content-Type", apitest.NDJSON)
		go func() {
			answer := httptest.NewRecorder()
			w.Router.ServeHTTP(answer, req)
			done <- answer
		}()
		_, err := into.Write([]byte("\n")) // the write returns once the server has read the byte
		require.NoError(t, err)
	}
	got := w.Send(t, "broker", http.MethodPost, apitest.Events, strings.NewReader(w.Orders(1)), "Content-Type", apitest.NDJSON)
	require.Equal(t, 429, got.Code)
	require.NotEmpty(t, got.Header().Get("Retry-After"))
	require.JSONEq(t, `{"code":"Throttled","message":"Request was throttled"}`, got.Body.String())
	for _, into := range open {
		require.NoError(t, into.Close())
	}
	for range places {
		require.Equal(t, 200, (<-done).Code)
	}
	require.EqualValues(t, 1, w.Push(t, strings.NewReader(w.Orders(1))).Accepted)
}

func TestFeedHealth(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	broker, ctx := w.Broker(t, "read"), t.Context()
	require.Equal(t, &sdk.FeedHealth{Lots: "0", Unattributed: sdk.Unattributed{By: []sdk.WaitingFor{}}, DayTotals: []sdk.DayTotals{}}, apitest.OK(broker.FeedHealth(ctx))(t))
	require.Empty(t, apitest.All(t, broker.UnattributedAccounts(ctx, sdk.PageQuery{})))
	w.Feed(t,
		w.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``),
		w.Order("9001", 2, "EURUSD", "2026-06-01T11:00:00Z", ``),
		w.Order("1001", 3, "XAUUSD", "2026-06-01T12:00:00Z", ``),
		w.Fact(feed.DayTotals, "2026-06-02T00:00:00Z", `"server":"Real","day":"2026-06-01","orders":4,"lots":"4.5"`))
	eleven, noon := time.Date(2026, 6, 1, 11, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	require.Equal(t, &sdk.FeedHealth{
		Orders: 3, Lots: "3", Unattributed: sdk.Unattributed{Total: 2, By: []sdk.WaitingFor{
			{Kind: sdk.CauseAccount, Count: 1, Oldest: eleven, Keys: []string{"9001"}},
			{Kind: sdk.CauseInstrument, Count: 1, Oldest: noon, Keys: []string{"XAUUSD"}},
		}},
		DayTotals: []sdk.DayTotals{{Server: "Real", Day: "2026-06-01", ExpectedOrders: 4, Orders: 3, ExpectedLots: "4.5", Lots: "3"}},
	}, apitest.OK(broker.FeedHealth(ctx))(t))
	accounts := apitest.OK(broker.UnattributedAccountsPage(ctx, sdk.PageQuery{}))(t)
	require.Equal(t, []sdk.UnattributedAccount{{ClientAccount: "9001", Orders: 1, Facts: 1, FirstAt: eleven, LastAt: eleven}}, accounts.Data)
	past := apitest.OK(broker.UnattributedAccountsPage(ctx, sdk.PageQuery{Limit: 5, Offset: 1}))(t)
	require.Empty(t, past.Data)
	require.Equal(t, sdk.UnattributedTotals{Count: 1, Orders: 1, Facts: 1}, past.Totals)
	apitest.Refused(broker.UnattributedAccountsPage(ctx, sdk.PageQuery{Limit: -1}))(t, sdk.ValidationError, "limit min_value")
	apitest.Refused(w.Broker(t, "feed").FeedHealth(ctx))(t, sdk.PermissionDenied)
	w.Feed(t, w.Fact(feed.DayTotals, "2026-06-03T00:00:00Z", `"server":"Real","day":"2026-06-01","orders":3,"lots":3`))
	require.Empty(t, apitest.OK(broker.FeedHealth(ctx))(t).DayTotals)
}

func TestPartnerAndBroker_AreDocumented(t *testing.T) {
	t.Parallel()
	text, err := apitest.SetupWorld(t).Router.Document()
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	for _, path := range []string{"/api/partner/summary/", "/api/v3/partner/summary/", "/broker/v1/events", "/broker/v1/health/feed"} {
		require.NotNil(t, doc.Paths.Value(path), path)
	}
}
