package partner

import (
	"context"
	"sync"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// Store stores partners and reads their data. Each result comes from one
// snapshot of the database and has data of only one partner.
type Store struct {
	db     db.DB
	mu     sync.Mutex
	recent map[id.UUID]recentAt
	plans  plansAt
}

// NewStore returns the Store of a database.
func NewStore(db db.DB) *Store { return &Store{db: db, recent: map[id.UUID]recentAt{}} }

// recentAt is a cached Recent with the revision and the days from which it was
// computed. It is valid until the revision or one of the days changes.
type recentAt struct {
	revision int64 // revision of the partner's row in partner_totals
	days     Days
	Recent
}

// plansAt holds all plans and their number. Plans are never changed or removed,
// so the list is complete until the number grows.
type plansAt struct {
	count int64
	list  []*reward.Plan
}

// maxRecent is the maximum number of partners in the cache. Each needs about
// 200 bytes.
const maxRecent = 50_000

// overviewQuery reads everything except the sums of recent days. It returns a
// row for each balance of the partner's accounts. It finds all rows by primary
// key.
const overviewQuery = `SELECT p.email, p.country, p.programme, p.status,
	(SELECT l.level FROM partner_levels l WHERE l.partner_id = p.partner_id AND l.from_day <= $2 ORDER BY l.from_day DESC LIMIT 1) AS level,
	(SELECT l.level FROM partner_levels l WHERE l.partner_id = p.partner_id AND l.from_day > $2 ORDER BY l.from_day LIMIT 1) AS changes_to,
	(SELECT l.from_day FROM partner_levels l WHERE l.partner_id = p.partner_id AND l.from_day > $2 ORDER BY l.from_day LIMIT 1) AS changes_on,
	(SELECT v.falls_to FROM level_reviews v WHERE v.partner_id = p.partner_id AND v.review_day = $3
		AND NOT EXISTS (SELECT 1 FROM partner_levels l WHERE l.partner_id = p.partner_id AND l.from_day > $3)) AS falls_to,
	(SELECT k.link_code FROM partner_links k WHERE k.partner_id = p.partner_id AND k.is_default LIMIT 1) AS default_code,
	(SELECT count(*) FROM plans) AS plans,
	coalesce((SELECT s.security_type FROM partner_security s WHERE s.partner_id = p.partner_id), 'standard') AS security_type,
	coalesce(t.revision, 0) AS revision, coalesce(t.clients_active, 0) AS clients_active, coalesce(t.clients_inactive, 0) AS clients_inactive,
	coalesce(t.clients_changing, 0) AS clients_changing, coalesce(t.clients_left, 0) AS clients_left,
	coalesce(t.volume_lots_e8, 0) AS volume_lots_e8, coalesce(t.volume_usd_e4, 0) AS volume_usd_e4,
	coalesce(t.reward_usd_e6, 0) AS reward_usd_e6, coalesce(t.override_usd_e6, 0) AS override_usd_e6,
	` + walletColumns + `
	FROM partners p LEFT JOIN partner_totals t ON t.partner_id = p.partner_id LEFT JOIN partner_accounts a ON a.partner_id = p.partner_id
	` + walletBalances + ` WHERE p.partner_id = $1`

// Overview returns the data of a partner's summary. It returns ErrUnknown if
// there is no such partner. It executes only one statement if the partner's
// data, the plans and the day have not changed since the last call. Otherwise
// it executes at most three, on one snapshot.
func (s *Store) Overview(ctx context.Context, partnerID id.UUID, days Days) (*Overview, error) {
	o, revision, plans, err := readOverview(ctx, s.db, partnerID, days)
	if err != nil {
		return nil, err
	}
	if s.copyCached(o, recentAt{revision: revision, days: days}, plans) {
		return o, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if o, revision, plans, err = readOverview(ctx, q, partnerID, days); err != nil {
			return err
		}
		if s.copyCached(o, recentAt{revision: revision, days: days}, plans) {
			return nil
		}
		recent, err := readRecent(ctx, q, partnerID, days)
		if err != nil {
			return err
		}
		list, err := reward.LoadPlans(ctx, q)
		if err != nil {
			return err
		}
		o.Recent, o.Plans = recent, list
		s.remember(partnerID, recentAt{revision, days, recent}, plansAt{plans, list})
		return nil
	})
	return o, err
}

// copyCached copies the cached data into o. It returns false if the cache has no
// valid data.
func (s *Store) copyCached(o *Overview, want recentAt, plans int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.recent[o.Partner.ID]
	if !ok || known.revision != want.revision || known.days != want.days || s.plans.list == nil || s.plans.count != plans {
		return false
	}
	o.Recent, o.Plans = known.Recent, s.plans.list
	return true
}

func (s *Store) remember(partnerID id.UUID, recent recentAt, plans plansAt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.recent) >= maxRecent {
		clear(s.recent)
	}
	s.recent[partnerID], s.plans = recent, plans
}

type overviewRow struct {
	Partner

	Level string `db:"level,null"`
	LevelAhead
	DefaultCode  string `db:"default_code,null"`
	Plans        int64  `db:"plans"`
	SecurityType string `db:"security_type"`
	Revision     int64  `db:"revision"`
	ClientCounts
	Totals

	Wallet walletRow `db:",inline"`
}

func readOverview(ctx context.Context, q db.Querier, partnerID id.UUID, days Days) (o *Overview, revision, plans int64, err error) {
	rows, err := db.All[*overviewRow](ctx, q, overviewQuery, partnerID, int64(days.Today), int64(days.Month))
	if err != nil {
		return nil, 0, 0, err
	}
	if len(rows) == 0 {
		return nil, 0, 0, ErrUnknown
	}
	var accounts walletRows
	for _, r := range rows {
		accounts.add(&r.Wallet)
	}
	r := rows[0]
	r.ID = partnerID
	return &Overview{
		Partner: r.Partner, Level: r.Level, LevelAhead: r.LevelAhead, DefaultCode: r.DefaultCode, SecurityType: r.SecurityType, Clients: r.ClientCounts, AllTime: r.Totals,
		Accounts: accounts.sortedAccounts(),
	}, r.Revision, r.Plans, nil
}

// readRecent computes the sums of recent days. The query finds the days by the
// primary key of partner_days, and reads all of the partner's clients once.
func readRecent(ctx context.Context, q db.Querier, partnerID id.UUID, days Days) (recent Recent, err error) {
	since := min(days.Month, days.Window)
	recent, _, err = db.One[Recent](ctx, q, `SELECT `+sumSince("$3", "today_")+`, `+sumSince("$4", "month_")+`,
		CAST(coalesce(sum(CASE WHEN reward_day >= $5 THEN volume_usd_e4 END), 0) AS bigint) AS window_usd_e4,
		(SELECT count(*) FROM clients c WHERE c.partner_id = $1 AND c.last_trade_day >= $5) AS active_clients
		FROM partner_days WHERE partner_id = $1 AND reward_day >= $2 AND reward_day <= $3`,
		partnerID, int64(since), int64(days.Today), int64(days.Month), int64(days.Window))
	return recent, err
}

// sumSince returns SQL for the sums of the columns of Totals since a day.
// prefix is the prefix of the sums' names.
func sumSince(day, prefix string) string {
	list := ""
	for i, column := range []string{"volume_lots_e8", "volume_usd_e4", "reward_usd_e6", "override_usd_e6"} {
		if i > 0 {
			list += ", "
		}
		list += `CAST(coalesce(sum(CASE WHEN reward_day >= ` + day + ` THEN ` + column + ` END), 0) AS bigint) AS ` + prefix + column
	}
	return list
}
