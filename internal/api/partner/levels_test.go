package partner_test

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// setupAfterReview returns a World on 1 July, after the review that raised
// partners A and B to Silver. A is paid in USD, and B in EUR.
func setupAfterReview(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t)
	programmetest.WithLevelPlan(t, w.Programme)
	w.MustFeed(t,
		w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``),
		w.Order("1001", 2, "EURUSD", "2026-06-20T10:00:00Z", `,"open_spread":7,"close_spread":8`),
		w.Order("2001", 3, "EURUSD", "2026-06-30T10:00:00Z", ``))
	w.Clock.Advance(12 * time.Hour)
	require.NoError(t, w.Server.Levels.Run(t.Context()))
	return w
}

func TestSummary_LevelProgress(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithLevelPlan(t, w.Programme)
	ctx := t.Context()
	progress := func() (string, sdk.LevelProgress) {
		t.Helper()
		s := apitest.OK(w.Partner(t, "a").Summary(ctx))(t)
		return s.Level, s.LevelProgress
	}
	level, p := progress()
	require.Equal(t, "Start", level)
	require.Equal(t, sdk.LevelProgress{
		From: "2026-04-02", VolumeMlnUSD: "0", NextReview: "2026-07-01",
		NextLevel: &sdk.NextLevel{
			Name: "Silver", MinVolumeMlnUSD: "0.04", MinActiveClients: 1, MissingVolumeMlnUSD: "0.04", MissingActiveClients: 1, RisePaysUSD: "0",
		},
	}, p)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``))
	_, p = progress()
	require.Equal(t, &sdk.NextLevel{
		Name: "Silver", MinVolumeMlnUSD: "0.04", MinActiveClients: 1, MissingVolumeMlnUSD: "0", MissingActiveClients: 0, RisePaysUSD: "1",
	}, p.NextLevel, "nothing is missing, and the rise would pay 1 USD")

	w.Clock.Advance(12 * time.Hour)
	require.NoError(t, w.Server.Levels.Run(ctx))
	level, p = progress()
	require.Equal(t, "Start", level, "until the end of the day")
	require.Equal(t, &sdk.LevelOn{Level: "Silver", From: "2026-07-02"}, p.ChangesTo)
	w.Clock.Advance(24 * time.Hour)
	level, p = progress()
	require.Equal(t, "Silver", level)
	require.Nil(t, p.ChangesTo)
	require.Equal(t, "Gold", p.NextLevel.Name)
	require.EqualValues(t, 1, p.NextLevel.MissingActiveClients)
	require.EqualValues(t, "0.08", p.NextLevel.MissingVolumeMlnUSD)
	require.EqualValues(t, "2026-08-01", p.NextReview)

	w.Clock.Advance(93 * 24 * time.Hour) // to 3 October; the last review that counted the order was on 1 September
	require.NoError(t, w.Server.Levels.Run(ctx))
	level, p = progress()
	require.Equal(t, "Silver", level)
	require.Equal(t, &sdk.LevelOn{Level: "Start", From: "2026-11-01"}, p.FallsTo)
	apitest.OK(w.Broker(t).SetPartnerLevel(ctx, programmetest.PartnerA, sdk.SetPartnerLevelIn{Level: "Gold", Hold: new(true)}))(t)
	_, p = progress()
	require.Nil(t, p.FallsTo, "the broker's decision ends the announced fall")
	require.Equal(t, &sdk.LevelOn{Level: "Gold", From: "2026-10-04"}, p.ChangesTo)

	w.SetLevel(t, programmetest.Alpha, "Legacy", "2026-10-03")
	level, p = progress()
	require.Equal(t, "Legacy", level, "the plan lacks this level")
	require.Nil(t, p.NextLevel)
}

func TestProgressRewards(t *testing.T) {
	t.Parallel()
	w := setupAfterReview(t)
	ctx := t.Context()
	list := apitest.OK(w.Partner(t, "a").ProgressRewardsPage(ctx, sdk.ProgressRewardsQuery{}))(t)
	require.Len(t, list.Data, 1)
	id := list.Data[0].ID
	require.Equal(t, sdk.ProgressRewardsRow{
		ID: id, RewardDate: "2026-07-01", ProgressRewardPeriodStart: "2026-06-01", ProgressRewardPeriodEnd: "2026-06-30", OldLevel: "Start", NewLevel: "Silver",
		OrdersCount: 2, ProgressRewardAmountUSD: "1.75", ProgressRewardAmount: "1.75", Currency: "USD",
	}, list.Data[0])
	require.Equal(t, sdk.ProgressRewardsTotals{
		Count: 1, ProgressRewardAmountUSD: "1.75", ProgressRewardPeriodStart: "2026-06-01", ProgressRewardPeriodEnd: "2026-06-30",
	}, list.Totals)

	path := "/api/reports/progress_reward/" + strconv.FormatInt(id, 10) + "/detailed/"
	require.JSONEq(t, `{"data":[
		{"id":`+strconv.FormatInt(id+2, 10)+`,"client_account":"1001","reward_date":"2026-06-20T10:00:00Z","account_type":"Standard","order_id":2,
			"progress_reward_amount_usd":0.75,"initial_reward_usd":1.5,"initial_reward_size":20,"old_reward_size":20,"new_reward_size":30},
		{"id":`+strconv.FormatInt(id+1, 10)+`,"client_account":"1001","reward_date":"2026-06-10T10:00:00Z","account_type":"Standard","order_id":1,
			"progress_reward_amount_usd":1,"initial_reward_usd":2,"initial_reward_size":20,"old_reward_size":20,"new_reward_size":30}],
		"totals":{"count":2,"progress_reward_amount_usd":1.75,"progress_reward_period_start":"2026-06-01","progress_reward_period_end":"2026-06-30"}}`,
		w.Call(t, "a", "GET", path, "").Body.String())
	byAmount := apitest.OK(w.Partner(t, "a").ProgressRewardOrdersPage(ctx, id, sdk.ProgressRewardOrdersQuery{Ordering: []string{"progress_reward_amount_usd"}, Limit: 1}))(t)
	require.EqualValues(t, 2, byAmount.Data[0].OrderID)
	require.EqualValues(t, "1.75", byAmount.Totals.ProgressRewardAmountUSD, "the totals cover all pages")
	apitest.Refused(w.Partner(t, "a").ProgressRewardOrdersPage(ctx, id, sdk.ProgressRewardOrdersQuery{Ordering: []string{"order_id"}}))(t, sdk.ValidationError, "ordering invalid_choice")

	euros := apitest.Only(t, w.Partner(t, "b").ProgressRewards(ctx, sdk.ProgressRewardsQuery{}))
	require.Equal(t, []any{sdk.Decimal("1"), sdk.Decimal("0.92"), "EUR"}, []any{euros.ProgressRewardAmountUSD, euros.ProgressRewardAmount, euros.Currency})
	for _, target := range []string{path, "/api/reports/progress_reward/x/detailed/", "/api/reports/progress_reward/999/detailed/"} {
		require.Equal(t, 404, w.Call(t, "b", "GET", target, "").Code, target)
	}

	lines := apitest.All(t, w.Partner(t, "a").Transactions(ctx, sdk.TransactionsQuery{Kind: []string{"progress_reward"}}))
	require.Len(t, lines, 1, "one posting")
	require.EqualValues(t, "1.75", lines[0].AmountUSD)
	require.Equal(t, strconv.FormatInt(id, 10), *lines[0].BelongsTo)
	require.Equal(t, "5.25", w.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, "3.5", apitest.OK(w.Partner(t, "a").Summary(ctx))(t).RewardUSD.AllTime, "a progress reward is not in reward_usd")
	require.Equal(t, 1, strings.Count(w.Call(t, "a", "GET", "/api/v1/events/", "").Body.String(), `"type":"level.changed"`))

	empty := apitest.OK(w.Partner(t, "a").ProgressRewardsPage(ctx, sdk.ProgressRewardsQuery{Period: []sdk.Date{"2026-05-01"}}))(t)
	require.Equal(t, sdk.ProgressRewardsTotals{ProgressRewardAmountUSD: "0"}, empty.Totals, "no rows have no period")
	require.Len(t, apitest.All(t, w.Partner(t, "a").ProgressRewards(ctx, sdk.ProgressRewardsQuery{PeriodFrom: "2026-06-01", PeriodTo: "2026-06-30"})), 1)
	require.Equal(t, []sdk.Date{"2026-06-01"}, apitest.OK(w.Partner(t, "a").ProgressRewardsFilters(ctx, sdk.FiltersQuery{}))(t).Period)
}

func TestProgressRewards_Files(t *testing.T) {
	t.Parallel()
	w := setupAfterReview(t)
	id := apitest.Only(t, w.Partner(t, "a").ProgressRewards(t.Context(), sdk.ProgressRewardsQuery{})).ID
	for name, target := range map[string]string{
		"progress_rewards.json": "", "progress_rewards_filters.json": "filters/", "progress_reward_orders.json": strconv.FormatInt(id, 10) + "/detailed/",
	} {
		requireGolden(t, name, w.Call(t, "a", http.MethodGet, "/api/reports/progress_reward/"+target, ""))
	}
	for target, want := range map[string][]string{
		"/api/reports/progress_reward/": {
			"id,reward_date,progress_reward_period_start,progress_reward_period_end,old_level,new_level,orders_count,progress_reward_amount_usd,progress_reward_amount,currency",
			strconv.FormatInt(id, 10) + ",2026-07-01,2026-06-01,2026-06-30,Start,Silver,2,1.75,1.75,USD",
		},
		"/api/reports/progress_reward/" + strconv.FormatInt(id, 10) + "/detailed/": {
			"id,client_account,reward_date,account_type,order_id,progress_reward_amount_usd,initial_reward_usd,initial_reward_size,old_reward_size,new_reward_size",
			strconv.FormatInt(id+2, 10) + ",1001,2026-06-20T10:00:00Z,Standard,2,0.75,1.5,20,20,30",
			strconv.FormatInt(id+1, 10) + ",1001,2026-06-10T10:00:00Z,Standard,1,1,2,20,20,30",
		},
	} {
		rows, err := csv.NewReader(w.Call(t, "a", "GET", target+"?format=csv", "").Body).ReadAll()
		require.NoError(t, err)
		for i, row := range rows {
			require.Equal(t, want[i], strings.Join(row, ","), target)
		}
		require.Len(t, rows, len(want))
		book, err := excelize.OpenReader(w.Call(t, "a", "GET", target+"?format=xlsx", "").Body)
		require.NoError(t, err)
		cells, err := book.GetRows(book.GetSheetName(0))
		require.NoError(t, err)
		require.Len(t, cells, len(want), target)
		require.Equal(t, strings.Split(want[0], ","), cells[0])
	}
}
