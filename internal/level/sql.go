package level

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

var (
	reviews = db.NewTable[*Review]("level_reviews")
	rows    = db.NewTable[*Row]("progress_rows")
)

// Store stores reviews of levels and progress rewards.
type Store struct{ db db.DB }

// NewStore returns a Store that uses db, which must be the result of
// db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// lastDone returns the last day whose reviews are complete.
func lastDone(ctx context.Context, q db.Querier) (day clock.Day, found bool, err error) {
	return db.One[clock.Day](ctx, q, `SELECT review_day FROM level_review_days ORDER BY review_day DESC LIMIT 1`)
}

func setDone(ctx context.Context, q db.Querier, day clock.Day, now time.Time) error {
	_, err := q.Exec(ctx, `INSERT INTO level_review_days (review_day, done_at) VALUES ($1, $2) ON CONFLICT (review_day) DO NOTHING`, int64(day), db.Micros(now))
	return err
}

// retries returns the reviews that have failed, by partner and day.
func retries(ctx context.Context, q db.Querier) ([]*retry, error) {
	return db.All[*retry](ctx, q, `SELECT partner_id, review_day, attempts, next_try_at FROM level_retries ORDER BY partner_id, review_day`)
}

// retriesOf returns the days of a partner's reviews that have failed, up to the
// given last day.
func retriesOf(ctx context.Context, q db.Querier, partnerID id.UUID, last clock.Day) ([]clock.Day, error) {
	return db.All[clock.Day](ctx, q, `SELECT review_day FROM level_retries WHERE partner_id = $1 AND review_day <= $2 ORDER BY review_day`, partnerID, int64(last))
}

func setRetry(ctx context.Context, q db.Querier, r *retry) error {
	_, err := q.Exec(ctx, `INSERT INTO level_retries (partner_id, review_day, attempts, next_try_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner_id, review_day) DO UPDATE SET attempts = excluded.attempts, next_try_at = excluded.next_try_at`,
		r.PartnerID, int64(r.Day), r.Attempts, db.Micros(r.Next))
	return err
}

func deleteRetry(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day) error {
	_, err := q.Exec(ctx, `DELETE FROM level_retries WHERE partner_id = $1 AND review_day = $2`, partnerID, int64(day))
	return err
}

// Failed returns the number of reviews that have failed and wait for a retry.
func (s Store) Failed(ctx context.Context) (int64, error) {
	n, _, err := db.One[int64](ctx, s.db, `SELECT count(*) FROM level_retries`)
	return n, err
}

// duePartners returns partners whose review on a day is not complete and will
// not be retried. It sorts them by id, starts after the given id and stops at
// the limit. If idle is false, it leaves out partners who never had another
// level and have no orders in the 90 days before that day. The query reads the
// partners in order and uses the primary keys of the other tables.
func duePartners(ctx context.Context, q db.Querier, day clock.Day, idle bool, after id.UUID, limit int) ([]id.UUID, error) {
	return db.All[id.UUID](ctx, q, `SELECT p.partner_id FROM partners p LEFT JOIN level_reviews v ON v.partner_id = p.partner_id AND v.review_day = $1
		WHERE p.partner_id > $2 AND p.programme <> $3 AND (v.review_day IS NULL OR v.paid_through < v.period_end_day)
		AND NOT EXISTS (SELECT 1 FROM level_retries f WHERE f.partner_id = p.partner_id AND f.review_day = $1)
		AND ($4 = 1 OR EXISTS (SELECT 1 FROM partner_levels l WHERE l.partner_id = p.partner_id)
			OR EXISTS (SELECT 1 FROM partner_days d WHERE d.partner_id = p.partner_id AND d.reward_day >= $5 AND d.reward_day < $1))
		ORDER BY p.partner_id LIMIT $6`, int64(day), after, partner.House, flag(idle), int64(day-reward.LevelDays), int64(limit))
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

// reviewsOf returns the reviews of a partner on and after the given day, oldest
// first. The query uses the primary key.
func reviewsOf(ctx context.Context, q db.Querier, partnerID id.UUID, from clock.Day) ([]*Review, error) {
	return db.All[*Review](ctx, q, `SELECT `+reviews.Of("v")+` FROM level_reviews v WHERE v.partner_id = $1 AND v.review_day >= $2 ORDER BY v.review_day`,
		partnerID, int64(from))
}

// activity returns the trading activity of a partner's clients in the 90 days
// before a day. The query reads a range of partner_days, and the partner's
// account-days of these days.
func activity(ctx context.Context, q db.Querier, partnerID id.UUID, day clock.Day) (reward.Activity, error) {
	a, _, err := db.One[reward.Activity](ctx, q, `SELECT
		(SELECT CAST(coalesce(sum(volume_usd_e4), 0) AS bigint) FROM partner_days WHERE partner_id = $1 AND reward_day >= $2 AND reward_day < $3) AS window_usd_e4,
		(SELECT count(DISTINCT client_uid) FROM account_days WHERE partner_id = $1 AND reward_day >= $2 AND reward_day < $3 AND orders_count > 0) AS active_clients`,
		partnerID, int64(day-reward.LevelDays), int64(day))
	return a, err
}

// setLevel sets a partner's level from a day onwards.
func setLevel(ctx context.Context, q db.Querier, partnerID id.UUID, l partner.LevelFrom) error {
	var floor any
	if l.Floor != "" {
		floor = l.Floor
	}
	_, err := q.Exec(ctx, `INSERT INTO partner_levels (partner_id, from_day, level, floor) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner_id, from_day) DO UPDATE SET level = excluded.level, floor = excluded.floor`, partnerID, int64(l.Day), l.Name, floor)
	return err
}

// dayOrders is the number of orders that closed on a day.
type dayOrders struct {
	Day    clock.Day `db:"reward_day"`
	Orders int64     `db:"orders_count"`
}

func ordersByDay(ctx context.Context, q db.Querier, partnerID id.UUID, after, last clock.Day) ([]dayOrders, error) {
	return db.All[dayOrders](ctx, q, `SELECT reward_day, orders_count FROM partner_days WHERE partner_id = $1 AND reward_day > $2 AND reward_day <= $3
		ORDER BY reward_day`, partnerID, int64(after), int64(last))
}

// ordersClosed returns the rewards of orders that closed in a range of times,
// without reversals. The query reads a range of the primary key.
func ordersClosed(ctx context.Context, q db.Querier, partnerID id.UUID, from, before time.Time) ([]*reward.Reward, error) {
	return db.All[*reward.Reward](ctx, q, `SELECT `+reward.Rows.Of("r")+` FROM `+reward.Indexed+`
		WHERE x.partner_id = $1 AND x.close_at >= $2 AND x.close_at < $3 AND x.kind = 0 AND `+reward.SameRow+`
		ORDER BY r.close_at, r.ticket, r.part, r.account`, partnerID, db.Micros(from), db.Micros(before))
}

// orderChange is a reversal or a reinstatement of an order.
type orderChange struct {
	orderRef
	Kind reward.Kind `db:"kind"`
	At   time.Time   `db:"close_at"`
}

type orderRef struct {
	Account int64 `db:"account"`
	Ticket  int64 `db:"ticket"`
	Part    int   `db:"part"`
}

// changesOf returns the booked reversals and reinstatements of the orders that
// ordersClosed returns. The query reads a range of the primary key, and then
// the index reward_rows_ticket for each order.
func changesOf(ctx context.Context, q db.Querier, partnerID id.UUID, from, before time.Time) (map[orderRef][]orderChange, error) {
	found, err := db.All[orderChange](ctx, q, `SELECT x.account, x.ticket, x.part, x.kind, x.close_at FROM reward_rows o CROSS JOIN reward_rows x
		WHERE o.partner_id = $1 AND o.close_at >= $2 AND o.close_at < $3 AND o.kind = 0
		AND x.partner_id = $1 AND x.ticket = o.ticket AND x.part = o.part AND x.account = o.account AND x.kind > 0
		ORDER BY x.ticket, x.part, x.account, x.kind`, partnerID, db.Micros(from), db.Micros(before))
	out := map[orderRef][]orderChange{}
	for _, c := range found {
		out[c.orderRef] = append(out[c.orderRef], c)
	}
	return out, err
}

// rowsOf returns the rows of an order. The query uses the primary key.
func rowsOf(ctx context.Context, q db.Querier, key rowKey) ([]*Row, error) {
	return db.All[*Row](ctx, q, `SELECT `+rows.Of("w")+` FROM progress_rows w WHERE w.partner_id = $1 AND w.client_account = $2 AND w.ticket = $3 AND w.part = $4`,
		key.partnerID, key.clientAccount, key.ticket, key.part)
}

func deleteRow(ctx context.Context, q db.Querier, r *Row) error {
	_, err := q.Exec(ctx, `DELETE FROM progress_rows WHERE partner_id = $1 AND client_account = $2 AND ticket = $3 AND part = $4 AND kind = $5`,
		r.PartnerID, r.ClientAccount, r.Ticket, r.Part, int64(r.Kind))
	return err
}

// addSums increases the sums of a progress reward. It also sets PaidThrough to
// the given day, unless the day is nil.
func addSums(ctx context.Context, q db.Querier, r *Review, more Sums, through *clock.Day) error {
	day := *r.PaidThrough
	if through != nil {
		day = *through
	}
	_, err := q.Exec(ctx, `UPDATE level_reviews SET orders_count = orders_count + $3, amount_usd_e6 = amount_usd_e6 + $4, amount_e6 = amount_e6 + $5, paid_through = $6
		WHERE partner_id = $1 AND review_day = $2`, r.PartnerID, int64(r.Day), more.Orders, int64(more.AmountUSD), int64(more.Amount), int64(day))
	return err
}
