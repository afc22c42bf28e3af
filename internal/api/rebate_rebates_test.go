package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// approve sends an approval and returns the answer's body.
func (b *rebateRunsBundle) approve(t *testing.T, token, body, temporary string, status int, pairs ...string) string {
	t.Helper()
	answer := b.post(t, token, "approve/", body, append([]string{"X-Temporary-Token", temporary}, pairs...)...)
	require.Equal(t, status, answer.Code, answer.Body.String())
	return answer.Body.String()
}

// A code pays the ids and amounts that it was shown for, once.
func TestRebates_ApprovedOnce(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, rows := b.closed(t, 4)
	all, some := selecting([]string{rebateID}, nil), selecting(nil, rows[:2])
	temporary := b.coded(t, "a", all)
	b.approve(t, "a", all, "", 403)
	b.approve(t, "a", all, "made up", 403)
	b.approve(t, "b", all, temporary, 403)
	b.approve(t, "a", some, temporary, 403)
	b.approve(t, "a", selecting([]string{rebateID}, rows[:1]), temporary, 403)
	b.approve(t, "a", selecting([]string{"99999"}, nil), temporary, 403)
	b.approve(t, "a", `{}`, temporary, 400)
	b.approve(t, "a", `{"rebates":["x"]}`, temporary, 400)
	require.Equal(t, 415, b.send(t, "a", http.MethodPost, autorebates+"approve/", strings.NewReader(all), "Content-Type", "text/plain").Code)

	// Another amount than when the code was asked for.
	require.Equal(t, 200, b.post(t, "a", "reject/", selecting(nil, rows[:1])).Code)
	b.approve(t, "a", all, temporary, 403, "Idempotency-Key", "the one")
	require.Zero(t, b.payouts(t))

	// A code of its own, which waits too long.
	temporary = b.coded(t, "a", all)
	b.Clock.Advance(10 * time.Minute)
	b.approve(t, "a", all, temporary, 403, "Idempotency-Key", "the one")
	temporary = b.coded(t, "a", all)
	first := b.approve(t, "a", all, temporary, 200, "Idempotency-Key", "the one")
	require.Equal(t, 3, b.payouts(t), "refusals had spent neither the token nor the key")
	require.Equal(t, first, b.approve(t, "a", all, temporary, 200, "Idempotency-Key", "the one"), "replayed")
	b.approve(t, "a", some, temporary, 400, "Idempotency-Key", "the one")
	b.approve(t, "a", all, temporary, 403)
	require.Equal(t, 3, b.payouts(t), "once")
	programmetest.RequireSound(t, b.DB)
}

// Whatever cannot be approved is named.
func TestRebates_Refused(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, rows := b.closed(t, 2)
	waits := func(field, ids string) string {
		return wrong(field, "not_pending", "Not waiting for approval: "+ids+".")
	}
	start := func(name, token, body string, status int, answer string) scene {
		return scene{name: name, token: token, method: "POST", target: autorebates + "approve/start/", body: body, status: status, answer: answer}
	}
	nothing := wrong("rebates", "required", "Name rebates or rebate rows.")
	b.play(t, []scene{
		start("nothing", "a", `{}`, 400, nothing),
		start("empty lists", "a", `{"rebates":[],"rebate_rows":[]}`, 400, nothing),
		start("null", "a", `{"rebates":null}`, 400, nothing),
		start("no list", "a", `{"rebates":"x"}`, 400, wrong("rebates", "not_a_list", `Expected a list of items but got type \"str\".`)),
		start("no id", "a", `{"rebate_rows":[1.5]}`, 400, wrong("rebate_rows.0", "invalid", "A valid number is required.")),
		start("unknown", "a", `{"rebates":[88888888,"99999999",-1]}`, 400, waits("rebates", "-1, 88888888, 99999999")),
		start("unknown rows", "a", selecting([]string{rebateID}, []string{"9999", rows[0]}), 400, waits("rebate_rows", "9999")),
		start("another partner's", "b", selecting([]string{rebateID}, nil), 400, waits("rebates", rebateID)),
		start("another partner's rows", "b", selecting(nil, rows[:1]), 400, waits("rebate_rows", rows[0])),
		start("a key that may only look", "a:read", selecting([]string{rebateID}, nil), 403, denied),
		start("the broker", "broker", selecting([]string{rebateID}, nil), 403, denied),
		start("nobody", "", selecting([]string{rebateID}, nil), 401, nobody),
		start("a partner who is not verified", "c", selecting([]string{rebateID}, nil), 403, denied),
		{name: "another partner's rows", token: "b", target: autorebates + "rebates/" + rebateID + "/rows/", status: 404, answer: notFound},
		{name: "another partner's orders", token: "b", target: autorebates + "rebates/rows/" + rows[0] + "/orders/", status: 404, answer: notFound},
		{name: "no number", token: "a", target: autorebates + "rebates/x/rows/", status: 404, answer: notFound},
		{name: "no rebate", token: "a", target: autorebates + "rebates/" + rows[0] + "/rows/?format=csv", status: 404, answer: notFound},
		{name: "no row", token: "a", target: autorebates + "rebates/rows/" + rebateID + "/orders", status: 404, answer: notFound},
		{name: "another partner's list", token: "b", target: autorebates + "rebates/", status: 200, answer: `{"data":[],"totals":{"count":0,"clients_count":0,"reward_usd":0,"topay_rebate":0,"topay_rebate_usd":0}}`},
		{name: "not verified", token: "c", target: autorebates + "rebates/", status: 403, answer: denied},
		{name: "not verified, by a detour", token: "c", target: "//api//v2/autorebates//history", status: 403, answer: denied},
		{name: "nothing to try again", token: "a", method: "POST", target: autorebates + "payments/retry/", body: `{"rebate_rows":[]}`, status: 400, answer: wrong("rebate_rows", "empty", "This list may not be empty.")},
		{name: "did not fail", token: "a", method: "POST", target: autorebates + "payments/retry/", body: `{"rebate_rows":[` + rows[0] + `]}`, status: 400, answer: wrong("rebate_rows", "not_pending", "Not waiting for another try: "+rows[0]+".")},
	})
	b.MustFeed(t, b.Order("5000", 99, "EURUSD", "2026-07-01T13:00:00Z", ``))
	open := b.number(t, `SELECT rebate_id FROM rebates WHERE status = 'open'`)
	row := b.number(t, `SELECT row_id FROM rebate_rows WHERE status = 'open'`)
	b.play(t, []scene{
		start("its period lasts", "a", selecting([]string{open}, nil), 400, waits("rebates", open)),
		start("a row of it", "a", selecting(nil, []string{row}), 400, waits("rebate_rows", row)),
		{name: "its rows", token: "a", target: autorebates + "rebates/" + open + "/rows/", status: 404, answer: notFound},
		{name: "its orders", token: "a", target: autorebates + "rebates/rows/" + row + "/orders/", status: 404, answer: notFound},
	})
	require.Equal(t, json.Number("1"), b.object(t, "a", autorebates+"rebates/")["totals"].(map[string]any)["count"], "hidden while it is open")
}

func (b *rebateRunsBundle) number(t *testing.T, query string) string {
	t.Helper()
	var n int64
	require.NoError(t, b.DB.QueryRow(t.Context(), query).Scan(&n))
	return strconv.FormatInt(n, 10)
}

// Beyond a thousand ids the payload is a digest.
func TestRebates_ManyIDs(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	_, rows := b.closed(t, 1001)
	body := selecting(nil, rows)
	started := decoded(t, b.post(t, "a", "approve/start/", body), 200)
	payload := started["verification_payload"].(map[string]any)
	require.Len(t, payload["digest"], 64)
	require.Empty(t, payload["rebate_row_ids"])
	require.Empty(t, payload["rebate_ids"])
	spelled := decoded(t, b.post(t, "a", "approve/start/", selecting(nil, rows[:1000])), 200)["verification_payload"].(map[string]any)
	require.NotContains(t, spelled, "digest")
	require.Len(t, spelled["rebate_row_ids"], 1000)

	b.approve(t, "a", body, b.coded(t, "a", body), 200)
	require.Equal(t, 1001, b.payouts(t))
	many := selecting(nil, strings.Split(strings.TrimSuffix(strings.Repeat("1,", 100_001), ","), ","))
	require.Equal(t, 400, b.post(t, "a", "approve/start/", many).Code)
	programmetest.RequireSound(t, b.DB)
}

// What is reserved cannot be withdrawn, and a wallet below zero pays nothing.
func TestRebates_BelowZero(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, _ := b.closed(t, 2)
	all := selecting([]string{rebateID}, nil)
	temporary := b.coded(t, "a", all)
	b.MustFeed(t,
		b.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":1,"reason":"x"`),
		b.Fact(feed.OrderReversed, "2026-07-01T12:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	refused := b.approve(t, "a", all, temporary, 403)
	require.Contains(t, refused, "The wallet is below zero")
	b.MustFeed(t, b.Order("1001", 50, "EURUSD", "2026-06-01T12:00:00Z", ``), b.Order("1001", 51, "EURUSD", "2026-06-01T12:00:00Z", ``))
	b.approve(t, "a", all, temporary, 200)
	programmetest.RequireSound(t, b.DB)
}

// Of fifty who approve and reject the same, one wins.
func TestRebates_Race(t *testing.T) {
	t.Parallel()
	b := setupRebateRuns(t)
	rebateID, _ := b.closed(t, 3)
	all := selecting([]string{rebateID}, nil)
	temporary := b.coded(t, "a", all)
	statuses := make([]int, 50)
	var racers sync.WaitGroup
	for i := range statuses {
		racers.Go(func() {
			if i%2 == 0 {
				statuses[i] = b.post(t, "a", "approve/", all, "X-Temporary-Token", temporary, "Idempotency-Key", fmt.Sprint("key ", i)).Code
			} else {
				statuses[i] = b.post(t, "a", "reject/", all).Code
			}
		})
	}
	racers.Wait()
	won := 0
	for i, status := range statuses {
		if status == 200 {
			won++
			continue
		}
		require.Equal(t, []int{403, 400}[i%2], status)
	}
	require.Equal(t, 1, won)
	require.Contains(t, []int{0, 3}, b.payouts(t))
	programmetest.RequireSound(t, b.DB)
}
