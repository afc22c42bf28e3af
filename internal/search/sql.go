package search

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Store searches the database. The cost of a search depends on the number of
// results, not on the number of rows.
type Store struct{ db db.DB }

// NewStore returns a Store that searches db.
func NewStore(db db.DB) Store { return Store{db} }

// Find returns the accounts, clients and orders of a partner that match the
// text, up to limit of each kind.
func (s Store) Find(ctx context.Context, partnerID id.UUID, text string, limit int) (found []Result, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		found = nil
		for _, kind := range []func(context.Context, db.Querier, id.UUID, string, int) ([]Result, error){findAccounts, findClients, findOrders} {
			more, err := kind(ctx, q, partnerID, text, limit)
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		return nil
	})
	return found, err
}

type accountRow struct {
	Number    string       `db:"client_account"`
	ClientUID id.UUID      `db:"client_uid"`
	Type      string       `db:"account_type"`
	Country   string       `db:"country"`
	RewardUSD money.Amount `db:"reward_usd_e6"`
}

var accountRows = db.NewTable[accountRow]("accounts")

// findAccounts reads a range of the primary key. On PostgreSQL the range may
// also contain other numbers, because PostgreSQL sorts by a linguistic
// collation.
func findAccounts(ctx context.Context, q db.Querier, partnerID id.UUID, text string, limit int) ([]Result, error) {
	rows, err := db.All[accountRow](ctx, q, `SELECT `+accountRows.Of("a")+` FROM accounts a
		WHERE a.partner_id = $1 AND a.client_account >= $2 AND a.client_account < $3 AND substr(a.client_account, 1, CAST($4 AS integer)) = $2
		ORDER BY a.client_account LIMIT $5`, partnerID, text, text+"\U0010FFFF", len([]rune(text)), limit)
	found := make([]Result, len(rows))
	for i := range rows {
		r := &rows[i]
		found[i] = Result{
			Kind: Account, ID: r.Number, ClientAccount: r.Number, ClientUID: r.ClientUID, AccountType: r.Type, Country: r.Country, RewardUSD: &r.RewardUSD,
		}
	}
	return found, err
}

type clientRow struct {
	ClientUID id.UUID      `db:"client_uid"`
	Country   string       `db:"country"`
	RewardUSD money.Amount `db:"reward_usd_e6"`
}

var clientRows = db.NewTable[clientRow]("clients")

// findClients reads a range of the primary key, or the index clients_email.
func findClients(ctx context.Context, q db.Querier, partnerID id.UUID, text string, limit int) ([]Result, error) {
	where, args := `c.client_uid BETWEEN $2 AND $3`, []any{partnerID}
	if from, to, ok := uidsFrom(text); ok {
		args = append(args, from, to, limit)
	} else if strings.Contains(text, "@") {
		where, args = `c.email = $2 AND c.email <> $3`, append(args, strings.ToLower(text), "", limit)
	} else {
		return nil, nil
	}
	rows, err := db.All[clientRow](ctx, q, `SELECT `+clientRows.Of("c")+` FROM clients c WHERE c.partner_id = $1 AND `+where+` ORDER BY c.client_uid LIMIT $4`, args...)
	found := make([]Result, len(rows))
	for i := range rows {
		r := &rows[i]
		found[i] = Result{Kind: Client, ID: r.ClientUID.String(), ClientUID: r.ClientUID, Country: r.Country, RewardUSD: &r.RewardUSD}
	}
	return found, err
}

// minUID is the smallest number of hex digits that a search takes for the
// beginning of a UUID. With fewer digits, nearly every number would find a
// client.
const minUID = 4

// uidsFrom returns the lowest and the highest UUID that begin with the given
// hex digits.
func uidsFrom(text string) (from, to id.UUID, ok bool) {
	const digits = 2 * len(id.UUID{})
	text = strings.ReplaceAll(text, "-", "")
	if len(text) < minUID || len(text) > digits {
		return from, to, false
	}
	from, err := id.Parse(text + strings.Repeat("0", digits-len(text)))
	if err != nil {
		return from, to, false
	}
	to, err = id.Parse(text + strings.Repeat("f", digits-len(text)))
	return from, to, err == nil
}

type orderRow struct {
	Key         feed.OrderKey `db:",inline"`
	ClientUID   id.UUID       `db:"client_uid"`
	Symbol      string        `db:"symbol"`
	FormulaCode string        `db:"formula_code"`
	ClosedAt    time.Time     `db:"close_at"`
	RewardUSD   money.Amount  `db:"reward_usd_e6"`
}

var orderRows = db.NewTable[orderRow]("rewards")

// findOrders reads the index reward_rows_ticket, and adds up the rewards,
// reversals and reinstatements of each order.
func findOrders(ctx context.Context, q db.Querier, partnerID id.UUID, text string, limit int) ([]Result, error) {
	wanted, whole := feed.ParseOrderID(text)
	if !whole {
		ticket, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return nil, nil //nolint:nilerr // text that is not a number cannot be a ticket
		}
		wanted.Ticket = int64(ticket)
	}
	rows, err := db.All[orderRow](ctx, q, `SELECT `+orderRows.Of("r")+` FROM `+reward.Indexed+`
		WHERE x.partner_id = $1 AND x.ticket = $2 AND `+reward.SameRow+` ORDER BY r.server, r.part, r.client_account, r.kind`, partnerID, wanted.Ticket)
	var found []Result
	for i := range rows {
		r := &rows[i]
		if whole && r.Key.Server != wanted.Server || wanted.Part > 0 && r.Key.Part != wanted.Part {
			continue
		}
		key := r.Key.ID()
		same := func(f Result) bool { return f.ID == key && f.ClientAccount == r.Key.ClientAccount }
		if at := slices.IndexFunc(found, same); at >= 0 {
			*found[at].RewardUSD += r.RewardUSD
			continue
		}
		found = append(found, Result{
			Kind: Order, ID: key, ClientAccount: r.Key.ClientAccount, ClientUID: r.ClientUID,
			Symbol: r.Symbol, FormulaCode: r.FormulaCode, ClosedAt: r.ClosedAt, RewardUSD: &r.RewardUSD,
		})
	}
	return found[:min(limit, len(found))], err
}
