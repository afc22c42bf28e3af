package replay

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Store reads the facts and the books.
type Store struct{ db db.DB }

// NewStore returns a Store that reads db.
func NewStore(db db.DB) Store { return Store{db} }

// read runs fn on one snapshot.
func (s Store) read(ctx context.Context, fn func(context.Context, tx) error) error {
	return s.db.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, tx{q}) })
}

type tx struct{ q db.Querier }

var (
	instruments = db.NewTable[accrual.InstrumentVersion]("instruments")
	rates       = db.NewTable[accrual.RateVersion]("rates")
)

// configuration reads the time zone, the partners, and every version of the
// plans, instruments and rates that no correction has replaced.
func (tx tx) configuration(ctx context.Context, r *replay) error {
	values, err := settings.Load(ctx, tx.q)
	if err != nil {
		return err
	}
	r.zone = settings.Zone(values)
	ids, err := db.All[id.UUID](ctx, tx.q, `SELECT partner_id FROM partners ORDER BY partner_id`)
	if err != nil {
		return err
	}
	if r.order, err = partner.Load(ctx, tx.q, ids); err != nil {
		return err
	}
	r.partners = make(map[id.UUID]*partner.Partner, len(r.order))
	for _, p := range r.order {
		r.partners[p.ID] = p
	}
	plans, err := reward.LoadPlans(ctx, tx.q)
	if err != nil {
		return err
	}
	for _, p := range plans {
		r.plans = append(r.plans, version[*reward.Plan]{p.From, p.CreatedAt, p})
	}
	slices.SortStableFunc(r.plans[1:], func(a, b version[*reward.Plan]) int { return a.from.Compare(b.from) })
	return tx.market(ctx, r)
}

// market reads the instruments and the rates.
func (tx tx) market(ctx context.Context, r *replay) error {
	type instrument struct {
		accrual.InstrumentVersion
		Arrived time.Time `db:"received_at"`
	}
	r.symbols = map[string][]version[*feed.Instrument]{}
	err := db.Each(ctx, tx.q, func(v instrument) error {
		r.symbols[v.Symbol] = append(r.symbols[v.Symbol], version[*feed.Instrument]{v.From, v.Arrived, &v.Instrument})
		return nil
	}, `SELECT `+instruments.Of("i")+`, f.received_at FROM instruments i JOIN facts f ON f.fact_id = i.fact_id
		WHERE i.corrected_by = '' ORDER BY i.symbol, i.from_at, i.fact_id`)
	if err != nil {
		return err
	}
	type rate struct {
		accrual.RateVersion
		Arrived time.Time `db:"received_at"`
	}
	r.rates = map[string][]version[money.Rate]{}
	return db.Each(ctx, tx.q, func(v rate) error {
		r.rates[v.Currency] = append(r.rates[v.Currency], version[money.Rate]{v.Day.Start(time.UTC), v.Arrived, v.USD})
		return nil
	}, `SELECT `+rates.Of("r")+`, f.received_at FROM rates r JOIN facts f ON f.fact_id = r.fact_id
		WHERE r.corrected_by = '' ORDER BY r.currency, r.from_day, r.at, r.fact_id`)
}

// accounts returns a partner's accounts, as this partner has or had them, with the
// history of their types.
func (tx tx) accounts(ctx context.Context, partnerID id.UUID) (map[string]*attribution.Account, error) {
	numbers, err := db.All[string](ctx, tx.q, `SELECT client_account FROM accounts WHERE partner_id = $1`, partnerID)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*attribution.Account, len(numbers))
	for part := range slices.Chunk(numbers, 1000) {
		found, err := accrual.Reading(tx.q).Accounts(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			out[a.ClientAccount] = a.With(partnerID)
		}
	}
	return out, nil
}

// eachOrder calls fn with the rewards of a partner's orders that closed in a
// period. The query uses a range of the primary key of reward_rows, and the
// primary keys of the other tables.
func (tx tx) eachOrder(ctx context.Context, partnerID id.UUID, from, until time.Time, fn func(*booked) error) error {
	return db.Each(ctx, tx.q, func(b booked) error { return fn(&b) },
		`SELECT `+reward.Rows.Of("r")+`, f.received_at FROM rewards r LEFT JOIN facts f ON f.fact_id = r.fact_id
		WHERE r.partner_id = $1 AND r.close_at >= $2 AND r.close_at < $3 AND r.kind = 0 AND r.server IS NOT NULL AND r.client_account IS NOT NULL`,
		partnerID, db.Micros(from), db.Micros(until))
}

// sums holds sums of orders. They are computed both from the books and from the
// facts, and compared.
type sums struct {
	Orders    int64        `db:"orders"`
	USD       money.Amount `db:"usd"`
	VolumeUSD money.Volume `db:"volume"`
}

func (s *sums) add(usd money.Amount, volume money.Volume) {
	s.Orders++
	s.USD += usd
	s.VolumeUSD += volume
}

func (s *sums) compare(computed *sums, found func(field, was, is string)) {
	for _, f := range []struct{ name, was, is string }{
		{"orders", strconv.FormatInt(s.Orders, 10), strconv.FormatInt(computed.Orders, 10)},
		{"reward_usd", s.USD.String(), computed.USD.String()},
		{"volume_usd", s.VolumeUSD.String(), computed.VolumeUSD.String()},
	} {
		if f.was != f.is {
			found(f.name, f.was, f.is)
		}
	}
}

// days returns the sums of a partner's days in the period, without reversals
// and reinstatements, which belong to their own days.
func (tx tx) days(ctx context.Context, partnerID id.UUID, period reward.Period, zone *time.Location) (s sums, err error) {
	from, until := period.Instants(zone)
	s, _, err = db.One[sums](ctx, tx.q, `SELECT CAST(coalesce(sum(orders_count), 0) AS bigint) AS orders, CAST(coalesce(sum(reward_usd_e6), 0) -
		coalesce((SELECT sum(x.reward_usd_e6) FROM reward_rows x WHERE x.partner_id = $1 AND x.close_at >= $4 AND x.close_at < $5 AND x.kind > 0), 0) AS bigint) AS usd,
		CAST(coalesce(sum(volume_usd_e4), 0) AS bigint) AS volume FROM partner_days WHERE partner_id = $1 AND reward_day >= $2 AND reward_day <= $3`,
		partnerID, int64(period.From), int64(period.To), db.Micros(from), db.Micros(until))
	return s, err
}

// overrides returns the sums that a partner earned in the period from the
// orders of a sub-partner's clients. The query uses a range of the primary key
// of overrides, which begins with both partners.
func (tx tx) overrides(ctx context.Context, partnerID, subPartnerID id.UUID, period reward.Period) (s sums, err error) {
	s, _, err = db.One[sums](ctx, tx.q, `SELECT count(*) AS orders, CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) AS usd, CAST(0 AS bigint) AS volume FROM overrides
		WHERE partner_id = $1 AND sub_partner_id = $2 AND kind = 0 AND reward_day >= $3 AND reward_day <= $4`,
		partnerID, subPartnerID, int64(period.From), int64(period.To))
	return s, err
}
