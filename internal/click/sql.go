package click

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SQLStore implements Store. On SQLite, db is a separate file for clicks.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a SQLStore on db.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Keys implements Store.
func (s SQLStore) Keys(ctx context.Context, fresh Key) (keys []Key, err error) {
	if keys, err = clickKeys(ctx, s.db); err != nil || len(keys) > 0 {
		return keys, err
	}
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		// Another process may have stored a key in the meantime.
		if _, err := q.Exec(ctx, `INSERT INTO click_keys (key_id, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (key_id) DO NOTHING`,
			int64(fresh.ID), fresh.Secret, db.Micros(fresh.CreatedAt)); err != nil {
			return err
		}
		keys, err = clickKeys(ctx, q)
		return err
	})
	return keys, err
}

func clickKeys(ctx context.Context, q db.Querier) ([]Key, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (k Key, err error) {
		var number, created int64
		err = rows.Scan(&number, &k.Secret, &created)
		k.ID, k.CreatedAt = byte(number), db.Instant(created)
		return k, err
	}, `SELECT key_id, secret, created_at FROM click_keys WHERE key_id BETWEEN 1 AND 255 ORDER BY created_at DESC, key_id DESC`)
}

// Salt implements Store.
func (s SQLStore) Salt(ctx context.Context, day clock.Day, fresh []byte) (salt []byte, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `INSERT INTO click_salts (day, salt) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING`, int64(day), fresh); err != nil {
			return err
		}
		if _, err := q.Exec(ctx, `DELETE FROM click_salts WHERE day < $1`, int64(day)); err != nil {
			return err
		}
		return q.QueryRow(ctx, `SELECT salt FROM click_salts WHERE day = $1`, int64(day)).Scan(&salt)
	})
	return salt, err
}

var (
	clickTable = db.NewTable[Click]("clicks")
	hourTable  = db.NewTable[hourRow]("click_hours")
)

const hourAdds = `(partner_id, hour, link_code, campaign_code, link_id, tags, sub_id, country, platform, material_id) DO UPDATE SET
	clicks = click_hours.clicks + excluded.clicks, uniques = click_hours.uniques + excluded.uniques, bots = click_hours.bots + excluded.bots,
	prefetches = click_hours.prefetches + excluded.prefetches, heads = click_hours.heads + excluded.heads`

type clickVisit struct {
	PartnerID id.UUID   `db:"partner_id"`
	Day       clock.Day `db:"day"`
	Visitor   id.UUID   `db:"visitor"`
}

type clickHour struct {
	PartnerID id.UUID `db:"partner_id"`
	Hour      int64   `db:"hour"`
	Source
}

type hourRow struct {
	clickHour
	Counts
}

// Add implements Store. It writes rows in the order of their keys, so that two
// processes do not deadlock.
func (s SQLStore) Add(ctx context.Context, clicks []Click) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := countVisitors(ctx, q, clicks); err != nil {
			return err
		}
		if err := clickTable.Insert(ctx, q, clicks...); err != nil {
			return err
		}
		hours, counts := sumHours(clicks)
		rows := make([]hourRow, len(hours))
		for i, h := range hours {
			rows[i] = hourRow{h, counts[h]}
		}
		return hourTable.InsertOn(ctx, q, hourAdds, rows...)
	})
}

// countVisitors sets the field Unique of each click that is the first click of
// its visitor on that day.
func countVisitors(ctx context.Context, q db.Querier, clicks []Click) error {
	var visits []clickVisit
	for i := range clicks {
		clicks[i].Unique = false
		if clicks[i].Kind == Counted {
			visits = append(visits, visitOf(&clicks[i]))
		}
	}
	if len(visits) == 0 {
		return nil
	}
	slices.SortFunc(visits, func(a, b clickVisit) int {
		return cmp.Or(slices.Compare(a.PartnerID[:], b.PartnerID[:]), cmp.Compare(a.Day, b.Day), slices.Compare(a.Visitor[:], b.Visitor[:]))
	})
	visits = slices.Compact(visits)
	found, err := db.All[clickVisit](ctx, q, `INSERT INTO click_visitors (partner_id, day, visitor)
		SELECT @uuid(k.value->>0), CAST(k.value->>1 AS bigint), @uuid(k.value->>2) FROM @rows($1) WHERE true
		ON CONFLICT (partner_id, day, visitor) DO NOTHING RETURNING partner_id, day, visitor`,
		db.JSONRows(visits, func(v clickVisit) []any { return []any{v.PartnerID.Hex(), int64(v.Day), v.Visitor.Hex()} }))
	if err != nil {
		return err
	}
	firsts := map[clickVisit]bool{}
	for _, v := range found {
		firsts[v] = true
	}
	for i := range clicks {
		if visit := visitOf(&clicks[i]); clicks[i].Kind == Counted && firsts[visit] {
			clicks[i].Unique = true
			delete(firsts, visit)
		}
	}
	return nil
}

func visitOf(c *Click) clickVisit {
	return clickVisit{c.PartnerID, DayOf(c.Hour), c.Visitor}
}

func sumHours(clicks []Click) (keys []clickHour, sums map[clickHour]Counts) {
	sums = map[clickHour]Counts{}
	for i := range clicks {
		c := &clicks[i]
		key := clickHour{c.PartnerID, c.Hour, c.Source}
		n, seen := sums[key]
		if !seen {
			keys = append(keys, key)
		}
		n.Add(CountsOf(c))
		sums[key] = n
	}
	slices.SortFunc(keys, func(a, b clickHour) int {
		return cmp.Or(slices.Compare(a.PartnerID[:], b.PartnerID[:]), cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.LinkCode, b.LinkCode),
			cmp.Compare(a.CampaignCode, b.CampaignCode), cmp.Compare(a.LinkID, b.LinkID), cmp.Compare(a.Tags, b.Tags), cmp.Compare(a.SubID, b.SubID),
			cmp.Compare(a.Country, b.Country), cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.MaterialID, b.MaterialID))
	})
	return keys, sums
}

// Find implements Store. It finds each click by primary key.
func (s SQLStore) Find(ctx context.Context, refs []Ref) ([]Click, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	return db.All[Click](ctx, s.db, `SELECT `+clickTable.Of("c")+` FROM @rows($1) CROSS JOIN clicks c WHERE c.partner_id = @uuid(k.value->>0) AND c.click_uid = @uuid(k.value->>1)`,
		db.JSONRows(refs, func(r Ref) []any { return []any{r.PartnerID.Hex(), r.UID.Hex()} }))
}

// purgeStep is the maximum number of rows that one step removes. A redirect
// waits for at most one step.
const purgeStep = 1_000

// Purge implements Store. It finds clicks by the index clicks_at, and visitors
// by primary key, one partner after the other.
func (s SQLStore) Purge(ctx context.Context, cutoff time.Time, day clock.Day) (clicks int64, err error) {
	clicks, err = s.inSteps(ctx, `DELETE FROM clicks WHERE (partner_id, click_uid) IN
		(SELECT partner_id, click_uid FROM clicks WHERE clicked_at < $1 ORDER BY clicked_at LIMIT $2)`, db.Micros(cutoff), int64(purgeStep))
	if err != nil {
		return clicks, err
	}
	if _, err := s.inSteps(ctx, `DELETE FROM click_salts WHERE day < $1 AND $2 > 0`, int64(day), int64(purgeStep)); err != nil {
		return clicks, err
	}
	for partner := id.Nil; ; {
		next, found, err := db.One[id.UUID](ctx, s.db, `SELECT partner_id FROM click_visitors WHERE partner_id > $1 ORDER BY partner_id LIMIT 1`, partner)
		if err != nil || !found {
			return clicks, err
		}
		partner = next
		if _, err := s.inSteps(ctx, `DELETE FROM click_visitors WHERE partner_id = $3 AND day < $1 AND (day, visitor) IN
			(SELECT day, visitor FROM click_visitors WHERE partner_id = $3 AND day < $1 LIMIT $2)`, int64(day), int64(purgeStep), partner); err != nil {
			return clicks, err
		}
	}
}

// inSteps repeats a statement that affects at most purgeStep rows, until it
// affects fewer.
func (s SQLStore) inSteps(ctx context.Context, statement string, args ...any) (total int64, err error) {
	for {
		var n int64
		err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) (err error) {
			n, err = q.Exec(ctx, statement, slices.Clone(args)...)
			return err
		})
		total += n
		if err != nil || n < purgeStep {
			return total, err
		}
	}
}

// SplitTags splits a link's comma-separated tags. A link without tags has one
// empty tag.
func SplitTags(tags string) []string { return strings.Split(tags, ",") }
