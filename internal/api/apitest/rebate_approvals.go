package apitest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// RebateWorld is a World whose partners A and B may use rebates.
type RebateWorld struct {
	*World
	A, B    *sdk.Partner
	tickets int
}

func SetupRebateRuns(t *testing.T) *RebateWorld {
	t.Helper()
	w := SetupWorld(t)
	for _, partner := range []string{programmetest.PartnerA, programmetest.PartnerB} {
		OK(w.Broker(t).VerifyPartner(t.Context(), partner))(t)
	}
	return &RebateWorld{World: w, A: w.Partner(t, "a"), B: w.Partner(t, "b")}
}

// Closed opens accounts of partner A, each with an order that earns 2 USD. It moves
// the clock to the next day, when a rebate of 25 percent waits for approval. It
// returns this rebate and the ids of its rows.
func (w *RebateWorld) Closed(t *testing.T, accounts int) (rebate sdk.RebatesRow, rows []int64) {
	t.Helper()
	OK(w.A.CreateRebateGroup(t.Context(), sdk.CreateRebateGroupIn{
		GroupTitle: "all", RebatePercent: "25", IsDefault: new(true), RebatePeriod: sdk.RebatePeriodDaily,
	}))(t)
	opened, orders := make([]string, accounts), make([]string, accounts)
	for i := range accounts {
		account := strconv.Itoa(5000 + i)
		opened[i] = w.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(
			`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account, programmetest.Client1))
		w.tickets++
		orders[i] = w.Order(account, w.tickets, "EURUSD", "2026-06-30T12:00:00Z", ``)
	}
	w.MustFeed(t, opened...)
	w.MustFeed(t, orders...)
	w.NextDay(t)
	rebate = Only(t, w.A.Rebates(t.Context(), sdk.RebatesQuery{Status: []string{"pending"}}))
	for _, row := range All(t, w.A.RebateRows(t.Context(), rebate.ID, sdk.RebateRowsQuery{})) {
		rows = append(rows, row.ID)
	}
	require.Len(t, rows, accounts)
	return rebate, rows
}

func (w *RebateWorld) NextDay(t *testing.T) {
	t.Helper()
	w.Clock.Advance(24 * time.Hour)
	require.NoError(t, w.Server.RebateRuns.Run(t.Context()))
}

func (w *RebateWorld) Approving(t *testing.T, p *sdk.Partner, what sdk.ApproveRebatesIn) sdk.CallOption {
	t.Helper()
	shown := OK(p.StartRebateApproval(t.Context(), sdk.StartRebateApprovalIn(what)))(t)
	return w.Code(t, p, sdk.OperationTypeApproveRebates, shown.VerificationPayload)
}

func (w *RebateWorld) Payouts(t *testing.T) int64 {
	t.Helper()
	return w.Count(t, `payouts WHERE kind = 'rebate'`)
}
