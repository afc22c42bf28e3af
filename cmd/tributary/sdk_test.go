package main

import (
	"encoding/csv"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// sdkWorld is the real server, with SDK clients of a partner and of the broker.
type sdkWorld struct {
	*matrixWorld

	partner *sdk.Partner
	broker  *sdk.Broker
	wire    *readingWire
	url     string
}

func setupSDK(t *testing.T) *sdkWorld {
	t.Helper()
	w := &sdkWorld{matrixWorld: setupMatrix(t), wire: &readingWire{}}
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		w.clock.Advance(pace)
		if strings.HasPrefix(r.URL.Path, "/api/v1/exports/") { // no job runs in this test, so create the export now
			if err := w.p.Exports.Run(r.Context()); err != nil {
				t.Errorf("making exports: %v", err)
			}
		}
		w.handler.ServeHTTP(answer, r)
	}))
	t.Cleanup(server.Close)
	through := sdk.WithHTTPClient(&http.Client{Transport: w.wire})
	w.url = server.URL
	var err error
	w.partner, err = sdk.NewPartner(server.URL, through)
	require.NoError(t, err)
	w.broker, err = sdk.NewBroker(server.URL, w.brokers[""], through)
	require.NoError(t, err)
	require.NoError(t, w.partner.Login(t.Context(), "a@example.com", matrixPassword))
	return w
}

// TestSDK calls the real server through the SDK. The subtests share one server
// and run in this order, because reading the reports adds events.
func TestSDK(t *testing.T) { //nolint:tparallel // the subtests share a server
	t.Parallel()
	w := setupSDK(t)
	t.Run("events across a login", w.followsEvents)
	t.Run("reports", w.readsReports)
	t.Run("money moves once", w.movesMoney)
	t.Run("the broker", w.servesTheBroker)
	t.Run("everything that is read", w.readsEverything)
}

// readingWire refuses every request other than GET if its field readOnly is set.
type readingWire struct{ readOnly bool }

func (w *readingWire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.readOnly && r.Method != http.MethodGet {
		answer := httptest.NewRecorder()
		answer.WriteHeader(http.StatusNotImplemented)
		return answer.Result(), nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (w *sdkWorld) readsReports(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	page, err := w.partner.RewardsPage(ctx, sdk.RewardsQuery{Limit: 1})
	require.NoError(t, err)
	require.Len(t, page.Data, 1)
	require.Equal(t, int64(2), page.Totals.Count)

	sum, days := new(big.Rat), []sdk.Date{}
	for row, err := range w.partner.Rewards(ctx, sdk.RewardsQuery{Limit: 1, Ordering: []string{"reward_date"}}) {
		require.NoError(t, err)
		require.Equal(t, "1001", row.ClientAccount)
		sum.Add(sum, row.RewardUSD.Rat())
		days = append(days, row.RewardDate)
	}
	require.True(t, slices.IsSorted(days))
	require.Len(t, days, 2)
	require.Equal(t, page.Totals.RewardUSD.Rat(), sum, "the rows add up, page by page")

	file, err := w.partner.RewardsFile(ctx, sdk.RewardsQuery{RewardDateTo: days[0]}, sdk.CSV)
	require.NoError(t, err)
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Len(t, lines, 2, "a header line and the first day")
	require.Contains(t, lines[1], string(days[0]))

	file, err = w.partner.RewardsFile(ctx, sdk.RewardsQuery{}, sdk.XLSX)
	require.NoError(t, err)
	workbook, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "PK", string(workbook[:2]), "more rows than this world allows in a request are made in the background")
	made, err := w.partner.ExportsPage(ctx, sdk.PageQuery{})
	require.NoError(t, err)
	require.Equal(t, sdk.ExportStatusReady, made.Data[0].Status)

	for order, err := range w.partner.Orders(ctx, sdk.OrdersQuery{Date: days[:1]}) {
		require.NoError(t, err)
		formula, err := w.partner.OrderFormula(ctx, order.FormulaCode, order.OrderID)
		require.NoError(t, err)
		require.Equal(t, order.Symbol, formula.Symbol)
		require.Positive(t, formula.RewardUSD.Rat().Sign())
	}
	found, err := w.partner.Affiliation(ctx, sdk.AffiliationIn{ClientAccount: new("1001")})
	require.NoError(t, err)
	require.Contains(t, found.Accounts, "1001")
}

func (w *sdkWorld) movesMoney(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	opened, err := w.partner.CreateWalletAccount(ctx, sdk.CreateWalletAccountIn{AccountName: "euros", Currency: "EUR"})
	require.NoError(t, err)
	transfer := sdk.CreateWalletTransferIn{FromAccount: w.account, ToAccount: opened.ID, Amount: "0.01"}
	var answer sdk.Answer
	first, err := w.partner.CreateWalletTransfer(ctx, transfer, sdk.WithIdempotencyKey("once"), sdk.WithAnswer(&answer))
	require.NoError(t, err)
	require.False(t, answer.Replayed)
	again, err := w.partner.CreateWalletTransfer(ctx, transfer, sdk.WithIdempotencyKey("once"), sdk.WithAnswer(&answer))
	require.NoError(t, err)
	require.True(t, answer.Replayed)
	require.Equal(t, first, again)
	transfers, err := w.partner.WalletTransfersPage(ctx, sdk.PageQuery{})
	require.NoError(t, err)
	require.Equal(t, []sdk.Transfer{*first}, transfers.Data)

	transfer.Amount = "12,50"
	_, err = w.partner.CreateWalletTransfer(ctx, transfer)
	var refused *sdk.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, 400, refused.Status)
	require.Equal(t, sdk.ValidationError, refused.Code)
	require.Equal(t, "amount", refused.Details[0].Field, "the server refuses an invalid decimal and names its field")
	require.NotEmpty(t, refused.RequestID)

	_, err = w.partner.CreateAPIKey(ctx, sdk.CreateAPIKeyIn{Name: "bot", Scopes: []sdk.Scope{sdk.ScopeRead}})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, sdk.PermissionDenied, refused.Code)
	require.Equal(t, "verification_required", refused.Details[0].Code)
	_, err = w.partner.Campaign(ctx, "another-partners")
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(err))
}

func (w *sdkWorld) followsEvents(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	latest, err := w.partner.Events(ctx, sdk.EventsQuery{Cursor: "latest"})
	require.NoError(t, err)
	w.clock.Advance(identity.TokenLife + time.Minute) // now the token has expired, so the client must log in again
	result, err := w.broker.PushFacts(ctx,
		sdk.FactClientRegistered{
			ID: "sdk-1", At: w.clock.Now(), ClientUID: "0197c0de-0000-7000-8000-00000000beef", Email: "new@example.com", Country: "ZA",
			PartnerCode: new("alpha"), ClickIDs: []string{},
		},
		sdk.FactDepositReceived{ID: "sdk-2", At: w.clock.Now(), ClientAccount: "1001", AmountUSD: "100.25"},
		sdk.FactDepositReceived{ID: "sdk-3", At: w.clock.Now(), ClientAccount: "1001", AmountUSD: "-1"},
	)
	require.NoError(t, err)
	require.EqualValues(t, 2, result.Accepted, "%v", result)
	require.EqualValues(t, 1, result.RejectedCount)
	require.Equal(t, "amount_usd", result.Rejected[0].Details[0].Field)
	_, err = w.broker.PushFacts(ctx, sdk.FactDepositReceived{ID: "sdk-4", At: w.clock.Now(), ClientAccount: "1001"})
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err), "if every line is refused, the call fails")

	told := map[string]bool{}
	for events, err := range w.partner.FollowEvents(ctx, sdk.EventsQuery{Cursor: latest.NextCursor, Limit: 1}) {
		require.NoError(t, err)
		for _, event := range events.Data {
			told[event.Type] = true
		}
		if told["client.registered"] && told["deposit.received"] {
			break
		}
	}
}

func (w *sdkWorld) servesTheBroker(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	emails := map[string]string{}
	for partner, err := range w.broker.Partners(ctx, sdk.PartnersQuery{Limit: 1}) {
		require.NoError(t, err)
		emails[partner.PartnerUID] = partner.Email
	}
	require.Equal(t, "a@example.com", emails[programmetest.PartnerA])
	require.Len(t, emails, 4)
	suspended, err := w.broker.SuspendPartner(ctx, programmetest.PartnerB, sdk.SuspendPartnerIn{Reason: new("asked for it")})
	require.NoError(t, err)
	require.Equal(t, sdk.PartnerStatusSuspended, suspended.Status)

	plans, err := w.broker.Plans(ctx)
	require.NoError(t, err)
	levels := []sdk.PlanLevel{{Name: "Only", SharePercent: "12.5"}}
	applied, err := w.broker.ApplyPlan(ctx, sdk.ApplyPlanIn{
		From: w.clock.Now().Add(time.Hour), Levels: levels, Formulas: []sdk.PlanFormula{{Formula: sdk.FormulaClassicV2}},
		CapPerOrderUSD: sdk.Value(sdk.Decimal("100")),
	})
	require.NoError(t, err)
	require.True(t, applied.Applied)
	require.Equal(t, sdk.Decimal("100"), applied.Plan.CapPerOrderUSD)
	now, err := w.broker.Plans(ctx)
	require.NoError(t, err)
	require.Len(t, now, len(plans)+1)

	_, err = w.partner.Summary(ctx)
	require.NoError(t, err)
	stranger, err := sdk.NewBroker("http://127.0.0.1:1", "key", sdk.WithPatience(0, 0))
	require.NoError(t, err)
	_, err = stranger.Plans(ctx)
	require.Error(t, err)
}

// readsEverything calls every SDK method that reads without an id. Each call
// must succeed, and the method's types must match the response.
func (w *sdkWorld) readsEverything(t *testing.T) {
	t.Helper()
	w.wire.readOnly = true
	defer func() { w.wire.readOnly = false }()
	read := 0
	admin, err := sdk.NewBroker(w.url, w.staffToken(t, caller.Admin), sdk.WithHTTPClient(&http.Client{Transport: w.wire})) // a key may not read about staff members
	require.NoError(t, err)
	for _, client := range []any{w.partner, admin} {
		methods := reflect.ValueOf(client)
		for i := range methods.NumMethod() {
			name, method := methods.Type().Method(i).Name, methods.Method(i)
			arguments, ok := w.queryArguments(t, method.Type())
			if !ok || name == "FollowEvents" {
				continue
			}
			err := outcome(method.Call(arguments))
			if refused, ok := errors.AsType[*sdk.Error](err); ok && refused.Status == http.StatusNotImplemented {
				continue // the method does not send a GET
			}
			require.NoError(t, err, name)
			read++
		}
	}
	require.Greater(t, read, 100)
}

// queryArguments returns arguments for a method that has only queries and
// formats as parameters.
func (w *sdkWorld) queryArguments(t *testing.T, signature reflect.Type) (arguments []reflect.Value, ok bool) {
	t.Helper()
	if signature.NumIn() < 2 || !signature.IsVariadic() {
		return nil, false
	}
	arguments = []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < signature.NumIn()-1; i++ {
		argument := reflect.New(signature.In(i)).Elem()
		switch query := argument.Addr().Interface().(type) {
		case *sdk.Format:
			*query = sdk.CSV // a workbook with more than one row would be created in the background
		case *sdk.RewardsV2Query:
			query.AggregateBy = []sdk.RewardsGroup{sdk.RewardsGroupCountry, sdk.RewardsGroupMonth}
		case *sdk.ReportRewardsV2Query:
			query.AggregateBy = []sdk.AllRewardsGroup{sdk.AllRewardsGroupPartner, sdk.AllRewardsGroupMonth}
			query.RewardDateFrom, query.RewardDateTo = "2026-01-01", "2026-12-31"
		case *sdk.PerformanceQuery:
			query.GroupBy, query.Compare = []sdk.PerformanceGroup{sdk.PerformanceGroupDay}, "previous"
		case *sdk.PromoQRQuery:
			query.LinkCode = "my-code"
		case *sdk.SearchQuery:
			query.Q = "1001"
		default:
			if argument.Kind() != reflect.Struct {
				return nil, false
			}
		}
		arguments = append(arguments, argument)
	}
	return arguments, true
}

// outcome returns the error of a call, or of the first step of an iteration.
func outcome(results []reflect.Value) error {
	last := results[len(results)-1]
	if last.Kind() == reflect.Func {
		for _, failed := range last.Seq2() {
			err, _ := reflect.TypeAssert[error](failed)
			return err
		}
		return nil
	}
	err, _ := reflect.TypeAssert[error](last)
	return err
}
