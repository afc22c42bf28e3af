package programmetest

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

// ReportSample stores and returns a partner with two clients, two accounts, an
// order of several parts and a reversal. The golden files contain this partner's
// reports.
func ReportSample(t testing.TB, db db.DB) report.Partner {
	t.Helper()
	b := NewReportBooks(rand.New(rand.NewPCG(7, 8)), 0)
	b.Partner = report.Partner{ID: sampleUID(t, "0197c0de-0000-7000-8000-000000000001"), Account: "1163683105934900000", AccountName: "partner", Currency: "USD"}
	clients, accounts, orders := b.Clients[:2], b.Accounts[:2], b.Rewards[:4]
	for i, c := range clients {
		maps.Copy(c, ReportRow{
			"partner_id": b.Partner.ID, "client_uid": sampleUID(t, []string{"3bf4e479-0000-4000-8000-000000000000", "dc11e02f-0000-4000-8000-000000000000"}[i]), "number": i + 1,
			"country": []string{"TH", "ZA"}[i], "reg_day": sampleDay(t, []string{"2025-06-18", "2026-04-30"}[i]), "relation": "CURRENT", "contact_status": []string{"EMPTY", "GRANTED"}[i],
			"verified_at": []any{int64(1), nil}[i], "first_deposit_at": int64(1), "first_trade_day": 20_000, "last_trade_day": []any{sampleDay(t, "2025-06-28"), nil}[i],
			"contact_requested_at": []any{nil, int64(1_750_000_000_000_000)}[i], "contact_answered_at": []any{nil, int64(1_750_000_000_120_000)}[i], "comment": []any{nil, "=1+1, \"said\" he"}[i],
			"rebate_usd_e6":  int64(1_250_000),
			"balance_usd_e6": int64(50 * Micro), "equity_usd_e6": int64(10*Micro + 1), "deposits_usd_e6": int64(250 * Micro), "first_deposit_usd_e6": int64(1),
		})
	}
	for i, a := range accounts {
		maps.Copy(a, ReportRow{
			"partner_id": b.Partner.ID, "client_account": []string{"159486000", "134221300"}[i], "number": 810_206_000 + i, "client_uid": clients[i]["client_uid"], "country": clients[i]["country"],
			"platform": []string{"", "mt5"}[i], "account_type": []string{"Standard", "Pro"}[i], "link_code": "abc123", "opened_day": clients[i]["reg_day"], "last_trade_day": []any{nil, sampleDay(t, "2026-06-02")}[i],
		})
	}
	for i, o := range orders {
		maps.Copy(o, ReportRow{
			"partner_id": b.Partner.ID, "server": "Real-1", "ticket": []int64{4711, 4711, 4711, 12}[i], "part": []int{0, 2, 0, 0}[i], "kind": []int{0, 0, 1, 0}[i], "client_account": accounts[1-i/3]["client_account"], "account": accounts[1-i/3]["number"], "client_uid": clients[1-i/3]["client_uid"], "account_type": "Pro",
			"platform": "mt5", "symbol": "EURUSD", "lots_e8": int64(120_000_000), "volume_lots_e8": []int64{120_000_000, 3_853_000_000, 0, 33_000_000}[i], "volume_usd_e4": []int64{2_400_000_000, 197_645_000_000, 0, 708_000_000}[i],
			"reward_usd_e6": []int64{1_505_000, 125_505_000, -1_505_000, 2_485_000}[i], "reward_e6": []int64{1_505_000, 125_515_000, -1_505_000, 2_485_000}[i], "currency": "USD", "formula_code": "formula_classic_v2", "cent": false, "quote_currency": "JPY",
			"open_at": int64(1_751_000_000_000_000), "close_at": []int64{1_780_480_000_000_000, 1_780_480_000_500_000, 1_780_600_000_000_000, 1_751_100_000_000_000}[i], "reward_day": []int64{20_607, 20_607, 20_608, 20_267}[i],
			"open_spread_e4": nil, "close_spread_e4": int64(12_345), "quote_rate_e12": int64(6_500_000_000), "plan_id": sampleUID(t, "0197c0de-0000-7000-8000-0000000000aa"), "limited_by": "",
		})
	}
	b.Clients, b.Accounts, b.Rewards, b.Deposits, b.AccountDays, b.PartnerDays = clients, accounts, orders, nil, nil, nil
	b.rollUp()
	b.Store(t, db)
	return b.Partner
}

func sampleUID(t testing.TB, text string) id.UUID {
	t.Helper()
	u, err := id.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func sampleDay(t testing.TB, text string) int64 {
	t.Helper()
	d, err := clock.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return int64(d)
}
