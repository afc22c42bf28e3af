package programmetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

// ReportRow maps the columns of a row to their values.
type ReportRow map[string]any

// Int returns a column as a number. A null is 0, and true is 1.
func (r ReportRow) Int(column string) int64 {
	switch v := r[column].(type) {
	case nil:
		return 0
	case int:
		return int64(v)
	case int64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	default:
		panic(fmt.Sprintf("%s is a %T", column, v))
	}
}

// Text returns a column as text.
func (r ReportRow) Text(column string) string {
	s, _ := r[column].(string)
	return s
}

// UID returns a column as an id.
func (r ReportRow) UID(column string) id.UUID {
	u, _ := r[column].(id.UUID)
	return u
}

// ReportBooks holds all the rows that a partner's reports read.
type ReportBooks struct {
	Partner     report.Partner
	Clients     []ReportRow
	Accounts    []ReportRow
	Deposits    []ReportRow
	Rewards     []ReportRow
	AccountDays []ReportRow
	PartnerDays []ReportRow
}

// ReportNow is the time at which a test requests the reports.
var ReportNow = time.Date(2026, 6, 30, 12, 0, 0, 123456000, time.UTC)

// Micro is one unit of money in stored amounts, which are millionths.
const Micro = 1_000_000

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// Pick returns one of the values at random.
func Pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func maybe(r *rand.Rand, v any) any {
	if r.IntN(3) == 0 {
		return nil
	}
	return v
}

// RandomUID returns a UUID made of random numbers.
func RandomUID(r *rand.Rand) (u id.UUID) {
	for i := range u {
		u[i] = byte(r.Uint32())
	}
	return u
}

// NewReportBooks creates a partner with clients, accounts, orders, reversals and
// their rollups. It uses few different values, so that rows often have equal values.
// Many amounts are exactly on the boundary between two bands, or are rounded from
// exactly half a unit.
func NewReportBooks(r *rand.Rand, n int) *ReportBooks {
	b := &ReportBooks{Partner: report.Partner{
		ID: RandomUID(r), Account: fmt.Sprintf("11636831059349%05d", n), AccountName: "partner, the " + Pick(r, "first", "=1+1", "дру\"г"), Currency: Pick(r, "USD", "EUR"),
	}}
	for i := range 12 {
		b.addClient(r, i)
	}
	for i := range 25 {
		b.addAccount(r, n*1000+i)
	}
	for i := range 160 {
		b.addReward(r, int64(i))
	}
	b.rollUp()
	return b
}

func (b *ReportBooks) addClient(r *rand.Rand, i int) {
	reg := 20_000 + r.IntN(40)
	uid := RandomUID(r)
	if i%4 == 1 { // only the last byte of this uid's short form differs from the first client's uid
		first := b.Clients[0].UID("client_uid")
		copy(uid[:3], first[:3])
	}
	usd := func() int64 {
		return Pick(r, int64(0), 1, 10*Micro, 10*Micro+1, 50*Micro, 250*Micro, 999_999_999, 1000*Micro, 5000*Micro, 5000*Micro+1, -3)
	}
	b.Clients = append(b.Clients, ReportRow{
		"partner_id": b.Partner.ID, "client_uid": uid, "number": i + 1, "email": fmt.Sprintf("client%d@example.com", i),
		"country": Pick(r, "TH", "ZA", "MX"), "link_code": "abc", "campaign_code": "", "sub_id": "", "click_id": "",
		"registered_at": int64(reg) * 86400 * Micro, "reg_day": reg, "relation": Pick(r, "CURRENT", "CURRENT", "CURRENT", "CHANGING", "LEFT"),
		"verified_at": maybe(r, int64(1)), "contact_status": Pick(r, "EMPTY", "GRANTED", "DECLINED"),
		"contact_requested_at": maybe(r, Pick(r, int64(1_750_000_000_000_000), 1_782_000_000_000_000)), "contact_answered_at": maybe(r, Pick(r, int64(1_750_000_000_120_000), 1_782_000_000_120_000)),
		"comment": maybe(r, Pick(r, "", "=SUM(A1)", "＝SUM(A1)", "a \"good\" one, really", "Ünïcode\n<b>")), "first_deposit_at": maybe(r, int64(2)), "first_deposit_fact": "",
		"first_deposit_usd_e6": usd(), "deposits_usd_e6": usd(), "balance_usd_e6": usd(), "equity_usd_e6": usd(),
		"first_trade_day": maybe(r, 20_001), "last_trade_day": maybe(r, 20_010+r.IntN(5)), "orders_count": r.IntN(9),
		"volume_lots_e8": r.Int64N(1_000_000_000), "volume_usd_e4": r.Int64N(1_000_000_000), "reward_usd_e6": r.Int64N(4_000) * 2_500, "rebate_usd_e6": r.Int64N(9_000_000),
	})
	for j := range r.IntN(4) {
		b.Deposits = append(b.Deposits, ReportRow{
			"partner_id": b.Partner.ID, "client_account": "1", "fact_id": fmt.Sprintf("%d-%d", i, j), "client_uid": uid,
			"kind": Pick(r, "failed", "failed", "received"), "at": ReportNow.UnixMicro() - Pick(r, int64(0), 1, 7*86400*Micro-1, 7*86400*Micro, 8*86400*Micro), "amount_usd_e6": 1,
		})
	}
}

// accountNumber returns the number of account n. The numbers differ in length, and
// some differ only in leading zeros.
func accountNumber(n int) string {
	switch n % 5 {
	case 1:
		return strconv.Itoa(80 + n)
	case 2:
		return "00" + strconv.Itoa(80+n-1)
	case 3:
		return fmt.Sprintf("1163683105934900%04d", n)
	default:
		return strconv.Itoa(44_000_000 + n)
	}
}

func (b *ReportBooks) addAccount(r *rand.Rand, n int) {
	client := Pick(r, b.Clients...)
	opened := 20_000 + r.IntN(30)
	b.Accounts = append(b.Accounts, ReportRow{
		"partner_id": b.Partner.ID, "client_account": accountNumber(n), "number": n, "client_uid": client["client_uid"], "country": Pick(r, "TH", "ZA", "MX"),
		"server": "Real-1", "platform": Pick(r, "mt4", "mt5", ""), "account_type": Pick(r, "Standard", "Pro", "Raw Spread"), "currency": "EUR",
		"link_code": Pick(r, "abc", "Zed", "a_b"), "typed_code": "", "fact_id": "", "opened_at": int64(0), "opened_day": opened,
		"balance_usd_e6": 0, "equity_usd_e6": 0, "equity_at": nil, "equity_fact": "", "first_trade_day": nil, "last_trade_day": maybe(r, 20_010+r.IntN(5)),
		"orders_count": 1, "volume_lots_e8": r.Int64N(1_000_000) * 5, "volume_usd_e4": r.Int64N(1_000_000) * 50,
		"reward_e6": r.Int64N(4_000) * 2_500, "reward_usd_e6": r.Int64N(4_000) * 2_500,
	})
}

func (b *ReportBooks) addReward(r *rand.Rand, n int64) {
	account := Pick(r, b.Accounts...)
	day := 20_020 + r.IntN(20)
	closed := int64(day)*86400*Micro + Pick(r, int64(-14*3600*Micro), 0, 1, 500_000, 86_399_999_999) // the day of these times differs between time zones east and west of UTC
	reward := ReportRow{
		"partner_id": b.Partner.ID, "server": Pick(r, "Real-1", "Real:2", "real-1"), "ticket": n / 2, "part": 0, "client_account": account["client_account"], "account": account["number"], "kind": 0,
		"fact_id": "", "client_uid": account["client_uid"], "account_type": Pick(r, "Standard", "Standard Cent", "Pro"), "platform": Pick(r, "mt4", "mt5"),
		"symbol": Pick(r, "EURUSD", "eurusdm", "XAUUSD"), "instrument": "EURUSD", "side": "buy", "lots_e8": int64(123_456_789), "open_at": closed - r.Int64N(5)*Micro, "close_at": closed,
		"open_price_e10": 1, "close_price_e10": 1, "open_spread_e4": maybe(r, int64(12_345)), "close_spread_e4": maybe(r, int64(20_000)),
		"commission_e6": 0, "swap_e6": 0, "profit_e6": 0, "reward_day": day, "volume_lots_e8": r.Int64N(1_000_000_000), "volume_usd_e4": r.Int64N(1_000_000_000) * 50,
		"reward_usd_e6": (1 + r.Int64N(4_000)) * 2_500, "reward_e6": (1 + r.Int64N(4_000)) * 2_500, "currency": b.Partner.Currency, "formula_by_instrument": false, "formula_code": Pick(r, "formula_classic_v2", "formula_ecn", "formula_institutional_avg"),
		"plan_id": id.Nil, "level": "Gold", "cent": chance(r, 20), "percent_e4": 360_000, "bonus_k_e4": 10_000, "instrument_group": "forex",
		"base_currency": "EUR", "quote_currency": "USD", "contract_size_e4": int64(1_000_000_000), "point_size_e10": 100_000, "avg_spread_e4": 15_000,
		"quote_rate_e12": int64(1_000_000_000_000), "account_rate_e12": int64(1_000_000_000_000), "amount_per_lot_e6": 3_500_000, "min_order_life": 0, "cap_usd_e6": nil, "limited_by": "",
	}
	if n%2 == 1 {
		reward["part"] = 2
	}
	if chance(r, 10) {
		reward["reward_usd_e6"], reward["reward_e6"], reward["limited_by"] = int64(0), int64(0), Pick(r, "no_spread", "min_order_life", "capped")
	} else if chance(r, 10) {
		reward["limited_by"] = "capped"
	}
	b.Rewards = append(b.Rewards, reward)
	if chance(r, 10) {
		reversal := maps.Clone(reward)
		reversal["kind"], reversal["reward_day"], reversal["close_at"] = 1, day+3, closed+3*86400*Micro
		reversal["volume_lots_e8"], reversal["volume_usd_e4"] = int64(0), int64(0)
		reversal["reward_usd_e6"], reversal["reward_e6"] = -reward.Int("reward_usd_e6"), -reward.Int("reward_e6")
		b.Rewards = append(b.Rewards, reversal)
	}
}

// rollUp computes the account-days and the partner-days from the rewards. It adds a
// day on which the partner earned only an override.
func (b *ReportBooks) rollUp() {
	type key struct {
		day     int64
		account string
	}
	accountDays, partnerDays := map[key]ReportRow{}, map[int64]ReportRow{}
	sums := []string{"volume_lots_e8", "volume_usd_e4", "reward_e6", "reward_usd_e6"}
	for _, r := range b.Rewards {
		k := key{r.Int("reward_day"), r.Text("client_account")}
		account := b.Accounts[slices.IndexFunc(b.Accounts, func(a ReportRow) bool { return a["client_account"] == k.account })]
		pd := partnerDays[k.day]
		if pd == nil {
			pd = ReportRow{"partner_id": b.Partner.ID, "reward_day": k.day, "account_days": int64(0), "reward_rows": int64(0), "orders_count": int64(0), "override_usd_e6": int64(0)}
			partnerDays[k.day] = pd
		}
		ad := accountDays[k]
		if ad == nil {
			ad = ReportRow{
				"partner_id": b.Partner.ID, "reward_day": k.day, "client_account": k.account, "number": int64(len(accountDays) + 1), "client_uid": r["client_uid"],
				"account_type": account["account_type"], "country": account["country"], "link_code": account["link_code"], "reward_rows": int64(0), "orders_count": int64(0),
			}
			accountDays[k] = ad
			pd["account_days"] = pd.Int("account_days") + 1
		}
		for _, rollup := range []ReportRow{ad, pd} {
			for _, column := range sums {
				rollup[column] = rollup.Int(column) + r.Int(column)
			}
			rollup["reward_rows"] = rollup.Int("reward_rows") + 1
			rollup["orders_count"] = rollup.Int("orders_count") + 1 - r.Int("kind")
		}
	}
	b.addUp(sums)
	partnerDays[19_000] = ReportRow{
		"partner_id": b.Partner.ID, "reward_day": int64(19_000), "account_days": 0, "reward_rows": 0, "orders_count": 0, "override_usd_e6": int64(5),
		"volume_lots_e8": 0, "volume_usd_e4": 0, "reward_e6": 0, "reward_usd_e6": 0,
	}
	b.AccountDays, b.PartnerDays = slices.Collect(maps.Values(accountDays)), slices.Collect(maps.Values(partnerDays))
}

// orders counts the orders of an account.
func (b *ReportBooks) orders(account ReportRow) (count int64) {
	for _, r := range b.Rewards {
		if r["client_account"] == account["client_account"] {
			count += 1 - r.Int("kind")
		}
	}
	return count
}

// countMonths counts the account-days of each client in each month.
func countMonths(accountDays []ReportRow) []ReportRow {
	type key struct {
		month int64
		uid   id.UUID
	}
	months := map[key]ReportRow{}
	for _, d := range accountDays {
		k := key{int64(clock.Day(d.Int("reward_day")).FirstOfMonth()), d.UID("client_uid")}
		if months[k] == nil {
			months[k] = ReportRow{"partner_id": d["partner_id"], "month_day": k.month, "client_uid": k.uid, "account_days": int64(0)}
		}
		months[k]["account_days"] = months[k].Int("account_days") + 1
	}
	return slices.Collect(maps.Values(months))
}

func (b *ReportBooks) addUp(sums []string) {
	for _, owners := range [][]ReportRow{b.Accounts, b.Clients} {
		of, column := b.Rewards, "client_account"
		if len(owners) > 0 && owners[0]["client_account"] == nil {
			of, column = b.Accounts, "client_uid"
		}
		for _, owner := range owners {
			for _, name := range sums {
				var total int64
				for _, r := range of {
					if r[column] == owner[column] {
						total += r.Int(name)
					}
				}
				if _, has := owner[name]; has {
					owner[name] = total
				}
			}
			if column == "client_account" {
				owner["orders_count"] = b.orders(owner)
			}
		}
	}
}

// splitRewards splits the rewards into the rows of reward_rows and of
// reward_terms.
func (b *ReportBooks) splitRewards() (rows, terms []ReportRow) {
	numbers := map[string]int64{}
	for _, r := range b.Rewards {
		row, shared := ReportRow{"sells": r["side"] == "sell"}, ReportRow{"partner_id": r["partner_id"], "digest": nil}
		for column, value := range r {
			switch column {
			case "side", "client_account", "client_uid":
			case "server", "symbol", "account_type", "platform", "instrument", "currency", "formula_code", "formula_by_instrument", "plan_id", "level", "cent",
				"percent_e4", "bonus_k_e4", "instrument_group", "base_currency", "quote_currency", "contract_size_e4", "point_size_e10", "avg_spread_e4",
				"quote_rate_e12", "account_rate_e12", "amount_per_lot_e6", "min_order_life", "cap_usd_e6":
				shared[column] = value
			default:
				row[column] = value
			}
		}
		content := fmt.Sprint(shared)
		if numbers[content] == 0 {
			numbers[content] = int64(len(numbers) + 1)
			shared["terms"] = numbers[content]
			terms = append(terms, shared)
		}
		row["terms"] = numbers[content]
		rows = append(rows, row)
	}
	return rows, terms
}

// Store writes the books directly into the tables.
func (b *ReportBooks) Store(t testing.TB, database db.DB) {
	t.Helper()
	p := b.Partner
	rows, terms := b.splitRewards()
	for table, records := range map[string][]ReportRow{
		"partners": {{
			"partner_id": p.ID, "email": p.Account + "@example.com", "country": "CY", "programme": "ib", "parent_id": nil, "currency": p.Currency, "partner_account": p.Account,
			"status": "active", "verified": true, "registered_at": int64(0), "next_number": 1,
		}},
		"partner_accounts": {{
			"partner_id": p.ID, "partner_account": p.Account, "name": p.AccountName, "currency": p.Currency, "kind": "reward", "created_at": int64(0),
		}},
		"clients": b.Clients, "accounts": b.Accounts, "deposits": b.Deposits, "reward_rows": rows, "reward_terms": terms, "account_days": b.AccountDays, "partner_days": b.PartnerDays,
		"client_months": countMonths(b.AccountDays),
	} {
		if len(records) == 0 {
			continue
		}
		dbtest.Insert(t, database, table, records...)
	}
	left := 0
	for _, c := range b.Clients {
		if c.Text("relation") == "LEFT" {
			left++
		}
	}
	totals := dbtest.Row{"partner_id": p.ID, "revision": int64(1), "clients_inactive": int64(len(b.Clients) - left), "clients_left": int64(left)}
	for _, name := range []string{
		"clients_active", "clients_changing", "orders_count", "volume_lots_e8", "volume_usd_e4", "reward_e6", "reward_usd_e6", "override_usd_e6",
	} {
		totals[name] = int64(0)
	}
	for _, day := range b.PartnerDays {
		for name, sum := range totals {
			if added, has := day[name].(int64); has {
				if before, is := sum.(int64); is {
					totals[name] = before + added
				}
			}
		}
	}
	dbtest.Insert(t, database, "partner_totals", totals)
}
