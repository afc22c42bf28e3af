package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// SQLStore keeps the books.
type SQLStore struct{ db db.DB }

// NewSQLStore returns the accrual store on db.
func NewSQLStore(db db.DB) *SQLStore { return &SQLStore{db} }

// apply runs fn in one transaction. No other apply runs meanwhile, in any
// process. fn may run again from the start after a conflict.
func (s *SQLStore) apply(ctx context.Context, fn func(context.Context, *applyTx) error) error {
	return s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		return fn(ctx, &applyTx{SQLTx: SQLTx{q}, steps: map[clientKey]clientSteps{}})
	})
}

// Unattributed counts the facts of one request that still wait.
func (s *SQLStore) Unattributed(ctx context.Context, requestID string) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM facts_waiting WHERE request_id = $1`, requestID).Scan(&n)
	return n, err
}

// Missing returns the keys that the facts of one request wait for, with the
// number of facts that wait for each. It returns at most limit keys, those with
// most facts first. Plan: index facts_waiting_request.
func (s *SQLStore) Missing(ctx context.Context, requestID string, limit int) (list []MissingKey, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list, err = db.Collect(ctx, q, func(rows db.Rows) (m MissingKey, err error) {
			err = rows.Scan(&m.Key, &m.Facts)
			return m, err
		}, `SELECT waits_for, count(*) FROM facts_waiting WHERE request_id = $1 GROUP BY waits_for ORDER BY count(*) DESC, waits_for LIMIT $2`,
			requestID, int64(limit))
		return err
	})
	return list, err
}

// SQLTx reads the books on a Querier.
type SQLTx struct{ q db.Querier }

// Reading returns a reader of the books outside of an Apply, on a snapshot or a
// pool.
func Reading(q db.Querier) SQLTx { return SQLTx{q} }

// Digests returns the digests of the facts that are known.
func (tx SQLTx) Digests(ctx context.Context, factIDs []string) (map[string]feed.Digest, error) {
	rows, err := tx.q.Query(ctx, `SELECT fact_id, digest FROM facts WHERE fact_id @any($1)`, factIDs)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]feed.Digest{}
	for rows.Next() {
		var factID string
		var digest []byte
		if err := rows.Scan(&factID, &digest); err != nil {
			return nil, err
		}
		out[factID] = feed.Digest(digest)
	}
	return out, rows.Err()
}

func scanFact(rows db.Rows) (feed.Fact, error) {
	var factID, kind, body string
	var at int64
	if err := rows.Scan(&factID, &kind, &at, &body); err != nil {
		return feed.Fact{}, err
	}
	return feed.Decode(factID, feed.Type(kind), db.Instant(at), []byte(body))
}

// WaitingOrders returns the facts that wait about these orders.
func (tx SQLTx) WaitingOrders(ctx context.Context, keys []feed.OrderKey) ([]feed.Fact, error) {
	var some int
	if err := tx.q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts_waiting LIMIT 1) w`).Scan(&some); err != nil || some == 0 {
		return nil, err
	}
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = key.String()
	}
	return db.Collect(ctx, tx.q, scanFact, `SELECT fact_id, type, at, body FROM facts_waiting WHERE order_key @any($1)`, texts)
}

// Ready returns facts whose missing half has arrived, oldest first. Plan: index
// facts_waiting_for, no sort.
func (tx SQLTx) Ready(ctx context.Context, limit int) ([]feed.Fact, error) {
	return db.Collect(ctx, tx.q, scanFact,
		`SELECT fact_id, type, at, body FROM facts_waiting WHERE waits_for = '' ORDER BY at, fact_id LIMIT $1`, limit)
}

// AnyWaiting reports whether any fact waits for a key with this prefix.
func (tx SQLTx) AnyWaiting(ctx context.Context, prefix string) (bool, error) {
	var some int
	err := tx.q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM facts_waiting WHERE waits_for >= $1 AND waits_for < $2 LIMIT 1) w`,
		prefix, prefix+"\U0010FFFF").Scan(&some)
	return some > 0, err
}

// Plans returns every plan, starting with the built-in one.
func (tx SQLTx) Plans(ctx context.Context) ([]*reward.Plan, error) {
	return reward.LoadPlans(ctx, tx.q)
}

// Instruments returns every version of these symbols.
func (tx SQLTx) Instruments(ctx context.Context, symbols []string) ([]InstrumentVersion, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (v InstrumentVersion, err error) {
		var from int64
		err = rows.Scan(&v.Symbol, &from, &v.FactID, &v.Group, &v.BaseCurrency, &v.QuoteCurrency,
			(*int64)(&v.ContractSize), (*int64)(&v.PointSize), (*int64)(&v.AvgSpread), &v.Formula, &v.Corrects, &v.CorrectedBy)
		v.From = db.Instant(from)
		return v, err
	}, `SELECT symbol, from_at, fact_id, instrument_group, base_currency, quote_currency, contract_size_e4, point_size_e10, avg_spread_e4, formula,
		corrects, corrected_by FROM instruments WHERE symbol @any($1)`, symbols)
}

// Rates returns the rates in force between two days. The first of them may have
// been set before the first day.
func (tx SQLTx) Rates(ctx context.Context, currencies []string, from, to clock.Day) ([]RateVersion, error) {
	return db.Collect(ctx, tx.q, scanRate, `SELECT `+rateColumns+` FROM rates r WHERE currency @any($1) AND corrected_by = '' AND from_day <= $3
		AND from_day >= coalesce((SELECT max(from_day) FROM rates b WHERE b.currency = r.currency AND b.corrected_by = '' AND b.from_day <= $2), $2)`,
		currencies, int64(from), int64(to))
}

const rateColumns = `currency, from_day, at, fact_id, usd_e12, corrects, corrected_by`

func scanRate(rows db.Rows) (v RateVersion, err error) {
	var day, at int64
	err = rows.Scan(&v.Currency, &day, &at, &v.FactID, (*int64)(&v.USD), &v.Corrects, &v.CorrectedBy)
	v.Day, v.At = clock.Day(day), db.Instant(at)
	return v, err
}

func (tx SQLTx) owners(ctx context.Context, query string, keys []string) (map[string]id.UUID, error) {
	rows, err := tx.q.Query(ctx, query, keys)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]id.UUID{}
	for rows.Next() {
		var key string
		var owner id.UUID
		if err := rows.Scan(&key, &owner); err != nil {
			return nil, err
		}
		out[key] = owner
	}
	return out, rows.Err()
}

// Codes returns the codes with these folds: see linkcode.Fold.
func (tx SQLTx) Codes(ctx context.Context, folds []string) ([]OwnedCode, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (c OwnedCode, err error) {
		var programme string
		err = rows.Scan(&c.Text, &c.PartnerID, &programme)
		c.Affiliate = programme == partner.Affiliate
		return c, err
	}, `SELECT c.link_code, c.partner_id, coalesce(p.programme, '') FROM link_codes c LEFT JOIN partners p ON p.partner_id = c.partner_id
		WHERE c.folded @any($1) ORDER BY c.link_code`, folds)
}

// Emails returns the partners with these e-mails.
func (tx SQLTx) Emails(ctx context.Context, emails []string) (map[string]id.UUID, error) {
	return tx.owners(ctx, `SELECT email, partner_id FROM sign_in_emails WHERE email @any($1)`, emails)
}

// Partners returns these partners with their levels.
func (tx SQLTx) Partners(ctx context.Context, ids []id.UUID) ([]*partner.Partner, error) {
	return partner.Load(ctx, tx.q, ids)
}

// AccountDays returns the account-days with these keys.
func (tx SQLTx) AccountDays(ctx context.Context, keys []DayKey) ([]*AccountDay, error) {
	return db.Collect(ctx, tx.q, scanAccountDay, `SELECT `+db.Prefixed("d", accountDayColumns)+` FROM @rows($1)
		CROSS JOIN account_days d WHERE d.partner_id = @uuid(k.value->>0) AND d.reward_day = CAST(k.value->>1 AS bigint) AND d.client_account = k.value->>2`,
		db.JSONRows(keys, func(k DayKey) []any { return []any{k.PartnerID.Hex(), int64(k.Day), k.ClientAccount} }))
}

// DaysFrom returns an account's days from a day on.
func (tx SQLTx) DaysFrom(ctx context.Context, partnerID id.UUID, clientAccount string, from clock.Day) ([]*AccountDay, error) {
	return db.Collect(ctx, tx.q, scanAccountDay, `SELECT `+db.Prefixed("d", accountDayColumns)+` FROM account_days d
		WHERE d.partner_id = $1 AND d.client_account = $2 AND d.reward_day >= $3`, partnerID, clientAccount, int64(from))
}

// PartnerDays returns partners' days.
func (tx SQLTx) PartnerDays(ctx context.Context, keys []DayKey) ([]*PartnerDay, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (*PartnerDay, error) {
		d := &PartnerDay{}
		var day int64
		err := rows.Scan(&d.PartnerID, &day, &d.AccountDays, &d.Rows, &d.Orders,
			(*int64)(&d.VolumeLots), (*int64)(&d.VolumeUSD), (*int64)(&d.Reward), (*int64)(&d.RewardUSD), (*int64)(&d.OverrideUSD))
		d.Day = clock.Day(day)
		return d, err
	}, `SELECT `+db.Prefixed("d", partnerDayColumns)+` FROM @rows($1)
		CROSS JOIN partner_days d WHERE d.partner_id = @uuid(k.value->>0) AND d.reward_day = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(keys, func(k DayKey) []any { return []any{k.PartnerID.Hex(), int64(k.Day)} }))
}

// PartnerTotals returns partners' sums.
func (tx SQLTx) PartnerTotals(ctx context.Context, partners []id.UUID) ([]*PartnerTotals, error) {
	return db.Collect(ctx, tx.q, func(rows db.Rows) (*PartnerTotals, error) {
		p := &PartnerTotals{}
		var active, inactive, changing, left int64
		err := rows.Scan(&p.PartnerID, &p.Revision, &active, &inactive, &changing, &left,
			&p.Orders, (*int64)(&p.VolumeLots), (*int64)(&p.VolumeUSD), (*int64)(&p.Reward), (*int64)(&p.RewardUSD), (*int64)(&p.OverrideUSD))
		p.Clients = map[attribution.Status]int64{
			attribution.StatusActive: active, attribution.StatusInactive: inactive, attribution.StatusChanging: changing, attribution.StatusLeft: left,
		}
		return p, err
	}, `SELECT `+db.Prefixed("t", partnerTotalsColumns)+` FROM partner_totals t WHERE t.partner_id @anyid($1)`, partners)
}

// ServerDays returns the days of trading servers.
func (tx SQLTx) ServerDays(ctx context.Context, keys []ServerDayKey) ([]*ServerDay, error) {
	return db.Collect(ctx, tx.q, scanServerDay, `SELECT `+db.Prefixed("d", serverDayColumns)+` FROM @rows($1)
		CROSS JOIN server_days d WHERE d.server = k.value->>0 AND d.day = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(keys, func(k ServerDayKey) []any { return []any{k.Server, int64(k.Day)} }))
}

// NeedBalances loads these partners' balances into the working set.
func (tx SQLTx) NeedBalances(ctx context.Context, ws *ledger.WorkingSet, partners ...id.UUID) error {
	return ws.Need(ctx, tx.q, partners...)
}

// Orders returns the orders' rewards without their terms. It reads the fields
// that decide whether two sources agree.
func (tx SQLTx) Orders(ctx context.Context, keys []feed.OrderKey, partners []id.UUID) ([]*reward.Reward, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	type owned struct {
		feed.OrderKey
		owner id.UUID
	}
	list := make([]owned, len(keys))
	for i := range keys {
		list[i] = owned{keys[i], partners[i]}
	}
	return db.Collect(ctx, tx.q, func(rows db.Rows) (*reward.Reward, error) {
		r := &reward.Reward{}
		o := &r.Order
		var opened, closed int64
		err := rows.Scan(&r.PartnerID, &o.Server, &o.Ticket, &o.Part, &o.ClientAccount, &o.Side, &o.Symbol, (*int64)(&o.Lots),
			&opened, &closed, (*int64)(&o.OpenPrice), (*int64)(&o.ClosePrice))
		o.OpenTime, o.CloseTime = db.Instant(opened), db.Instant(closed)
		return r, err
	}, `SELECT r.partner_id, r.server, r.ticket, r.part, r.client_account, r.side, r.symbol, r.lots_e8, r.open_at, r.close_at, r.open_price_e10, r.close_price_e10
		FROM @rows($1) CROSS JOIN rewards r WHERE r.partner_id = @uuid(k.value->>0) AND r.server = k.value->>1 AND r.ticket = CAST(k.value->>2 AS bigint)
		AND r.part = CAST(k.value->>3 AS bigint) AND r.client_account = k.value->>4 AND r.kind = 0`,
		db.JSONRows(list, func(k owned) []any { return []any{k.owner.Hex(), k.Server, k.Ticket, k.Part, k.ClientAccount} }))
}

// Tickets returns complete rewards by server (as it is spelled), ticket and
// part, of any partner. Plan: the primary key, once for each partner; reversals
// are rare.
func (tx SQLTx) Tickets(ctx context.Context, keys []feed.OrderKey) ([]*reward.Reward, error) {
	return db.Collect(ctx, tx.q, reward.ScanRow, `SELECT `+db.Prefixed("r", reward.RowColumns)+` FROM @rows($1) CROSS JOIN partners p
		CROSS JOIN rewards r WHERE r.partner_id = p.partner_id AND r.server = k.value->>0 AND r.ticket = CAST(k.value->>1 AS bigint) AND r.part = CAST(k.value->>2 AS bigint)`,
		db.JSONRows(keys, func(k feed.OrderKey) []any { return []any{k.Server, k.Ticket, k.Part} }))
}

// Overrides returns what partners earned by an order of a sub-partner.
func (tx SQLTx) Overrides(ctx context.Context, partners []id.UUID, subPartnerID id.UUID, key feed.OrderKey) ([]reward.Override, error) {
	return db.Collect(ctx, tx.q, scanOverride, `SELECT `+db.Prefixed("o", overrideColumns)+` FROM overrides o
		WHERE o.partner_id @anyid($1) AND o.sub_partner_id = $2 AND o.server = $3 AND o.ticket = $4 AND o.part = $5 AND o.client_account = $6`,
		partners, subPartnerID, key.Server, key.Ticket, key.Part, key.ClientAccount)
}

func scanOverride(rows db.Rows) (o reward.Override, err error) {
	var day int64
	err = rows.Scan(&o.PartnerID, &o.SubPartnerID, &o.Key.Server, &o.Key.Ticket, &o.Key.Part, &o.Key.ClientAccount, (*int)(&o.Kind), &o.Depth, &day,
		(*int64)(&o.Percent), (*int64)(&o.BaseUSD), (*int64)(&o.AmountUSD), (*int64)(&o.Amount), &o.Currency, (*int64)(&o.AccountRate))
	o.Day = clock.Day(day)
	return o, err
}

func scanAccountDay(rows db.Rows) (*AccountDay, error) {
	d := &AccountDay{}
	var day int64
	err := rows.Scan(&d.PartnerID, &day, &d.ClientAccount, &d.Number, &d.ClientUID, &d.AccountType, &d.Country, &d.LinkCode, &d.Rows, &d.Orders,
		(*int64)(&d.VolumeLots), (*int64)(&d.VolumeUSD), (*int64)(&d.Reward), (*int64)(&d.RewardUSD))
	d.Day = clock.Day(day)
	return d.Stored(), err
}

func scanServerDay(rows db.Rows) (*ServerDay, error) {
	d := &ServerDay{}
	var day int64
	var expectedLots, expectedAt *int64
	err := rows.Scan(&d.Server, &day, &d.Name, &d.Orders, (*int64)(&d.Lots), &d.ExpectedOrders, &expectedLots, &expectedAt)
	d.Day = clock.Day(day)
	if expectedLots != nil {
		d.ExpectedLots, d.ExpectedAt = money.Lots(*expectedLots), db.Instant(*expectedAt)
	}
	return d, err
}
