package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// These are the sizes of the generated books. An account has four orders on
// each of twenty-five days in a year.
const (
	fillFirstDay   = 20_270
	fillDays       = 365
	fillDayOrders  = 4
	fillAccountFor = 100 // orders per account
	fillBatch      = 50_000
)

var (
	fillSymbols = []string{"EURUSD", "XAUUSD", "BTCUSD", "USDJPY", "GBPUSD"}
	fillTypes   = []string{"Standard", "Pro", "Raw Spread"}
)

func benchClient(n int) (u id.UUID) {
	u[0], u[1], u[2], u[3], u[15] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n), 1
	return u
}

// fillReports writes the orders that the reports read. One partner has
// ownOrders of the allOrders orders, and fillReports returns that partner's id.
// It writes the orders of all partners interleaved.
func fillReports(ctx context.Context, database db.DB, ownOrders, allOrders int) (id.UUID, error) {
	partners := max(1, allOrders/ownOrders)
	ids := make([]id.UUID, partners)
	for p := range ids {
		ids[p] = id.New()
		if err := fillPartner(ctx, database, ids[p], p, ownOrders); err != nil {
			return id.Nil, err
		}
	}
	for first := 0; first < ownOrders; first += fillBatch {
		for p := range ids {
			if err := fillOrders(ctx, database, ids[p], ownOrders, first, min(ownOrders, first+fillBatch)); err != nil {
				return id.Nil, err
			}
		}
	}
	for p := range ids {
		if err := fillMonths(ctx, database, ids[p], ownOrders); err != nil {
			return id.Nil, err
		}
	}
	return ids[0], analyze(ctx, database)
}

// analyze makes PostgreSQL gather the statistics for its query plans, as
// autovacuum would do later.
func analyze(ctx context.Context, database db.DB) error {
	if database.Engine() != db.Postgres {
		return nil
	}
	_, err := database.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// table is the input of fillTable. cell returns the value of a column in row i.
type table struct {
	name    string
	columns []string
	rows    int
	cell    func(i int, column string) any
}

func fillTable(ctx context.Context, database db.DB, t table) error {
	return database.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return q.Bulk(ctx, db.BulkInsert{Table: t.name, Columns: t.columns, Rows: t.rows, Row: func(i int, dst []any) {
			for c, name := range t.columns {
				dst[c] = t.cell(i, name)
			}
		}})
	})
}

// columnsOf returns a table's columns, and which of them have a text type.
func columnsOf(ctx context.Context, database db.DB, name string) (columns []string, text map[string]bool, err error) {
	query := `SELECT name, upper(type) FROM pragma_table_info($1)`
	if database.Engine() == db.Postgres {
		query = `SELECT attname::text, upper(format_type(atttypid, NULL)) FROM pg_attribute
			WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped`
	}
	text = map[string]bool{}
	_, err = db.Collect(ctx, database, func(r db.Rows) (string, error) {
		var column, kind string
		err := r.Scan(&column, &kind)
		columns = append(columns, column)
		text[column] = kind == "TEXT"
		return column, err
	}, query, name)
	return columns, text, err
}

// fillWith inserts rows into a table. If cell returns nil for a column, the
// column gets a zero value.
func fillWith(ctx context.Context, db db.DB, name string, rows int, cell func(i int, column string) any) error {
	columns, text, err := columnsOf(ctx, db, name)
	if err != nil {
		return fmt.Errorf("reading the columns of %s: %w", name, err)
	}
	return fillTable(ctx, db, table{name, columns, rows, func(i int, column string) any {
		switch v := cell(i, column); {
		case v != nil:
			return v
		case text[column]:
			return ""
		case column == "plan_id":
			return id.Nil
		case column == "cent" || column == "sells" || column == "formula_by_instrument" || column == "verified":
			return false
		default:
			return int64(0)
		}
	}})
}

func account(n int) string { return strconv.Itoa(44_000_000 + n) }

func fillPartner(ctx context.Context, db db.DB, partnerID id.UUID, p, rows int) error { //nolint:funlen // one call for each table
	accounts := max(1, rows/fillAccountFor)
	err := fillWith(ctx, db, "partners", 1, func(_ int, column string) any {
		return map[string]any{
			"partner_id": partnerID, "parent_id": id.Nil, "partner_account": strconv.Itoa(1163683105934900000 + p), "currency": "USD",
			"email": fmt.Sprintf("partner%d@example.com", p), "country": "CY", "programme": "ib", "status": "active", "verified": true,
		}[column]
	})
	if err != nil {
		return err
	}
	err = fillWith(ctx, db, "reward_terms", len(fillSymbols)*len(fillTypes), func(i int, column string) any {
		switch column {
		case "partner_id":
			return partnerID
		case "terms":
			return int64(i + 1)
		case "digest":
			return benchClient(i)
		case "server":
			return "Real-1"
		case "platform":
			return "mt5"
		case "symbol", "instrument":
			return fillSymbols[i%len(fillSymbols)]
		case "account_type":
			return fillTypes[i/len(fillSymbols)]
		case "currency", "base_currency", "quote_currency":
			return "USD"
		case "formula_code":
			return "formula_classic_v2"
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = fillWith(ctx, db, "clients", accounts, func(i int, column string) any {
		switch column {
		case "partner_id":
			return partnerID
		case "client_uid":
			return benchClient(i)
		case "country":
			return []string{"TH", "ZA", "MX", "VN"}[i%4]
		case "reg_day":
			return int64(fillFirstDay - i%fillDays)
		case "relation":
			return "CURRENT"
		case "contact_status":
			return "EMPTY"
		case "volume_lots_e8", "volume_usd_e4", "reward_usd_e6":
			return int64(i * 977)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return fillWith(ctx, db, "accounts", accounts, func(i int, column string) any {
		switch column {
		case "partner_id":
			return partnerID
		case "client_account":
			return account(i)
		case "number":
			return int64(i + 1)
		case "client_uid":
			return benchClient(i)
		case "country":
			return []string{"TH", "ZA", "MX", "VN"}[i%4]
		case "platform":
			return "mt5"
		case "account_type":
			return "Standard"
		case "opened_day":
			return int64(fillFirstDay - i%fillDays)
		case "orders_count":
			return int64(fillAccountFor)
		case "volume_lots_e8", "volume_usd_e4", "reward_e6", "reward_usd_e6":
			return int64(i * 977)
		}
		return nil
	})
}

// orderLayout assigns a partner's orders to accounts and days. Order i belongs
// to account-day i / fillDayOrders. An account has at most one account-day per
// day.
type orderLayout struct {
	partnerID      id.UUID
	accounts, days int
}

func (d orderLayout) dayAndOwner(group int) (day, owner int) {
	return group * fillDays / d.days, (group * 7919) % d.accounts
}

// fillOrders writes the orders numbered from first up to, but not including,
// end, with their account-days and partner-days.
func fillOrders(ctx context.Context, database db.DB, partnerID id.UUID, rows, first, end int) error {
	d := orderLayout{partnerID, max(1, rows/fillAccountFor), max(1, rows/fillDayOrders)}
	err := fillWith(ctx, database, "reward_rows", end-first, func(n int, column string) any { return d.order(first+n, column) })
	if err != nil {
		return err
	}
	groups, perDay := (end-first)/fillDayOrders, map[int]int{}
	for n := range groups {
		day, _ := d.dayAndOwner(first/fillDayOrders + n)
		perDay[day]++
	}
	err = fillWith(ctx, database, "account_days", groups, func(n int, column string) any {
		return d.accountDay(first/fillDayOrders+n, column)
	})
	if err != nil {
		return err
	}
	return database.Write(ctx, func(ctx context.Context, q db.Querier) error {
		for day, n := range perDay {
			_, err := q.Exec(ctx, `
				INSERT INTO partner_days (partner_id, reward_day, account_days, reward_rows, orders_count,
					volume_lots_e8, volume_usd_e4, reward_e6, reward_usd_e6, override_usd_e6)
				VALUES ($1, $2, $3, $4, $4, 1, 1, 1, 1, 0)
				ON CONFLICT (partner_id, reward_day) DO UPDATE SET account_days = partner_days.account_days + excluded.account_days,
					reward_rows = partner_days.reward_rows + excluded.reward_rows`,
				partnerID, int64(fillFirstDay+day), int64(n), int64(n*fillDayOrders))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fillMonths counts the account-days of each client in each month.
func fillMonths(ctx context.Context, database db.DB, partnerID id.UUID, rows int) error {
	type key struct {
		month clock.Day
		owner int
	}
	d, counts := orderLayout{partnerID, max(1, rows/fillAccountFor), max(1, rows/fillDayOrders)}, map[key]int64{}
	for group := range d.days {
		day, owner := d.dayAndOwner(group)
		counts[key{clock.Day(fillFirstDay + day).FirstOfMonth(), owner}]++
	}
	months := slices.SortedFunc(maps.Keys(counts), func(a, b key) int { return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.owner, b.owner)) })
	return fillWith(ctx, database, "client_months", len(months), func(i int, column string) any {
		switch column {
		case "partner_id":
			return partnerID
		case "month_day":
			return int64(months[i].month)
		case "client_uid":
			return benchClient(months[i].owner)
		default:
			return counts[months[i]]
		}
	})
}

func (d orderLayout) order(i int, column string) any {
	day, owner := d.dayAndOwner(i / fillDayOrders)
	switch column {
	case "ticket":
		return int64(i)
	case "fact_id":
		return fmt.Sprintf("order-%d", i)
	case "account":
		return int64(owner + 1)
	case "terms":
		return int64(owner%len(fillTypes)*len(fillSymbols) + i%len(fillSymbols) + 1)
	case "open_at", "close_at":
		at := int64(fillFirstDay+day)*86_400_000_000 + int64(i*7919%86_400)*1_000_000
		if column == "open_at" {
			at -= int64(i%1000) * 1_000_000
		}
		return at
	default:
		return d.sharedColumn(i, day, owner, column)
	}
}

func (d orderLayout) accountDay(group int, column string) any {
	day, owner := d.dayAndOwner(group)
	switch column {
	case "number":
		return int64(group)
	case "country":
		return []string{"TH", "ZA", "MX", "VN"}[owner%4]
	case "link_code":
		return "abc123"
	case "orders_count", "reward_rows":
		return int64(fillDayOrders)
	default:
		return d.sharedColumn(group, day, owner, column)
	}
}

// sharedColumn returns the value of a column that orders and account-days have
// in common.
func (d orderLayout) sharedColumn(i, day, owner int, column string) any {
	switch column {
	case "partner_id":
		return d.partnerID
	case "reward_day":
		return int64(fillFirstDay + day)
	case "client_account":
		return account(owner)
	case "client_uid":
		return benchClient(owner)
	case "account_type":
		return fillTypes[owner%len(fillTypes)]
	case "volume_lots_e8":
		return int64(i*7919%10_000) * 1_000_000
	case "volume_usd_e4":
		return int64(i*104_729%1_000_003) * 1_000
	case "reward_usd_e6", "reward_e6":
		return int64(i * 15_485_863 % 10_000_019)
	default:
		return nil
	}
}
