package reward

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// A reward is stored in two tables. Its own numbers are in reward_rows. The
// terms are in reward_terms, because many rewards of a partner have the same
// terms. The view rewards joins both. See docs/adr/0029.

// Rows reads complete rewards from the database view named rewards.
var Rows = db.NewTable[*Reward]("rewards")

// Indexed is a FROM clause that reads rewards (r) through an index of
// reward_rows (x). The WHERE clause must contain SameRow, and all its other
// conditions must be on x. If they were on the view alone, SQLite would not use
// the index and would read all rows of the partner.
const (
	Indexed = `reward_rows x CROSS JOIN rewards r`
	SameRow = `r.partner_id = x.partner_id AND r.close_at = x.close_at AND r.ticket = x.ticket AND r.part = x.part AND r.account = x.account AND r.kind = x.kind`
)

// row is a row of reward_rows.
type row struct {
	PartnerID   id.UUID       `db:"partner_id"`
	CloseAt     time.Time     `db:"close_at"`
	Ticket      int64         `db:"ticket"`
	Part        int           `db:"part"`
	Account     int64         `db:"account"`
	Kind        Kind          `db:"kind"`
	Terms       int64         `db:"terms"`
	FactID      string        `db:"fact_id"`
	Sells       bool          `db:"sells"`
	Lots        money.Lots    `db:"lots_e8"`
	OpenAt      time.Time     `db:"open_at"`
	OpenPrice   money.Price   `db:"open_price_e10"`
	ClosePrice  money.Price   `db:"close_price_e10"`
	OpenSpread  *money.Spread `db:"open_spread_e4"`
	CloseSpread *money.Spread `db:"close_spread_e4"`
	Commission  money.Amount  `db:"commission_e6"`
	Swap        money.Amount  `db:"swap_e6"`
	Profit      money.Amount  `db:"profit_e6"`
	Day         clock.Day     `db:"reward_day"`
	VolumeLots  *money.Lots   `db:"volume_lots_e8"` // nil if it equals Lots
	VolumeUSD   money.Volume  `db:"volume_usd_e4"`
	RewardUSD   money.Amount  `db:"reward_usd_e6"`
	Reward      *money.Amount `db:"reward_e6"` // nil if it equals RewardUSD
	LimitedBy   string        `db:"limited_by"`
	RebateRow   int64         `db:"rebate_row,null"`
	BookedAt    time.Time     `db:"booked_at,null"`
}

// shared holds the values that many rewards of a partner have in common. It can
// be compared with ==, because it stores the cap as a value. Terms has a
// pointer to the cap instead.
type shared struct {
	partnerID                             id.UUID
	server, symbol, accountType, platform string
	terms                                 Terms
	capUSD                                money.Amount
	capped                                bool
}

// termsRow is a row of reward_terms. Its number is unique among the partner's
// terms.
type termsRow struct {
	PartnerID   id.UUID `db:"partner_id"`
	Number      int64   `db:"terms"`
	Digest      id.UUID `db:"digest"`
	Server      string  `db:"server"`
	Symbol      string  `db:"symbol"`
	AccountType string  `db:"account_type"`
	Platform    string  `db:"platform"`
	Terms       Terms   `db:",inline"`
}

var (
	rows       = db.NewTable[row]("reward_rows")
	termsTable = db.NewTable[*termsRow]("reward_terms")
)

// Insert stores new rewards, and their terms if the partner does not have the
// same terms yet. The caller must hold the lock of the partners' books, so that
// two transactions never give the same number to different terms.
func Insert(ctx context.Context, q db.Querier, rewards ...*Reward) error {
	if len(rewards) == 0 {
		return nil
	}
	numbers, err := numbersOf(ctx, q, rewards)
	if err != nil {
		return err
	}
	narrow := make([]row, len(rewards))
	for i, r := range rewards {
		narrow[i] = rowOf(r, numbers[sharedBy(r)])
	}
	return rows.Insert(ctx, q, narrow...)
}

func rowOf(r *Reward, terms int64) row {
	o, result := &r.Order, &r.Result
	out := row{
		PartnerID: r.PartnerID, CloseAt: o.CloseTime, Ticket: o.Ticket, Part: o.Part, Account: r.Account, Kind: r.Kind, Terms: terms,
		FactID: r.FactID, Sells: o.Side == feed.Sell, Lots: o.Lots, OpenAt: o.OpenTime, OpenPrice: o.OpenPrice, ClosePrice: o.ClosePrice,
		OpenSpread: o.OpenSpread, CloseSpread: o.CloseSpread, Commission: o.Commission, Swap: o.Swap, Profit: o.Profit, Day: r.Day,
		VolumeUSD: result.VolumeUSD, RewardUSD: result.RewardUSD, LimitedBy: result.LimitedBy, RebateRow: r.RebateRow,
		BookedAt: r.BookedAt,
	}
	if result.VolumeLots != o.Lots {
		out.VolumeLots = &result.VolumeLots
	}
	if result.Reward != result.RewardUSD {
		out.Reward = &result.Reward
	}
	return out
}

func sharedBy(r *Reward) shared {
	s := shared{
		partnerID: r.PartnerID, server: r.Order.Server, symbol: r.Order.Symbol, accountType: r.AccountType, platform: r.Platform, terms: r.Terms,
	}
	if r.Terms.Cap != nil {
		s.capUSD, s.capped, s.terms.Cap = *r.Terms.Cap, true, nil
	}
	return s
}

// digest returns a hash of the content, by which equal content is found. If a later
// version changes how the hash is computed, the same content is stored again with
// another number, which does no harm.
func (s *shared) digest() (d id.UUID) {
	h, t := sha256.New(), &s.terms
	fmt.Fprintf(h, "%q %q %q %q %q %t %x %q %d %d %t %q %q %q %q %d %d %d %d %q %d %d %d %t %d %d %d %t",
		s.server, s.symbol, s.accountType, s.platform, t.Formula, t.FormulaByInstrument, t.PlanID[:], t.Level, t.Percent, t.BonusK, t.Cent,
		t.Instrument, t.Group, t.BaseCurrency, t.QuoteCurrency, t.ContractSize, t.PointSize, t.AvgSpread, t.QuoteRate, t.Currency, t.AccountRate,
		t.AmountPerLot, t.MinOrderLife, s.capped, s.capUSD, t.Line, t.MaxPayout, t.USDCommission)
	copy(d[:], h.Sum(nil))
	return d
}

func (s *shared) row() *termsRow {
	out := &termsRow{
		PartnerID: s.partnerID, Digest: s.digest(), Server: s.server, Symbol: s.symbol, AccountType: s.accountType, Platform: s.platform, Terms: s.terms,
	}
	if s.capped {
		out.Terms.Cap = &s.capUSD
	}
	return out
}

// numbersOf returns the numbers of the terms of the rewards, and stores terms
// that are new. The query uses the unique index of reward_terms and, for
// partners with new terms, the primary key.
func numbersOf(ctx context.Context, q db.Querier, rewards []*Reward) (map[shared]int64, error) {
	numbers := map[shared]int64{}
	type key struct{ partnerID, digest id.UUID }
	wanted := map[key]shared{}
	var list []*termsRow
	for _, r := range rewards {
		s := sharedBy(r)
		if _, seen := numbers[s]; !seen {
			numbers[s] = 0
			row := s.row()
			wanted[key{row.PartnerID, row.Digest}] = s
			list = append(list, row)
		}
	}
	type numbered struct {
		PartnerID id.UUID `db:"partner_id"`
		Digest    id.UUID `db:"digest"`
		Number    int64   `db:"terms"`
	}
	known, err := db.All[numbered](ctx, q, `SELECT t.partner_id, t.digest, t.terms FROM @rows($1)
		CROSS JOIN reward_terms t WHERE t.partner_id = @uuid(k.value->>0) AND t.digest = @uuid(k.value->>1)`,
		db.JSONRows(list, func(r *termsRow) []any { return []any{r.PartnerID.Hex(), r.Digest.Hex()} }))
	if err != nil {
		return nil, err
	}
	for _, t := range known {
		numbers[wanted[key{t.PartnerID, t.Digest}]] = t.Number
	}
	var added []*termsRow
	last := map[id.UUID]int64{}
	for _, row := range list {
		s := wanted[key{row.PartnerID, row.Digest}]
		if numbers[s] != 0 {
			continue
		}
		n, asked := last[row.PartnerID]
		if !asked {
			err := q.QueryRow(ctx, `SELECT coalesce(max(terms), 0) FROM reward_terms WHERE partner_id = $1`, row.PartnerID).Scan(&n)
			if err != nil {
				return nil, err
			}
		}
		row.Number = n + 1
		last[row.PartnerID], numbers[s] = row.Number, row.Number
		added = append(added, row)
	}
	return numbers, termsTable.Insert(ctx, q, added...)
}

// Delete deletes a stored reward.
func Delete(ctx context.Context, q db.Querier, r *Reward) error {
	o := &r.Order
	_, err := q.Exec(ctx, `DELETE FROM reward_rows WHERE partner_id = $1 AND close_at = $2 AND ticket = $3 AND part = $4 AND account = $5 AND kind = $6`,
		r.PartnerID, db.Micros(o.CloseTime), o.Ticket, o.Part, r.Account, int64(r.Kind))
	return err
}
