package accrual

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// SQLStore stores the books.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a store of the books in db.
func NewSQLStore(db db.DB) *SQLStore { return &SQLStore{db} }

// apply runs fn in one transaction that locks the given keys. Transactions that
// lock the same keys wait for each other, also in other processes. After a
// conflict, apply runs fn again.
func (s *SQLStore) apply(ctx context.Context, keys db.Keys, fn func(context.Context, *applyTx) error) error {
	return s.db.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error {
		return fn(ctx, &applyTx{SQLTx: SQLTx{q}, keys: keys, steps: map[clientKey]clientSteps{}})
	})
}

// Unattributed returns how many facts of a request still wait.
func (s *SQLStore) Unattributed(ctx context.Context, requestID string) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM facts_waiting WHERE request_id = $1`, requestID).Scan(&n)
	return n, err
}

// Missing returns the keys that the facts of a request wait for, each with its
// number of facts. The key with the most waiting facts comes first, and the
// number of keys is limited. The query uses the index facts_waiting_request.
func (s *SQLStore) Missing(ctx context.Context, requestID string, limit int) (list []MissingKey, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list, err = db.All[MissingKey](ctx, q, `SELECT waits_for, count(*) AS facts FROM facts_waiting WHERE request_id = $1
			GROUP BY waits_for ORDER BY count(*) DESC, waits_for LIMIT $2`, requestID, int64(limit))
		return err
	})
	return list, err
}

// SQLTx reads the books through a Querier.
type SQLTx struct{ q db.Querier }

// Reading returns a reader of the books for use outside of Apply. The parameter
// q can be a snapshot or a pool.
func Reading(q db.Querier) SQLTx { return SQLTx{q} }

// Digests returns the digests of stored facts, by fact id. It leaves out ids
// that are not stored.
func (tx SQLTx) Digests(ctx context.Context, factIDs []string) (map[string]feed.Digest, error) {
	type known struct {
		ID     string      `db:"fact_id"`
		Digest feed.Digest `db:"digest"`
	}
	facts, err := db.All[known](ctx, tx.q, `SELECT fact_id, digest FROM facts WHERE fact_id @any($1)`, factIDs)
	if err != nil {
		return nil, err
	}
	out := make(map[string]feed.Digest, len(facts))
	for _, f := range facts {
		out[f.ID] = f.Digest
	}
	return out, nil
}

type factRow struct {
	ID   string          `db:"fact_id"`
	Type feed.Type       `db:"type"`
	At   time.Time       `db:"at"`
	Body json.RawMessage `db:"body"`
}

const factSelect = `SELECT fact_id, type, at, body FROM `

func (r factRow) fact() (feed.Fact, error) { return feed.Decode(r.ID, r.Type, r.At, r.Body) }

// WaitingOrders returns the waiting facts about these orders. It returns true
// if no fact of any kind waits.
func (tx SQLTx) WaitingOrders(ctx context.Context, keys []feed.OrderKey) (facts []feed.Fact, none bool, err error) {
	var some int
	if err := tx.q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts_waiting LIMIT 1) w`).Scan(&some); err != nil || some == 0 {
		return nil, err == nil, err
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	facts, err = db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_waiting WHERE order_key @any($1)`, texts)
	return facts, false, err
}

// Ready returns waiting facts whose missing fact has arrived, the oldest first.
// The query uses the index facts_waiting_for and needs no sort.
func (tx SQLTx) Ready(ctx context.Context, limit int) ([]feed.Fact, error) {
	return db.AllAs(ctx, tx.q, factRow.fact, factSelect+`facts_waiting WHERE waits_for = '' ORDER BY at, fact_id LIMIT $1`, limit)
}

// AnyWaiting reports whether any fact waits for a key with this prefix.
func (tx SQLTx) AnyWaiting(ctx context.Context, prefix string) (bool, error) {
	var some int
	err := tx.q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts_waiting WHERE waits_for >= $1 AND waits_for < $2 LIMIT 1) w`,
		prefix, prefix+"\U0010FFFF").Scan(&some)
	return some > 0, err
}

// Plans returns all plans, starting with the built-in plan.
func (tx SQLTx) Plans(ctx context.Context) ([]*reward.Plan, error) {
	return reward.LoadPlans(ctx, tx.q)
}

// Instruments returns all versions of the instruments with these symbols.
func (tx SQLTx) Instruments(ctx context.Context, symbols []string) ([]InstrumentVersion, error) {
	return db.All[InstrumentVersion](ctx, tx.q, `SELECT `+instruments.Of("")+` FROM instruments WHERE symbol @any($1)`, symbols)
}

// Rates returns the rates in force on each day of a period. The first rate of a
// currency may have been set before the period.
func (tx SQLTx) Rates(ctx context.Context, currencies []string, from, to clock.Day) ([]RateVersion, error) {
	return db.All[RateVersion](ctx, tx.q, `SELECT `+rates.Of("r")+` FROM rates r WHERE currency @any($1) AND corrected_by = '' AND from_day <= $3
		AND from_day >= coalesce((SELECT max(from_day) FROM rates b WHERE b.currency = r.currency AND b.corrected_by = '' AND b.from_day <= $2), $2)`,
		currencies, int64(from), int64(to))
}

var (
	instruments = db.NewTable[InstrumentVersion]("instruments")
	rates       = db.NewTable[RateVersion]("rates")
)

// Codes returns the link codes with these folds. linkcode.Fold returns the same
// fold for all spellings of a code.
func (tx SQLTx) Codes(ctx context.Context, folds []string) ([]OwnedCode, error) {
	type codeRow struct {
		Code      string  `db:"link_code"`
		PartnerID id.UUID `db:"partner_id"`
		Programme string  `db:"programme,null"`
	}
	return db.AllAs(ctx, tx.q, func(r codeRow) (OwnedCode, error) {
		return OwnedCode{linkcode.Code{Text: r.Code, Affiliate: r.Programme == partner.Affiliate}, r.PartnerID}, nil
	}, `SELECT c.link_code, c.partner_id, p.programme FROM link_codes c LEFT JOIN partners p ON p.partner_id = c.partner_id
		WHERE c.folded @any($1) ORDER BY c.link_code`, folds)
}

// Owners returns the partners to whom these accounts belong. The query uses the
// primary key of account_routes.
func (s *SQLStore) Owners(ctx context.Context, accounts []string) (map[string]id.UUID, error) {
	type route struct {
		Account string  `db:"client_account"`
		Owner   id.UUID `db:"partner_id"`
	}
	routes, err := db.All[route](ctx, s.db, `SELECT client_account, partner_id FROM account_routes WHERE client_account @any($1)`, slices.Compact(slices.Sorted(slices.Values(accounts))))
	owners := make(map[string]id.UUID, len(routes))
	for _, r := range routes {
		owners[r.Account] = r.Owner
	}
	return owners, err
}

// Emails maps each of these sign-in e-mails to the id of its partner.
func (tx SQLTx) Emails(ctx context.Context, emails []string) (map[string]id.UUID, error) {
	found, err := db.All[signInEmail](ctx, tx.q, `SELECT `+signInEmails.Of("")+` FROM sign_in_emails WHERE email @any($1)`, emails)
	if err != nil {
		return nil, err
	}
	out := make(map[string]id.UUID, len(found))
	for _, e := range found {
		out[e.Email] = e.PartnerID
	}
	return out, nil
}

// Partners returns the partners with these ids, with their levels.
func (tx SQLTx) Partners(ctx context.Context, ids []id.UUID) ([]*partner.Partner, error) {
	return partner.Load(ctx, tx.q, ids)
}

// AccountDays returns the account-days with these keys.
func (tx SQLTx) AccountDays(ctx context.Context, keys []DayKey) ([]*AccountDay, error) {
	return readAccountDays(ctx, tx.q, `SELECT `+accountDays.Of("d")+` FROM @rows($1)
		CROSS JOIN account_days d WHERE d.partner_id = @uuid(k.value->>0) AND d.reward_day = CAST(k.value->>1 AS bigint) AND d.client_account = k.value->>2`,
		db.JSONRows(keys, func(k DayKey) []any { return []any{k.PartnerID.Hex(), int64(k.Day), k.ClientAccount} }))
}

// DaysFrom returns an account's days from a given day onwards.
func (tx SQLTx) DaysFrom(ctx context.Context, partnerID id.UUID, clientAccount string, from clock.Day) ([]*AccountDay, error) {
	return readAccountDays(ctx, tx.q, `SELECT `+accountDays.Of("d")+` FROM account_days d
		WHERE d.partner_id = $1 AND d.client_account = $2 AND d.reward_day >= $3`, partnerID, clientAccount, int64(from))
}

// PartnerDays returns the partner-days with these keys.
func (tx SQLTx) PartnerDays(ctx context.Context, keys []DayKey) ([]*PartnerDay, error) {
	return db.All[*PartnerDay](ctx, tx.q, `SELECT `+partnerDays.Of("d")+` FROM @rows($1)
		CROSS JOIN partner_days d WHERE d.partner_id = @uuid(k.value->>0) AND d.reward_day = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(keys, func(k DayKey) []any { return []any{k.PartnerID.Hex(), int64(k.Day)} }))
}

// PartnerTotals returns the partners' sums over all time.
func (tx SQLTx) PartnerTotals(ctx context.Context, partners []id.UUID) ([]*PartnerTotals, error) {
	return db.AllAs(ctx, tx.q, (*totalsRow).totals, `SELECT `+partnerTotals.Of("t")+` FROM partner_totals t WHERE t.partner_id @anyid($1)`, partners)
}

// ServerDays returns the days of trading servers with these keys.
func (tx SQLTx) ServerDays(ctx context.Context, keys []ServerDayKey) ([]*ServerDay, error) {
	return db.All[*ServerDay](ctx, tx.q, `SELECT `+serverDays.Of("d")+` FROM @rows($1)
		CROSS JOIN server_days d WHERE d.server = k.value->>0 AND d.day = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(keys, func(k ServerDayKey) []any { return []any{k.Server, int64(k.Day)} }))
}

// Orders returns the rewards of these orders, with only the fields that show
// whether two sources have reported the same order. The query searches only the
// index reward_rows_ticket if no order is booked, which is the usual case.
// Orders on another server or account are left out afterwards, because with
// conditions on the joined tables, PostgreSQL would start with all orders of
// the accounts. The plus signs stop PostgreSQL from searching by kind. Without
// statistics, it would assume that kind 0 is rare, and would then read all
// rewards.
func (tx SQLTx) Orders(ctx context.Context, keys []feed.OrderKey, partners []id.UUID) ([]*reward.Reward, error) {
	type owned struct {
		feed.OrderKey
		owner id.UUID
	}
	asked := make(map[owned]bool, len(keys))
	list := make([]owned, len(keys))
	for i := range keys {
		list[i] = owned{keys[i], partners[i]}
		asked[list[i]] = true
	}
	rows, err := db.All[rewardKey](ctx, tx.q, `SELECT `+rewardKeys.Of("x")+` FROM @rows($1) CROSS JOIN reward_rows x
		WHERE x.partner_id = @uuid(k.value->>0) AND x.ticket = CAST(k.value->>1 AS bigint) AND x.part = CAST(k.value->>2 AS bigint) AND +x.kind = 0`,
		db.JSONRows(list, func(k owned) []any { return []any{k.owner.Hex(), k.Ticket, k.Part} }))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	found, err := db.All[*reward.Reward](ctx, tx.q, `SELECT r.partner_id, r.server, r.ticket, r.part, r.client_account, r.side, r.symbol, r.lots_e8, r.open_at, r.close_at, r.open_price_e10, r.close_price_e10
		FROM @rows($1) CROSS JOIN rewards r WHERE r.partner_id = @uuid(k.value->>0) AND r.close_at = CAST(k.value->>1 AS bigint)
		AND r.ticket = CAST(k.value->>2 AS bigint) AND r.part = CAST(k.value->>3 AS bigint) AND r.account = CAST(k.value->>4 AS bigint) AND +r.kind = 0`,
		db.JSONRows(rows, func(k rewardKey) []any { return []any{k.PartnerID.Hex(), k.CloseAt, k.Ticket, k.Part, k.Account} }))
	return slices.DeleteFunc(found, func(r *reward.Reward) bool { return !asked[owned{r.Order.Key(), r.PartnerID}] }), err
}

type rewardKey struct {
	PartnerID id.UUID `db:"partner_id"`
	CloseAt   int64   `db:"close_at"`
	Ticket    int64   `db:"ticket"`
	Part      int64   `db:"part"`
	Account   int64   `db:"account"`
}

var rewardKeys = db.NewTable[rewardKey]("reward_rows")

// Tickets returns the complete rewards with these servers (as spelled in the
// rewards), tickets and parts, for all partners. The query searches the index
// reward_rows_ticket once for each partner. This is slow, but only reversals
// need it, and they are rare.
func (tx SQLTx) Tickets(ctx context.Context, keys []feed.OrderKey) ([]*reward.Reward, error) {
	return db.All[*reward.Reward](ctx, tx.q, `SELECT `+reward.Rows.Of("r")+` FROM @rows($1) CROSS JOIN partners p
		CROSS JOIN `+reward.Indexed+` WHERE x.partner_id = p.partner_id AND x.ticket = CAST(k.value->>1 AS bigint) AND x.part = CAST(k.value->>2 AS bigint)
		AND `+reward.SameRow+` AND r.server = k.value->>0`,
		db.JSONRows(keys, func(k feed.OrderKey) []any { return []any{k.Server, k.Ticket, k.Part} }))
}

// Overrides returns what partners earned from an order of a sub-partner.
func (tx SQLTx) Overrides(ctx context.Context, partners []id.UUID, subPartnerID id.UUID, key feed.OrderKey) ([]reward.Override, error) {
	return db.All[reward.Override](ctx, tx.q, `SELECT `+overrides.Of("o")+` FROM overrides o
		WHERE o.partner_id @anyid($1) AND o.sub_partner_id = $2 AND o.server = $3 AND o.ticket = $4 AND o.part = $5 AND o.client_account = $6`,
		partners, subPartnerID, key.Server, key.Ticket, key.Part, key.ClientAccount)
}
